"""Collections combined from several parts: one order, no duplicates, the right size (rest-core 6.5)."""

import pytest

from service.calls import Api, Json
from stormpath.server.storage import query_branches

pytestmark = pytest.mark.both_databases

ORDERS = ["createdAt", "email desc", "username", "givenName desc,email"]


class Scenario:
    """Three directories: two of them mapped, and of the third one two groups that share a member."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.first, self.second, self.third = (api.directory(name) for name in ("One", "Two", "Three"))
        self.accounts = {
            f"{number}-{directory['name']}".lower(): self._account(directory, number)
            for number in range(3)
            for directory in (self.third, self.first, self.second)
        }
        self.small, self.large = api.group(self.third, "Small"), api.group(self.third, "Large")
        self.inside = api.group(self.first, "Inside")
        for name, group in (
            ("0-three", self.small),
            ("2-three", self.large),
            ("0-three", self.large),
            ("2-one", self.inside),
        ):
            api.membership(self.accounts[name], group)

    def _account(self, directory: Json, number: int) -> Json:
        name = f"{number}-{directory['name']}".lower()
        return self.api.account(directory, name, givenName=f"G{number % 2}", surname="S")

    def application(self, *stores: Json) -> Json:
        application = self.api.application(f"Of {len(stores)}")
        for each in stores:
            self.api.mapping(application, each)
        return application


@pytest.fixture
def scenario(api: Api) -> Scenario:
    return Scenario(api)


def sorted_as_asked(items: list[Json], order: str) -> list[Json]:
    keys = [key.partition(" ") for key in order.split(",")]
    # Of equal keys the older account comes first, whatever the direction.
    items = sorted(items, key=lambda each: str(each["href"]))
    for name, _, direction in reversed(keys):
        items = sorted(items, key=lambda each: str(each[name]), reverse=direction == "desc")
    return items


def emails(items: list[Json]) -> list[str]:
    return [each["email"].partition("@")[0] for each in items]


STORES = {
    "one directory": (["first"], ("-one",)),
    "two directories": (["second", "first"], ("-one", "-two")),
    "a group": (["large"], ("0-three", "2-three")),
    "groups that share a member": (["small", "large"], ("0-three", "2-three")),
    "a directory and a group in it": (["first", "inside"], ("-one",)),
    "everything": (
        ["small", "first", "large", "inside", "second"],
        ("-one", "-two", "0-three", "2-three"),
    ),
    "nothing": ([], ("no such ending",)),
}


@pytest.mark.parametrize("stores", STORES)
class TestAccountsOfAnApplication:
    def test_an_application_lists_the_accounts_of_its_stores_once(self, scenario: Scenario, stores: str):
        self.check(scenario, stores)

    def test_too_many_stores_to_merge_give_the_same_list(
        self, scenario: Scenario, stores: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(query_branches, "MAX_MERGED", 1)

        self.check(scenario, stores)

    def check(self, scenario: Scenario, stores: str) -> None:
        names, endings = STORES[stores]
        application = scenario.application(*(getattr(scenario, each) for each in names))
        expected = sorted(name for name in scenario.accounts if name.endswith(endings))
        path = application["accounts"]["href"]

        whole = scenario.api.get(path, limit=100).ok

        assert sorted(emails(whole["items"])) == expected
        assert whole["size"] == len(expected)
        for order in ORDERS:
            right = emails(sorted_as_asked(whole["items"], order))
            assert emails(scenario.api.every(path, orderBy=order, limit=2)) == right
            assert emails(scenario.api.get(path, orderBy=order, offset=1, limit=3).items) == right[1:4]
        assert scenario.api.get(path, limit=1).ok["size"] == len(expected)
        assert scenario.api.get(path, limit=1, offset=50).ok["size"] == len(expected)

    def test_every_combination_of_stores_can_be_searched(self, scenario: Scenario, stores: str):
        names, endings = STORES[stores]
        application = scenario.application(*(getattr(scenario, each) for each in names))
        path = application["accounts"]["href"]
        expected = sorted(name for name in scenario.accounts if name.endswith(endings))

        for filters, matching in (
            ({"email": "0-three@example.com"}, "0-three"),
            ({"username": "1*"}, "1"),
            ({"givenName": "g1"}, "1"),
            ({"email": "*-two@*"}, ("0-two", "1-two", "2-two")),
            ({"q": "one", "username": "2-one"}, "2-one"),
        ):
            right = [name for name in expected if name.startswith(matching)]
            assert emails(scenario.api.every(path, filters, orderBy="email", limit=1)) == right
            assert scenario.api.get(path, filters, limit=1).ok["size"] == len(right)


class TestOtherCollections:
    def test_members_of_a_group_are_sorted_searched_and_counted(self, scenario: Scenario):
        path = scenario.large["accounts"]["href"]
        whole = scenario.api.get(path).ok

        assert sorted(emails(whole["items"])) == ["0-three", "2-three"]
        for order in ORDERS:
            right = emails(sorted_as_asked(whole["items"], order))
            assert emails(scenario.api.every(path, orderBy=order, limit=1)) == right
        assert scenario.api.get(path, email="2-one@example.com").ok["size"] == 0
        assert emails(scenario.api.get(path, email="2*").items) == ["2-three"]
        assert scenario.api.get(path, limit=1).ok["size"] == 2

    def test_accounts_of_the_tenant_are_sorted_searched_and_counted(self, scenario: Scenario):
        path = f"{scenario.api.tenant}/accounts"
        whole = scenario.api.get(path, limit=100).ok

        assert set(scenario.accounts) < set(emails(whole["items"]))
        for order in ORDERS:
            right = emails(sorted_as_asked(whole["items"], order))
            assert emails(scenario.api.every(path, orderBy=order, limit=5)) == right
        assert emails(scenario.api.get(path, email="2-TWO@example.com").items) == ["2-two"]
        assert scenario.api.get(path, limit=1).ok["size"] == len(whole["items"])

    def test_groups_of_an_application_are_sorted_searched_and_counted(self, scenario: Scenario):
        application = scenario.application(scenario.first, scenario.small, scenario.inside, scenario.large)
        path = application["groups"]["href"]

        assert [each["name"] for each in scenario.api.every(path, orderBy="name", limit=1)] == [
            "Inside",
            "Large",
            "Small",
        ]
        assert scenario.api.get(path, limit=1).ok["size"] == 3
        assert [each["name"] for each in scenario.api.get(path, name="L*").items] == ["Large"]
