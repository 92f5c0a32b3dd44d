"""The entries of a custom data document in the index of custom data: (path, value), both of bounded length.

They are kept as coarse as they may be: whatever a search by equality or by prefix finds has the entries that
:func:`wanted` names, and what else has them is checked on the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from stormpath.server.schema.query import CustomMatch, fold_custom_data
from stormpath.server.storage.custom_values import number_key, text_of

#: What is kept of a path and of a value, in characters.
LONGEST_PATH: Final = 128
LONGEST_VALUE: Final = 64

#: Documents with more entries, or longer ones, are not indexed: each search reads them.
MOST_ENTRIES: Final = 100
LONGEST_DOCUMENT: Final = 16 * 1024

#: As deep as a search may lead.
_DEEPEST: Final = 16

#: The entry of a document that is not indexed. No path is empty.
UNINDEXED: Final = ("", "")

#: Begins the entry of a number's value, which has one of its text besides.
_NUMBER: Final = "\x01"

Entry = tuple[str, str]

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def of_document(document: str) -> frozenset[Entry]:
    """Return the entries of a document, in JSON."""
    if len(document) > LONGEST_DOCUMENT:
        return frozenset([UNINDEXED])
    entries: set[Entry] = set()
    for each in _entries_in(_decode(document), "", 1):
        entries.add(each)
        if len(entries) > MOST_ENTRIES:
            return frozenset([UNINDEXED])
    return frozenset(entries)


def wanted(match: CustomMatch) -> tuple[str, str, str | None]:
    """Return what is looked for: the path, the text of the value, and that of a number if it is one."""
    number = None if match.number is None else _number(match.number)
    return _kept(".".join(match.path), LONGEST_PATH), _kept(match.value, LONGEST_VALUE), number


def _entries_in(values: Mapping[str, Any], above: str, depth: int) -> Iterator[Entry]:
    for key, value in values.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping):
            if depth < _DEEPEST:
                yield from _entries_in(value, f"{path}.", depth + 1)
            continue
        for each in value if isinstance(value, list) else [value]:
            yield from _entries_of(_kept(path, LONGEST_PATH), each)


def _entries_of(path: str, value: Any) -> Iterator[Entry]:
    # A number has its value besides its text: 1.0 is found as 1.
    if type(value) is int or type(value) is Decimal:
        yield path, _number(value)
    if isinstance(value, str):
        yield path, _kept(fold_custom_data(value), LONGEST_VALUE)
    elif (text := text_of(value)) is not None:
        yield path, _kept(text, LONGEST_VALUE)


def _number(value: int | Decimal) -> str:
    return _kept(_NUMBER + number_key(value), LONGEST_VALUE)


def _kept(text: str, most: int) -> str:
    # PostgreSQL stores no NUL, and UTF-8 no half of a surrogate pair.
    if text.isascii() and "\x00" not in text:
        return text[:most]
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:most]
