"""DefaultRelayState: a token that an identity provider sends with IdP-initiated logins (rest-auth 6.3)."""

from __future__ import annotations

from typing import Final

from stormpath.server.schema import Computed, Endpoint, Object, Text

ENDPOINT: Final = Endpoint(
    "defaultRelayStates",
    body=(
        Text(
            "callbackUri",
            min_length=1,
            max_length=4000,
            about="The URI to which people are redirected after the login.",
        ),
        Object(
            "organization",
            nullable=True,
            members=(Text("nameKey", required=True, max_length=63),),
            about="The organization that they log in to.",
        ),
        Text("state", max_length=4000, about="A value that the application gets back."),
    ),
    returns=(Computed("defaultRelayState", max_length=16_384, about="A signed token."),),
    about="Create a token for the configuration of an identity provider.",
)
