"""What a service would hold after the runs of an agent: the contract of a sink, on dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from stormpath.agent.contract import Account, Cursor, Group, Outcome, Tracker


class Killed(Exception):
    """The agent was killed in the midst of a run."""


@dataclass
class MirrorSink:
    """Takes what a tracker tells, and deletes at the end of a complete run what was not told."""

    accounts: dict[str, Account] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    #: The keys of the members of each group.
    keys: dict[str, frozenset[str]] = field(default_factory=dict)
    cursor: Cursor | None = None
    #: What the last run has told, in its order: ("account", id), ("members", id), ("gone", id).
    told: list[tuple[str, str]] = field(default_factory=list)
    #: After how many calls the agent is killed.
    kill_after: int | None = None
    _seen: set[str] = field(default_factory=set)

    def synchronize(self, tracker: Tracker, *, is_full: bool = False) -> Outcome:
        """Make a run, and keep its cursor where it ends."""
        self.told, self._seen = [], set()
        outcome = tracker.run(self, None if is_full else self.cursor)
        if outcome.is_complete:
            for kept in (self.accounts, self.groups):
                for each in set(kept) - self._seen:
                    self._remove(each)
        self.cursor = outcome.cursor
        return outcome

    def account(self, account: Account) -> None:
        self._call("account", account.id)
        self.accounts[account.id] = account

    def group(self, group: Group) -> None:
        self._call("group", group.id)
        self.groups[group.id] = group
        self.keys.setdefault(group.id, frozenset())

    def members(self, group_id: str, keys: Iterable[str]) -> None:
        self._call("members", group_id)
        self.keys[group_id] = frozenset(keys)

    def present(self, kind: str, ids: Iterable[str]) -> None:
        for each in ids:
            self._call("present", each)

    def gone(self, kind: str, id: str) -> None:
        self._call("gone", id)
        self._remove(id)

    def ids_told(self, what: str) -> list[str]:
        """Return the ids told as accounts, groups, members, present or gone, in the last run."""
        return [id for kind, id in self.told if kind == what]

    def _call(self, kind: str, id: str) -> None:
        if self.kill_after is not None and len(self.told) >= self.kill_after:
            raise Killed
        self.told.append((kind, id))
        if kind != "gone":
            self._seen.add(id)

    def _remove(self, id: str) -> None:
        self.accounts.pop(id, None)
        self.groups.pop(id, None)
        self.keys.pop(id, None)
