"""PostgreSQL's extension ``pg_trgm``, without which searches inside texts read the whole collection.

A role may create it that may create schemas in the database. Where it may not, the service works without it,
and looks again each time that it opens the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from stormpath.server.logs.loggers import get_logger
from stormpath.server.storage import text_index

if TYPE_CHECKING:
    from stormpath.server.storage.tables import Tables

_SCHEMA: Final = """
SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE extname = 'pg_trgm'
"""

_log = get_logger(__name__)


def is_index_missing(connection: sa.Connection, tables: Tables) -> bool:
    """Tell whether PostgreSQL lacks an index that needs the extension."""
    if connection.dialect.name != "postgresql":
        return False
    names = [text_index.postgresql_name(each) for each in text_index.of(tables)]
    found = sa.select(sa.func.count(sa.func.to_regclass(sa.column("name")))).select_from(
        sa.func.unnest(sa.literal(names, sa.ARRAY(sa.Text))).alias("name")
    )
    return connection.execute(found).scalar_one() < len(names)


def create_indexes(connection: sa.Connection, tables: Tables) -> None:
    """Create what is missing, in the transaction of the connection, or log why it cannot be created.

    Writers of a table wait while its index is made.
    """
    connection.exec_driver_sql("SAVEPOINT extension")
    try:
        schema = connection.exec_driver_sql(_SCHEMA).scalar_one_or_none()
        if schema is None:
            connection.exec_driver_sql(text_index.EXTENSION)
            schema = connection.exec_driver_sql(_SCHEMA).scalar_one()
        for each in text_index.postgresql_indexes(tables, f"{schema}.gin_trgm_ops"):
            connection.exec_driver_sql(each)
    except sa.exc.DBAPIError as error:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT extension")
        log_missing(str(error.orig).partition("\n")[0])
    connection.exec_driver_sql("RELEASE SAVEPOINT extension")


def log_missing(reason: str) -> None:
    """Log that searches are slow, and the remedy."""
    _log.warning(
        "Searches inside texts read whole collections: the index for them needs PostgreSQL's extension "
        "pg_trgm (%s). Let an administrator run CREATE EXTENSION pg_trgm in this database, and restart the "
        "service, which then makes the index.",
        reason,
    )
