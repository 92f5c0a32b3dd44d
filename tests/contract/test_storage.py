"""The storage contract of the rules (`stormpath.server.domain.storage`), on both databases."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from threading import Barrier, Thread
from typing import Any

import pytest

from stormpath.server.app import Service, open_service
from stormpath.server.domain import logins
from stormpath.server.domain.idempotency import Creation
from stormpath.server.domain.logins import MOST_NAMES, LinkEnd
from stormpath.server.domain.one_time_tokens import OneTimeToken
from stormpath.server.domain.storage import MissingReference, NotUnique, Repeated, Unit
from stormpath.server.schema import ids
from stormpath.server.schema.query import Between, Cursor, CustomMatch, Match, Order, Query
from support import databases

Row = dict[str, Any]
Write = Callable[[], AbstractContextManager[Unit]]


@pytest.fixture(scope="module", params=databases.DATABASES)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service on a database that these tests share: each has a tenant of its own."""
    with ExitStack() as opened:
        template = request.getfixturevalue(f"{request.param}_template")
        if request.param == "sqlite":
            url = databases.sqlite_copy(template, tmp_path_factory.mktemp("contract"))
        else:
            server = request.getfixturevalue("postgresql_server")
            url = opened.enter_context(databases.postgresql_database(server, template))
        yield opened.enter_context(closing(open_service(url)))


@pytest.fixture
def tenant_id(service: Service) -> str:
    """A tenant that has nothing yet."""
    new = ids.new_id()
    with service.database.write(new) as unit:
        names = dict.fromkeys(("name", "name_key", "key", "key_key"), new)
        unit.insert("tenant", {"id": new, "created_at": 1, "modified_at": 1, **names})
    return new


@pytest.fixture
def write(service: Service, tenant_id: str) -> Write:
    """Open a unit that changes, on behalf of the tenant."""
    return lambda: service.database.write(tenant_id)


@pytest.fixture
def unit(service: Service, tenant_id: str) -> Iterator[Unit]:
    """A unit that reads."""
    with service.database.read(tenant_id) as unit:
        yield unit


def row(unit: Unit, **values: Any) -> Row:
    """Return a row with an id, a tenant and times, and a folded copy of its name."""
    made: Row = {"id": ids.new_id(), "tenant_id": unit.tenant_id, "created_at": 1, "modified_at": 1}
    return made | values | ({"name_key": values["name"].lower()} if "name" in values else {})


def directory(write: Write, name: str = "People") -> str:
    with write() as unit:
        made = row(unit, name=name, status="ENABLED", protected=False)
        unit.insert("directory", made)
    return str(made["id"])


def application(write: Write, name: str = "Atlas") -> str:
    with write() as unit:
        lists = {"authorized_callback_uris": ["a"], "authorized_origin_uris": []}
        made = row(unit, name=name, status="ENABLED", protected=False, **lists)
        unit.insert("application", made)
    return str(made["id"])


def account(write: Write, directory_id: str, username: str, **values: Any) -> str:
    with write() as unit:
        names = {"username": username, "email": f"{username}@example.com", "full_name": ""}
        folded = {f"{column}_key": value.lower() for column, value in names.items()}
        states = {
            "status": "ENABLED",
            "email_verification_status": "UNVERIFIED",
            "password_hash": f"hash of {username}",
        }
        made = row(unit, directory_id=directory_id, **names, **folded, **states) | values
        unit.insert("account", made)
    return str(made["id"])


def group(write: Write, directory_id: str, name: str = "Readers") -> str:
    with write() as unit:
        made = row(unit, name=name, status="ENABLED", directory_id=directory_id)
        unit.insert("group", made)
    return str(made["id"])


def mapping(write: Write, application_id: str, index: int, **store: Any) -> str:
    with write() as unit:
        flags = {"is_default_account_store": False, "is_default_group_store": False}
        made = row(unit, application_id=application_id, list_index=index, **(flags | store))
        unit.insert("accountStoreMapping", made)
    return str(made["id"])


def organization(write: Write, name: str = "Acme", status: str = "ENABLED") -> str:
    with write() as unit:
        names = dict.fromkeys(("name", "name_key", "label", "label_key"), name.lower())
        made = row(unit, status=status) | names
        unit.insert("organization", made)
    return str(made["id"])


def inner_mapping(write: Write, organization_id: str, index: int, **store: Any) -> str:
    with write() as unit:
        flags = {"is_default_account_store": False, "is_default_group_store": False}
        made = row(unit, organization_id=organization_id, list_index=index, **(flags | store))
        unit.insert("organizationAccountStoreMapping", made)
    return str(made["id"])


def membership(write: Write, account_id: str, group_id: str) -> str:
    with write() as unit:
        made = row(unit, account_id=account_id, group_id=group_id)
        unit.insert("groupMembership", made)
    return str(made["id"])


class TestRows:
    def test_what_was_inserted_comes_back(self, write: Write, unit: Unit):
        id = application(write)

        found = unit.get("application", id)

        assert found is not None
        assert (found["id"], found["name"], found["authorized_callback_uris"]) == (id, "Atlas", ["a"])
        assert found["protected"] is False
        assert found["default_account_store_mapping_id"] is None
        assert unit.get_many("application", [id, "unknown"]) == {id: found}
        assert unit.find("application", name_key="atlas") == found

    def test_what_is_not_there_is_none(self, unit: Unit):
        assert unit.get("application", "unknown") is None
        assert unit.get_many("application", []) == {}
        assert unit.find("application", name_key="unknown") is None

    def test_a_row_never_holds_the_hash_of_a_password(self, write: Write, unit: Unit):
        id = account(write, directory(write), "ada")

        assert "hash of ada" not in str(unit.get("account", id))
        assert "hash of ada" not in str(unit.get_many("account", [id]))
        assert "hash of ada" not in str(unit.find("account", id=id))

    def test_an_update_tells_whether_the_row_was_there(self, write: Write, unit: Unit):
        id = directory(write)

        with write() as changing:
            assert changing.update("directory", id, {"description": "x", "description_key": "x"})
            assert not changing.update("directory", "unknown", {"description": "x"})

        found = unit.get("directory", id)
        assert found is not None
        assert (found["name"], found["description"]) == ("People", "x")

    def test_a_deletion_takes_all_that_belongs_to_the_row(self, write: Write, unit: Unit):
        directory_id, application_id = directory(write), application(write)
        account_id, group_id = account(write, directory_id, "ada"), group(write, directory_id)
        gone = [
            ("account", account_id),
            ("group", group_id),
            ("groupMembership", membership(write, account_id, group_id)),
            (
                "accountStoreMapping",
                mapping(write, application_id, 0, account_store_directory_id=directory_id),
            ),
        ]

        with write() as changing:
            assert changing.delete("directory", directory_id)
            assert not changing.delete("directory", directory_id)

        assert [unit.get(resource, id) for resource, id in gone] == [None] * 4
        assert unit.get("application", application_id) is not None


class TestErrors:
    def test_not_unique_names_the_last_column(self, write: Write):
        id = directory(write)
        account(write, id, "ada")

        with pytest.raises(NotUnique) as by_name:
            directory(write, "PEOPLE")
        with pytest.raises(NotUnique) as by_email:
            account(write, id, "grace", email_key="ada@example.com")
        with pytest.raises(NotUnique) as by_username:
            account(write, id, "ADA", email_key="other")

        assert [each.value.column for each in (by_name, by_email, by_username)] == [
            "name",
            "email",
            "username",
        ]

    def test_an_update_is_refused_as_well(self, write: Write):
        directory(write, "One")
        other = directory(write, "Two")

        with pytest.raises(NotUnique), write() as changing:
            changing.update("directory", other, {"name_key": "one"})

    def test_a_reference_to_a_missing_row_is_refused(self, write: Write):
        with pytest.raises(MissingReference):
            account(write, "unknown", "ada")

    def test_an_application_has_one_mapping_with_each_default_flag(self, write: Write):
        id = application(write)
        mapping(
            write, id, 0, account_store_directory_id=directory(write, "One"), is_default_account_store=True
        )

        with pytest.raises(NotUnique):
            mapping(
                write,
                id,
                1,
                account_store_directory_id=directory(write, "Two"),
                is_default_account_store=True,
            )


class TestTransactions:
    def test_what_a_unit_changes_is_kept_at_its_end(self, write: Write, unit: Unit):
        with write() as changing:
            made = row(changing, name="People", status="ENABLED", protected=False)
            changing.insert("directory", made)
            assert unit.get("directory", made["id"]) is None

        assert unit.get("directory", made["id"]) is not None

    def test_a_unit_that_raises_changes_nothing(self, write: Write, unit: Unit):
        made = row(unit, name="People", status="ENABLED", protected=False)

        def fail() -> None:
            with write() as changing:
                changing.insert("directory", made)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert unit.get("directory", made["id"]) is None
        assert directory(write)

    def test_an_error_undoes_what_came_before_it(self, write: Write, unit: Unit):
        directory(write, "Taken")

        made = row(unit, name="Free", status="ENABLED", protected=False)
        refused = row(unit, name="Taken", status="ENABLED", protected=False)

        def insert_both() -> None:
            with write() as changing:
                changing.insert("directory", made)
                changing.insert("directory", refused)

        with pytest.raises(NotUnique):
            insert_both()
        assert unit.get("directory", made["id"]) is None

    def test_a_lock_keeps_others_from_changing_the_row(self, write: Write, unit: Unit):
        id, ready, order = directory(write), Barrier(2), []

        def change() -> None:
            ready.wait()
            with write() as other:
                other.update("directory", id, {"description": "second"})
                order.append("second")

        thread = Thread(target=change)
        with write() as first:
            assert first.lock("directory", id)
            assert not first.lock("directory", "unknown")
            thread.start()
            ready.wait()
            thread.join(0.2)
            assert first.update("directory", id, {"description": "first"})
            order.append("first")
        thread.join()

        found = unit.get("directory", id)
        assert found is not None
        assert (order, found["description"]) == (["first", "second"], "second")


class TestTenants:
    def test_what_belongs_to_another_is_not_there(self, service: Service, tenant_id: str, write: Write):
        id, application_id = directory(write), application(write)
        account_id = account(write, id, "ada")
        mapping_id = mapping(write, application_id, 0, account_store_directory_id=id)

        with service.database.write(ids.new_id()) as other:
            for resource, each in (
                ("directory", id),
                ("account", account_id),
                ("accountStoreMapping", mapping_id),
            ):
                assert other.get(resource, each) is None
                assert other.get_many(resource, [each]) == {}
                assert other.find(resource, id=each) is None
                assert not other.update(resource, each, {"modified_at": 7})
                assert not other.lock(resource, each)
                assert not other.delete(resource, each)
            assert other.get("tenant", tenant_id) is None
            assert not other.passwords.replace(account_id, "hash of ada", "stolen")

    def test_a_login_into_a_store_of_another_tenant_finds_nothing(self, service: Service, write: Write):
        id = directory(write)
        account(write, id, "ada")

        with service.database.read(ids.new_id()) as other:
            assert other.logins.find("unknown", "ada", ("directory", id)) is None


class TestPages:
    @pytest.fixture
    def place(self, write: Write) -> str:
        id = directory(write)
        for name, given in (("a", "x"), ("b", None), ("c", "y"), ("d", "x"), ("e", None)):
            account(write, id, name, given_name=given, given_name_key=given, created_at=ord(name))
        return id

    def names(self, unit: Unit, place: str, query: Query) -> str:
        return "".join(
            each["username"] for each in unit.page("directory", place, "accounts", "account", query).rows
        )

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (Query(), "abcde"),
            (Query(offset=1, limit=2), "bc"),
            (Query(offset=9), ""),
            (Query(order=(Order("given_name_key"),)), "adcbe"),
            (Query(order=(Order("given_name_key", descending=True),)), "becad"),
            (Query(order=(Order("given_name_key"), Order("username_key", descending=True))), "daceb"),
            (Query(filters=(Match("given_name_key", "equals", "x"),)), "ad"),
            (Query(filters=(Match("given_name_key", "present"),)), "acd"),
            (Query(filters=(Between("created_at", ord("b"), ord("d"), high_included=False),)), "bc"),
            (Query(filters=(Match("given_name_key", "equals", "x"), Between("created_at", ord("b")))), "d"),
        ],
    )
    def test_filters_orders_and_windows_select_the_rows(
        self, unit: Unit, place: str, query: Query, expected: str
    ):
        assert self.names(unit, place, query) == expected

    @pytest.mark.parametrize(
        "order", [(), (Order("given_name_key"),), (Order("given_name_key", descending=True),)]
    )
    def test_the_cursor_of_a_page_leads_to_the_rest(self, unit: Unit, place: str, order: tuple[Order, ...]):
        whole = self.names(unit, place, Query(order=order))
        page = unit.page("directory", place, "accounts", "account", Query(order=order, limit=2))
        found = [each["username"] for each in page.rows]

        while page.next is not None:
            assert (page.size, page.next.offset) == (5, len(found))
            page = unit.page(
                "directory", place, "accounts", "account", Query(order=order, limit=2, cursor=page.next)
            )
            found += [each["username"] for each in page.rows]

        assert "".join(found) == whole

    def test_a_cursor_needs_no_row_to_be_there(self, unit: Unit, place: str):
        cursor = Cursor(("x",), "0", 0, 5)

        assert self.names(unit, place, Query(order=(Order("given_name_key"),), cursor=cursor)) == "adcbe"

    def test_size_counts_what_is_beyond_the_window(self, unit: Unit, place: str):
        for query, size in (
            (Query(limit=1), 5),
            (Query(offset=9), 5),
            (Query(filters=(Match("given_name_key", "equals", "z"),)), 0),
        ):
            assert unit.page("directory", place, "accounts", "account", query).size == size

    def test_contains_agrees_with_the_page(self, write: Write, unit: Unit, place: str):
        outsider = account(write, directory(write, "Other"), "z")
        (insider, *_) = unit.page("directory", place, "accounts", "account", Query()).rows

        assert unit.contains("directory", place, "accounts", "account", insider["id"])
        assert not unit.contains("directory", place, "accounts", "account", outsider)


class TestCustomData:
    def test_a_document_is_added_and_replaced(self, write: Write, unit: Unit):
        id = directory(write)
        assert unit.custom_data.get("directory", [id]) == {}

        for document in ('{"a": 1}', '{"b": "\\u0000"}'):
            with write() as changing:
                changing.custom_data.save(
                    "directory", id, {"document": document, "created_at": 1, "modified_at": 2}
                )
            (found,) = unit.custom_data.get("directory", [id, "unknown"]).values()
            assert (found["document"], found["created_at"], found["modified_at"]) == (document, 1, 2)

    def test_a_filter_on_custom_data_finds_its_owner(self, write: Write, unit: Unit):
        place = directory(write)
        for name, document in (("a", '{"x": {"y": "Yes"}}'), ("b", '{"x": {"y": "no"}}'), ("c", "{}")):
            id = account(write, place, name)
            with write() as changing:
                changing.custom_data.save(
                    "account", id, {"document": document, "created_at": 1, "modified_at": 1}
                )

        page = unit.page(
            "directory",
            place,
            "accounts",
            "account",
            Query(filters=(CustomMatch(("x", "y"), "equals", "yes"),)),
        )

        assert [each["username"] for each in page.rows] == ["a"]


class TestLogins:
    def test_the_first_store_in_order_that_holds_the_login_decides(self, write: Write, unit: Unit):
        app, first, second = application(write), directory(write, "First"), directory(write, "Second")
        account(write, first, "other")
        expected = account(write, second, "ada")
        mapping(write, app, 1, account_store_directory_id=second)
        mapping(write, app, 0, account_store_directory_id=first)

        found = unit.logins.find(app, "ada", None)

        assert found is not None
        assert (found.account_id, found.password_hash, found.group_status) == (expected, "hash of ada", None)
        assert unit.logins.find(app, "ada", ("directory", first)) is None
        assert unit.logins.find(app, "ada@example.com", None) == found
        assert "hash of ada" not in repr(found)

    def test_through_a_group_only_members_are_found(self, write: Write, unit: Unit):
        app, place = application(write), directory(write)
        group_id = group(write, place)
        mapping(write, app, 0, account_store_group_id=group_id)
        member = account(write, place, "member")
        account(write, place, "outsider")
        membership(write, member, group_id)

        found = unit.logins.find(app, "member", None)

        assert found is not None
        assert (found.account_id, found.group_status, found.directory_status) == (
            member,
            "ENABLED",
            "ENABLED",
        )
        assert unit.logins.find(app, "outsider", None) is None

    @pytest.mark.parametrize("number", [0, 1, 3, MOST_NAMES - 3])
    def test_of_several_names_the_longest_decides(self, write: Write, unit: Unit, number: int):
        app, first, second = application(write), directory(write, "First"), directory(write, "Second")
        mapping(write, app, 0, account_store_directory_id=first)
        mapping(write, app, 1, account_store_directory_id=second)
        short, long = account(write, first, "a:b"), account(write, second, "a:b:c")
        names = ["a", "a:b", *(f"a:b:c:{each}" for each in range(number))]

        def found(names: list[str], store: tuple[str, str] | None = None) -> tuple[str, str | None]:
            name, login = logins.find(unit.logins, app, names, store)
            return name, None if login is None else login.account_id

        assert found(names) == ("a:b", short)
        assert found([*names, "a:b:c"]) == ("a:b:c", long)
        assert found([*names, "a:b:c"], ("directory", first)) == ("a:b", short)
        assert found([f"{each}x" for each in names]) == ("ax", None)

    def test_a_hash_is_swapped_unless_it_changed_meanwhile(self, write: Write):
        id = account(write, directory(write), "ada")

        with write() as changing:
            assert changing.passwords.replace(id, "hash of ada", "new")
            assert not changing.passwords.replace(id, "hash of ada", "newer")

    def test_the_latest_hashes_begin_with_the_present_one(self, write: Write, unit: Unit):
        id = account(write, directory(write), "ada")

        for new in ("second", "third"):
            with write() as changing:
                (present,) = changing.passwords.latest(id, 1)
                changing.passwords.keep(id, ids.new_id(), 2)
                assert changing.passwords.replace(id, present, new)

        assert unit.passwords.latest(id, 9) == ["third", "second", "hash of ada"]
        assert unit.passwords.latest(id, 2) == ["third", "second"]

    def test_the_history_holds_the_latest_hashes_up_to_its_limit(self, write: Write, unit: Unit):
        id = account(write, directory(write), "ada")

        for new in ("second", "third"):
            with write() as changing:
                (present,) = changing.passwords.latest(id, 1)
                changing.passwords.keep(id, ids.new_id(), 1)
                assert changing.passwords.replace(id, present, new)

        assert unit.passwords.latest(id, 9) == ["third", "second"]


class TestOneTimeTokens:
    @pytest.fixture
    def account_id(self, write: Write) -> str:
        return account(write, directory(write), "ada")

    @pytest.fixture(autouse=True)
    def no_tokens(self, service: Service) -> None:
        """Remove the tokens of other tests: a digest is unique in the database, whatever the tenant."""
        with service.database.transaction() as connection:
            connection.execute(service.database.tables.workflow_tokens.delete())

    def add(self, write: Write, account_id: str, digest: str, **values: Any) -> OneTimeToken:
        token = OneTimeToken(
            **{
                "purpose": "reset",
                "digest": digest,
                "account_id": account_id,
                "application_id": None,
                "email": "ada@example.com",
                "created_at": 1000,
                "expires_at": 2000,
            }
            | values
        )
        with write() as changing:
            changing.tokens.add(token)
        return token

    def test_a_token_is_found_until_it_expires(self, write: Write, unit: Unit, account_id: str):
        token, lasting = self.add(write, account_id, "a"), self.add(write, account_id, "b", expires_at=None)

        assert unit.tokens.find("reset", "a", 1999) == token
        assert unit.tokens.find("reset", "a", 2000) is None
        assert unit.tokens.find("other", "a", 1999) is None
        assert unit.tokens.find("reset", "b", 1 << 50) == lasting

    def test_a_token_is_spent_once(self, write: Write, unit: Unit, account_id: str):
        self.add(write, account_id, "a")

        with write() as changing:
            assert changing.tokens.spend("reset", "a", 1500)
            assert not changing.tokens.spend("reset", "a", 1500)

        assert unit.tokens.find("reset", "a", 1500) is None

    def test_a_token_of_an_application_is_no_token_of_another(
        self, write: Write, unit: Unit, account_id: str
    ):
        app = application(write)
        token = self.add(write, account_id, "a", application_id=app)

        assert unit.tokens.find("reset", "a", 1500, app) == unit.tokens.find("reset", "a", 1500) == token
        assert unit.tokens.find("reset", "a", 1500, "other") is None
        with write() as changing:
            assert not changing.tokens.spend("reset", "a", 1500, "other")

    def test_a_token_through_a_missing_application_is_refused(self, write: Write, account_id: str):
        with pytest.raises(MissingReference):
            self.add(write, account_id, "a", application_id="unknown")

    def test_revoking_leaves_tokens_for_other_purposes(self, write: Write, unit: Unit, account_id: str):
        self.add(write, account_id, "a")
        kept = self.add(write, account_id, "b", purpose="verification")

        with write() as changing:
            changing.tokens.revoke("reset", account_id, 1500)

        assert unit.tokens.find("reset", "a", 1500) is None
        assert unit.tokens.find("verification", "b", 1500) == kept

    def test_the_tokens_of_another_tenant_are_not_found(
        self, service: Service, write: Write, unit: Unit, account_id: str
    ):
        self.add(write, account_id, "a")

        with service.database.write(ids.new_id()) as other:
            assert other.tokens.find("reset", "a", 1500) is None
            assert not other.tokens.spend("reset", "a", 1500)
            other.tokens.revoke("reset", account_id, 1500)

        assert unit.tokens.find("reset", "a", 1500) is not None


class TestMappings:
    def test_they_are_listed_and_renumbered_in_order(self, write: Write, unit: Unit):
        app = application(write)
        made = [
            mapping(write, app, index, account_store_directory_id=directory(write, str(index)))
            for index in (2, 0, 7)
        ]
        assert unit.mappings.ids("accountStoreMapping", app) == [made[1], made[0], made[2]]

        with write() as changing:
            changing.mappings.renumber("accountStoreMapping", made)

        assert unit.mappings.ids("accountStoreMapping", app) == made
        assert [(unit.get("accountStoreMapping", each) or {})["list_index"] for each in made] == [0, 1, 2]

    def test_the_application_links_to_the_mapping_with_the_flag_until_it_is_cleared(
        self, write: Write, unit: Unit
    ):
        app = application(write)
        made = mapping(
            write, app, 0, account_store_directory_id=directory(write), is_default_group_store=True
        )
        assert (unit.get("application", app) or {})["default_group_store_mapping_id"] == made

        with write() as changing:
            changing.mappings.clear_flag("accountStoreMapping", app, "is_default_group_store")

        assert (unit.get("application", app) or {})["default_group_store_mapping_id"] is None

    def test_the_applications_of_a_directory_are_those_of_its_groups_too(self, write: Write, unit: Unit):
        place = directory(write)
        group_id = group(write, place)
        by_directory, by_group = application(write, "One"), application(write, "Two")
        application(write, "Three")
        mapping(write, by_directory, 0, account_store_directory_id=place)
        mapping(write, by_group, 0, account_store_group_id=group_id)

        assert unit.mappings.owners("accountStoreMapping", "directory", place) == [by_directory, by_group]
        assert unit.mappings.owners("accountStoreMapping", "group", group_id) == [by_group]

    def test_the_owners_of_a_store_are_those_of_its_kind_of_mapping(self, write: Write, unit: Unit):
        place, acme, app = directory(write), organization(write), application(write)
        inner_mapping(write, acme, 0, account_store_directory_id=place)
        mapping(write, app, 0, account_store_organization_id=acme)

        assert unit.mappings.owners("organizationAccountStoreMapping", "directory", place) == [acme]
        assert unit.mappings.owners("accountStoreMapping", "directory", place) == []
        assert unit.mappings.owners("accountStoreMapping", "organization", acme) == [app]
        assert unit.mappings.owners("organizationAccountStoreMapping", "organization", acme) == []

    def test_each_way_to_a_store_has_the_status_of_what_leads_there(self, write: Write, unit: Unit):
        app, acme, place = application(write), organization(write, status="DISABLED"), directory(write)
        group_id = group(write, place)
        mapping(write, app, 0, account_store_organization_id=acme)
        inner_mapping(write, acme, 0, account_store_directory_id=place)

        for kind, id in (("organization", acme), ("directory", place), ("group", group_id)):
            assert unit.mappings.ways_to_store(app, kind, id) == ["DISABLED"]
            assert unit.mappings.ways_to_store(app, kind, "unknown") == []
        mapping(write, app, 1, account_store_group_id=group_id)
        assert unit.mappings.ways_to_store(app, "directory", place) == ["DISABLED"]
        assert sorted(unit.mappings.ways_to_store(app, "group", group_id)) == ["DISABLED", "ENABLED"]


class TestOrganizations:
    def test_a_login_through_one_has_its_status_and_the_policy_of_what_was_asked(
        self, write: Write, unit: Unit
    ):
        app, acme, place = application(write), organization(write, status="DISABLED"), directory(write)
        mapping(write, app, 0, account_store_organization_id=acme)
        inner_mapping(write, acme, 0, account_store_directory_id=place)
        account(write, place, "ada")
        with write() as changing:
            policy = {"status": "ENABLED", "automatic_provisioning": "DISABLED"}
            changing.insert("accountLinkingPolicy", row(changing) | policy | {"id": acme})

        walked = unit.logins.find(app, "ada", None)
        named = unit.logins.find(app, "ada", ("organization", acme))

        assert walked is not None
        assert named is not None
        assert (walked.organization_status, walked.linking_status) == ("DISABLED", None)
        assert (named.organization_status, named.linking_status) == ("DISABLED", "ENABLED")
        assert walked.directory_id == place


class TestAccountLinks:
    def test_a_link_is_found_from_both_ends(self, write: Write, unit: Unit):
        one, other = directory(write, "One"), directory(write, "Other")
        left, right = account(write, one, "left"), account(write, other, "right")
        with write() as changing:
            made = row(changing, left_account_id=left, right_account_id=right)
            changing.insert("accountLink", made)

        assert unit.account_links.of_account(left) == [LinkEnd(made["id"], right, other)]
        assert unit.account_links.of_account(right) == [LinkEnd(made["id"], left, one)]
        assert unit.account_links.of_account("unknown") == []


class TestAttempts:
    def test_what_fails_is_undone_and_the_unit_goes_on(self, write: Write, unit: Unit):
        with write() as writing:
            before = row(writing, name="Before", status="ENABLED", protected=False)
            writing.insert("directory", before)
            tried = row(writing, name="Tried", status="ENABLED", protected=False)
            with pytest.raises(NotUnique):
                self.insert_both(writing, tried, {**tried, "id": ids.new_id()})
            after = row(writing, name="After", status="ENABLED", protected=False)
            writing.insert("directory", after)

        found = unit.get_many("directory", [before["id"], tried["id"], after["id"]])
        assert set(found) == {before["id"], after["id"]}

    def insert_both(self, writing: Unit, *rows: Row) -> None:
        with writing.attempt():
            for each in rows:
                writing.insert("directory", each)

    def test_what_succeeds_is_kept(self, write: Write, unit: Unit):
        with write() as writing, writing.attempt():
            made = row(writing, name="Made", status="ENABLED", protected=False)
            writing.insert("directory", made)

        assert unit.get("directory", made["id"]) is not None


class TestIdempotencyKeys:
    MADE = Creation("key", "fingerprint", "directory", "an id", expires_at=2000)

    def test_a_key_is_found_until_it_expires(self, write: Write, unit: Unit):
        with write() as writing:
            writing.idempotency.remember(self.MADE, 1000)

        assert unit.idempotency.find("key", 1999) == self.MADE
        assert unit.idempotency.find("key", 2000) is None
        assert unit.idempotency.find("other", 1999) is None

    def test_a_key_that_is_stored_creates_nothing_else(self, write: Write, unit: Unit):
        with write() as writing:
            writing.idempotency.remember(self.MADE, 1000)

        with pytest.raises(Repeated), write() as writing:
            writing.idempotency.remember(Creation("key", "other", "group", "other id", 3000), 1999)

        assert unit.idempotency.find("key", 1999) == self.MADE

    def test_an_expired_key_is_free_again(self, write: Write, unit: Unit):
        with write() as writing:
            writing.idempotency.remember(self.MADE, 1000)

        again = Creation("key", "other", "group", "other id", expires_at=4000)
        with write() as writing:
            writing.idempotency.remember(again, 2000)

        assert unit.idempotency.find("key", 2000) == again

    def test_a_unit_that_fails_remembers_nothing(self, write: Write, unit: Unit):
        def fail() -> None:
            with write() as writing:
                writing.idempotency.remember(self.MADE, 1000)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()

        assert unit.idempotency.find("key", 1000) is None

    def test_the_keys_of_another_tenant_are_not_found(self, service: Service, write: Write):
        with write() as writing:
            writing.idempotency.remember(self.MADE, 1000)

        with service.database.read(ids.new_id()) as other:
            assert other.idempotency.find("key", 1000) is None
