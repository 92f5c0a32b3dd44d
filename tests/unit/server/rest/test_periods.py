"""Dates in searches: periods and ranges."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.rest.periods import Bounds, Period, parse_bounds, parse_period

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ms(text: str) -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1970", "1970-01-01", "1971-01-01"),
        ("2016-02", "2016-02-01", "2016-03-01"),
        ("2015-12", "2015-12-01", "2016-01-01"),
        ("2015-12-31", "2015-12-31", "2016-01-01"),
        ("2015-01-12T23", "2015-01-12T23:00", "2015-01-13T00:00"),
        ("2015-01-12T23:59", "2015-01-12T23:59", "2015-01-13T00:00"),
        ("2015-01-12T23:59:59", "2015-01-12T23:59:59", "2015-01-13T00:00"),
        ("2015-01-12T23:59:59.9", "2015-01-12T23:59:59.900", "2015-01-12T23:59:59.901"),
        ("2015-01-12T23:59:59.999999", "2015-01-12T23:59:59.999", "2015-01-13T00:00"),
        (" 2015 ", "2015-01-01", "2016-01-01"),
        ("2015-01-12+0200", "2015-01-11T22:00", "2015-01-12T22:00"),
    ],
)
def test_a_period_has_a_start_and_an_end(text: str, start: str, end: str):
    assert parse_period(text) == Period(ms(start), ms(end))


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_every_second_is_a_period(moment: datetime):
    start = (moment.replace(microsecond=0, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)

    for form in ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%SZ"):
        text = moment.strftime(form).rjust(len("2015-01-12T12:00:00") + form.endswith("Z"), "0")
        assert parse_period(text) == Period(start, start + 1000)


@given(st.text())
def test_any_text_is_a_period_or_none(text: str):
    for candidate in (text, f"2015-{text}", f"2015-01-12T{text}", f"2015{text}"):
        found = parse_period(candidate)
        assert found is None or found.start < found.end


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("[a,b]", Bounds("a", "b", True, True)),
        ("(a,b]", Bounds("a", "b", False, True)),
        (" [a , b) ", Bounds("a", "b", True, False)),
        ("[,b]", Bounds("", "b", True, True)),
        ("(a,)", Bounds("a", "", False, False)),
    ],
)
def test_a_range_has_bounds(text: str, bounds: Bounds):
    assert parse_bounds(text) == bounds


@pytest.mark.parametrize(
    "text", ["", "[]", "[,]", "(,)", "[ , ]", "a,b", "[a,b", "a,b]", "[a]", "[a,b,c]", "{a,b}"]
)
def test_a_range_needs_brackets_a_comma_and_an_end(text: str):
    assert parse_bounds(text) is None
