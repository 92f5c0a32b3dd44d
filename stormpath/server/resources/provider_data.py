"""ProviderData: what the source of an account told about it (rest-core 5.7.1)."""

from __future__ import annotations

from typing import Final

from stormpath.server.declaration import Borrowed, Resource
from stormpath.server.resources.rules import Rules

PROVIDER_DATA: Final = Resource(
    "providerData",
    "providerData",
    (
        Borrowed(
            "providerId", of="provider", by="directory_id", about="The kind of its directory's provider."
        ),
    ),
    about="What the source of an account told about it.",
    verbs=("GET",),
    below="accounts",
    view_of="account",
)

RULES: Final = Rules(PROVIDER_DATA)
