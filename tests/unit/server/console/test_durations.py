"""Periods in words, and back."""

import pytest

from stormpath.server.console.declared.durations import iso, words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PT1H", "1 hour"),
        ("P60D", "60 days"),
        ("PT1H30M", "1 hour 30 minutes"),
        ("P1DT2S", "1 day 2 seconds"),
        ("P2W", "2 weeks"),
        ("P1Y6M", "1 year 6 months"),
    ],
)
def test_words_and_iso_8601_say_the_same(text: str, said: str):
    assert words(text) == said
    assert iso(said) == text


@pytest.mark.parametrize("text", ["PT0S", "P0D"])
def test_a_period_of_zero_has_words_too(text: str):
    assert words(text) == "0 seconds"
    assert iso("0 seconds") == "PT0S"


@pytest.mark.parametrize("text", ["", "P", "PT1.5S", "-PT1H", "P" + "9" * 99 + "D", "soon"])
def test_what_has_no_words_stays_as_it_is(text: str):
    assert words(text) == text


@pytest.mark.parametrize("text", ["P60D", "soon", "1 hour 2 hours", "1 parsec", "1 day " * 40, "", "5"])
def test_what_is_not_read_is_left_to_the_api(text: str):
    assert iso(text) == text


def test_people_write_in_many_ways():
    assert iso("1 Day, 2 hours and 5 minutes") == "P1DT2H5M"
    assert iso("1 week 1 day") == "P8D"
    assert iso("90minutes") == "PT90M"
