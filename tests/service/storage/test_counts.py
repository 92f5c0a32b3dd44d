"""The counts kept by triggers equal the counted rows after any change."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import pytest
import sqlalchemy as sa
from alembic import command

from service.calls import Api, Json, id_of, link
from service.database_access import connected
from stormpath.server.app import Service, open_service
from stormpath.server.resources import RESOURCES
from stormpath.server.schema import ids
from stormpath.server.storage import migrate
from stormpath.server.storage.counts import counted
from stormpath.server.storage.database import Database
from stormpath.server.storage.tables import Tables


def kept(connection: sa.Connection, table: str) -> dict[str, int]:
    """Return the counts of one kind of item, by owner, as triggers keep them."""
    statement = sa.text("SELECT owner_id, sum(total) FROM counts WHERE kind = :kind GROUP BY owner_id")
    return {owner: int(total) for owner, total in connection.execute(statement, {"kind": table})}


def counted_anew(connection: sa.Connection, table: sa.Table, column: str) -> dict[str, int]:
    owner = table.c[column]
    found = connection.execute(sa.select(owner, sa.func.count()).group_by(owner))
    return {owner_id: int(number) for owner_id, number in found}


def assert_right(database: Database) -> None:
    """Compare every count in the database, and check that no count outlives its owner."""
    tables = database.tables
    owners: set[str] = set()
    with database.engine.connect() as connection:
        for item in sorted({item for item, _ in tables.counted}):
            table = tables.of[item]
            right: dict[str, int] = {}
            for column in sorted(column for each, column in tables.counted if each == item):
                right |= counted_anew(connection, table, column)
                owner = tables.of[tables.counted[item, column]]
                owners |= set(connection.execute(sa.select(owner.c.id)).scalars())
            found = {owner: total for owner, total in kept(connection, table.name).items() if total}
            assert found == right
        assert set(connection.execute(sa.select(tables.counts.c.owner_id)).scalars()) <= owners


class Undone(Exception):
    """Raised to undo a unit of work."""


class Operations:
    """Random changes of a tenant, chosen by a seed."""

    def __init__(self, api: Api, service: Service, seed: int) -> None:
        self.api = api
        self.database = service.database
        self.random = random.Random(seed)  # noqa: S311  # The same at each run.
        self.directories = [api.directory()]
        self.groups: list[Json] = []
        self.accounts: list[Json] = []
        self.number = 0

    def run(self, times: int) -> None:
        steps: list[Callable[[], object]] = [
            *[self.add_account] * 6,
            *[self.add_group] * 3,
            *[self.add_membership] * 6,
            *[self.remove_one] * 4,
            self.add_directory,
            self.remove_directory,
            self.undo,
        ]
        for _ in range(times):
            self.random.choice(steps)()

    def name(self) -> str:
        self.number += 1
        return f"n{self.number}"

    def add_directory(self) -> None:
        self.directories.append(self.api.directory(self.name()))

    def add_group(self) -> None:
        self.groups.append(self.api.group(self.random.choice(self.directories), self.name()))

    def add_account(self) -> None:
        self.accounts.append(self.api.account(self.random.choice(self.directories), self.name()))

    def add_membership(self) -> None:
        if self.accounts and self.groups:
            pair = [self.random.choice(self.accounts), self.random.choice(self.groups)]
            # Refused: across directories, a second time, or with a resource deleted with its directory.
            self.api.post("/groupMemberships", {"account": link(pair[0]), "group": link(pair[1])})

    def remove_one(self) -> None:
        some = self.random.choice([self.accounts, self.groups])
        if some:
            self.api.delete(some.pop(self.random.randrange(len(some)))["href"])

    def remove_directory(self) -> None:
        if len(self.directories) > 1:
            self.api.delete(self.directories.pop(self.random.randrange(len(self.directories)))["href"])

    def undo(self) -> None:
        directory = self.random.choice(self.directories)

        def begin() -> None:
            with self.database.write(self.api.tenant_id) as unit:
                unit.delete("directory", id_of(directory))
                raise Undone

        with pytest.raises(Undone):
            begin()


class TestNumbers:
    @pytest.mark.parametrize("seed", range(3))
    def test_counts_are_right_after_any_sequence_of_changes(self, api: Api, service: Service, seed: int):
        operations = Operations(api, service, seed)

        operations.run(120)

        assert operations.accounts
        assert_right(service.database)

    def test_counts_are_right_after_concurrent_changes(self, api: Api, service: Service):
        directory, other = api.directory(), api.directory("Other")
        group = api.group(directory)

        def come_and_go(number: int) -> list[int]:
            account = api.account(directory, f"u{number}")
            member = api.membership(account, group)
            leaving = api.account(other if number % 2 else directory, f"v{number}")
            return [api.delete(each["href"]).status for each in (leaving, *([member] * (number % 3 == 0)))]

        with ThreadPoolExecutor(8) as threads:
            statuses = list(threads.map(come_and_go, range(24)))
            threads.submit(api.delete, other["href"]).result()

        assert {status for each in statuses for status in each} == {204}
        assert_right(service.database)
        assert api.get(directory["accounts"]["href"], limit=1).ok["size"] == 24
        assert api.get(group["accounts"]["href"], limit=1).ok["size"] == 16

    def test_counts_are_deleted_with_their_owner(self, api: Api, service: Service):
        directory = api.directory()
        api.membership(api.account(directory), api.group(directory))
        tenants = service.database.tables.of["tenant"]

        with service.database.transaction() as connection:
            connection.execute(tenants.delete().where(tenants.c.id == api.tenant_id))

        assert_right(service.database)

    def test_writers_do_not_wait_for_each_other(self, initialized_postgresql_url: str):
        with closing(open_service(initialized_postgresql_url)) as service:
            api = Api(service, service.base_url, service.tenant_id, *service.local_api_key())
            directory = api.directory()
            statement = sa.text("SELECT set_config('lock_timeout', '100ms', false)")
            with service.database.transaction() as first, service.database.transaction() as second:
                for connection in (first, second, first, second):
                    connection.execute(statement)
                    _insert_account(connection, service, id_of(directory))

            assert_right(service.database)
            assert api.get(directory["accounts"]["href"], limit=1).ok["size"] == 4


def _insert_account(connection: sa.Connection, service: Service, directory_id: str) -> None:
    id = ids.new_id()
    names = ("username", "username_key", "email", "email_key", "full_name", "full_name_key")
    accounts = service.database.tables.of["account"]
    needed = {each.name: "" for each in accounts.c if not each.nullable and isinstance(each.type, sa.Text)}
    row = needed | dict.fromkeys(names, id) | {"id": id, "created_at": 1, "modified_at": 1}
    owners = {"directory_id": directory_id, "tenant_id": service.tenant_id}
    connection.execute(accounts.insert(), [row | owners])


class TestTriggers:
    def test_the_migrations_create_the_declared_triggers(self, database_url: str):
        with connected(database_url) as connection:
            migrate.upgrade(connection)
            migrated = triggers(connection)
            drop_everything(connection)
            Tables(RESOURCES).metadata.create_all(connection)

            assert triggers(connection) == migrated
            assert migrated

    def test_existing_rows_are_counted(self, database_url: str):
        with connected(database_url) as connection:
            config = migrate.alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            for statement in OLD_ROWS:
                connection.execute(sa.text(statement))

            migrate.upgrade(connection)

            assert kept(connection, "accounts") == {"t": 2, "d": 2}
            assert kept(connection, "groups") == {"t": 1, "d": 1}
            assert kept(connection, "group_memberships") == {"g": 1}

    @pytest.mark.parametrize(("item", "column"), counted(RESOURCES))
    def test_a_counted_item_cannot_change_its_owner(self, item: str, column: str):
        declaration = next(each for each in RESOURCES if each.name == item)
        link = declaration.link(column.removesuffix("_id"))

        # Triggers see inserts and deletes; a row that moved would still be counted for its old owner.
        assert link.fixed
        assert not link.updatable


def triggers(connection: sa.Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        statement = "SELECT sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        statement = (
            "SELECT pg_get_triggerdef(t.oid) || pg_get_functiondef(t.tgfoid) FROM pg_trigger t "
            "WHERE NOT t.tgisinternal"
        )
    return set(connection.execute(sa.text(statement)).scalars())


def drop_everything(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
        return
    found = sa.MetaData()
    found.reflect(connection)
    found.drop_all(connection)


_NAMED = partial("INSERT INTO {0} ({1}) VALUES ({2})".format)
_TIMES = "created_at, modified_at"

OLD_ROWS = [
    _NAMED("tenants", f"id, {_TIMES}, name, name_key, key, key_key", "'t', 1, 1, 'T', 't', 'T', 't'"),
    _NAMED(
        "directories",
        f"id, {_TIMES}, name, name_key, status, tenant_id, protected",
        "'d', 1, 1, 'D', 'd', 'ENABLED', 't', false",
    ),
    *(
        _NAMED(
            "accounts",
            f"id, {_TIMES}, username, username_key, email, email_key, full_name, full_name_key, status, "
            "email_verification_status, directory_id, tenant_id",
            f"'{id}', 1, 1, '{id}', '{id}', '{id}@x', '{id}@x', '', '', 'ENABLED', 'UNVERIFIED', 'd', 't'",
        )
        for id in ("a", "b")
    ),
    _NAMED(
        "groups",
        f"id, {_TIMES}, name, name_key, status, directory_id, tenant_id",
        "'g', 1, 1, 'G', 'g', 'ENABLED', 'd', 't'",
    ),
    _NAMED(
        "group_memberships",
        f"id, {_TIMES}, account_id, group_id, tenant_id",
        "'m', 1, 1, 'a', 'g', 't'",
    ),
]
