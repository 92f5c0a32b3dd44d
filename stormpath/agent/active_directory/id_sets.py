"""Sets of ids, compared without being kept: a sum of digests and a number, whatever the order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

_DIGEST_BYTES: Final = 16
_MODULUS: Final = 1 << (8 * _DIGEST_BYTES)


@dataclass(frozen=True, slots=True)
class IdSet:
    """Sums up a set of ids. Ids are added and taken away in any order."""

    count: int = 0
    total: int = 0

    @classmethod
    def of(cls, ids: Iterable[str]) -> IdSet:
        """Sum up ids, each of which is there once."""
        count = total = 0
        for each in ids:
            count += 1
            total += _digest(each)
        return cls(count, total % _MODULUS)

    def __add__(self, other: IdSet) -> IdSet:
        return IdSet(self.count + other.count, (self.total + other.total) % _MODULUS)

    def __sub__(self, other: IdSet) -> IdSet:
        return IdSet(self.count - other.count, (self.total - other.total) % _MODULUS)

    def to_json(self) -> dict[str, Any]:
        """Return what a cursor keeps of it."""
        return {"count": self.count, "digest": f"{self.total:0{2 * _DIGEST_BYTES}x}"}

    @classmethod
    def from_json(cls, kept: Any) -> IdSet:
        """Read what a cursor has kept; raise ``ValueError``, ``KeyError`` or ``TypeError``."""
        return cls(int(kept["count"]), int(kept["digest"], 16))


def _digest(id: str) -> int:
    return int.from_bytes(hashlib.sha256(id.encode()).digest()[:_DIGEST_BYTES], "big")
