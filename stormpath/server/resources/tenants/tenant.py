"""Tenant: all resources of one customer of the service (rest-core 5.1)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.api_keys import SEPARATE, SHARED
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.policies import administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.resources.tenants import id_site
from stormpath.server.schema import Choice, Collection, CustomData, Hidden, Resource, Text
from stormpath.server.schema.errors import ApiError, Code

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
        Choice(
            "administrators",
            choices=(SEPARATE, SHARED),
            default=SHARED,
            sortable=False,
            added_later=True,
            about="separate: keys, passwords and addresses of other administrators are the owner's alone.",
        ),
        Hidden("ownerAccountId", column_kind="id"),
        # Of the directories to come: their passwordStrength has the attribute that can be changed.
        Hidden(
            "preventsCommonPasswords", column_kind="boolean", nullable=False, default=False, added_later=True
        ),
    ),
    about="The customer of the service to which all other resources belong.",
    verbs=("GET", "POST"),
)


class TenantRules(Rules):
    """The operator creates tenants; the API cannot. Its owner decides what other administrators may do."""

    companions = (id_site.RULES,)

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        row = self.lock_and_reread(unit, row)
        if changes.get("administrators", row["administrators"]) != row["administrators"]:
            _refuse_others(context, row)
            # What is mapped already stays mapped.
            administrators.warn_of_open(unit)
        return super().change(context, unit, row, changes)


def _refuse_others(context: RequestContext, tenant: Row) -> None:
    if context.caller_account_id not in ("", tenant["owner_account_id"]):
        raise ApiError(
            Code.FORBIDDEN,
            "Only the owner of the tenant decides what other administrators may do.",
            "administrators is changed with an API key of the account that owns the tenant.",
        )


RULES: Final = TenantRules(TENANT)
