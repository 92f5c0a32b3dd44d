"""Expansions, nested objects, and lists attached to a resource."""

import json
from typing import Any

import pytest

from stormpath.resources import Expansion, FixedAttrsDict, ListOnResource, Resource, SaveMixin
from stormpath.resources.attributes import Flag, Text
from stormpath.resources.expansion import expands
from stormpath.resources.links import Link
from unit.resources.exchange import BASE, Exchange, StubClient, link


class TestExpansion:
    def test_an_expansion_is_sent_in_wire_spelling_and_in_order(self) -> None:
        expansion = Expansion("custom_data", "directory").add_property("groupMemberships", offset=0, limit=10)

        assert expansion.get_params() == "customData,directory,groupMemberships(offset:0,limit:10)"
        assert expansion.items == {
            "custom_data": {},
            "directory": {},
            "groupMemberships": {"offset": 0, "limit": 10},
        }

    def test_a_window_may_lack_offset_or_limit(self) -> None:
        assert Expansion().add_property("groups", limit=5).get_params() == "groups(limit:5)"
        assert Expansion().add_property("groups").get_params() == "groups"

    def test_expands_finds_the_names_of_an_expansion(self) -> None:
        expansion = Expansion("custom_data").add_property("groups", 0, 5)

        assert expands(expansion, "customData")
        assert expands(expansion, "groups")
        assert not expands(expansion, "group")
        assert expands("custom_data,groups(offset:0,limit:5)", "customData")
        assert not expands(None, "groups")


class Screen(FixedAttrsDict):
    enabled = Flag(writable=True)


class Me(FixedAttrsDict):
    enabled = Flag(writable=True)
    expand: Link[Screen] = Link(Screen, writable=True)


class Config(SaveMixin, Resource):
    label = Text(writable=True)
    me: Link[Me] = Link(Me, writable=True)


@pytest.fixture
def config(client: StubClient, exchange: Exchange) -> Config:
    state = exchange.holds(
        "/configs/c1", label="x", me={"enabled": True, "expand": {"enabled": False}, "uRL": "u"}
    )

    def save(query: Any, data: Any) -> Any:
        state.update(data)
        return state

    exchange.answers("POST", "/configs/c1", save)
    return Config(client, href=f"{BASE}/configs/c1")


class TestNestedObject:
    def test_a_nested_object_is_read_by_attributes_or_keys(self, config: Config, exchange: Exchange) -> None:
        me: Any = config.me

        assert me.enabled is me["enabled"] is True
        assert me.expand.enabled is False
        assert me.u_r_l == "u"
        assert me.keys() == ["enabled", "expand", "u_r_l"]
        assert me.get("nothing", 1) == 1
        with pytest.raises(AttributeError):
            _ = me.nothing
        assert exchange.count == 1

    def test_only_declared_attributes_of_a_nested_object_can_be_set(self, config: Config) -> None:
        config.me.enabled = False
        with pytest.raises(AttributeError):
            config.me.u_r_l = "x"  # type: ignore[attr-defined] # that is the point

        assert config.me.enabled is False

    def test_an_edited_nested_object_is_sent_whole_with_its_owner(
        self, config: Config, exchange: Exchange
    ) -> None:
        config.me.enabled = False
        config.save()

        assert exchange.last[3] == {"me": {"enabled": False, "expand": {"enabled": False}}}
        config.save()
        assert exchange.last[3] == {}

    def test_a_deeply_nested_edit_is_sent(self, config: Config, exchange: Exchange) -> None:
        config.me.expand.enabled = True
        config.save()

        assert exchange.last[3] == {"me": {"enabled": True, "expand": {"enabled": True}}}

    def test_a_dictionary_overwrites_attributes_of_a_nested_object(
        self, config: Config, exchange: Exchange
    ) -> None:
        config.me = {"enabled": False, "expand": {"enabled": True}}
        config.save()

        assert exchange.last[3] == {"me": {"enabled": False, "expand": {"enabled": True}}}

    def test_updating_a_nested_object_makes_no_request(self, config: Config, exchange: Exchange) -> None:
        config.me.update({"enabled": False})

        assert config.me.enabled is False
        assert exchange.count == 1

    def test_a_nested_object_has_json_repr_and_equality(self, config: Config, client: StubClient) -> None:
        assert json.loads(config.me.to_json()) == {
            "enabled": True,
            "expand": {"enabled": False},
            "u_r_l": "u",
        }
        assert repr(config.me) == "<Me attributes=enabled, expand, u_r_l>"
        assert Screen(client, {"enabled": True}) == Screen(client, {"enabled": True})
        assert Screen(client, {"enabled": True}) != Screen(client, {"enabled": False})
        assert Screen(client, {"enabled": True}) != Me(client, {"enabled": True})


class Rules(SaveMixin, Resource):
    names: Link[Any] = Link(ListOnResource, writable=True)


class TestListOnResource:
    @pytest.fixture
    def state(self, exchange: Exchange) -> dict[str, Any]:
        state = exchange.holds("/rules/r1", names=["a", "b"])

        def save(query: Any, data: Any) -> Any:
            state.update(data)
            return state

        exchange.answers("POST", "/rules/r1", save)
        return state

    @pytest.fixture
    def rules(self, client: StubClient, exchange: Exchange, state: dict[str, Any]) -> Rules:
        rules = Rules(client, href=f"{BASE}/rules/r1")
        assert rules.names == ["a", "b"]
        exchange.clear()
        return rules

    def test_edits_apply_to_the_current_list_of_the_service(
        self, rules: Rules, exchange: Exchange, state: dict[str, Any]
    ) -> None:
        state["names"] = ["a", "b", "c"]
        rules.names.append("d")

        assert rules.names == ["a", "b", "c", "d"]
        assert exchange.lines == ["GET /rules/r1"]

    def test_several_edits_refresh_the_owner_once(self, rules: Rules, exchange: Exchange) -> None:
        names = rules.names
        names.append("c")
        names.extend(["d", "e"])
        names.insert(0, "z")
        assert names.pop() == "e"
        names.remove("a")
        del names[0]

        assert names == ["b", "c", "d"]
        assert exchange.count == 1
        rules.save()
        assert exchange.last[3] == {"names": ["b", "c", "d"]}

    def test_removing_an_element_that_the_service_has_removed_is_no_error(
        self, rules: Rules, state: dict[str, Any]
    ) -> None:
        state["names"] = ["a"]

        assert rules.names.pop() == "b"
        assert rules.names == ["a"]

    def test_removing_an_element_that_never_existed_is_a_value_error(self, rules: Rules) -> None:
        with pytest.raises(ValueError, match="'x'"):
            rules.names.remove("x")

    def test_local_edits_are_sent(self, rules: Any, exchange: Exchange) -> None:
        rules.names += ["c"]
        rules.names[0] = "z"
        rules.save()

        assert exchange.lines == ["POST /rules/r1"]
        assert exchange.last[3] == {"names": ["z", "b", "c"]}

    def test_a_list_can_be_set_and_edited_without_an_owner(self, rules: Rules, exchange: Exchange) -> None:
        rules.names = ["x"]
        rules.names.append("y")
        rules.save()

        loose = ListOnResource(rules._client, ["a"])
        loose.append("b")

        assert exchange.last[3] == {"names": ["x", "y"]}
        assert loose == ["a", "b"]
        assert link("/rules/r1") == {"href": rules.href}
