"""Entries that are accounts: which values they have, by the rules of accounts and of their directory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from stormpath.server.agents.batches import AccountEntry
from stormpath.server.agents.entries import INVALID, Kind, Wanted, checked, digest_of
from stormpath.server.domain.context import Passwords, RequestContext, Values
from stormpath.server.domain.mirrors import ACCOUNT, NO_EMAIL
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.accounts import account
from stormpath.server.resources.accounts.email_verification import VERIFIED
from stormpath.server.resources.policies import account_creation_policy, account_schema
from stormpath.server.schema import snake_case
from stormpath.server.schema.attributes import required
from stormpath.server.schema.errors import ApiError, not_found

_TAKEN: Final = {"email": "email_taken", "username": "username_taken"}

#: A hash with the name of its scheme (RFC 2307).
_HASH: Final = re.compile(r"\{[0-9A-Za-z_-]{1,32}\}[\x21-\x7e]{1,512}", re.ASCII)


def _completed(context: RequestContext, values: Values) -> Values:
    now = context.now_ms()
    return {
        **values,
        "full_name": account.full_name(values),
        "email_verification_status": VERIFIED,
        "password_modified_at": None if values["password_hash"] is None else now,
        "created_at": now,
    }


KIND: Final = Kind(ACCOUNT, account.RULES, _TAKEN, _completed)


class Directory:
    """What a directory demands of its accounts."""

    def __init__(self, unit: Unit, directory_id: str, passwords: Passwords) -> None:
        self._passwords = passwords
        policy = unit.get("accountCreationPolicy", directory_id)
        if policy is None:
            raise not_found()
        self._policy: Row = policy
        self._required = [
            snake_case(name)
            for name in account_schema.NAMES
            if unit.find("field", schema_id=directory_id, name=name, required=True) is not None
        ]

    def wanted(self, entries: Iterable[AccountEntry]) -> Sequence[Wanted]:
        """Return the entries as they are to be stored."""
        return [self._wanted(each) for each in entries]

    def _wanted(self, entry: AccountEntry) -> Wanted:
        hashed = entry.password_hash
        if hashed is not None and not self._is_known(hashed):
            # The agent tries the password.
            hashed = None
        own = replace(entry, password_hash=None)
        told = (getattr(own, each) for each in own.__slots__)
        values, problem = self._values(entry)
        if values:
            values["password_hash"] = hashed
        # By its own login name, not by one that stands in for it, do groups name an account (``memberUid``).
        username = values.get("username") if _text(entry.username) else None
        return Wanted(
            id=entry.id,
            dn=entry.dn,
            dn_key=entry.dn_key,
            name_key=f"uid:{username.casefold()}" if username else None,
            is_disabled=entry.is_disabled,
            values=values,
            digest=digest_of(told, hashed),
            problem=problem,
            is_storable={"email", "username", *self._required} <= values.keys(),
        )

    def _is_known(self, hashed: str) -> bool:
        return _HASH.fullmatch(hashed) is not None and self._passwords.can_verify(hashed)

    def _values(self, entry: AccountEntry) -> tuple[Values, str | None]:
        """Return the values that the rules accept, and the problem if they refuse one."""
        email = _text(entry.email)
        if email is None:
            return {}, NO_EMAIL
        told = {
            "email": email,
            "username": _text(entry.username) or email,
            "givenName": entry.given_name,
            "middleName": entry.middle_name,
            "surname": entry.surname,
        }
        values: Values = {}
        problem = None
        for name, value in told.items():
            column = snake_case(name)
            try:
                stored = checked(account.ACCOUNT.by_name[name], value)
                self._check(column, stored)
            except ApiError:
                problem = INVALID
                continue
            values[column] = stored
        return values, problem

    def _check(self, column: str, value: str | None) -> None:
        if column == "email" and value is not None:
            account_creation_policy.check_domain(value, self._policy)
        if value is None and column in self._required:
            raise required(column)


def _text(value: str | None) -> str | None:
    """Return a value without blanks around it; ``None`` if nothing is left."""
    return (value and value.strip()) or None
