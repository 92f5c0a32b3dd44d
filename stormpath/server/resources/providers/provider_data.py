"""ProviderData: data about an account from its directory's provider (rest-core 5.7.1, rest-auth 5.4)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.providers.provider import OAUTH
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import HiddenLookup, Lookup, ObjectLookup, Resource, SecretLookup

#: What the last login at the provider has brought, beside the account.
IDENTITY: Final = "providerIdentity"


def _token(name: str, kinds: frozenset[str], about: str) -> SecretLookup:
    return SecretLookup(name, of=IDENTITY, by="id", only_for=kinds, about=about)


PROVIDER_DATA: Final = Resource(
    "providerData",
    "providerData",
    (
        Lookup("providerId", of="provider", by="directory_id", about="The kind of its directory's provider."),
        HiddenLookup("providerType", of="provider", by="directory_id"),
        _token("accessToken", OAUTH, "The access token of the last login."),
        _token("accessTokenSecret", frozenset({"twitter"}), "The secret of that token (OAuth 1.0a)."),
        _token("refreshToken", OAUTH, "The refresh token that came with a code."),
        ObjectLookup(
            "userInfo",
            of=IDENTITY,
            by="id",
            only_for=OAUTH,
            about="What the provider told about the person at the last login.",
        ),
    ),
    about="Data about an account from its directory's provider.",
    verbs=("GET",),
    below="accounts",
    view_of="account",
    variant="provider_type",
)

RULES: Final = Rules(PROVIDER_DATA)
