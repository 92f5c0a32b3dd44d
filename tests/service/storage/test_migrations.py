"""Migrations create the declared tables; a failed set-up leaves nothing behind."""

from contextlib import closing
from typing import Any, Final

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from service.database_access import connected, count, tables_in, upgrade
from service.tenant_setup import BOX
from stormpath.server.app import CannotOpen, open_service
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row
from stormpath.server.mail.default_templates import DEFAULT_TEMPLATES
from stormpath.server.resources import RESOURCES, RULES
from stormpath.server.schema.email_kinds import VERIFICATION
from stormpath.server.security.passwords import HashGate, InsecureForTests
from stormpath.server.setup import bootstrap
from stormpath.server.storage import migrate
from stormpath.server.storage.database import Database
from stormpath.server.storage.tables import Tables
from support import databases, migrated

OWNERS: Final = ("directory_id", "password_policy_id", "schema_id")


def declared_foreign_keys(metadata: sa.MetaData) -> set[tuple[str, ...]]:
    """Return (table, column, table and column referred to, what a deletion does) of each foreign key."""
    return {
        (table.name, key.parent.name, key.column.table.name, key.column.name, str(key.ondelete))
        for table in metadata.tables.values()
        for key in table.foreign_keys
    }


def foreign_keys(connection: sa.Connection, metadata: sa.MetaData) -> set[tuple[str, ...]]:
    """Return the same of a SQLite database, as SQLite itself reports it."""
    found: set[tuple[str, ...]] = set()
    for table in metadata.tables:
        for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list({table})").mappings():
            found.add((table, row["from"], row["table"], row["to"], row["on_delete"]))
    return found


def indexes(connection: sa.Connection) -> dict[str, str]:
    """Return the definition of each index, as the database reports it, by name."""
    of_dialect = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }
    found = connection.exec_driver_sql(of_dialect[connection.dialect.name])
    own = {name: sql for name, sql in found if not name.startswith("alembic_version")}
    return {name: " ".join(sql.split()) for name, sql in own.items()}


@pytest.fixture
def declared_url(
    initialized_database_url: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> str:
    """The URL of an empty database of the same kind."""
    if initialized_database_url.startswith("sqlite"):
        return databases.sqlite_url(tmp_path_factory.mktemp("declared"))
    return str(request.getfixturevalue("postgresql_url"))


class TestMigrations:
    def test_migrations_create_the_declared_tables(self, initialized_database_url: str):
        with connected(initialized_database_url) as connection:
            differences = migrated.differences(connection)
            assert not differences, migrated.explained(differences)
            if connection.dialect.name == "sqlite":
                declared = Tables(RESOURCES).metadata
                assert foreign_keys(connection, declared) == declared_foreign_keys(declared), (
                    migrated.WHAT_TO_DO
                )

    def test_every_index_is_the_declared_one(self, initialized_database_url: str, declared_url: str):
        """Compared by name, columns and partial condition: Alembic does not compare the last."""
        with connected(initialized_database_url) as connection:
            made = indexes(connection)

        with connected(declared_url) as connection:
            Tables(RESOURCES).metadata.create_all(connection)
            declared = indexes(connection)

        assert made == declared, migrated.WHAT_TO_DO
        assert "PENDING" in made["ix_outbox_due_at"]

    def test_a_forgotten_migration_is_told_by_the_column_and_the_table(self, initialized_sqlite_url: str):
        with connected(initialized_sqlite_url) as connection:
            connection.execute(sa.text("ALTER TABLE directories DROP COLUMN description"))
            connection.execute(sa.text("DROP TABLE nonces"))

            told = migrated.explained(migrated.differences(connection))

        assert "- The column directories.description is declared, and no migration adds it.\n" in told
        assert "- The table nonces is declared, and no migration creates it.\n" in told
        assert "Write a migration: " in told

    def test_the_newest_one_is_the_one_the_service_asks_for(self):
        assert ScriptDirectory.from_config(migrate.alembic_config()).get_heads() == [migrate.HEAD]

    def test_a_database_is_at_the_newest_one_after_opening(self, database_url: str):
        open_service(database_url).close()

        with connected(database_url) as connection:
            assert migrate.revision(connection) == migrate.HEAD


class TestDirectoriesOfAnOlderDatabase:
    """Existing directories get the same resources as new ones."""

    @pytest.fixture
    def older(self, database_url: str) -> str:
        """A database as it was before policies, with a tenant, its owner and two directories."""
        with connected(database_url) as connection:
            upgrade(connection, "0001")
            insert(connection, "tenants", id="T", name="t", name_key="t", key="t", key_key="t")
            for id in ("D1", "D2"):
                names = {"name": id, "name_key": id.lower(), "status": "ENABLED", "protected": id == "D1"}
                insert(connection, "directories", id=id, tenant_id="T", **names)
            names = dict.fromkeys(("username", "username_key", "email", "email_key"), "a@example.com")
            states = {"status": "ENABLED", "email_verification_status": "UNVERIFIED"}
            names |= {"full_name": "Ada King", "full_name_key": "ada king"} | states
            insert(connection, "accounts", id="A", directory_id="D1", tenant_id="T", **names)
            connection.execute(sa.text("UPDATE tenants SET owner_account_id = 'A'"))
            upgrade(connection, "head")
        return database_url

    @pytest.mark.parametrize(
        "resource",
        ["passwordPolicy", "passwordStrength", "accountCreationPolicy", "accountSchema"],
    )
    def test_older_directories_get_the_policies_of_new_ones(self, older: str, resource: str):
        with closing(Database(older, RESOURCES)) as database:
            new = new_directory(database)
            with database.read("T") as unit:
                rows = [unit.get(resource, id) for id in ("D1", "D2", new)]

        first, second, of_new = (plain(each) for each in rows)
        assert first == second == of_new

    def test_older_directories_get_the_templates_and_fields_of_new_ones(self, older: str):
        with closing(Database(older, RESOURCES)) as database:
            new = new_directory(database)
            with database.read("T") as unit:
                for kind in DEFAULT_TEMPLATES:
                    rows = [
                        unit.find("emailTemplate", directory_id=id, kind=kind) for id in ("D1", "D2", new)
                    ]
                    first, second, of_new = map(plain, rows)
                    if kind == VERIFICATION:
                        # New directories have a text that also suits a change of address.
                        assert first.pop("text_body") == second.pop("text_body") != of_new.pop("text_body")
                        assert first.pop("html_body") == second.pop("html_body") != of_new.pop("html_body")
                    assert first == second == of_new
                    assert first["from_email_address"] == "a@example.com"
                for name in ("givenName", "surname"):
                    rows = [unit.find("field", schema_id=id, name=name) for id in ("D1", "D2", new)]
                    assert plain(rows[0]) == plain(rows[1]) == plain(rows[2])
        assert count(older, "email_templates") == 3 * len(DEFAULT_TEMPLATES)
        assert count(older, "fields") == 3 * 2


def insert(connection: sa.Connection, table: str, **values: Any) -> None:
    values |= {"created_at": 1, "modified_at": 1}
    columns: list[sa.ColumnClause[Any]] = [sa.column(each) for each in values]
    connection.execute(sa.table(table, *columns).insert().values(values))


def new_directory(database: Database) -> str:
    """Store a directory by the rules, and return its id."""
    context = RequestContext("T", database, HashGate(InsecureForTests(), slots=1), BOX, lambda: 1, {})
    with context.write() as unit:
        return str(RULES["directory"].insert(context, unit, {"name": "New"})["id"])


def plain(row: Row | None) -> Row:
    """Return a row without the values that differ between directories."""
    assert row is not None
    return {name: value for name, value in row.items() if name != "id" and name not in OWNERS}


class TestFailedSetUp:
    def test_a_failed_set_up_leaves_nothing(self, database_url: str, monkeypatch: pytest.MonkeyPatch):
        # The last thing that is stored before the transaction ends.
        monkeypatch.setitem(bootstrap.RULES, "account", None)

        with pytest.raises(AttributeError):
            open_service(database_url)

        assert tables_in(database_url) == set()
        monkeypatch.undo()
        open_service(database_url).close()
        assert count(database_url, "tenants") == 1

    def test_a_database_of_another_program_is_left_unchanged(self, database_url: str):
        with connected(database_url) as connection:
            connection.execute(sa.text("CREATE TABLE accounts (name TEXT)"))
            connection.execute(sa.text("INSERT INTO accounts VALUES ('theirs')"))

        with pytest.raises(CannotOpen, match="already exists"):
            open_service(database_url)

        assert tables_in(database_url) == {"accounts"}
        assert count(database_url, "accounts") == 1
