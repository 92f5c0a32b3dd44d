"""Deleted entries: Active Directory keeps them for months, where administrators alone may see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ldap.controls import RequestControl

from stormpath.agent import names
from stormpath.agent.connection import Connection
from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.directory_settings import EntrySettings
from stormpath.agent.entries import Entry
from stormpath.agent.search import Search, entries

#: More are not looked at: then a list of what is there says the same.
MOST: Final = 1000

#: LDAP_SERVER_SHOW_DELETED_OID (MS-ADTS 3.1.1.3.4.1.14).
_SHOW_DELETED: Final = RequestControl("1.2.840.113556.1.4.417", True)
_ATTRIBUTES: Final = ("objectGUID", "objectClass", "lastKnownParent", "uSNCreated")


@dataclass(frozen=True, slots=True)
class DeletedObject:
    """What is left of a deleted entry: its class and where it was, and none of the attributes of filters."""

    id: str
    classes: frozenset[str]
    parent: str
    usn_created: int

    def may_have_matched(self, settings: EntrySettings) -> bool:
        """Tell whether it may have been one of those accounts or groups."""
        try:
            was_below = names.is_below(self.parent, settings.base)
        except names.NameInvalid:
            return False
        return was_below and settings.object_class.casefold() in self.classes


def since(connection: Connection, context: str, usn: int) -> list[DeletedObject]:
    """Return what was deleted in that part of the tree since the number; nothing where that is not shown."""
    try:
        return list(islice(_deleted(connection, context, usn), MOST + 1))[:MOST]
    except DirectoryProblem as problem:
        if problem.kind in ("base_not_found", "denied", "unsupported"):
            return []
        raise


def _deleted(connection: Connection, context: str, usn: int) -> Iterator[DeletedObject]:
    changed = f"(&(isDeleted=TRUE)(uSNChanged>={usn}))"
    found = Search(f"CN=Deleted Objects,{context}", changed, _ATTRIBUTES, controls=(_SHOW_DELETED,))
    for each in entries(connection, found):
        if (deleted := _deleted_object(each)) is not None:
            yield deleted


def _deleted_object(entry: Entry) -> DeletedObject | None:
    created, parent = entry.text("uSNCreated") or "", entry.text("lastKnownParent")
    if entry.id is None or parent is None or not created.isdigit():
        return None
    classes = frozenset(each.casefold() for each in entry.texts("objectClass"))
    return DeletedObject(entry.id, classes, parent, int(created))
