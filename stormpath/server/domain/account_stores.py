"""What the console shows of account stores beyond the API: where each is used, and through what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """An account store, or an application. ``directory_*`` are those of a group's directory, or its own.

    ``provider_id`` is the kind of that directory's provider: ``stormpath`` for a cloud directory.
    """

    kind: str
    id: str
    name: str
    status: str
    description: str = ""
    directory_id: str = ""
    directory_name: str = ""
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class StoreUse:
    """One mapping by which the people of a store log in to an application: its own, or that of ``via_*``.

    ``via_status`` is that of the store which the application maps. A group of the store may be that, which
    lets in only some of its people.
    """

    application_id: str
    application_name: str
    application_status: str
    via_kind: str
    via_id: str
    via_name: str
    via_status: str


class AccountStores(Protocol):
    """Reads of account stores and their mappings. What another tenant has is not there."""

    def facts(
        self, tenant_id: str, stores: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], StoreFacts]:
        """Return the facts of stores, given by kind and id. One statement for each kind."""

    def uses(self, tenant_id: str, kind: str, id: str, offset: int, limit: int) -> tuple[list[StoreUse], int]:
        """Return the uses of a store by the applications' names, and how many there are. Two statements.

        Those of a directory include the mappings of its groups, those of a group the mappings of its
        directory, and both the mappings of organizations that contain them.
        """

    def ways(
        self, tenant_id: str, application_id: str, group_ids: Collection[str]
    ) -> Mapping[str, list[StoreFacts]]:
        """Return the mapped stores by which an application sees groups, by their ids. One statement."""
