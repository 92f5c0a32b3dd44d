"""The cost of an operation does not depend on the number of accounts.

It is measured in steps of SQLite's virtual machine: they are the same at each run, on any machine. The cost
on PostgreSQL, and the time in seconds, are measured by ``benchmarks/scale.py``.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest
import sqlalchemy as sa

from service.calls import Api, Json, id_of
from stormpath.server.app import Service, open_service
from stormpath.server.domain import logins
from stormpath.server.domain.logins import MOST_NAMES
from stormpath.server.schema import ids
from support import databases
from support.statements import stores_events

FEW, MANY = 200, 2000

ORDERS = ["", "email", "email desc", "username", "createdAt", "createdAt desc"]


class Scenario:
    """A service with that many accounts in a directory, each of them in one group of it."""

    def __init__(self, service: Service, accounts: int) -> None:
        self.service = service
        self.api = Api(service, service.base_url, service.tenant_id, *service.local_api_key())
        self.application, self.directory = self.api.application_with_directory()
        self.group = self.api.group(self.directory)
        self.by_group = self.api.application("By group")
        self.api.mapping(self.by_group, self.group)
        self.account = self.api.account(self.directory)
        self.membership = self.api.membership(self.account, self.group)
        self.api.post(self.account["customData"]["href"], {"team": "red"})
        self._fill(accounts - 1)
        self.steps = 0
        sa.event.listen(service.database.engine, "checkout", self._watch)

    def _fill(self, more: int) -> None:
        tables = self.service.database.tables.of
        with self.service.database.transaction() as connection:
            account, membership = (
                dict(connection.execute(sa.select(table).where(table.c.id == id_of(each))).mappings().one())
                for table, each in (
                    (tables["account"], self.account),
                    (tables["groupMembership"], self.membership),
                )
            )
            accounts = [account | names(each) | {"id": ids.new_id()} for each in range(more)]
            connection.execute(tables["account"].insert(), accounts)
            memberships = [membership | {"id": ids.new_id(), "account_id": each["id"]} for each in accounts]
            connection.execute(tables["groupMembership"].insert(), memberships)

    def _watch(self, connection, *_) -> None:
        connection.set_progress_handler(None if stores_events() else self._step, 1)

    def _step(self) -> None:
        self.steps += 1

    def get(self, path: str, filters: Json) -> Json:
        return self.api.get(path, filters).ok

    def cost(self, path: str, filters: Json) -> int:
        """Return the steps that a list takes."""
        self.get(path, filters)
        self.steps = 0
        self.get(path, filters)
        return self.steps

    def cost_of_next(self, path: str, filters: Json) -> int:
        """Return the steps of the page after the one in the middle."""
        middle = self.get(path, filters | {"offset": FEW // 2, "limit": 10})
        self.steps = 0
        self.get(middle["next"]["href"], {})
        return self.steps

    def cost_of_look_up(self, application: Json, store: Json | None = None, names: int = 1) -> int:
        """Return the steps that finding the account of a login takes, which may mean one of several names."""
        place = ("group", id_of(store)) if store else None
        meant = ["u7@example.com", *(f"u7@example.com:{each}" for each in range(1, names))]
        self.steps = 0
        with self.service.database.read(self.service.tenant_id) as unit:
            _, found = logins.find(unit.logins, id_of(application), meant, place)
        assert found is not None
        return self.steps


def names(number: int) -> Json:
    name = f"u{number}"
    email = f"{name}@example.com"
    times = {"created_at": number, "modified_at": number}
    return times | {"username": name, "username_key": name, "email": email, "email_key": email}


@pytest.fixture(scope="module")
def scenarios(sqlite_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Scenario]]:
    def opened(accounts: int) -> Service:
        folder: Path = tmp_path_factory.mktemp(f"{accounts}-accounts")
        return open_service(databases.sqlite_copy(sqlite_template, folder))

    # A cached key that expires during a measurement would add steps.
    remembered = mock.patch.dict(os.environ, STORMPATH_KEY_CACHE="3600")
    with remembered, closing(opened(FEW)) as few, closing(opened(MANY)) as many:
        yield [Scenario(few, FEW), Scenario(many, MANY)]


def paths(scenario: Scenario) -> dict[str, str]:
    return {
        "directory": scenario.directory["accounts"]["href"],
        "application": scenario.application["accounts"]["href"],
        "application of a group": scenario.by_group["accounts"]["href"],
        "group": scenario.group["accounts"]["href"],
        "tenant": f"{scenario.api.tenant}/accounts",
    }


COLLECTIONS = ["directory", "application", "application of a group", "group", "tenant"]


def assert_equal_cost(few: int, many: int) -> None:
    assert 0 < many <= 1.2 * few


@pytest.mark.parametrize("collection", COLLECTIONS)
class TestLists:
    @pytest.mark.parametrize("order", ORDERS)
    def test_the_cost_of_the_first_page_does_not_grow(
        self, scenarios: list[Scenario], collection: str, order: str
    ):
        filters = {"orderBy": order} if order else {}

        assert_equal_cost(*(each.cost(paths(each)[collection], filters) for each in scenarios))

    @pytest.mark.parametrize("order", ORDERS)
    def test_the_cost_of_a_page_by_cursor_does_not_grow(
        self, scenarios: list[Scenario], collection: str, order: str
    ):
        filters = {"orderBy": order} if order else {}

        assert_equal_cost(*(each.cost_of_next(paths(each)[collection], filters) for each in scenarios))

    @pytest.mark.parametrize("filters", [{"email": "u7@example.com"}, {"email": "u77@*"}, {"username": "U7"}])
    def test_the_cost_of_a_search_by_name_does_not_grow(
        self, scenarios: list[Scenario], collection: str, filters: Json
    ):
        assert_equal_cost(*(each.cost(paths(each)[collection], filters) for each in scenarios))

    @pytest.mark.parametrize(
        "filters",
        [
            {"q": "u77@"},
            {"q": "u77@", "orderBy": "surname"},
            {"email": "*u77@*"},
            {"email": "*u77@example.com"},
            {"customData.team": "red"},
            {"customData.team": "re*"},
        ],
    )
    def test_the_cost_of_a_search_by_an_index_does_not_grow(
        self, scenarios: list[Scenario], collection: str, filters: Json
    ):
        assert {each.get(paths(each)[collection], filters)["size"] for each in scenarios} == {1}
        few, many = (each.cost(paths(each)[collection], filters) for each in scenarios)

        # The members of a small group are read without the index.
        assert 0 < many <= 2 * few

    def test_the_cost_of_the_size_does_not_grow(self, scenarios: list[Scenario], collection: str):
        assert_equal_cost(*(each.cost(paths(each)[collection], {"limit": 1}) for each in scenarios))
        sizes = [each.api.get(paths(each)[collection], limit=1).ok["size"] for each in scenarios]
        # The tenant also has an administrator.
        assert sizes == [number + (collection == "tenant") for number in (FEW, MANY)]


class TestOtherQueries:
    @pytest.mark.parametrize("names", [1, 2, MOST_NAMES])
    def test_the_cost_of_a_login_does_not_grow(self, scenarios: list[Scenario], names: int):
        def cost(each: Scenario, application: Json, store: Json | None = None) -> int:
            return each.cost_of_look_up(application, store, names)

        assert_equal_cost(*(cost(each, each.application) for each in scenarios))
        assert_equal_cost(*(cost(each, each.by_group) for each in scenarios))
        assert_equal_cost(*(cost(each, each.application, each.group) for each in scenarios))

    @pytest.mark.parametrize("collection", ["groups", "groupMemberships", "applications"])
    def test_the_cost_of_an_accounts_own_lists_does_not_grow(
        self, scenarios: list[Scenario], collection: str
    ):
        assert_equal_cost(*(each.cost(each.account[collection]["href"], {}) for each in scenarios))

    def test_the_cost_of_the_memberships_of_a_group_does_not_grow(self, scenarios: list[Scenario]):
        assert_equal_cost(*(each.cost(each.group["accountMemberships"]["href"], {}) for each in scenarios))

    def test_the_cost_of_a_membership_check_does_not_grow(self, scenarios: list[Scenario]):
        costs = []
        for each in scenarios:
            each.steps = 0
            with each.service.database.read(each.service.tenant_id) as unit:
                for owner, resource in (("application", each.by_group), ("group", each.group)):
                    assert unit.contains(owner, id_of(resource), "accounts", "account", id_of(each.account))
            costs.append(each.steps)

        assert_equal_cost(*costs)
