"""What the parts of the agent exchange: the entries of a server, and how its changes are told.

A :class:`Tracker` reads a server and tells a :class:`Sink` what it has found; the sink sends that on to the
service. What they exchange is what the wire has (``docs/agent_protocol.rst``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

#: Where the next incremental run begins: JSON of a tracker, which the service keeps.
Cursor = dict[str, Any]

FULL: Final = "full"
INCREMENTAL: Final = "incremental"


@dataclass(frozen=True, slots=True)
class Account:
    """An entry that is an account.

    ``id`` is the server's own, which stays when the entry is renamed: entryUUID, objectGUID, nsUniqueId or
    ipaUniqueID, in small letters. ``dn_key`` names the entry in groups (``names.key_of``). A value that the
    entry does not have is ``None``. ``password_hash`` begins with the name of a scheme that the
    service knows.
    """

    id: str
    dn: str
    dn_key: str
    email: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    surname: str | None = None
    username: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """An entry that is a group."""

    id: str
    dn: str
    dn_key: str
    name: str | None = None
    description: str | None = None


class Sink(Protocol):
    """Takes what a run finds. Each call may send a batch, and raise ``service.ServiceError``."""

    def account(self, account: Account) -> None:
        """Take an account that is new or has changed."""

    def group(self, group: Group) -> None:
        """Take a group that is new or has changed, before its members."""

    def members(self, group_id: str, keys: Iterable[str]) -> None:
        """Take all members of a group, by the keys that name them; the iterable is read once.

        A key is ``id:`` and the id of an entry, ``dn:`` and a digest of a DN, or ``uid:`` and a login name.
        """

    def present(self, kind: str, ids: Iterable[str]) -> None:
        """Take the ids of entries (``account`` or ``group``) that are there as they were.

        What a run that ``is_complete`` has neither told nor found present is deleted at its end.
        """

    def gone(self, kind: str, id: str) -> None:
        """Take the id of an entry that was deleted, moved away, or does not match any more."""


class CursorInvalid(Exception):
    """The cursor is of no use any more: a full run has to be made. The message says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a run: where the next one begins, and whether all that is there was told or present."""

    cursor: Cursor
    is_complete: bool
    #: What was seen, for a person: problems by their names, with numbers.
    report: Mapping[str, Any] = field(default_factory=dict)


class Tracker(Protocol):
    """One way to find out what has changed on a server."""

    def run(self, sink: Sink, cursor: Cursor | None) -> Outcome:
        """Tell the sink everything, without a cursor; or what has changed since.

        Raises ``CursorInvalid`` before it has told anything, and ``connection.DirectoryProblem``.
        """
