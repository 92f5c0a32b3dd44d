"""Migrations of a database to the tables that this version needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from stormpath import forks
from stormpath.server.domain.storage import CannotOpen

if TYPE_CHECKING:
    from alembic.config import Config

#: The newest migration. Kept here so that opening an up-to-date database does not load Alembic.
HEAD: Final = "0023"

MIGRATIONS: Final = Path(__file__).with_name("migrations")

# An arbitrary number, the same in every process of the service (PostgreSQL only).
_ADVISORY_LOCK: Final = 0x5707_2047

#: How long others are waited for that set the database up, in seconds.
_PATIENCE: Final = 60

# Alembic keeps the migration under way in variables of its modules: one thread at a time.
_alembic: Final = forks.Lock()


def revision(connection: sa.Connection) -> str | None:
    """Return the migration the database is at, or ``None`` for a database that was never set up."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def upgrade(connection: sa.Connection) -> None:
    """Apply the missing migrations, inside the transaction the connection is in.

    Raises :class:`CannotOpen` for a database of a newer version of this package.
    """
    from alembic import command

    refuse_newer(revision(connection))
    config = alembic_config()
    config.attributes["connection"] = connection
    with _alembic:
        command.upgrade(config, "head")


def refuse_newer(at: str | None) -> None:
    """Raise :class:`CannotOpen` when this version does not have the migration a database is at."""
    from alembic.script import ScriptDirectory

    known = {each.revision for each in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if at is not None and at not in known:
        raise CannotOpen(
            f"The database is at version {at}, made by a newer release of stormpath; this one knows {HEAD}. "
            "Upgrade the package."
        )


def alembic_config() -> Config:
    """Return Alembic's configuration for our migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def lock_out_others(connection: sa.Connection) -> None:
    """Keep other processes from setting the database up until this transaction ends."""
    # SQLite's BEGIN IMMEDIATE has done it already.
    if connection.dialect.name != "postgresql":
        return
    # The others may have a new database to make, one after the other, which takes longer than a change.
    usual = connection.exec_driver_sql("SHOW lock_timeout").scalar_one()
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{usual}'")
