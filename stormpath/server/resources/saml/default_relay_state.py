"""DefaultRelayState: what an identity provider sends along with logins it starts itself (rest-auth 6.3)."""

from __future__ import annotations

from typing import Final

from stormpath.server.schema import (
    Computed,
    Endpoint,
    Object,
    Text,
)

ENDPOINT: Final = Endpoint(
    "defaultRelayStates",
    body=(
        Text("callbackUri", min_length=1, max_length=4000, about="Where people go after the login."),
        Object(
            "organization",
            nullable=True,
            members=(Text("nameKey", required=True, max_length=63),),
            about="The organization that they log in to.",
        ),
        Text("state", max_length=4000, about="Given back to the application."),
    ),
    returns=(Computed("defaultRelayState", max_length=16_384, about="A signed token."),),
    about="Make a token to be configured in an identity provider.",
)
