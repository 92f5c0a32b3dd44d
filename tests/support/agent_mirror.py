"""What an agent's service does with the runs of a tracker, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from stormpath.agent.contract import Account, Cursor, CursorInvalid, Group, Outcome, Tracker


class Killed(Exception):
    """The agent ended in the middle of a run."""


class Mirror:
    """A ``Sink`` that keeps what it is told, and deletes at the end of a run as the service does."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.groups: dict[str, Group] = {}
        self.keys: dict[str, list[str]] = {}
        self.cursor: Cursor | None = None
        #: What was told in the last run, by kinds: "account", "group", "members", "present", "gone".
        self.told: dict[str, list[str]] = {}
        self.full_runs = 0
        self._calls_left: int | None = None

    def synchronize(self, tracker: Tracker, *, killed_after: int | None = None) -> Outcome:
        """Make a run, a full one where the cursor is of no use; raise ``Killed`` after that many calls."""
        try:
            return self._run(tracker, killed_after)
        except CursorInvalid:
            assert not any(self.told.values()), "told before it was found that the cursor is of no use"
            self.cursor = None
            return self._run(tracker, killed_after)

    def _run(self, tracker: Tracker, killed_after: int | None) -> Outcome:
        self.told = {each: [] for each in ("account", "group", "members", "present", "gone")}
        self._calls_left = killed_after
        self._seen: dict[str, set[str]] = {"account": set(), "group": set()}
        self.full_runs += self.cursor is None
        try:
            outcome = tracker.run(self, self.cursor)
        except Killed:
            # As the service does: a run that came to no end is followed by a full one, if it told anything.
            if any(self.told.values()):
                self.cursor = None
            raise
        if outcome.is_complete:
            for kind, kept in self._kinds():
                for each in set(kept) - self._seen[kind]:
                    self._remove(kind, each)
        self.cursor = outcome.cursor
        return outcome

    def _kinds(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        return ("account", self.accounts), ("group", self.groups)

    def account(self, account: Account) -> None:
        self._call("account", account.id)
        self._seen["account"].add(account.id)
        self.accounts[account.id] = account

    def group(self, group: Group) -> None:
        self._call("group", group.id)
        self._seen["group"].add(group.id)
        self.groups[group.id] = group

    def members(self, group_id: str, keys: Iterable[str]) -> None:
        assert group_id in self.groups
        self._call("members", group_id)
        self.keys[group_id] = list(keys)

    def present(self, kind: str, ids: Iterable[str]) -> None:
        for each in ids:
            self._call("present", each)
            self._seen[kind].add(each)

    def gone(self, kind: str, id: str) -> None:
        self._call("gone", id)
        self._seen[kind].discard(id)
        self._remove(kind, id)

    def _remove(self, kind: str, id: str) -> None:
        dict(self._kinds())[kind].pop(id, None)
        if kind == "group":
            self.keys.pop(id, None)

    def _call(self, kind: str, id: str) -> None:
        if self._calls_left == 0:
            raise Killed
        if self._calls_left is not None:
            self._calls_left -= 1
        self.told[kind].append(id)

    def account_named(self, username: str) -> Account:
        return next(each for each in self.accounts.values() if each.username == username)

    @property
    def usernames(self) -> set[str | None]:
        return {each.username for each in self.accounts.values()}

    @property
    def memberships(self) -> dict[str, set[str]]:
        """The names of groups, and of their members that are mirrored, groups among them."""
        by_key = {each.dn_key: str(each.username) for each in self.accounts.values()}
        by_key |= {each.dn_key: str(each.name) for each in self.groups.values()}
        by_key |= {
            f"uid:{str(each.username).casefold()}": str(each.username) for each in self.accounts.values()
        }
        return {
            str(group.name): {by_key[key] for key in self.keys[group.id] if key in by_key}
            for group in self.groups.values()
        }


#: The type of the fixture ``tracker_of``.
TrackerOf = Callable[..., Tracker]
