"""The tables that migrations make, compared with those that the resources declare."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from stormpath.server.resources import RESOURCES
from stormpath.server.storage import migrate
from stormpath.server.storage.tables import Tables

WHAT_TO_DO = (
    "Write a migration: a new file in stormpath/server/storage/migrations/versions, whose revision is the "
    "new HEAD in stormpath/server/storage/migrate.py (see CONTRIBUTING.rst)."
)


def differences(connection: sa.Connection) -> list[str]:
    """Return how the tables of a migrated database differ from the declared ones, a line for each."""
    on_sqlite = connection.dialect.name == "sqlite"
    options = {
        "compare_type": True,
        "compare_server_default": True,
        # What happens on deletion cannot be read off a column that was added to SQLite later. The index of
        # texts is made by SQL of its own.
        "include_object": lambda item, name, kind, *_: (
            not (
                (on_sqlite and kind == "foreign_key_constraint") or (name is not None and is_text_index(name))
            )
        ),
    }
    found = compare_metadata(MigrationContext.configure(connection, opts=options), Tables(RESOURCES).metadata)
    # Changes of one column come as a list.
    return [_line(each) for entry in found for each in (entry if isinstance(entry, list) else [entry])]


def is_text_index(name: str) -> bool:
    """Tell whether a table or an index belongs to the index of texts."""
    return re.search("_search(_|$)", name) is not None


def explained(found: Iterable[str]) -> str:
    """Return the differences as a message that says what to do."""
    return "\n".join(
        ["The migrations do not make the tables that the resources declare:", *found, WHAT_TO_DO]
    )


@cache
def forgotten() -> str | None:
    """Return what to tell a developer who forgot a migration, or ``None``. Compared once, on SQLite."""
    engine = sa.create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            migrate.upgrade(connection)
            found = differences(connection)
    finally:
        engine.dispose()
    return explained(found) if found else None


def _line(difference: tuple[Any, ...]) -> str:
    action, *rest = difference
    match action:
        case "add_table":
            return f"- The table {rest[0].name} is declared, and no migration creates it."
        case "remove_table":
            return f"- The table {rest[0].name} is created by the migrations, and not declared."
        case "add_column":
            return f"- The column {rest[1]}.{rest[2].name} is declared, and no migration adds it."
        case "remove_column":
            return f"- The column {rest[1]}.{rest[2].name} is made by the migrations, and not declared."
        case "add_index":
            return f"- The index {rest[0].name} is declared, and no migration creates it."
        case "remove_index":
            return f"- The index {rest[0].name} is created by the migrations, and not declared."
        case "modify_nullable" | "modify_type" | "modify_default":
            of = action.removeprefix("modify_")
            return f"- {rest[1]}.{rest[2]} differs in its {of}: migrated {rest[-2]!r}, declared {rest[-1]!r}."
    return f"- {difference!r}"
