"""Migrations make the declared tables; a set-up that fails leaves nothing behind."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.looking import connected, count, tables_in
from stormpath.server import first_run
from stormpath.server.app import CannotOpen, open_service
from stormpath.server.resources import RESOURCES
from stormpath.server.storage import migrate
from stormpath.server.storage.tables import Tables


def declared_foreign_keys(metadata: sa.MetaData) -> set[tuple[str, ...]]:
    """Return (table, column, table and column referred to, what a deletion does) of each foreign key."""
    return {
        (table.name, key.parent.name, key.column.table.name, key.column.name, str(key.ondelete))
        for table in metadata.tables.values()
        for key in table.foreign_keys
    }


def foreign_keys(connection: sa.Connection, metadata: sa.MetaData) -> set[tuple[str, ...]]:
    """Return the same of a SQLite database, as SQLite itself understands it."""
    found: set[tuple[str, ...]] = set()
    for table in metadata.tables:
        for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list({table})").mappings():
            found.add((table, row["from"], row["table"], row["to"], row["on_delete"]))
    return found


class TestMigrations:
    def test_they_make_the_tables_that_are_declared(self, initialized_database_url: str):
        with connected(initialized_database_url) as connection:
            on_sqlite = connection.dialect.name == "sqlite"
            options = {
                "compare_type": True,
                "compare_server_default": True,
                # What happens on deletion cannot be read off a column that was added to SQLite later.
                "include_object": lambda item, name, kind, *_: (
                    not (on_sqlite and kind == "foreign_key_constraint")
                ),
            }
            context = MigrationContext.configure(connection, opts=options)
            declared = Tables(RESOURCES).metadata
            differences = compare_metadata(context, declared)
            if on_sqlite:
                assert foreign_keys(connection, declared) == declared_foreign_keys(declared)

        assert differences == []

    def test_the_newest_one_is_the_one_the_service_asks_for(self):
        assert ScriptDirectory.from_config(migrate.alembic_config()).get_heads() == [migrate.HEAD]

    def test_a_database_is_at_the_newest_one_after_opening(self, database_url: str):
        open_service(database_url).close()

        with connected(database_url) as connection:
            assert migrate.revision(connection) == migrate.HEAD


class TestFailedSetUp:
    def test_nothing_is_half_made(self, database_url: str, monkeypatch: pytest.MonkeyPatch):
        # The last thing that is stored before the transaction ends.
        monkeypatch.setitem(first_run.RULES, "account", None)

        with pytest.raises(AttributeError):
            open_service(database_url)

        assert tables_in(database_url) == set()
        monkeypatch.undo()
        open_service(database_url).close()
        assert count(database_url, "tenants") == 1

    def test_somebody_elses_database_is_left_as_it_is(self, database_url: str):
        with connected(database_url) as connection:
            connection.execute(sa.text("CREATE TABLE accounts (name TEXT)"))
            connection.execute(sa.text("INSERT INTO accounts VALUES ('theirs')"))

        with pytest.raises(CannotOpen, match="already exists"):
            open_service(database_url)

        assert tables_in(database_url) == {"accounts"}
        assert count(database_url, "accounts") == 1


class TestOlderDatabases:
    """What a database of an earlier version has is completed as if it had just been made."""

    def test_applications_get_their_linking_policy(self, database_url: str):
        with connected(database_url) as connection:
            upgrade(connection, "0001")
            standard = {"created_at": 5, "modified_at": 6}
            names = dict.fromkeys(("name", "name_key", "key", "key_key"), "acme")
            insert(connection, "tenants", id="t1", **standard, **names)
            insert(
                connection,
                "applications",
                id="a1",
                **standard,
                name="Atlas",
                name_key="atlas",
                status="ENABLED",
                authorized_callback_uris=[],
                authorized_origin_uris=[],
                tenant_id="t1",
                protected=False,
            )

        with connected(database_url) as connection:
            upgrade(connection, "head")
            policies = Tables(RESOURCES).of["accountLinkingPolicy"]
            found = [dict(each) for each in connection.execute(sa.select(policies)).mappings()]

        assert found == [
            {
                "id": "a1",
                "created_at": 5,
                "modified_at": 5,
                "status": "DISABLED",
                "automatic_provisioning": "DISABLED",
                "matching_property": None,
                "tenant_id": "t1",
                "application_id": "a1",
                "organization_id": None,
            }
        ]


def upgrade(connection: sa.Connection, revision: str) -> None:
    config = migrate.alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def insert(connection: sa.Connection, name: str, /, **row: object) -> None:
    connection.execute(sa.Table(name, sa.MetaData(), autoload_with=connection).insert().values(row))
