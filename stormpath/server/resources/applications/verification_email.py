"""VerificationEmail: the verification e-mail of an account, sent again (rest-core 5.24, 6.12)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from stormpath.server.resources.applications.login_attempt import WORKFLOW_STORE
from stormpath.server.schema import Endpoint, Text

ENDPOINT: Final = Endpoint(
    "verificationEmails",
    body=(
        Text("login", required=True, sortable=False, about="The username or the e-mail of the account."),
        # Clients of the classic SDK write it under this name, as the href alone.
        replace(WORKFLOW_STORE, aliases=("account_store",), bare=True),
    ),
    accepted=True,
    concerns="account",
    about="Send the verification e-mail of an account again: POST its login.",
)
