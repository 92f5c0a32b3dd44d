"""Used nonces are kept by a digest, in a table without an index. Those that are stored stay used."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BATCH: Final = 5000

_SELECT: Final = sa.text(
    "SELECT purpose, value, expires_at FROM old_nonces WHERE (purpose, value) > (:purpose, :value) "
    "ORDER BY purpose, value LIMIT :batch"
)
_INSERT: Final = sa.text(
    "INSERT INTO nonces (digest, expires_at) VALUES (:digest, :expires_at) ON CONFLICT DO NOTHING"
)


def upgrade() -> None:
    connection = op.get_bind()
    op.rename_table("nonces", "old_nonces")
    if connection.dialect.name == "postgresql":
        # It would take the name from the index of the new table.
        op.execute("ALTER INDEX nonces_pkey RENAME TO old_nonces_pkey")
    op.create_table(
        "nonces",
        sa.Column("digest", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    last = {"purpose": "", "value": ""}
    while rows := connection.execute(_SELECT, {**last, "batch": _BATCH}).all():
        connection.execute(_INSERT, [_by_digest(*row) for row in rows])
        last = {"purpose": rows[-1].purpose, "value": rows[-1].value}
    op.drop_table("old_nonces")


def _by_digest(purpose: str, value: str, expires_at: int) -> dict[str, Any]:
    digest = hashlib.blake2b(f"{purpose}\0{value}".encode(), digest_size=8).digest()
    return {"digest": int.from_bytes(digest, "big", signed=True), "expires_at": expires_at}
