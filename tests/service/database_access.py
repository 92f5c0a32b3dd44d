"""Direct access to a database, beside the service."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command

from stormpath.server.app import Service
from stormpath.server.storage import migrate


@contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def tables_in(url: str) -> set[str]:
    with connected(url) as connection:
        return set(sa.inspect(connection).get_table_names())


def count(url: str, table: str) -> int:
    with connected(url) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar_one())


def stored_row(service: Service, table: str, id: str) -> dict[str, Any]:
    """Return a row of the database of a running service."""
    columns = service.database.tables.metadata.tables[table]
    with service.database.engine.connect() as connection:
        return dict(connection.execute(sa.select(columns).where(columns.c.id == id)).mappings().one())


def upgrade(connection: sa.Connection, revision: str) -> None:
    """Bring the database to a migration, as the service would."""
    config = migrate.alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
