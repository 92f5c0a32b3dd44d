"""The 100,000 most common passwords, which a new password must not be.

``common_passwords.txt.gz`` is exact: no password counts as common that is not on the list.
``tools/common_passwords.py`` makes it, from a list whose license is in ``common_passwords.license``.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib import resources

from stormpath.server.schema.query import fold


def is_common(password: str) -> bool:
    """Tell whether a password is on the list, in any letter case.

    Endings are not stripped: that would refuse good passwords too, of which the list knows nothing. The first
    call reads the list, in a few milliseconds; others take some microseconds.
    """
    return _contains(_list(), fold(password).encode(errors="surrogatepass"))


@cache
def _list() -> bytes:
    """Return the list: folded, sorted by its bytes, with a newline on both sides of each. 0.9 MB."""
    return gzip.decompress(resources.files(__package__).joinpath("common_passwords.txt.gz").read_bytes())


def _contains(lines: bytes, wanted: bytes) -> bool:
    # A binary search in the text itself: a set of its lines would take ten times its memory.
    low, high = 0, len(lines) - 1
    while low < high:
        start = lines.rfind(b"\n", 0, (low + high) // 2 + 1) + 1
        end = lines.find(b"\n", start)
        found = lines[start:end]
        if found == wanted:
            return True
        low, high = (end, high) if found < wanted else (low, start - 1)
    return False
