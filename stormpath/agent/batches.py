"""The entries of a run in batches, as large as the service takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from json import dumps
from typing import Any, Final

from stormpath.agent.contract import Account, Group

#: The limits of one batch.
MOST_ENTRIES: Final = 500
MOST_KEYS: Final = 5_000
MOST_IDS: Final = 20_000
MOST_BYTES: Final = 1_500_000

#: Longer texts are cut.
MOST_CHARACTERS: Final = 4_000

#: The bytes of the names in a chunk of members.
_NAMES: Final = 60


class Batches:
    """A `contract.Sink` that hands a batch to ``send`` whenever one is full, and at the end by `flush`.

    It keeps one batch in memory. ``send`` may raise, which ends the run.
    """

    def __init__(self, send: Callable[[dict[str, Any]], object]) -> None:
        self._send = send
        self.accounts = 0
        self.groups = 0
        self._reset()

    def account(self, account: Account) -> None:
        """Take an account."""
        self.accounts += 1
        self._add_entry("account", account.id, _json_of_account(account))

    def group(self, group: Group) -> None:
        """Take a group."""
        self.groups += 1
        self._add_entry("group", group.id, _json_of_group(group))

    def members(self, group_id: str, keys: Iterable[str]) -> None:
        """Take the members of a group, in chunks: each fills up a batch."""
        chunk: list[str] = []
        size, is_first = 0, True
        for each in keys:
            if self._keys + len(chunk) >= MOST_KEYS or self._bytes + size > MOST_BYTES:
                self._add_members(group_id, chunk, size, is_first=is_first, is_last=False)
                chunk, size, is_first = [], 0, False
            chunk.append(each)
            size += _size(each)
        self._add_members(group_id, chunk, size, is_first=is_first, is_last=True)

    def present(self, kind: str, ids: Iterable[str]) -> None:
        """Take ids of entries that are there as they were."""
        for each in ids:
            self._add_id("present", kind, each)

    def gone(self, kind: str, id: str) -> None:
        """Take the id of an entry that is gone."""
        self._add_id("gone", kind, id)

    def flush(self) -> None:
        """Send what there is."""
        if not self._bytes:
            return
        body: dict[str, Any] = {
            "accounts": self._accounts,
            "groups": self._groups,
            "members": self._members,
            "present": self._ids["present"],
            "gone": self._ids["gone"],
        }
        self._send({name: each for name, each in body.items() if each})
        self._reset()

    def _add_entry(self, kind: str, id: str, entry: dict[str, Any]) -> None:
        size = len(dumps(entry))
        # The service does not know in which order a batch was told: an entry is in it once.
        if (kind, id) in self._told or self._bytes + size > MOST_BYTES:
            self.flush()
        self._told.add((kind, id))
        self._bytes += size
        (self._accounts if kind == "account" else self._groups).append(entry)
        if len(self._accounts) + len(self._groups) >= MOST_ENTRIES:
            self.flush()

    def _add_members(
        self, group_id: str, keys: list[str], size: int, *, is_first: bool, is_last: bool
    ) -> None:
        self._members.append({"group": group_id, "keys": keys, "isFirst": is_first, "isLast": is_last})
        self._keys += len(keys)
        self._bytes += _size(group_id) + _NAMES + size
        # Groups without members have no keys, and take room too.
        if self._keys >= MOST_KEYS or len(self._members) >= MOST_ENTRIES or self._bytes > MOST_BYTES:
            self.flush()

    def _add_id(self, list_name: str, kind: str, id: str) -> None:
        if list_name == "gone":
            if (kind, id) in self._told:
                self.flush()
            self._told.add((kind, id))
        self._ids[list_name].setdefault(kind, []).append(id)
        self._number_of_ids += 1
        self._bytes += _size(id)
        if self._number_of_ids >= MOST_IDS or self._bytes > MOST_BYTES:
            self.flush()

    def _reset(self) -> None:
        self._accounts: list[dict[str, Any]] = []
        self._groups: list[dict[str, Any]] = []
        self._members: list[dict[str, Any]] = []
        self._ids: dict[str, dict[str, list[str]]] = {"present": {}, "gone": {}}
        self._told: set[tuple[str, str]] = set()
        self._keys = self._number_of_ids = self._bytes = 0


def _size(text: str) -> int:
    """Return how many bytes a text takes in JSON, about; it is quoted, and may be escaped."""
    return len(text) + 4 if text.isascii() else 6 * len(text) + 4


def _json_of_account(account: Account) -> dict[str, Any]:
    return dict(
        _cut(
            id=account.id,
            dn=account.dn,
            dnKey=account.dn_key,
            email=account.email,
            givenName=account.given_name,
            middleName=account.middle_name,
            surname=account.surname,
            username=account.username,
            passwordHash=account.password_hash,
        ),
        isDisabled=account.is_disabled,
    )


def _json_of_group(group: Group) -> dict[str, Any]:
    return dict(
        _cut(id=group.id, dn=group.dn, dnKey=group.dn_key, name=group.name, description=group.description)
    )


def _cut(**texts: str | None) -> Iterator[tuple[str, str | None]]:
    for name, text in texts.items():
        yield name, text if text is None else text[:MOST_CHARACTERS]
