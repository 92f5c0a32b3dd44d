"""Tenant: all resources of one customer of the service (rest-core 5.1)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.rules import Rules
from stormpath.server.resources.tenants import id_site
from stormpath.server.schema import Collection, CustomData, Hidden, Resource, Text

TENANT: Final = Resource(
    "tenant",
    "tenants",
    (
        Text("name", required=True, min_length=1, creatable=False, about="The display name."),
        Text(
            "key",
            required=True,
            creatable=False,
            updatable=False,
            fixed=True,
            unique_within=(),
            max_length=63,
            about="The human-readable id, assigned by the service.",
        ),
        CustomData(),
        Collection("applications", of="application"),
        Collection("directories", of="directory"),
        Collection("organizations", of="organization"),
        Collection("groups", of="group", counted=True),
        Collection("accounts", of="account", counted=True, searches_custom_data=True),
        Collection("agents", of="agent"),
        Collection("idSites", of="idSite"),
        Collection("smtpServers", of="smtpServer"),
        Hidden("ownerAccountId", column_kind="id"),
    ),
    about="The customer of the service to which all other resources belong.",
    verbs=("GET", "POST"),
)


class TenantRules(Rules):
    """The operator creates tenants; the API cannot."""

    companions = (id_site.RULES,)


RULES: Final = TenantRules(TENANT)
