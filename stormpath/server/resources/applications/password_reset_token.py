"""PasswordResetToken: a one-time token that sets a new password (rest-core 5.24, 6.13)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.accounts.new_password import HASH_FORMAT
from stormpath.server.resources.applications.login_attempt import WORKFLOW_STORE
from stormpath.server.schema import Computed, Endpoint, Link, OneTimeTokens, Password, Text

_SHOWN: Final = (
    Computed("email", about="The address in the request for it."),
    Link("account", to=("account",), about="The account whose password it sets."),
)

ENDPOINT: Final = Endpoint(
    "passwordResetTokens",
    body=(
        Text("email", required=True, strips=True, sortable=False, about="The address of the account."),
        WORKFLOW_STORE,
    ),
    returns=_SHOWN,
    tokens=OneTimeTokens(
        path="/applications/{id}/passwordResetTokens/{token}",
        concerns="account",
        body=(Password("password", required=True, about="The new password."),),
        returns=_SHOWN,
        # A hash would become the password.
        refused=(HASH_FORMAT,),
        readable=True,
        about="GET shows the account of a token; POST sets the account's password, once.",
    ),
    concerns="account",
    about="Send the e-mail with a password reset link: POST the account's address.",
)
