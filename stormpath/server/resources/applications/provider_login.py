"""A login at a social or OAuth 2.0 provider: ``providerData`` that is posted to accounts (rest-auth 5.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from stormpath.server.resources.applications.login_attempt import ACCOUNT_STORE
from stormpath.server.schema import Endpoint, Link, Text

#: The longest token or code of a provider.
LONGEST: Final = 8192

#: The same as of the attribute redirectUri of a provider.
LONGEST_URI: Final = 4000


def _text(name: str, about: str, *, required: bool = False, longest: int = LONGEST) -> Text:
    return Text(name, required=required, max_length=longest, sortable=False, about=about)


PROVIDER_ID: Final = _text("providerId", "The kind of the provider.", required=True, longest=1024)

#: What a person's login at the provider has made; one of the first two is given.
CREDENTIALS: Final = (
    _text("code", "The authorization code."),
    _text("accessToken", "The access token, if the application has exchanged the code itself."),
    _text("accessTokenSecret", "The secret of an access token of OAuth 1.0a."),
    _text(
        "redirectUri",
        "The redirect URL of the code, where it is not the provider's own.",
        longest=LONGEST_URI,
    ),
)

ENDPOINT: Final = Endpoint(
    "providerData",
    body=(
        PROVIDER_ID,
        *CREDENTIALS,
        replace(ACCOUNT_STORE, about="The directory of the provider, or an organization that has one."),
        # Of no use to a login; the old SDK sends it.
        _text("refreshToken", "Accepted, and ignored."),
    ),
    returns=(Link("account", to=("account",), about="The account that logged in."),),
    about="Log in with a token or a code of a provider.",
)
