"""Searching collections: `q`, attributes with wildcards, status (rest-core 4.1 to 4.3)."""

import re
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.calls import Api, Json

NUMBERS = count()

#: Few letters, so that searches match, with characters that LIKE and paths treat specially, in both cases.
SPICE = st.text("aAbB*%_\\./ '", min_size=1, max_size=4)


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


def matches(pattern: str, text: str | None) -> bool:
    """The rule of rest-core 4.2 in Python: asterisks at the ends match anything, elsewhere themselves."""
    if text is None:
        return False
    before, after = pattern.startswith("*"), len(pattern) > 1 and pattern.endswith("*")
    inner = re.escape(pattern[before : len(pattern) - after].lower())
    return (
        re.fullmatch((".*" if before else "") + inner + (".*" if after else ""), text.lower(), re.DOTALL)
        is not None
    )


def found(api: Api, directory: Json, **query: object) -> list[str]:
    return sorted(each["username"] for each in api.every(directory["accounts"]["href"], query))


class TestAttributes:
    @pytest.fixture(autouse=True)
    def people(self, api: Api, directory: Json) -> None:
        api.account(directory, "ada", givenName="Ada", surname="King", middleName="Augusta")
        api.account(directory, "grace", givenName="Grace", surname="Hopper")
        api.account(directory, "radia", givenName="Radia", surname="Perlman", status="DISABLED")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"givenName": "Ada"}, ["ada"]),
            ({"givenName": "aDA"}, ["ada"]),
            ({"givenName": "Ad"}, []),
            ({"givenName": "Ad*"}, ["ada"]),
            ({"givenName": "*DIA"}, ["radia"]),
            ({"givenName": "*ad*"}, ["ada", "radia"]),
            ({"givenName": "*"}, ["ada", "grace", "radia"]),
            ({"middleName": "*"}, ["ada"]),
            ({"middleName": "**"}, ["ada"]),
            ({"givenName": "A*a"}, []),
            ({"givenName": "_da"}, []),
            ({"givenName": "%"}, []),
            ({"email": "grace@example.com"}, ["grace"]),
            ({"email": "*@EXAMPLE.com"}, ["ada", "grace", "radia"]),
            ({"username": "radia"}, ["radia"]),
            ({"surname": "hop*"}, ["grace"]),
            ({"status": "enabled"}, ["ada", "grace"]),
            ({"status": "DISABLED"}, ["radia"]),
            ({"status": "UNVERIFIED"}, []),
            ({"givenName": "*a*", "surname": "*er*"}, ["grace", "radia"]),
            ({"givenName": "*a*", "surname": "*er*", "status": "ENABLED"}, ["grace"]),
            ({"q": "er"}, ["grace", "radia"]),
            ({"q": "AUGUST"}, ["ada"]),
            ({"q": "example"}, ["ada", "grace", "radia"]),
            ({"q": "*er*"}, []),
            ({"q": "enabled"}, []),
            ({"q": "a", "status": "DISABLED"}, ["radia"]),
        ],
    )
    def test_each_form_of_a_search_finds_its_accounts(
        self, api: Api, directory: Json, query: Json, expected: list[str]
    ):
        assert found(api, directory, **query) == expected

    @pytest.mark.parametrize("fragment", ["ENA", "*", "ENABLED*", "*ABLED", "GONE"])
    def test_a_status_is_searched_whole(self, api: Api, directory: Json, fragment: str):
        assert api.get(directory["accounts"]["href"], status=fragment).error == (400, 2103)

    @pytest.mark.parametrize(
        "name",
        [
            "fullName",
            "emailVerificationStatus",
            "password",
            "href",
            "directory",
            "givenname",
            "directory.name",
            "key",
        ],
    )
    def test_other_attributes_are_not_searchable(self, api: Api, directory: Json, name: str):
        assert api.get(directory["accounts"]["href"], {name: "x"}).error == (400, 2105)

    def test_size_counts_what_was_found(self, api: Api, directory: Json):
        page = api.get(directory["accounts"]["href"], givenName="*a*", limit=2).ok

        assert (page["size"], len(page["items"])) == (3, 2)
        assert page["href"] == directory["accounts"]["href"]


def test_the_same_search_works_wherever_the_kind_is_listed(api: Api):
    application, directory = api.application_with_directory()
    group = api.group(directory)
    account = api.account(directory)
    api.membership(account, group)

    for place in (application, directory, group, {"accounts": {"href": f"{api.tenant}/accounts"}}):
        for query in ({"username": "ada"}, {"q": "ADA@"}, {"email": "ada*"}):
            assert [each["href"] for each in api.get(place["accounts"]["href"], query).items] == [
                account["href"]
            ]


def test_groups_directories_and_applications_are_searched_by_name_and_description(api: Api):
    application, directory = api.application_with_directory("Zebra")
    group = api.group(directory, "Zulu", description="About stripes")
    api.post(application["href"], {"description": "Stripes, too"})
    api.post(directory["href"], {"description": "striped"})

    for path, resource in (("/applications", application), ("/directories", directory), ("/groups", group)):
        for query in ({"q": "stripe"}, {"description": "*strip*"}, {"name": f"{resource['name'][:3]}*"}):
            assert [each["href"] for each in api.get(path, query, status="ENABLED").items] == [
                resource["href"]
            ]


def test_memberships_and_mappings_are_searched_by_time_only(api: Api):
    application, directory = api.application_with_directory()
    account, group = api.account(directory), api.group(directory)
    api.membership(account, group)

    for href in (application["accountStoreMappings"]["href"], group["accountMemberships"]["href"]):
        assert api.get(href, createdAt="[2020,]", modifiedAt="[2020,]").ok["size"] == 1
        for name in ("q", "status", "name", "listIndex", "account"):
            assert api.get(href, {name: "1"}).error == (400, 2105)


@pytest.mark.both_databases
class TestWords:
    @pytest.fixture(autouse=True)
    def people(self, api: Api, directory: Json) -> None:
        api.account(directory, "u0", givenName="Joe", surname="Doe")
        api.account(directory, "u1", givenName="Joe", middleName="Edgar", surname="Doe")
        api.account(directory, "u2", givenName="Doe", surname="Joe")
        api.account(directory, "u3", givenName="Joe", surname="Smith")
        api.account(directory, "u4", givenName="Ann", surname="Doe")
        api.account(directory, "u5", givenName="Mary Ann", surname="van der Doe")

    def test_each_word_is_found_in_some_attribute(self, api: Api, directory: Json):
        for text, expected in (
            ("Joe Doe", ["u0", "u1", "u2"]),
            ("doe JOE", ["u0", "u1", "u2"]),
            ("  Joe  Doe ", ["u0", "u1", "u2"]),
            ("Joe Edgar Doe", ["u1"]),
            ("Jo Smi", ["u3"]),
            ("joe example.com u3", ["u3"]),
            ("Ann Doe", ["u4", "u5"]),
            ("mary ann van der doe", ["u5"]),
            ("Joe Nobody", []),
            ("Joe % Doe", []),
            ("Joe * Doe", []),
            ("Joe", ["u0", "u1", "u2", "u3"]),
        ):
            assert found(api, directory, q=text) == expected, text

    def test_a_long_text_is_found_as_it_was_written(self, api: Api, directory: Json):
        text = "a b c d e f g h  i j"
        api.account(directory, "u6", middleName=text)

        assert found(api, directory, q=f"{text} ") == ["u6"]
        assert found(api, directory, q="a b c d e f g j i") == []


def test_the_words_of_a_group_are_found_in_its_name_and_description(api: Api):
    directory = api.directory()
    group = api.group(directory, "Night readers", description="All of Bern")

    for text, size in (("bern readers", 1), ("READERS night", 1), ("readers basel", 0)):
        assert api.get(directory["groups"]["href"], q=text).ok["size"] == size
    assert api.get("/groups", q="night bern").items[0]["href"] == group["href"]


@pytest.mark.both_databases
class TestBeyondAscii:
    @pytest.mark.parametrize("pattern", ["straße*", "STRASSE*", "*ÄCKER", "*äcker", "*a\u0308cker", "*sse*"])
    def test_letter_case_is_folded_everywhere(self, api: Api, directory: Json, pattern: str):
        api.account(directory, "x", surname="Straße der Äcker")

        assert found(api, directory, surname=pattern) == ["x"]

    def test_an_accent_makes_another_letter(self, api: Api, directory: Json):
        api.account(directory, "x", surname="Müller")

        assert found(api, directory, surname="Muller") == []

    @pytest.mark.parametrize("text", ["日本語", "😀", "Ω", "\U0010ffff"])
    def test_any_text_is_found_by_its_beginning_end_and_middle(self, api: Api, directory: Json, text: str):
        api.account(directory, "x", surname=f"{text}{text}x{text}")

        for pattern in (f"{text}*", f"*{text}", f"*{text}x*", f"{text}{text}x{text}"):
            assert found(api, directory, surname=pattern) == ["x"]


def test_a_search_as_long_as_anything_finds_nothing_and_harms_nothing(api: Api, directory: Json):
    api.account(directory)

    for name in ("q", "surname", "customData.a"):
        for pattern in ("{}", "*{}*", "*{}", "{}*"):
            assert api.get(directory["accounts"]["href"], {name: pattern.format("a" * 60_000)}).status in (
                200,
                400,
            )


@pytest.mark.both_databases
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(SPICE, min_size=1, max_size=5), text=SPICE, before=st.booleans(), after=st.booleans())
def test_wildcards_agree_with_their_rule(
    api: Api, directory: Json, names: list[str], text: str, before: bool, after: bool
):
    pattern = "*" * before + text + "*" * after
    place = api.post("/directories", {"name": f"Directory {next(NUMBERS)}"}).made
    for number, each in enumerate(names):
        api.account(place, f"u{number}", middleName=each, customData={"text": each})
    expected = [f"u{number}" for number, each in enumerate(names) if matches(pattern, each)]
    # In q an asterisk is an ordinary character, and each word is looked for by itself.
    words = text.lower().split() or [text.lower()]
    containing = [
        f"u{number}"
        for number, each in enumerate(names)
        if all(word in each.lower() or word in f"u{number}@example.com" for word in words)
    ]

    assert found(api, place, middleName=pattern) == expected
    assert found(api, place, **{"customData.text": pattern}) == expected
    assert found(api, place, q=text) == containing
