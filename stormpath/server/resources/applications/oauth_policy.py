"""OAuthPolicy: the lifetimes of an application's tokens (rest-core 5.20, rest-auth 3.2)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.rules import Rules
from stormpath.server.schema import TENANT_LINK, Address, Duration, Link, Resource

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
        Address(
            "tokenEndpoint", path="/applications/{id}/oauth/token", about="The endpoint that issues tokens."
        ),
        Link("application", to=("application",), nullable=False, fixed=True),
        TENANT_LINK,
    ),
    about="The lifetimes of an application's tokens. Created and deleted with the application.",
    verbs=("GET", "POST"),
)

RULES: Final = Rules(OAUTH_POLICY)
