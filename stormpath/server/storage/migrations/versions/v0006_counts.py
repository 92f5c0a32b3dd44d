"""Numbers of items that triggers keep, and the indexes that lists of a million rows are read by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0001"
branch_labels = None
depends_on = None

BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

COUNTED = {
    "accounts": ("directory_id", "tenant_id"),
    "group_memberships": ("group_id",),
    "groups": ("directory_id", "tenant_id"),
}
OWNERS = ("directories", "groups", "tenants")

COUNT_ITEMS = """
CREATE FUNCTION count_items() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner_column text;
    owner text;
    change bigint;
BEGIN
    FOREACH owner_column IN ARRAY TG_ARGV LOOP
        FOR owner, change IN EXECUTE format('SELECT %I, count(*) FROM changed GROUP BY 1', owner_column) LOOP
            IF TG_OP = 'DELETE' THEN
                change := -change;
            END IF;
            UPDATE counts SET total = total + change
            WHERE owner_id = owner AND kind = TG_TABLE_NAME AND slot = (
                SELECT slot FROM counts WHERE owner_id = owner AND kind = TG_TABLE_NAME
                LIMIT 1 FOR UPDATE SKIP LOCKED
            );
            IF NOT FOUND THEN
                INSERT INTO counts (owner_id, kind, slot, total)
                VALUES (owner, TG_TABLE_NAME, nextval('counts_slot'), change);
            END IF;
        END LOOP;
    END LOOP;
    RETURN NULL;
END
$$
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
    for statement in ("CREATE SEQUENCE counts_slot", COUNT_ITEMS, FORGET_COUNTS):
        op.execute(statement)
    for items, columns in COUNTED.items():
        arguments = ", ".join(f"'{each}'" for each in columns)
        for event, verb, rows in (("INSERT", "added", "NEW"), ("DELETE", "removed", "OLD")):
            op.execute(
                f"CREATE TRIGGER count_{items}_{verb} AFTER {event} ON {items} "
                f"REFERENCING {rows} TABLE AS changed EXECUTE FUNCTION count_items({arguments})"
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
