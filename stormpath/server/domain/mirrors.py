"""What a synchronization needs of storage: its run, the entries of the server, the members of its groups.

An entry is an object of the mirrored server, named by the id that the server gives it. It is stored beside
the account or group that it became, also where it could become none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

ACCOUNT: Final = "account"
GROUP: Final = "group"
KINDS: Final = (ACCOUNT, GROUP)

#: What a key begins with that has the id of an entry.
BY_ID: Final = "id:"

#: The problem of an entry that cannot be an account; one that it was is deleted.
NO_EMAIL: Final = "no_email"

#: The problems of entries for which another entry is the reason: they are tried again at the end of each run.
CONFLICTS: Final = ("email_taken", "username_taken", "name_taken")


@dataclass(frozen=True, slots=True)
class RunState:
    """The last run of an agent. ``cursor`` is JSON; ``stage`` is how far the run has come."""

    run: int
    process: str | None
    kind: str | None
    stage: str | None
    started_at: int | None
    seen_at: int | None
    cursor: str | None
    cursor_configuration: str | None
    full_run_at: int | None
    wants_run: bool
    allows_deletions: bool
    wants_full: bool
    told_at: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is stored; ``stored_id`` is the account or group, ``pending`` the values that wait."""

    id: str
    stored_id: str | None
    dn: str
    dn_key: str
    name_key: str | None
    digest: str
    is_disabled: bool
    problem: str | None
    pending: str | None = field(default=None, repr=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys by which groups name it."""
        return (f"{BY_ID}{self.id}", self.dn_key, *((self.name_key,) if self.name_key else ()))


@dataclass(frozen=True, slots=True)
class Named:
    """An entry that a key names: its kind, its id, and its account or group."""

    kind: str
    id: str
    stored_id: str | None


class MirrorRuns(Protocol):
    """The runs of one tenant's agents."""

    def lock(self, directory_id: str, agent_id: str) -> RunState | None:
        """Lock an agent's run until the unit ends, and keep the directory from being deleted meanwhile.

        Returns ``None`` if the agent has just been deleted.
        """

    def change(self, agent_id: str, changes: Mapping[str, Any]) -> None:
        """Change columns of the run (``agent_states``)."""

    def update_statistics(self) -> None:
        """Let the database know at once how many rows there are now, if many have changed."""


class MirrorEntries(Protocol):
    """The entries of one tenant's mirrored directories. ``kind`` is ``account`` or ``group``."""

    def known(self, directory_id: str, kind: str, ids: Collection[str]) -> dict[str, Entry]:
        """Return those of the entries that are stored."""

    def save(self, directory_id: str, kind: str, entries: Sequence[Entry], run: int) -> None:
        """Add entries, or replace them, as seen in the run."""

    def see(self, directory_id: str, kind: str, ids: Collection[str], run: int) -> None:
        """Note that entries are there as they were."""

    def doom(self, directory_id: str, kind: str, ids: Collection[str], run: int) -> None:
        """Note that entries are gone."""

    def doom_unseen(self, directory_id: str, run: int) -> None:
        """Note that the entries are gone that were not seen in the run."""

    def losses(self, directory_id: str, kind: str, run: int, *, is_complete: bool) -> tuple[int, int, bool]:
        """Count what the end of the run would delete, and all that there is; tell whether any was seen."""

    def doomed(self, directory_id: str, kind: str, run: int, after: str, most: int) -> list[Entry]:
        """Return entries that are gone and still stored, in the order of their ids."""

    def without_email(self, directory_id: str, most: int) -> list[Entry]:
        """Return entries that have lost their e-mail and still have their account."""

    def detach(self, directory_id: str, kind: str, ids: Collection[str]) -> None:
        """Keep entries without their account or group, which is about to be deleted."""

    def remove(self, directory_id: str, kind: str, ids: Collection[str]) -> None:
        """Remove entries."""

    def in_conflict(self, directory_id: str, kind: str) -> Iterator[Entry]:
        """Read the entries that wait for a value which another one has, in the order of their ids."""

    def problems(self, directory_id: str, examples: int) -> dict[str, tuple[int, list[str]]]:
        """Count the entries with each problem, with the DNs of some."""

    def holders(self, kind: str, directory_id: str, column: str, keys: Collection[str]) -> dict[str, str]:
        """Return the ids of the accounts or groups of a directory that have values, by folded value."""

    def owned(self, directory_id: str, kind: str, stored_ids: Collection[str]) -> set[str]:
        """Return those of the accounts or groups that belong to an entry."""

    def named(self, directory_id: str, keys: Collection[str]) -> dict[str, list[Named]]:
        """Return the entries that are named by keys, by the key."""


class MirrorMembers(Protocol):
    """The members of groups, as their server names them, and as they become memberships."""

    def begin(self, directory_id: str, group: str, run: int) -> None:
        """Begin to take all members of a group; what was taken of it before in the same run is taken anew."""

    def add(self, directory_id: str, group: str, keys: Collection[str], run: int) -> bool:
        """Take members of a group; tell whether one is new."""

    def finish(self, directory_id: str, group: str, run: int) -> bool:
        """Remove the members that were not taken in this run; tell whether there were any."""

    def remove_of(self, directory_id: str, groups: Collection[str]) -> None:
        """Remove all members of groups."""

    def touch(self, directory_id: str, groups: Collection[str]) -> None:
        """Note that the memberships of groups have to be made anew."""

    def touch_holders(self, directory_id: str, keys: Collection[str]) -> None:
        """Note this for the groups that have a member of one of these keys."""

    def holders(self, directory_id: str, keys: Collection[str]) -> set[str]:
        """Return the groups that have a member of one of these keys."""

    def touched(self, directory_id: str, most: int | None) -> dict[str, str | None]:
        """Return groups with such a note, all or the first ones: the id of the group by that of its entry."""

    def settled(self, directory_id: str, groups: Collection[str]) -> None:
        """Remove such notes."""

    def sizes(self, directory_id: str, groups: Collection[str]) -> dict[str, int]:
        """Count the members of groups, groups in them as one."""

    def keys(self, directory_id: str, groups: Collection[str]) -> list[tuple[str, str]]:
        """Return the members of groups: pairs of a group and a key."""

    def memberships(self, group_ids: Collection[str]) -> dict[tuple[str, str], str]:
        """Return the ids of memberships, by group and account."""

    def add_memberships(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store memberships; one that is there already stays."""

    def remove_memberships(self, ids: Iterable[str]) -> None:
        """Remove memberships."""


class Mirrors(Protocol):
    """The parts of a synchronization within one unit."""

    @property
    def runs(self) -> MirrorRuns:
        """The runs of agents."""

    @property
    def entries(self) -> MirrorEntries:
        """The entries of servers."""

    @property
    def members(self) -> MirrorMembers:
        """The members of groups."""
