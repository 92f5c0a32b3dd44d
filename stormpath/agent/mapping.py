"""Entries of a server as accounts and groups: which attribute holds what is said by the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from stormpath.agent import names
from stormpath.agent.contract import Account, Group
from stormpath.agent.directory_settings import DirectorySettings
from stormpath.agent.entries import ID_ATTRIBUTES, Entry, text_of
from stormpath.agent.problems import Problems

_SCHEME: Final = re.compile(rb"(\{[A-Za-z0-9._/-]{1,40}\})([\x21-\x7e]{1,1000})")
# The syntax Name And Optional UID (RFC 4517 3.3.21): a DN, and bits after it.
_UNIQUE_MEMBER_BITS: Final = re.compile(r"#'[01]*'B$")
_UID_MEMBERS: Final = "memberuid"


class Mapper:
    """Makes accounts and groups of entries, and counts what they lack.

    A kind of server with rules of its own overrides ``is_disabled``, ``member_keys`` and the attributes.
    """

    def __init__(self, settings: DirectorySettings, problems: Problems) -> None:
        self.settings = settings
        self.problems = problems

    @property
    def account_attributes(self) -> list[str]:
        """The attributes to ask for of accounts."""
        own = self.settings.account_attributes
        asked = [own.email, own.given_name, own.middle_name, own.surname, own.username]
        if self.settings.hash_schemes:
            asked.append(own.password)
        return _once([*ID_ATTRIBUTES, *(each for each in asked if each)])

    @property
    def group_attributes(self) -> list[str]:
        """The attributes to ask for of groups."""
        own = self.settings.group_attributes
        return _once([*ID_ATTRIBUTES, own.name, own.description, own.members])

    def account(self, entry: Entry) -> Account | None:
        """Return the account that an entry is; ``None`` where the server gives it no id."""
        own = self.settings.account_attributes
        self.problems.read("account")
        if (identified := self._identified(entry, "account")) is None:
            return None
        entry_id, dn_key = identified
        return Account(
            id=entry_id,
            dn=entry.dn,
            dn_key=dn_key,
            email=self._text(entry, "account", own.email),
            given_name=self._text(entry, "account", own.given_name),
            middle_name=entry.text(own.middle_name),
            surname=self._text(entry, "account", own.surname),
            username=self._text(entry, "account", own.username),
            password_hash=self._password_hash(entry),
            is_disabled=self.is_disabled(entry),
        )

    def group(self, entry: Entry) -> Group | None:
        """Return the group that an entry is; ``None`` where the server gives it no id."""
        own = self.settings.group_attributes
        self.problems.read("group")
        if (identified := self._identified(entry, "group")) is None:
            return None
        entry_id, dn_key = identified
        return Group(
            id=entry_id,
            dn=entry.dn,
            dn_key=dn_key,
            name=self._text(entry, "group", own.name),
            # A description is optional wherever there are groups.
            description=entry.text(own.description),
        )

    def member_keys(self, entry: Entry) -> Iterator[str]:
        """Yield the keys of a group's members, one by one: there may be many."""
        attribute = self.settings.group_attributes.members
        # Classes that require a member have an empty one in groups without any.
        for value in filter(None, entry.values(attribute)):
            if (key := _member_key(attribute, value)) is None:
                self.problems.member_invalid(attribute, entry.dn)
            else:
                yield key

    def is_disabled(self, entry: Entry) -> bool:
        """Tell whether the server has disabled an account: LDAP has no general way to say so."""
        return False

    def _identified(self, entry: Entry, kind: str) -> tuple[str, str] | None:
        entry_id = entry.id
        if entry_id is None:
            self.problems.missing(kind, ID_ATTRIBUTES[0], entry.dn)
            return None
        try:
            return entry_id, names.key_of(entry.dn)
        except names.NameInvalid:
            self.problems.missing(kind, "dn", entry.dn)
            return None

    def _text(self, entry: Entry, kind: str, attribute: str) -> str | None:
        if (text := entry.text(attribute)) is None:
            self.problems.missing(kind, attribute, entry.dn)
        return text

    def _password_hash(self, entry: Entry) -> str | None:
        """Return the first value that is a hash of a known scheme: a plain password is never sent."""
        attribute = self.settings.account_attributes.password
        for value in entry.values(attribute) if attribute else ():
            if found := _SCHEME.fullmatch(value):
                scheme = found[1].decode().upper()
                if scheme in self.settings.hash_schemes:
                    return scheme + found[2].decode()
        return None


def _member_key(attribute: str, value: bytes) -> str | None:
    text = text_of(value) if len(value) <= names.MAX_LENGTH else None
    if text is None:
        return None
    if attribute.casefold() == _UID_MEMBERS or "=" not in text:
        return f"uid:{text.casefold()}"
    try:
        return names.key_of(_UNIQUE_MEMBER_BITS.sub("", text))
    except names.NameInvalid:
        return None


def _once(attributes: list[str]) -> list[str]:
    """Return the names without those that another one repeats: servers refuse that, or answer twice."""
    return list({each.casefold(): each for each in attributes}.values())
