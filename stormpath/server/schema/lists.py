"""Lists of texts whose entries have a form: patterns of domains, origins of browsers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from stormpath.server.schema.attributes import TextList
from stormpath.server.schema.errors import ApiError, Code, shown

_LONGEST_DOMAIN: Final = 253

#: Of one part of a domain; beyond ASCII, registries differ in what they allow.
_LETTER: Final = r"[^\s\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\xa0]"
_LABEL: Final = rf"{_LETTER}(?:(?:{_LETTER}|-){{0,61}}{_LETTER})?"
_PATTERN_LABEL: Final = rf"(?:\*|{_LABEL})"

_DOMAIN: Final = re.compile(rf"{_PATTERN_LABEL}(?:\.{_PATTERN_LABEL})*")

_HOST_LABEL: Final = rf"(?:{_LETTER}|[-_])+"

#: RFC 6454, section 6.2. Browsers send no slash at the end; people write one.
_ORIGIN: Final = re.compile(
    r"[A-Za-z][0-9A-Za-z+.-]*://"
    rf"(?:(?:\*\.)?{_HOST_LABEL}(?:\.{_HOST_LABEL})*|\[[0-9A-Fa-f:.]+\])"
    r"(?::[0-9]{1,5})?/?"
)


@dataclass(frozen=True, kw_only=True)
class CheckedList(TextList):
    """A list whose entries must have a form.

    Only entries that are added are checked: a list that was stored before the rule, or by another version,
    can be sent back, and shortened.
    """

    #: What is wrong with a bad entry, as a sentence for end users; and what an entry looks like.
    fault: ClassVar[str]
    example: ClassVar[str]

    def is_valid(self, entry: str) -> bool:
        """Tell whether an entry has the form."""
        raise NotImplementedError

    def check_added(self, entries: Iterable[str], stored: Iterable[str] | None) -> None:
        """Raise an error for the first bad entry that is not among the stored ones."""
        known = frozenset(stored or ())
        for each in entries:
            if each not in known and not self.is_valid(each):
                bad = f"{self.name} value {shown(each)} is invalid."
                raise ApiError(
                    Code.INVALID,
                    f"{bad} {self.fault}",
                    f"{bad} Entries look like {self.example}. {self.fault}",
                )


@dataclass(frozen=True, kw_only=True)
class DomainPatterns(CheckedList):
    """Domains of e-mail addresses, in which ``*`` stands for a whole label."""

    fault = "It is not a valid domain."
    example = "example.com or *.example.com"

    def is_valid(self, entry: str) -> bool:
        return len(entry) <= _LONGEST_DOMAIN and _DOMAIN.fullmatch(entry) is not None


@dataclass(frozen=True, kw_only=True)
class Origins(CheckedList):
    """Origins of browsers: scheme, host and port. ``*.`` stands for one label at the left."""

    fault = "It is not a valid origin."
    example = "https://app.example.com or http://localhost:3000"

    def is_valid(self, entry: str) -> bool:
        return _ORIGIN.fullmatch(entry) is not None
