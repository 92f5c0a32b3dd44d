"""Searching by time: periods and ranges (rest-core 4.4)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.calls import Api, Json, id_of
from service.tenant_setup import context_of
from stormpath.server.app import Service

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MOMENTS = [
    at(each)
    for each in (
        "2014-12-31T23:59:59.999",
        "2015-01-01T00:00:00",
        "2015-01-12T12:00:00",
        "2015-01-12T12:00:05.500",
        "2015-01-12T12:00:59.999",
        "2015-01-31T23:59:59.999",
        "2015-02-01",
        "2016-02-29T23:30:00",
        "9999-12-31T23:59:59.999",
    )
]


def milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


@pytest.fixture
def directory(service: Service, api: Api) -> Json:
    """A directory whose accounts were created at ``MOMENTS``; their names are the indexes there."""
    directory = api.directory()
    context = context_of(service, api.tenant_id)
    for index, moment in enumerate(MOMENTS):
        account = api.account(directory, str(index))
        with context.write() as unit:
            unit.update("account", id_of(account), {"created_at": milliseconds(moment)})
    return directory


def found(api: Api, directory: Json, value: str, name: str = "createdAt") -> list[int]:
    return sorted(
        int(each["username"]) for each in api.get(directory["accounts"]["href"], {name: value}).items
    )


def between(low: str | None, high: str | None, *, low_in: bool = True, high_in: bool = False) -> list[int]:
    return [
        index
        for index, each in enumerate(MOMENTS)
        if (low is None or each > at(low) or (low_in and each == at(low)))
        and (high is None or each < at(high) or (high_in and each == at(high)))
    ]


@pytest.mark.parametrize(
    ("period", "low", "high"),
    [
        ("2015", "2015-01-01", "2016-01-01"),
        ("2015-01", "2015-01-01", "2015-02-01"),
        ("2016-02", "2016-02-01", "2016-03-01"),
        ("2015-01-12", "2015-01-12", "2015-01-13"),
        ("2015-01-12T12", "2015-01-12T12:00", "2015-01-12T13:00"),
        ("2015-01-12T12:00", "2015-01-12T12:00", "2015-01-12T12:01"),
        ("2015-01-12 12:00", "2015-01-12T12:00", "2015-01-12T12:01"),
        ("2015-01-12T12:00:05", "2015-01-12T12:00:05", "2015-01-12T12:00:06"),
        ("2015-01-12T12:00:05.500", "2015-01-12T12:00:05.500", "2015-01-12T12:00:05.501"),
        ("2015-01-12T12:00:05.500000", "2015-01-12T12:00:05.500", "2015-01-12T12:00:05.501"),
        ("2015-01-12T12:00:00Z", "2015-01-12T12:00", "2015-01-12T12:00:01"),
        ("2015-01-12T14:00:00+02:00", "2015-01-12T12:00", "2015-01-12T12:00:01"),
        ("2015-01-12T06:30:00-05:30", "2015-01-12T12:00", "2015-01-12T12:00:01"),
        ("2016-03-01T01:00+02:00", "2016-02-29T23:00", "2016-02-29T23:01"),
        ("9999", "9999-01-01", None),
        ("9999-12", "9999-12-01", None),
        ("9999-12-31", "9999-12-31", None),
    ],
)
def test_a_period_matches_every_instant_in_it(
    api: Api, directory: Json, period: str, low: str, high: str | None
):
    assert found(api, directory, period) == between(low, high)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[2015-01-01,2015-02-01]", between("2015-01-01", "2015-02-01", high_in=True)),
        ("(2015-01-01,2015-02-01)", between("2015-01-01", "2015-02-01", low_in=False)),
        ("[2015-01-01,2015-02-01)", between("2015-01-01", "2015-02-01")),
        ("(2015-01-01,2015-02-01]", between("2015-01-01", "2015-02-01", low_in=False, high_in=True)),
        ("[2014,2015]", between("2014-01-01", "2015-01-01", high_in=True)),
        ("[2015, 2016]", between("2015-01-01", "2016-01-01", high_in=True)),
        ("[2015-02,]", between("2015-02-01", None)),
        ("(2015-02,]", between("2015-02-01", None, low_in=False)),
        ("[2015-02,)", between("2015-02-01", None)),
        ("[,2015-02]", between(None, "2015-02-01", high_in=True)),
        ("[,2015-02)", between(None, "2015-02-01")),
        ("(,2015-02)", between(None, "2015-02-01")),
        ("[ , 2015-02)", between(None, "2015-02-01")),
        ("[2015-01-12 12:00:00,2015-01-12 12:00:59.999]", [2, 3, 4]),
        ("[2015-01-01,9999-12-31]", between("2015-01-01", "9999-12-31", high_in=True)),
    ],
)
def test_a_range_goes_from_the_first_instant_of_one_bound_to_that_of_the_other(
    api: Api, directory: Json, value: str, expected: list[int]
):
    assert found(api, directory, value) == expected


@pytest.mark.parametrize("name", ["createdAt", "modifiedAt", "passwordModifiedAt"])
def test_every_time_of_an_account_is_searched(api: Api, directory: Json, name: str):
    year = datetime.now(UTC).year

    expected = [] if name == "createdAt" else list(range(len(MOMENTS)))
    assert found(api, directory, f"[{year - 1},{year + 1}]", name) == expected
    assert found(api, directory, "[,2010]", name) == []


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2015-13",
        "2015-02-30",
        "2015-1-1",
        "15",
        "2015-01-12T25",
        "2015-01-12T12:60",
        "2015-01-12T12:00:60",
        "2015-01-12T12:00:05.",
        "2015-01-12T12:00:05.1234567",
        "2015-01-12T12:00+25:00",
        "0000",
        "[,]",
        "(,)",
        "[2015]",
        "[2015;2016]",
        "2015,2016",
        "[2015,2016",
        "[a,b]",
        "[2015,b]",
        "[2015,2016,2017]",
        "*",
        "2015*",
        "\u0662\u0660\u0661\u0665",
    ],
)
def test_a_malformed_time_is_refused(api: Api, directory: Json, value: str):
    assert api.get(directory["accounts"]["href"], createdAt=value).error == (400, 2103)


@pytest.mark.parametrize(
    "value",
    ["[2016,2015]", "[2015,2015]", "(2015-02,2015-01-31)", "[2015-01-01T00:00Z,2015-01-01T01:00+01:00]"],
)
def test_a_range_ends_after_its_start(api: Api, directory: Json, value: str):
    assert api.get(directory["accounts"]["href"], createdAt=value).error == (400, 2108)


@st.composite
def bounds(draw: st.DrawFn) -> tuple[str, datetime]:
    """Return a time as a search may write it, and the first instant that it names."""
    year = draw(st.sampled_from([2014, 2015, 2016]))
    parts = [
        year,
        draw(st.integers(1, 2)),
        draw(st.sampled_from([1, 12, 28])),
        draw(st.sampled_from([0, 12, 23])),
        0,
        draw(st.sampled_from([0, 5, 59])),
    ]
    shown = draw(st.integers(1, 6))
    texts = [f"{parts[0]:04d}", *(f"{each:02d}" for each in parts[1:])]
    date = "-".join(texts[: min(shown, 3)])
    time = "" if shown <= 3 else draw(st.sampled_from(["T", " "])) + ":".join(texts[3:shown])
    hours = draw(st.sampled_from([None, 0, 5, -8])) if shown > 3 else None
    zone = "" if hours is None else "Z" if hours == 0 else f"{hours:+03d}:00"
    first = datetime(*(parts[:shown] + [1, 1][max(shown - 1, 0) :]), tzinfo=UTC)  # type: ignore[misc, arg-type]  # three to six numbers
    return date + time + zone, first - timedelta(hours=hours or 0)


@pytest.mark.both_databases
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    low=st.none() | bounds(),
    high=st.none() | bounds(),
    low_in=st.booleans(),
    high_in=st.booleans(),
    blank=st.sampled_from(["", " "]),
)
def test_any_range_agrees_with_its_rule(
    api: Api, directory: Json, low, high, low_in: bool, high_in: bool, blank: str
):
    opening, closing = "[" if low_in else "(", "]" if high_in else ")"
    value = f"{opening}{low[0] if low else ''},{blank}{high[0] if high else ''}{closing}"

    answer = api.get(directory["accounts"]["href"], createdAt=value)

    if low is None and high is None:
        assert answer.error == (400, 2103)
    elif low and high and high[1] <= low[1]:
        assert answer.error == (400, 2108)
    else:
        assert sorted(int(each["username"]) for each in answer.items) == [
            index
            for index, each in enumerate(MOMENTS)
            if (low is None or each > low[1] or (low_in and each == low[1]))
            and (high is None or each < high[1] or (high_in and each == high[1]))
        ]
