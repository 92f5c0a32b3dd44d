"""Databases with the contents that earlier versions of the service left."""

import base64
import json
from functools import cache, partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.calls import Json
from service.database_access import connected, upgrade
from stormpath.server.app import open_service
from support.databases import made_once


@cache
def rows_at(revision: str) -> Any:
    """Return the rows that the service stored when that migration was the newest one.

    They are by table, parents first, under ``tables``; ``api_key`` is the id and the secret of a key.
    """
    return json.loads(Path(__file__).with_name(f"database_at_{revision}.json").read_text())


def fill(url: str, revision: str) -> None:
    """Bring an empty database to a migration, and put the rows into it."""
    made_once(f"filled at {revision}", partial(_fill, revision), url)


def fill_and_upgrade(url: str, revision: str) -> None:
    """Fill an empty database, and let the service bring it to the newest migration."""
    made_once(f"upgraded from {revision}", partial(_fill_and_upgrade, revision), url)


def _fill_and_upgrade(revision: str, url: str) -> None:
    fill(url, revision)
    open_service(url).close()


def _fill(revision: str, url: str) -> None:
    with connected(url) as connection:
        upgrade(connection, revision)
        metadata = sa.MetaData()
        metadata.reflect(connection)
        for table, rows in rows_at(revision)["tables"].items():
            if rows:
                connection.execute(metadata.tables[table].insert(), [_value_of(each) for each in rows])


def _value_of(stored: Json) -> Json:
    return {
        column: base64.b64decode(value["base64"]) if isinstance(value, dict) and "base64" in value else value
        for column, value in stored.items()
    }
