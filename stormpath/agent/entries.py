"""An entry of an LDAP server, and the texts that its attributes hold."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from stormpath.agent import names

#: Longer texts are cut: the service refuses them.
MAX_LENGTH: Final = 4000

#: The id of Active Directory is bytes; the other ids are texts.
GUID: Final = "objectGUID"
#: The attributes that identify an entry for its whole life, the best one first: RFC 4530, 389 Directory
#: Server, FreeIPA, Active Directory.
ID_ATTRIBUTES: Final = ("entryUUID", "nsUniqueId", "ipaUniqueID", GUID)

_MAX_ID_LENGTH: Final = 255
_GUID_BYTES: Final = 16
# What nearly all ids are: worth a way of its own, since a listing reads every one.
_UUID: Final = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID_DIGITS: Final = re.compile(r"[0-9A-Fa-f]{32}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# A text of four bytes a character, and one more: where it was cut, it may be cut in a character.
_MAX_BYTES: Final = 4 * MAX_LENGTH


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: its DN, and its attributes by their names in small letters, without options."""

    dn: str
    attributes: Mapping[str, list[bytes]]

    @classmethod
    def from_wire(cls, dn: str, attributes: Mapping[str, Iterable[bytes]]) -> Entry:
        """Make an entry of what python-ldap returns.

        ``cn;lang-de`` and ``cn;binary`` are ``cn``, after the values without an option. A range of values
        (``member;range=0-1499``) keeps its option: it is a part of them.
        """
        folded: dict[str, list[bytes]] = {}
        for name in sorted(attributes, key=lambda each: ";" in each):
            plain, _, options = name.casefold().partition(";")
            key = f"{plain};{options}" if options.startswith("range=") else plain
            folded.setdefault(key, []).extend(attributes[name])
        return cls(dn, folded)

    def values(self, attribute: str) -> list[bytes]:
        """Return all values of an attribute as they are."""
        return self.attributes.get(attribute.casefold(), [])

    def texts(self, attribute: str) -> list[str]:
        """Return the values that are texts: UTF-8, not blank, without control characters."""
        return [text for value in self.values(attribute) if (text := text_of(value)) is not None]

    def text(self, attribute: str | None) -> str | None:
        """Return the text that stands for an attribute; ``None`` where it has none.

        An attribute may have several values, in no certain order. The one that the entry is named by comes
        first.
        """
        texts = self.texts(attribute) if attribute else []
        if attribute and len(texts) > 1:
            own = names.own_values(self.dn)
            return next((each for each in texts if names.is_own_value(own, attribute, each)), texts[0])
        return texts[0] if texts else None

    @property
    def id(self) -> str | None:
        """The server's own identification of the entry, in small letters; ``None`` where it gives none."""
        for attribute in ID_ATTRIBUTES:
            for value in self.values(attribute):
                if (found := _id(attribute, value)) is not None:
                    return found
        return None


def _id(attribute: str, value: bytes) -> str | None:
    if attribute == GUID:
        return str(uuid.UUID(bytes_le=value)) if len(value) == _GUID_BYTES else None
    if _UUID.fullmatch(value):
        return value.decode()
    text = text_of(value)
    if text is None or len(text) > _MAX_ID_LENGTH:
        return None
    # 389 Directory Server writes its own in four groups of eight digits.
    digits = text.replace("-", "")
    return str(uuid.UUID(digits)) if _UUID_DIGITS.fullmatch(digits) else text.casefold()


def text_of(value: bytes) -> str | None:
    """Return the text that a value is; ``None`` for a blank one, and for what is no text."""
    is_cut = len(value) > _MAX_BYTES
    try:
        text = value[:_MAX_BYTES].decode("utf-8", "ignore" if is_cut else "strict").strip()
    except UnicodeDecodeError:
        return None
    if not text or _CONTROL.search(text):
        return None
    return text[:MAX_LENGTH]
