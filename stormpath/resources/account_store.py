"""Account stores: the directories, groups and organizations that applications log accounts in from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stormpath.resources.directory import Directory
from stormpath.resources.group import Group
from stormpath.resources.organization import Organization
from stormpath.resources.protocols import Client
from stormpath.resources.resource import Resource, own_spelling

KINDS: Mapping[str, type[Resource]] = {
    "directories": Directory,
    "groups": Group,
    "organizations": Organization,
}


def AccountStore(client: Client, properties: Mapping[str, Any] | None = None) -> Any:
    """Return the directory, group or organization that the properties describe.

    ``ValueError`` when they have no href, or one of another kind.
    """
    href = (properties or {}).get("href")
    if not isinstance(href, str):
        raise ValueError("an account store needs an href")
    kind = KINDS.get(own_spelling(client, href).removeprefix(client.BASE_URL).lstrip("/").partition("/")[0])
    if kind is None:
        raise ValueError(f"{href} is no account store: expected one of /{', /'.join(KINDS)}")
    return kind(client, properties=properties)
