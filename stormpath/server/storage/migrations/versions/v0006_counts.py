"""Numbers of items that triggers keep, and the indexes that lists of a million rows are read by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNTED = {
    "accounts": ("directory_id", "tenant_id"),
    "group_memberships": ("group_id",),
    "groups": ("directory_id", "tenant_id"),
}
OWNERS = ("directories", "groups", "tenants")

ADD_TO_COUNT = """
CREATE FUNCTION add_to_count(owner text, items text, change bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE counts SET total = total + change
    WHERE owner_id = owner AND kind = items AND slot = (
        SELECT slot FROM counts WHERE owner_id = owner AND kind = items LIMIT 1 FOR UPDATE SKIP LOCKED
    );
    IF NOT FOUND THEN
        INSERT INTO counts (owner_id, kind, slot, total)
        VALUES (owner, items, nextval('counts_slot'), change);
    END IF;
END
$$
"""

COUNT_ITEMS = """
CREATE FUNCTION count_{items}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{body}    RETURN NULL;
END
$$
"""

COUNT_COLUMN = """\
    PERFORM add_to_count(owner, '{items}', CASE TG_OP WHEN 'DELETE' THEN -number ELSE number END)
    FROM (SELECT {column} AS owner, count(*) AS number FROM changed GROUP BY 1) AS each;
"""

FORGET_COUNTS = """
CREATE FUNCTION forget_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM counts WHERE owner_id = OLD.id;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.create_index("ix_accounts_directory_id_created_at", "accounts", ["directory_id", "created_at", "id"])
    # The same pair the other way round: now it also lists the members of a group in the order of their ids.
    op.drop_index("uq_group_memberships_group_id", "group_memberships")
    op.create_index(
        "uq_group_memberships_account_id", "group_memberships", ["group_id", "account_id"], unique=True
    )
    op.create_table(
        "counts",
        sa.Column("owner_id", BINARY_TEXT, nullable=False),
        sa.Column("kind", BINARY_TEXT, nullable=False),
        sa.Column("slot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "kind", "slot"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        _count_on_postgresql()
    else:
        _count_on_sqlite()
    # Last: on PostgreSQL the triggers waited for all writers, and keep new ones away until we are done.
    for items, columns in COUNTED.items():
        for column in columns:
            op.execute(
                f"INSERT INTO counts (owner_id, kind, slot, total) "  # noqa: S608  # Constants of this file.
                f"SELECT {column}, '{items}', 0, count(*) FROM {items} GROUP BY {column}"
            )


def _count_on_postgresql() -> None:
    for statement in ("CREATE SEQUENCE counts_slot", ADD_TO_COUNT, FORGET_COUNTS):
        op.execute(statement)
    for items, columns in COUNTED.items():
        body = "".join(COUNT_COLUMN.format(items=items, column=each) for each in columns)
        op.execute(COUNT_ITEMS.format(items=items, body=body))
        for event, verb, rows in (("INSERT", "added", "NEW"), ("DELETE", "removed", "OLD")):
            op.execute(
                f"CREATE TRIGGER count_{items}_{verb} AFTER {event} ON {items} "
                f"REFERENCING {rows} TABLE AS changed EXECUTE FUNCTION count_{items}()"
            )
    for owners in OWNERS:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER forget_counts_of_{owners} AFTER DELETE ON {owners} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION forget_counts()"
        )


def _count_on_sqlite() -> None:
    for items, columns in COUNTED.items():
        added = " ".join(
            f"INSERT INTO counts (owner_id, kind, slot, total) VALUES (NEW.{column}, '{items}', 0, 1) "  # noqa: S608  # Constants of this file.
            "ON CONFLICT (owner_id, kind, slot) DO UPDATE SET total = total + 1;"
            for column in columns
        )
        removed = " ".join(
            f"UPDATE counts SET total = total - 1 WHERE owner_id = OLD.{column} AND kind = '{items}';"  # noqa: S608  # Constants of this file.
            for column in columns
        )
        op.execute(f"CREATE TRIGGER count_{items}_added AFTER INSERT ON {items} BEGIN {added} END")
        op.execute(f"CREATE TRIGGER count_{items}_removed AFTER DELETE ON {items} BEGIN {removed} END")
    for owners in OWNERS:
        op.execute(
            f"CREATE TRIGGER forget_counts_of_{owners} AFTER DELETE ON {owners} "  # noqa: S608  # Constants of this file.
            "BEGIN DELETE FROM counts WHERE owner_id = OLD.id; END"
        )
