"""Custom data (rest-core 5.12): any JSON is returned as it was sent, under keys that follow the rules."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.calls import Api, Json

OWNERS = ["tenant", "application", "directory", "group", "account"]

#: Numbers of any size, text of any characters but lone surrogates, and lists and objects of them.
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
RESERVED = ["href", "createdAt", "modifiedAt", "meta", "spMeta", "spmeta", "ionmeta", "ionMeta"]
KEYS = st.from_regex(r"[0-9A-Za-z_][0-9A-Za-z_-]{0,20}", fullmatch=True).filter(
    lambda key: key not in RESERVED
)


def without_standard(document: Json) -> Json:
    return {key: value for key, value in document.items() if key not in ("href", "createdAt", "modifiedAt")}


@pytest.fixture
def owner(api: Api, request: pytest.FixtureRequest) -> Json:
    application, directory = api.application_with_directory()
    return {
        "tenant": lambda: api.get(api.tenant).ok,
        "application": lambda: application,
        "directory": lambda: directory,
        "group": lambda: api.group(directory),
        "account": lambda: api.account(directory),
    }[getattr(request, "param", "account")]()


@pytest.fixture
def href(owner: Json) -> str:
    return str(owner["customData"]["href"])


every_owner = pytest.mark.parametrize("owner", OWNERS, indirect=True)


@every_owner
def test_every_owner_starts_with_empty_custom_data(api: Api, owner: Json, href: str):
    assert href == f"{owner['href']}/customData"
    assert api.get(href).ok == {
        "href": href,
        "createdAt": owner["createdAt"],
        "modifiedAt": owner["createdAt"],
    }


@every_owner
def test_keys_are_added_replaced_and_removed(api: Api, owner: Json, href: str):
    assert without_standard(api.post(href, {"a": 1, "b": {"x": 1, "y": 2}}).ok) == {
        "a": 1,
        "b": {"x": 1, "y": 2},
    }
    assert without_standard(api.post(href, {"b": {"z": 3}, "c": None}).ok) == {
        "a": 1,
        "b": {"z": 3},
        "c": None,
    }

    assert api.delete(f"{href}/b").status == 204
    assert without_standard(api.get(href).ok) == {"a": 1, "c": None}

    assert api.delete(href).status == 204
    assert without_standard(api.get(href).ok) == {}


@pytest.mark.both_databases
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.dictionaries(KEYS, ANY_JSON, max_size=5))
def test_any_json_is_returned_as_it_was_sent(api: Api, href: str, document: Json):
    api.delete(href)

    answers = [api.post(href, document), api.get(href)]

    for answer in answers:
        # As text too: 1 and 1.0 and true are equal in Python, and keys have an order.
        assert json.dumps(without_standard(answer.ok)) == json.dumps(document)


@pytest.mark.both_databases
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.dictionaries(KEYS, ANY_JSON, max_size=4), second=st.dictionaries(KEYS, ANY_JSON, max_size=4))
def test_a_merge_replaces_whole_values(api: Api, href: str, first: Json, second: Json):
    api.delete(href)

    api.post(href, first)
    api.post(href, second)

    assert without_standard(api.get(href).ok) == {**first, **second}


class TestEmbedded:
    def test_custom_data_can_be_created_with_its_owner(self, api: Api):
        directory = api.directory(customData={"colour": "red", "sizes": [1, 2]})

        assert without_standard(api.get(directory["customData"]["href"]).ok) == {
            "colour": "red",
            "sizes": [1, 2],
        }

    def test_an_update_of_the_owner_merges_custom_data(self, api: Api, owner: Json, href: str):
        api.post(href, {"a": 1, "b": 2})

        api.post(owner["href"], {"givenName": "Ada", "customData": {"b": 3}})

        assert without_standard(api.get(href).ok) == {"a": 1, "b": 3}
        assert api.get(owner["href"]).ok["givenName"] == "Ada"

    @every_owner
    def test_every_owner_takes_custom_data_in_an_update(self, api: Api, owner: Json, href: str):
        api.post(href, {"a": 1, "b": {"x": 1}})

        changed = api.post(owner["href"], {"customData": {"b": {"y": 2}}}, expand="customData").ok

        assert without_standard(changed["customData"]) == {"a": 1, "b": {"y": 2}}
        assert api.post(owner["href"], {"customData": {"-": 1}}).error == (400, 3002)

    @pytest.mark.parametrize("nothing", [None, {}, "link"])
    def test_a_link_null_or_an_empty_object_changes_nothing(
        self, api: Api, owner: Json, href: str, nothing: object
    ):
        before = api.post(href, {"a": 1}).ok

        api.post(owner["href"], {"customData": {"href": href} if nothing == "link" else nothing})

        assert api.get(href).ok == before

    def test_the_href_of_custom_data_is_ignored_when_sent_back(self, api: Api, owner: Json, href: str):
        api.post(owner["href"], {"customData": {"href": href, "a": 1}}).ok  # Fails unless granted.

        assert without_standard(api.get(href).ok) == {"a": 1}

    def test_owner_and_custom_data_have_modification_times_of_their_own(
        self, api: Api, owner: Json, href: str
    ):
        changed = api.post(owner["href"], {"customData": {"a": 1}}).ok

        assert changed["modifiedAt"] == owner["modifiedAt"]
        data = api.get(href).ok
        assert data["modifiedAt"] > data["createdAt"] == owner["createdAt"]
        api.post(owner["href"], {"givenName": "Ada"})
        assert api.get(href).ok == data


class TestKeys:
    @pytest.mark.parametrize(
        ("key", "code"),
        [
            ("", 3000),
            ("  ", 3000),
            ("k" * 256, 3001),
            ("-a", 3002),
            ("a b", 3002),
            ("a.b", 3002),
            ("größe", 3002),
            ("a\u0000", 3002),
            ("a\n", 3002),
            ("\u0663", 3002),
            *((each, 3003) for each in RESERVED),
        ],
    )
    def test_a_key_that_breaks_the_rules_is_refused(
        self, api: Api, owner: Json, href: str, key: str, code: int
    ):
        body = {"good": 1, key: "x"}

        assert api.post(href, body).error == (400, code)
        assert api.post(owner["href"], {"customData": body}).error == (400, code)
        assert without_standard(api.get(href).ok) == {}

    @pytest.mark.parametrize("key", ["k" * 255, "_", "0", "a-", "A", "Href", "METADATA"])
    def test_a_key_that_follows_the_rules_is_stored(self, api: Api, href: str, key: str):
        assert api.post(href, {key: 1}).ok[key] == 1

    def test_the_rules_apply_to_top_level_keys_only(self, api: Api, href: str):
        inner = {"href": "x", "a b": 1, "": 2, "-": [{"größe": None}]}

        assert api.post(href, {"inner": inner}).ok["inner"] == inner

    def test_keys_differ_by_letter_case(self, api: Api, href: str):
        assert without_standard(api.post(href, {"a": 1, "A": 2}).ok) == {"a": 1, "A": 2}
        api.delete(f"{href}/A")
        assert without_standard(api.get(href).ok) == {"a": 1}

    def test_the_href_of_custom_data_is_ignored_and_any_other_refused(self, api: Api, href: str):
        assert without_standard(api.post(href, {"href": href, "a": 1}).ok) == {"a": 1}
        assert api.post(href, {"href": f"{href}x", "a": 1}).error == (400, 3003)

    def test_removing_a_missing_key_succeeds(self, api: Api, href: str):
        before = api.post(href, {"a": 1}).ok

        for key in ("b", "a%20b", "%00", "größe"):
            assert api.delete(f"{href}/{key}").status == 204
        assert api.get(href).ok == before

    def test_a_single_key_can_be_deleted_but_not_read_or_written(self, api: Api, href: str):
        api.post(href, {"a": 1})

        assert api.get(f"{href}/a").error == (405, 1100)
        assert api.post(f"{href}/a", {}).error == (405, 1100)
        assert api.request("DELETE", f"{href}/a", b"{", headers={"Content-Type": "text/plain"}).status == 204


@pytest.mark.both_databases
class TestSize:
    LIMIT = 10 * 1024 * 1024

    def test_ten_megabytes_fit_and_a_byte_more_does_not(self, api: Api, href: str):
        overhead = len('{"a":""}')

        assert api.post(href, {"a": "x" * (self.LIMIT - overhead)}).status == 200
        assert api.post(href, {"a": "x" * (self.LIMIT - overhead + 1)}).error == (400, 3004)
        assert len(api.get(href)["a"]) == self.LIMIT - overhead

    def test_stored_data_counts_towards_the_limit(self, api: Api, owner: Json, href: str):
        api.post(href, {"a": "x" * (6 * 1024 * 1024)})

        more = {"b": "x" * (5 * 1024 * 1024)}
        assert api.post(href, more).error == (400, 3004)
        assert api.post(owner["href"], {"givenName": "Ada", "customData": more}).error == (400, 3004)
        assert api.get(owner["href"]).ok == owner
        assert list(without_standard(api.get(href).ok)) == ["a"]

    @pytest.mark.parametrize("depth", [50, 500, 900, 960, 970, 980, 990, 1000, 2000, 100_000])
    def test_data_of_any_depth_is_refused_or_can_be_read_and_searched_beside(self, api: Api, depth: int):
        directory = api.directory()
        account = api.account(directory)
        nested = b'{"a": ' + b"[" * depth + b"]" * depth + b"}"

        stored = api.request(
            "POST", account["customData"]["href"], nested, headers={"Content-Type": "application/json"}
        )

        assert stored.status in (200, 400)
        assert api.get(account["customData"]["href"]).status == 200
        api.account(directory, "grace", customData={"rank": "admiral"})
        found = api.get(
            directory["accounts"]["href"], {"customData.rank": "admiral"}, expand="customData"
        ).items
        assert [each["username"] for each in found] == ["grace"]
        if depth <= 50:
            assert stored.status == 200


def test_the_query_of_custom_data_is_ignored(api: Api, href: str):
    assert api.post(href, {"a": 1}, limit="x").ok["a"] == 1
    assert api.get(href, expand="tenant").ok["a"] == 1
    assert api.delete(f"{href}/b", q="a").status == 204
    assert api.get(href, {"customData.a": "2"}).ok["a"] == 1
    assert api.delete(href, q="").status == 204
