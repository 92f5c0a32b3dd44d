"""OAuthPolicy: the lifetimes and rules of an application's tokens (rest-core 5.20, rest-auth 3.2)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.rules import Rules
from stormpath.server.schema import DISABLED, ENABLED, TENANT_LINK, Address, Choice, Duration, Link, Resource

#: Ten years with leap days, and one day more: the documentation says both "10 years" and this number.
MAX_TTL: Final = 3653 * 86_400

OAUTH_POLICY: Final = Resource(
    "oAuthPolicy",
    "oAuthPolicies",
    (
        Duration("accessTokenTtl", default="PT1H", maximum=MAX_TTL, about="The lifetime of access tokens."),
        Duration(
            "refreshTokenTtl",
            default="P60D",
            maximum=MAX_TTL,
            may_be_zero=True,
            about="The lifetime of refresh tokens; a period of zero switches them off.",
        ),
        Choice(
            "refreshTokenRotation",
            choices=(ENABLED, DISABLED),
            default=DISABLED,
            added_later=True,
            about="ENABLED: refreshing replaces the refresh token; who uses it again ends the whole grant.",
        ),
        Choice(
            "revokeTokensOnPasswordChange",
            choices=(ENABLED, DISABLED),
            default=ENABLED,
            added_later=True,
            about="ENABLED: a changed or reset password revokes the account's tokens of this application.",
        ),
        Address(
            "tokenEndpoint", path="/applications/{id}/oauth/token", about="The endpoint that issues tokens."
        ),
        Link("application", to=("application",), nullable=False, fixed=True),
        TENANT_LINK,
    ),
    about="The lifetimes and rules of an application's tokens. Created and deleted with the application.",
    verbs=("GET", "POST"),
)

RULES: Final = Rules(OAUTH_POLICY)
