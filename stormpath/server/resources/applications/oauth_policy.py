"""OAuthPolicy: how long the tokens of an application live (rest-core 5.20, rest-auth 3.2)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.rules import Rules
from stormpath.server.schema import (
    TENANT_LINK,
    Address,
    Duration,
    Link,
    Resource,
)

#: Ten years with their leap days, and one day: the documentation says both "10 years" and that.
MAX_TTL: Final = 3653 * 86_400

OAUTH_POLICY: Final = Resource(
    "oAuthPolicy",
    "oAuthPolicies",
    (
        Duration("accessTokenTtl", default="PT1H", maximum=MAX_TTL, about="How long access tokens live."),
        Duration(
            "refreshTokenTtl",
            default="P60D",
            maximum=MAX_TTL,
            may_be_zero=True,
            about="How long refresh tokens live; a period of zero switches them off.",
        ),
        Address("tokenEndpoint", path="/applications/{id}/oauth/token", about="Where tokens are asked for."),
        Link("application", to=("application",), nullable=False, fixed=True),
        TENANT_LINK,
    ),
    about="How long the tokens of an application live. Made and deleted with the application.",
    verbs=("GET", "POST"),
)

RULES: Final = Rules(OAUTH_POLICY)
