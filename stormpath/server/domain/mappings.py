"""The account stores that applications and organizations are mapped to, and their order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class StoreMappings(Protocol):
    """The account store mappings of one tenant's applications and organizations.

    ``mapping`` is the resource of one of the two kinds: ``accountStoreMapping`` or
    ``organizationAccountStoreMapping``. ``kind`` is that of an account store: ``directory``, ``group`` or
    ``organization``.
    """

    def ids(self, mapping: str, owner_id: str) -> list[str]:
        """Return the ids of an owner's mappings, by list index."""

    def renumber(self, mapping: str, ids: Iterable[str]) -> None:
        """Give mappings the list indexes 0, 1, 2 ... in the order given."""

    def clear_flag(self, mapping: str, owner_id: str, flag: str) -> None:
        """Unset a default flag (its column) on all of an owner's mappings."""

    def owners(self, mapping: str, kind: str, store_id: str) -> list[str]:
        """Return the ids of the owners that map the store, or a group in it when it is a directory."""

    def ways_to_store(self, application_id: str, kind: str, store_id: str) -> list[str]:
        """Return the status of each way by which the application reaches a store; none when it does not.

        A directory or group reached through an organization has the organization's status, and so has the
        organization itself. A directory or group that is mapped directly, or a group whose directory is, is
        ENABLED.
        """
