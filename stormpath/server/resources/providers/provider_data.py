"""ProviderData: data about an account from its directory's provider (rest-core 5.7.1)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.rules import Rules
from stormpath.server.schema import Lookup, Resource

PROVIDER_DATA: Final = Resource(
    "providerData",
    "providerData",
    (Lookup("providerId", of="provider", by="directory_id", about="The kind of its directory's provider."),),
    about="Data about an account from its directory's provider.",
    verbs=("GET",),
    below="accounts",
    view_of="account",
)

RULES: Final = Rules(PROVIDER_DATA)
