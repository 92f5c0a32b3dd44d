"""Accounts and groups of Active Directory: accounts can be disabled, and members are named by their ids."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Final

from stormpath.agent.entries import Entry
from stormpath.agent.mapping import Mapper

_CONTROL: Final = "userAccountControl"
#: ADS_UF_ACCOUNTDISABLE of ``userAccountControl`` (MS-ADTS 2.2.16).
_IS_DISABLED: Final = 0x2
# A DN with what the control LDAP_SERVER_EXTENDED_DN_OID adds (MS-ADTS 3.1.1.3.4.1.5).
_EXTENDED_DN: Final = re.compile(rb"<GUID=([0-9A-Fa-f-]{36})>;")


class ActiveDirectoryMapper(Mapper):
    """Makes accounts and groups of entries of Active Directory."""

    @property
    def account_attributes(self) -> list[str]:
        """The attributes to ask for of accounts: also what says whether they are disabled."""
        return [*super().account_attributes, _CONTROL]

    @property
    def group_attributes(self) -> list[str]:
        """The attributes to ask for of groups, without members: those are read of one group at a time."""
        members = self.settings.group_attributes.members.casefold()
        return [each for each in super().group_attributes if each.casefold() != members]

    def is_disabled(self, entry: Entry) -> bool:
        """Tell whether an administrator has disabled the account.

        What else keeps people out is judged by the bind: a locked or expired account, an expired password.
        """
        value = b"".join(entry.values(_CONTROL)[:1])
        # The server shows a number of 32 bits; without the right to read it, nothing.
        return value.lstrip(b"-").isdigit() and len(value) <= 11 and bool(int(value) & _IS_DISABLED)

    def member_keys(self, entry: Entry) -> Iterator[str]:
        """Yield the keys of members: where ids come with their DNs, these, which stay at a renaming."""
        attribute = self.settings.group_attributes.members
        for value in entry.values(attribute):
            if found := _EXTENDED_DN.match(value):
                yield f"id:{uuid.UUID(found[1].decode())}"
            else:
                yield from super().member_keys(Entry(entry.dn, {attribute.casefold(): [value]}))
