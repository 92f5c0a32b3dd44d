"""The fields of grants that several have in common: the account store, and the organization."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from stormpath.server.authentication import account_stores
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.applications.login_attempt import ACCOUNT_STORE
from stormpath.server.resources.stores.store_mappings import Store, store_of
from stormpath.server.schema import Link, Text
from stormpath.server.schema.errors import ApiError, Code

STORE: Final = replace(
    ACCOUNT_STORE, bare=True, no_href=Code.INVALID, about="Search this store only: an href."
)

#: By its nameKey; one place of the old documentation calls the field itself so.
ORGANIZATION: Final = Link(
    "organizationNameKey",
    to=("organization",),
    creatable=True,
    named="organization",
    aliases=("nameKey",),
    about="Search this organization only.",
)

STORES: Final = (STORE, ORGANIZATION)

#: The longest password, assertion or secret that is sent.
LONGEST: Final = 8192


def secret(name: str, about: str, aliases: tuple[str, ...] = (), longest: int = LONGEST) -> Text:
    """Return the field of a credential, which is required."""
    return Text(name, required=True, max_length=longest, sortable=False, aliases=aliases, about=about)


def with_store(values: Values) -> Values:
    """Return the values with the store in the columns of ``accountStore``, also where a name gave it."""
    organization_id = values.get(ORGANIZATION.column_of("organization"))
    if organization_id is None:
        return values
    named = Store("organization", organization_id)
    if store_of(values) not in (None, named):
        raise ApiError(
            Code.INVALID, "accountStore and organizationNameKey name different account stores: send one."
        )
    return {
        **values,
        named.column: organization_id,
        STORE.name_column: values.get(ORGANIZATION.name_column),
    }


def organization_of(values: Values) -> str | None:
    """Return the id of the organization that a request named."""
    store = store_of(values)
    return store.id if store is not None and store.kind == "organization" else None


def contains(context: RequestContext, unit: Unit, application: Row, values: Values, account_id: str) -> bool:
    """Tell whether the store that a request names contains an account; any does, where it names none."""
    store = account_stores.requested_store(unit, application, values)
    if store is None:
        return True
    if store.kind == "directory":
        account = unit.get("account", account_id)
        return account is not None and account["directory_id"] == store.id
    return unit.contains(store.kind, store.id, "accounts", "account", account_id)
