"""IdSite: the settings of a tenant's hosted login pages (rest-core 5.23, rest-auth 7.7)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.rules import Rules
from stormpath.server.schema import (
    TENANT_LINK,
    Duration,
    Flag,
    HiddenLookup,
    HostName,
    Origins,
    Resource,
    Secret,
    Text,
    TextList,
)

MAX_CERTIFICATE: Final = 65_536
MAX_URL: Final = 2048


def _spellings(name: str) -> tuple[str, ...]:
    """Return the other names of a list of addresses: the API's documentation spells them in three ways."""
    start = name.removesuffix("Uris")
    return f"{start}URIs", f"{start}URLs"


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
            about="The TLS certificate of a custom domain.",
        ),
        Secret(
            "tlsPrivateKey",
            max_length=MAX_CERTIFICATE,
            default="",
            about="The certificate's private key, encrypted in the database.",
        ),
        Text(
            "gitRepoUrl",
            max_length=MAX_URL,
            sortable=False,
            about="The Git repository of custom pages; null for the pages of the service.",
        ),
        Text("gitBranch", sortable=False, nullable=False, default="master"),
        Origins(
            "authorizedOriginUris",
            aliases=_spellings("authorizedOriginUris"),
            about="Origins that may call the pages' API.",
        ),
        TextList(
            "authorizedRedirectUris",
            aliases=_spellings("authorizedRedirectUris"),
            about="The addresses to which the pages may redirect people.",
        ),
        Text("logoUrl", max_length=MAX_URL, sortable=False),
        Duration("sessionTti", default="PT30M", about="The time for which a session may be idle."),
        Duration("sessionTtl", default="PT8H", about="The lifetime of a session."),
        Flag("sessionCookiePersistent", about="Whether a session outlives the browser."),
        HiddenLookup("key", of="tenant", by="tenant_id"),
        TENANT_LINK,
    ),
    about="The settings of the tenant's hosted login pages. Each tenant has one, created with it.",
    verbs=("GET", "POST"),
)

RULES: Final = Rules(ID_SITE)
