"""Searching and ordering accounts by custom data (rest-core 4.5)."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.calls import Api, Json

NUMBERS = count()

PEOPLE: dict[str, Json] = {
    "ada": {
        "rank": "Countess",
        "age": 36,
        "born": "1815-12-10",
        "likes": ["Math", 7, True],
        "home": {"city": "London"},
    },
    "alan": {
        "rank": "OBE",
        "age": 41.5,
        "born": "1912-06-23T08:30:00Z",
        "likes": [],
        "home": {"city": "Wilmslow"},
        "active": False,
    },
    "grace": {
        "rank": "Rear admiral",
        "age": 85,
        "born": "1906",
        "likes": "math",
        "home": None,
        "active": True,
    },
    "radia": {"age": "36", "born": 1951, "likes": {"x": "math"}, "home": [{"city": "London"}], "rank": None},
    "tim": {},
}


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


def found(api: Api, directory: Json, key: str, value: str, **query: object) -> list[str]:
    parameters = {f"customData.{key}": value} | query
    return sorted(each["username"] for each in api.every(directory["accounts"]["href"], parameters))


class TestForms:
    @pytest.fixture(autouse=True)
    def people(self, api: Api, directory: Json) -> None:
        for name, data in PEOPLE.items():
            api.account(directory, name, customData=data)

    @pytest.mark.parametrize(
        ("key", "value", "expected"),
        [
            # Texts, by the four forms, in any letter case.
            ("rank", "countess", ["ada"]),
            ("rank", "Count", []),
            ("rank", "COUNT*", ["ada"]),
            ("rank", "*admiral", ["grace"]),
            ("rank", "*o*", ["ada", "alan"]),
            ("rank", "*", ["ada", "alan", "grace"]),
            ("home.city", "lon*", ["ada"]),
            ("home.nothing.at.all", "*", []),
            ("Rank", "*", []),
            # Numbers: exact, by their digits, by ranges.
            ("age", "36", ["ada", "radia"]),
            ("age", "36.0", ["ada"]),
            ("age", "41.5", ["alan"]),
            ("age", "4*", ["alan"]),
            ("age", "*5", ["alan", "grace"]),
            ("age", "[36,41.5]", ["ada", "alan"]),
            ("age", "(36,41.5)", []),
            ("age", "(36,41.5]", ["alan"]),
            ("age", "[36, 41.5)", ["ada"]),
            ("age", "[50,]", ["grace"]),
            ("age", "(,50]", ["ada", "alan"]),
            ("age", "[-1e3,4.2E1]", ["ada", "alan"]),
            # Dates: ranges, and a period in brackets; without them it is a text.
            ("born", "[1815,1906]", ["ada"]),
            ("born", "[1900-01-01,1912-06-23]", ["alan"]),
            ("born", "[1900-01-01,1912-06-23)", []),
            ("born", "[1912-06-23T08:30:00Z,1912-06-23T08:30:00Z]", ["alan"]),
            ("born", "(,1850]", ["ada"]),
            ("born", "[1815]", ["ada"]),
            ("born", "[1912-06]", ["alan"]),
            ("born", "[1815-12-11]", []),
            ("born", "1906", ["grace"]),
            ("born", "1815", []),
            ("born", "1815-12-10", ["ada"]),
            ("born", "[1951,1951]", ["radia"]),
            ("born", "[1951]", ["radia"]),
            # Any element of a list; true and false by name; neither null nor an object.
            ("likes", "math", ["ada", "grace"]),
            ("likes", "7", ["ada"]),
            ("likes", "[6,8]", ["ada"]),
            ("likes", "true", ["ada"]),
            ("likes", "*", ["ada", "grace"]),
            ("likes.x", "math", ["radia"]),
            ("likes.0", "math", []),
            ("home.0.city", "London", []),
            ("active", "true", ["grace"]),
            ("active", "FALSE", ["alan"]),
            ("active", "t*", ["grace"]),
            ("home", "*", []),
        ],
    )
    def test_each_form_of_a_filter_finds_its_accounts(
        self, api: Api, directory: Json, key: str, value: str, expected: list[str]
    ):
        assert found(api, directory, key, value) == expected

    def test_filters_are_anded_with_all_the_others(self, api: Api, directory: Json):
        assert found(api, directory, "age", "[,50]", username="a*", **{"customData.rank": "*e*"}) == [
            "ada",
            "alan",
        ]
        assert found(api, directory, "age", "[,50]", q="alan") == ["alan"]

    def test_the_values_come_along_when_asked_for(self, api: Api, directory: Json):
        (ada,) = api.get(
            directory["accounts"]["href"], {"customData.rank": "countess"}, expand="customData"
        ).items

        assert ada["customData"]["home"] == {"city": "London"}

    @pytest.mark.parametrize(
        ("direction", "expected"), [("asc", ["ada", "alan", "grace"]), ("desc", ["grace", "alan", "ada"])]
    )
    def test_accounts_are_ordered_by_a_key(
        self, api: Api, directory: Json, direction: str, expected: list[str]
    ):
        ordered = api.get(
            directory["accounts"]["href"], {"customData.rank": "*"}, orderBy=f"customData.rank {direction}"
        )

        assert [each["username"] for each in ordered.items] == expected

    def test_accounts_without_the_key_come_last_and_pages_are_stable(self, api: Api, directory: Json):
        pages = [
            api.get(
                directory["accounts"]["href"], orderBy="customData.home.city", limit=2, offset=offset
            ).items
            for offset in (0, 2, 4)
        ]

        names = [each["username"] for page in pages for each in page]
        assert names[:2] == ["ada", "alan"]
        assert sorted(names[2:]) == ["grace", "radia", "tim"]

    def test_every_list_of_accounts_takes_custom_data_filters(self, api: Api, directory: Json):
        application, group = api.application(), api.group(directory)
        api.mapping(application, directory)
        (ada,) = api.get(directory["accounts"]["href"], username="ada").items
        api.membership(ada, group)

        for href in (
            application["accounts"]["href"],
            group["accounts"]["href"],
            f"{api.tenant}/accounts",
            "/accounts",
        ):
            found = api.get(href, {"customData.rank": "Countess"}, orderBy="customData.rank").items
            assert [each["username"] for each in found] == ["ada"]


@pytest.mark.parametrize("path", ["/applications", "/directories", "/groups"])
def test_other_lists_refuse_custom_data_filters(api: Api, path: str):
    assert api.get(path, {"customData.a": "1"}).error == (400, 2105)
    assert api.get(path, orderBy="customData.a").error == (400, 2106)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("customData.", "x", 2100),
        ("customData..a", "x", 2100),
        ("customData.a.", "x", 2100),
        ('customData.a"b', "x", 2100),
        ("customData.a\\b", "x", 2100),
        ("customData", "x", 2105),
        ("customdata.a", "x", 2105),
        ("customData.a", "[x,y]", 2103),
        ("customData.a", "[1,y]", 2103),
        ("customData.a", "[1,2015-01-01]", 2103),
        ("customData.a", "[5,1]", 2108),
        ("customData.a", "(5,5)", 2108),
        ("customData.a", "[2015-02,2015-01-01]", 2108),
    ],
)
def test_what_cannot_be_searched_is_refused(api: Api, directory: Json, name: str, value: str, code: int):
    assert api.get(directory["accounts"]["href"], {name: value}).error == (400, code)


@pytest.mark.parametrize(
    "key", ["a'b", "a b", "$", "*", "a[0]", "größe", "{a}", "a,b", "1", "-", "null", "%", "a" * 300]
)
def test_special_characters_in_a_key_have_no_meaning(api: Api, directory: Json, key: str):
    api.account(directory, "inner", customData={"outer": {key: "x"}})
    api.account(directory, "other", customData={"outer": {"another": "x"}})

    assert found(api, directory, f"outer.{key}", "x") == ["inner"]
    assert (
        api.get(
            directory["accounts"]["href"], orderBy=f"customData.outer.{key.replace(',', '').replace(' ', '')}"
        ).status
        == 200
    )


def test_a_path_of_any_length_is_answered(api: Api, directory: Json):
    api.account(directory, "deep", customData={"a": {"a": {"a": {"a": "x"}}}})

    assert found(api, directory, ".".join("a" * 4), "x") == ["deep"]
    for length in (50, 500, 5000):
        assert api.get(
            directory["accounts"]["href"], {"customData." + ".".join("a" * length): "x"}
        ).status in (200, 400)


@pytest.mark.both_databases
@pytest.mark.parametrize("text", ["a\u0000b", "\\u0000", "\\\\u0000 \u0000"])
def test_a_text_with_a_nul_hides_nothing_else(api: Api, directory: Json, text: str):
    api.account(directory, "x", customData={"odd": text, "plain": "yes"})
    api.account(directory, "y", customData={"plain": "yes"})

    names = found(api, directory, "plain", "yes")

    assert "y" in names
    if "\u0000" not in text:
        assert names == ["x", "y"]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "number", [0, -1, 1.5, -0.25, 1e-7, 1e15, 2**31, 2**53, 12345678901234567, -(2**63), 0.1, 100.0]
)
def test_a_number_is_found_by_itself_and_by_its_range(api: Api, directory: Json, number: float):
    api.account(directory, "x", customData={"n": number})

    assert found(api, directory, "n", str(number)) == ["x"]
    assert found(api, directory, "n", f"[{number},]") == ["x"]
    assert found(api, directory, "n", f"[,{number}]") == ["x"]
    assert found(api, directory, "n", f"({number},]") == []


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "text", ["1_0", "\u0661\u0660", "10 ", "+10", "0x0A", "1e1000", "Infinity", "nan", ".", "-"]
)
def test_a_text_that_looks_like_a_number_is_a_text(api: Api, directory: Json, text: str):
    api.account(directory, "number", customData={"n": 10})
    api.account(directory, "text", customData={"n": text})

    names = found(api, directory, "n", text)

    assert names in (["text"], ["number", "text"] if text == "+10" else ["text"])


SCALARS = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([-1.5, 0.5, 2.5]),
    st.sampled_from(["a", "B", "ab", "2015-01-01", "2015-06-01T00:00:00Z", "2016", "1", "true"]),
    st.booleans(),
    st.none(),
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3)


def in_range(value: object, low: float, high: float) -> bool:
    return any(
        isinstance(each, int | float) and not isinstance(each, bool) and low <= each <= high
        for each in (value if isinstance(value, list) else [value])
    )


@pytest.mark.both_databases
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(VALUES, min_size=1, max_size=5),
    low=st.integers(-4, 4),
    width=st.integers(1, 4),
    text=st.sampled_from(["a", "b", "1", "-1", "true"]),
)
def test_ranges_and_texts_agree_with_a_model(api: Api, values: list, low: int, width: int, text: str):
    place = api.post("/directories", {"name": f"Directory {next(NUMBERS)}"}).made
    for number, each in enumerate(values):
        api.account(place, f"u{number}", customData={"v": each})

    def told(value: object) -> list[str]:
        elements = value if isinstance(value, list) else [value]
        return [str(each).lower() for each in elements if each is not None]

    assert found(api, place, "v", f"[{low},{low + width}]") == [
        f"u{number}" for number, each in enumerate(values) if in_range(each, low, low + width)
    ]
    assert found(api, place, "v", text) == [
        f"u{number}" for number, each in enumerate(values) if text in told(each)
    ]
    assert found(api, place, "v", f"*{text}*") == [
        f"u{number}" for number, each in enumerate(values) if any(text in one for one in told(each))
    ]
