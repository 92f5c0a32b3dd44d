"""What an agent sends of its server in one request, checked: sizes, types, and what identifies entries.

The values of entries are checked later, one entry at a time: a bad one must not stop the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from stormpath.server.domain.mirrors import ACCOUNT, GROUP
from stormpath.server.schema.errors import ApiError, Code

#: The most accounts and groups, keys of members, and ids of a batch; and characters of a text.
MOST_ENTRIES: Final = 500
MOST_KEYS: Final = 5_000
MOST_IDS: Final = 20_000
LONGEST_TEXT: Final = 4_000

#: The longest key of a member that may name an entry: a login name has 255 characters at the most.
_LONGEST_KEY: Final = 300

_ID: Final = re.compile(r"[0-9A-Za-z_.{}-]{1,128}", re.ASCII)
#: What no database stores. Values of entries are checked with the other rules.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_DN_KEY: Final = re.compile(r"dn:[0-9a-f]{32}", re.ASCII)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """An entry that is an account, with the values that the server has."""

    id: str
    dn: str
    dn_key: str
    email: str | None
    given_name: str | None
    middle_name: str | None
    surname: str | None
    username: str | None
    password_hash: str | None = field(repr=False)
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """An entry that is a group."""

    id: str
    dn: str
    dn_key: str
    name: str | None
    description: str | None


@dataclass(frozen=True, slots=True)
class MemberChunk:
    """Some of the members of a group, by their keys."""

    group: str
    keys: tuple[str, ...]
    is_first: bool
    is_last: bool

    def parts(self, size: int) -> Iterator[MemberChunk]:
        """Yield it in parts of so many keys."""
        last = max(0, len(self.keys) - 1) // size
        for part in range(last + 1):
            yield MemberChunk(
                self.group,
                self.keys[part * size : (part + 1) * size],
                is_first=self.is_first and part == 0,
                is_last=self.is_last and part == last,
            )


Ids = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Batch:
    """A part of what a run has found; ``present`` and ``gone`` are ids by kind."""

    accounts: tuple[AccountEntry, ...] = ()
    groups: tuple[GroupEntry, ...] = ()
    members: tuple[MemberChunk, ...] = ()
    present: Ids = field(default_factory=dict)
    gone: Ids = field(default_factory=dict)


def batch_of(body: Mapping[str, Any]) -> Batch:
    """Return what the body of a request has; raises ``ApiError`` 400 if it is malformed or too much."""
    batch = Batch(
        accounts=_objects(body, "accounts", _account),
        groups=_objects(body, "groups", _group),
        members=_objects(body, "members", _chunk),
        present=_ids(body, "present"),
        gone=_ids(body, "gone"),
    )
    _bound("accounts and groups", len(batch.accounts) + len(batch.groups), MOST_ENTRIES)
    _bound("members", len(batch.members), MOST_ENTRIES)
    _bound("keys of members", sum(len(each.keys) for each in batch.members), MOST_KEYS)
    named = (*batch.present.values(), *batch.gone.values())
    _bound("present and gone", sum(map(len, named)), MOST_IDS)
    return batch


def _account(body: Mapping[str, Any]) -> AccountEntry:
    return AccountEntry(
        **_identity(body),
        email=_text(body, "email"),
        given_name=_text(body, "givenName"),
        middle_name=_text(body, "middleName"),
        surname=_text(body, "surname"),
        username=_text(body, "username"),
        password_hash=_text(body, "passwordHash"),
        is_disabled=_flag(body, "isDisabled"),
    )


def _group(body: Mapping[str, Any]) -> GroupEntry:
    return GroupEntry(**_identity(body), name=_text(body, "name"), description=_text(body, "description"))


def _chunk(body: Mapping[str, Any]) -> MemberChunk:
    keys = body.get("keys", [])
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise _malformed("keys")
    for each in keys:
        if not isinstance(each, str) or len(each) > LONGEST_TEXT:
            raise _malformed("keys")
    # Others name no entry.
    named = dict.fromkeys(each for each in keys if len(each) <= _LONGEST_KEY and not _UNSTORABLE.search(each))
    return MemberChunk(
        _id(body.get("group"), "group"), tuple(named), _flag(body, "isFirst"), _flag(body, "isLast")
    )


def _identity(body: Mapping[str, Any]) -> dict[str, str]:
    dn, dn_key = _text(body, "dn"), body.get("dnKey")
    if dn is None or not isinstance(dn_key, str) or not _DN_KEY.fullmatch(dn_key):
        raise _malformed("dn and dnKey")
    return {"id": _id(body.get("id"), "id"), "dn": _UNSTORABLE.sub("\ufffd", dn), "dn_key": dn_key}


def _ids(body: Mapping[str, Any], name: str) -> Ids:
    named = body.get(name, {})
    if not isinstance(named, dict) or not named.keys() <= {ACCOUNT, GROUP}:
        raise _malformed(name)
    found = {}
    for kind, ids in named.items():
        if not isinstance(ids, list) or len(ids) > MOST_IDS:
            raise _malformed(name)
        found[kind] = tuple(dict.fromkeys(_id(each, name) for each in ids))
    return found


def _objects(body: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
    found = body.get(name, [])
    if not isinstance(found, list) or len(found) > MOST_ENTRIES:
        raise _malformed(name)
    if not all(isinstance(each, dict) for each in found):
        raise _malformed(name)
    return tuple(map(read, found))


def _id(value: object, name: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _malformed(name)
    return value


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > LONGEST_TEXT):
        raise _malformed(name)
    return value


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise _malformed(name)
    return value


def _bound(name: str, number: int, most: int) -> None:
    if number > most:
        raise ApiError(Code.BAD_REQUEST, f"A batch has at most {most} of {name}, and this one has {number}.")


def _malformed(name: str) -> ApiError:
    # Never the value: it may be the hash of a password.
    return ApiError(Code.BAD_REQUEST, f"The batch is malformed: {name}.")
