"""Account store mappings (rest-core 5.3): their order (6.4) and the default stores (6.3)."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.calls import Api, Json, link

NUMBERS = count()
FLAGS = ("isDefaultAccountStore", "isDefaultGroupStore")


def order(api: Api, application: Json) -> list[tuple[int, str]]:
    """Return (list index, name of the store) of an application's mappings, as they are listed."""
    listed = api.get(application["accountStoreMappings"]["href"], expand="accountStore").items
    return [(each["listIndex"], each["accountStore"]["name"]) for each in listed]


def test_a_new_mapping_has_the_documented_defaults(api: Api):
    application, directory = api.application(), api.directory()

    answer = api.post(
        "/accountStoreMappings", {"application": link(application), "accountStore": link(directory)}
    )

    mapping = answer.made
    assert answer.headers["location"] == mapping["href"]
    assert mapping == {
        "href": mapping["href"],
        "createdAt": mapping["createdAt"],
        "modifiedAt": mapping["createdAt"],
        "application": link(application),
        "accountStore": link(directory),
        "listIndex": 0,
        "isDefaultAccountStore": False,
        "isDefaultGroupStore": False,
        "tenant": {"href": api.tenant},
    }
    assert api.get(mapping["href"]).ok == mapping


def test_a_store_is_mapped_once_to_an_application(api: Api):
    application, directory = api.application(), api.directory()
    group = api.group(directory)
    api.mapping(application, directory)
    api.mapping(application, group)

    for store in (directory, group):
        body = {"application": link(application), "accountStore": link(store)}
        assert api.post("/accountStoreMappings", body).error == (409, 5104)
    assert api.mapping(api.application("Other"), directory)["listIndex"] == 0


class TestOrder:
    def test_a_new_mapping_goes_to_the_end(self, api: Api):
        application = api.application()

        indexes = [api.mapping(application, api.directory(each))["listIndex"] for each in "ABC"]

        assert indexes == [0, 1, 2]

    @pytest.mark.parametrize(
        ("index", "expected"),
        [(0, "XABC"), (1, "AXBC"), (3, "ABCX"), (-1, "XABC"), (99, "ABCX"), ("2", "ABXC"), (2**40, "ABCX")],
    )
    def test_a_new_mapping_goes_to_its_index(self, api: Api, index: object, expected: str):
        application = api.application()
        for each in "ABC":
            api.mapping(application, api.directory(each))

        made = api.mapping(application, api.directory("X"), listIndex=index)

        assert order(api, application) == list(enumerate(expected))
        assert made["listIndex"] == expected.index("X")

    @pytest.mark.parametrize(
        ("index", "expected"), [(0, "CABD"), (3, "ABDC"), (-5, "CABD"), (2**40, "ABDC"), (2, "ABCD")]
    )
    def test_a_mapping_moves_to_its_index(self, api: Api, index: int, expected: str):
        application = api.application()
        made = {each: api.mapping(application, api.directory(each)) for each in "ABCD"}

        moved = api.post(made["C"]["href"], {"listIndex": index}).ok

        assert order(api, application) == list(enumerate(expected))
        assert moved["listIndex"] == expected.index("C")

    def test_deleting_a_mapping_closes_the_gap(self, api: Api):
        application = api.application()
        made = {each: api.mapping(application, api.directory(each)) for each in "ABC"}

        assert api.delete(made["B"]["href"]).status == 204

        assert order(api, application) == [(0, "A"), (1, "C")]

    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        steps=st.lists(
            st.one_of(
                st.tuples(st.just("add"), st.integers(-2, 6) | st.none()),
                st.tuples(st.just("move"), st.integers(0, 5), st.integers(-2, 8)),
                st.tuples(st.just("remove"), st.integers(0, 5)),
            ),
            max_size=12,
        )
    )
    def test_any_sequence_of_changes_keeps_the_order_of_a_list(self, api: Api, steps):
        """A Python list is the model: insert, move and remove give the same order in both."""
        application = api.post("/applications", {"name": f"Application {next(NUMBERS)}"}).made
        model: list[str] = []
        for step, *arguments in steps:
            if step == "add":
                (index,) = arguments
                store = api.post("/directories", {"name": f"Directory {next(NUMBERS)}"}).made
                made = api.mapping(application, store, **({} if index is None else {"listIndex": index}))
                place = len(model) if index is None else max(0, min(index, len(model)))
                model.insert(place, made["href"])
            elif model:
                href = model[arguments[0] % len(model)]
                model.remove(href)
                if step == "move":
                    api.post(href, {"listIndex": arguments[1]}).ok  # Fails unless granted.
                    model.insert(max(0, min(arguments[1], len(model))), href)
                else:
                    api.delete(href)

            listed = api.get(application["accountStoreMappings"]["href"]).items
            assert [(each["listIndex"], each["href"]) for each in listed] == list(enumerate(model))

        api.delete(application["href"])


class TestDefaults:
    @pytest.mark.parametrize("flag", FLAGS)
    def test_setting_a_flag_takes_it_from_the_others(self, api: Api, flag: str):
        application = api.application()
        first = api.mapping(application, api.directory("First"), **{flag: True})
        second = api.mapping(application, api.directory("Second"), **{flag: True})

        assert second[flag] is True
        assert api.get(first["href"]).ok[flag] is False

        assert api.post(first["href"], {flag: True}).ok[flag] is True
        assert api.get(second["href"]).ok[flag] is False

    @pytest.mark.parametrize("flag", FLAGS)
    def test_setting_a_flag_again_keeps_it(self, api: Api, flag: str):
        mapping = api.mapping(api.application(), api.directory(), **{flag: True})

        assert api.post(mapping["href"], {flag: True}).ok == mapping
        assert api.post(mapping["href"], {flag: "true", "listIndex": 0}).ok == mapping

    @pytest.mark.parametrize("flag", FLAGS)
    def test_clearing_a_flag_sets_it_on_no_other_mapping(self, api: Api, flag: str):
        application = api.application()
        api.mapping(application, api.directory("First"))
        second = api.mapping(application, api.directory("Second"), **{flag: True})

        assert api.post(second["href"], {flag: False}).ok[flag] is False
        assert not any(each[flag] for each in api.get(application["accountStoreMappings"]["href"]).items)

    def test_the_application_links_to_its_defaults(self, api: Api):
        application, directory = api.application(), api.directory()
        accounts = api.mapping(application, api.group(directory), isDefaultAccountStore=True)
        groups = api.mapping(application, directory, isDefaultGroupStore=True)

        found = api.get(application["href"]).ok
        assert found["defaultAccountStoreMapping"] == link(accounts)
        assert found["defaultGroupStoreMapping"] == link(groups)

        api.delete(accounts["href"])
        found = api.get(application["href"]).ok
        assert found["defaultAccountStoreMapping"] is None
        assert found["defaultGroupStoreMapping"] == link(groups)

    def test_the_flags_of_other_applications_stay(self, api: Api):
        directory = api.directory()
        first = api.mapping(api.application("One"), directory, isDefaultAccountStore=True)

        api.mapping(api.application("Two"), directory, isDefaultAccountStore=True)

        assert api.get(first["href"]).ok["isDefaultAccountStore"] is True

    def test_a_group_cannot_hold_groups(self, api: Api):
        application, group = api.application(), api.group(api.directory())
        body = {"application": link(application), "accountStore": link(group)}

        assert api.post("/accountStoreMappings", body | {"isDefaultGroupStore": True}).error == (400, 5112)
        mapping = api.post("/accountStoreMappings", body).made
        assert api.post(mapping["href"], {"isDefaultGroupStore": True}).error == (400, 5112)
        assert api.get(mapping["href"]).ok == mapping

    def test_a_refused_mapping_takes_no_flag(self, api: Api):
        application, directory = api.application_with_directory()
        body = {
            "application": link(application),
            "accountStore": link(directory),
            "isDefaultAccountStore": True,
        }

        assert api.post("/accountStoreMappings", body).error == (409, 5104)
        assert api.get(application["href"]).ok == application
