"""Classes that applications wrote for version 2 of the SDK: tuples of names, and mappings to classes."""

from datetime import timedelta
from typing import Any

import pytest

from stormpath.resources import Account, DeleteMixin, Directory, FixedAttrsDict, Group, Resource, SaveMixin
from stormpath.resources.attributes import Flag
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, link


class Deeper(FixedAttrsDict):
    enabled = Flag(writable=True)


class TestASubclassWithTuplesAndAMapping:
    @pytest.fixture
    def robot(self, client: StubClient, exchange: Exchange) -> Any:
        class Robot(Resource, SaveMixin, DeleteMixin):  # type: ignore[misc] # mixins came last then
            writable_attrs = ("name", "owner", "home", "tags", "shift_length")
            timedelta_attrs = ("shift_length",)

            @staticmethod
            def get_resource_attributes() -> dict[str, Any]:
                return {"owner": Account, "home": Directory, "visitors": Account}

        exchange.holds(
            "/robots/r1",
            name="Robbie",
            owner=account_json(),
            home=None,
            visitors=link("/accounts/a2"),
            tags=["a"],
            shiftLength="PT8H",
        )
        exchange.answers("POST", "/robots/r1", {})
        kind: Any = Robot
        return kind(client, href=f"{BASE}/robots/r1")

    def test_an_attribute_is_read_as_the_class_that_the_mapping_names(
        self, robot: Any, exchange: Exchange
    ) -> None:
        assert robot.name == "Robbie"
        assert isinstance(robot.owner, Account)
        assert robot.owner.email == "a1@example.org"
        assert robot.home is None
        assert isinstance(robot.visitors, Account)
        assert robot.shift_length == timedelta(hours=8)
        assert exchange.count == 1

    def test_what_writable_attrs_names_can_be_set_and_is_saved(
        self, robot: Any, client: StubClient, exchange: Exchange
    ) -> None:
        robot.name = "Marvin"
        robot.owner = client.accounts.get("a3")
        robot.home = {"href": f"{BASE}/directories/d1"}
        robot.tags.append("b")
        robot.shift_length = timedelta(minutes=30)
        robot.save()

        assert exchange.last[3] == {
            "name": "Marvin",
            "owner": link("/accounts/a3"),
            "home": link("/directories/d1"),
            "tags": ["a", "b"],
            "shiftLength": "PT30M",
        }

    def test_nothing_else_can_be_set(self, robot: Any) -> None:
        with pytest.raises(AttributeError):
            robot.visitors = link("/accounts/a1")
        with pytest.raises(AttributeError):
            robot.size = 3

    def test_writable_attrs_may_widen_or_narrow_those_of_a_resource(self, client: StubClient) -> None:
        class Wide(Account):
            writable_attrs = (*Account.writable_attrs, "favourite_color")

        class Narrow(Account):
            writable_attrs = ("email",)

        wide: Any = Wide(client, properties=link("/accounts/a1"))
        wide.favourite_color = "red"
        assert wide._get_properties() == {"favouriteColor": "red"}
        narrow = Narrow(client, properties=link("/accounts/a1"))
        narrow.email = "x@example.org"
        with pytest.raises(AttributeError):
            narrow.given_name = "x"

    def test_a_bare_string_in_writable_attrs_is_one_name(self) -> None:
        class Odd(Resource):
            writable_attrs = "status"  # type: ignore[assignment] # a slip that existed

        assert vars(Odd)["writable_attrs"] == ("status",)

    def test_resources_of_the_sdk_offer_the_tuples_and_the_mapping_too(self) -> None:
        assert set(Account.writable_attrs) == {
            "username",
            "email",
            "password",
            "given_name",
            "middle_name",
            "surname",
            "status",
            "email_verification_status",
            "custom_data",
            "provider_data",
        }
        assert Account.autosaves == ("custom_data",)
        kinds = Account.get_resource_attributes()
        assert kinds["directory"] is Directory
        assert kinds["groups"].__name__ == "GroupList"


def test_a_nested_object_has_its_mapping_in_get_dict_attributes(client: StubClient) -> None:
    class Old(FixedAttrsDict):
        writable_attrs = ("enabled",)

        @staticmethod
        def get_dict_attributes() -> dict[str, Any]:
            return {"deeper": Deeper}

    old: Any = Old(client, {"enabled": False, "deeper": {"enabled": True}, "givenName": "A"})
    old.enabled = True

    assert isinstance(old.deeper, Deeper)
    assert old.given_name == "A"
    assert old._as_sent() == {"enabled": True}
    with pytest.raises(AttributeError):
        old.given_name = "x"


def test_an_absolute_href_can_be_resolved_to_an_object(client: StubClient) -> None:
    account = client.accounts.get("a1")

    assert account.resolve_object(f"{BASE}/groups/g1", Group) == client.groups.get("g1")
    assert account.resolve_object("g1", Group) is None
    assert account.resolve_object(None, Group) is None
