"""IdSite: how the hosted login pages of a tenant are set up (rest-core 5.23, rest-auth 7.7)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.rules import Rules
from stormpath.server.schema import (
    TENANT_LINK,
    Duration,
    Flag,
    HiddenLookup,
    HostName,
    Resource,
    Secret,
    Text,
    TextList,
)

MAX_CERTIFICATE: Final = 65_536
MAX_URL: Final = 2048


def _uris(name: str, about: str) -> TextList:
    """Return a list of addresses, whose name the documents of the API spell in three ways."""
    start = name.removesuffix("Uris")
    return TextList(name, aliases=(f"{start}URIs", f"{start}URLs"), about=about)


ID_SITE: Final = Resource(
    "idSite",
    "idSites",
    (
        HostName("domainName", under="{key}.id", about="The host of the pages; null for the default."),
        Text(
            "tlsPublicCert",
            max_length=MAX_CERTIFICATE,
            sortable=False,
            nullable=False,
            default="",
            about="The certificate of a domain of one's own.",
        ),
        Secret(
            "tlsPrivateKey",
            max_length=MAX_CERTIFICATE,
            masked=True,
            about="The certificate's private key, never shown: null when one is set, empty when none is.",
        ),
        Text(
            "gitRepoUrl",
            max_length=MAX_URL,
            sortable=False,
            about="Where pages of one's own come from; null for those of the service.",
        ),
        Text("gitBranch", sortable=False, nullable=False, default="master"),
        _uris("authorizedOriginUris", "Origins that may call the pages' API."),
        _uris("authorizedRedirectUris", "Where the pages may send people back to."),
        Text("logoUrl", max_length=MAX_URL, sortable=False),
        Duration("sessionTti", default="PT30M", about="How long a session may be idle."),
        Duration("sessionTtl", default="PT8H", about="How long a session lives."),
        Flag("sessionCookiePersistent", about="Whether a session outlives the browser."),
        HiddenLookup("key", of="tenant", by="tenant_id"),
        TENANT_LINK,
    ),
    about="The hosted login pages of the tenant. There is one, and it is made with the tenant.",
    verbs=("GET", "POST"),
)

RULES: Final = Rules(ID_SITE)
