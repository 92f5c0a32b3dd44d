"""The SQL types of columns, by the kinds that declarations name."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

# Ids, folded keys, hashes and times compare byte by byte on both databases, in every locale of a cluster.
BINARY_TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

TYPES: Final[dict[str, Any]] = {
    "id": BINARY_TEXT,
    "key": BINARY_TEXT,
    "hash": BINARY_TEXT,
    "text": sa.Text(),
    "integer": sa.BigInteger(),
    "boolean": sa.Boolean(create_constraint=False),
    "instant": sa.BigInteger(),
    "list": sa.JSON(),
    "json": sa.JSON(),
    "sealed": sa.LargeBinary(),
}
