"""Ids: their form, and their order by the time of creation."""

import re
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.schema import ids


def number_of(text: str) -> int:
    number = 0
    for digit in text:
        number = number * 62 + ids.ALPHABET.index(digit)
    return number


def test_an_id_is_22_characters_of_base62():
    assert re.fullmatch(r"[0-9A-Za-z]{22}", ids.new_id())


def test_ids_sort_by_creation():
    made = [ids.new_id() for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_of_one_millisecond_sort_too_even_when_the_clock_goes_back():
    future = 5_000_000_000_000

    made = [ids.new_id(future), *(ids.new_id(future) for _ in range(5000)), ids.new_id(future - 1000)]

    assert made == sorted(made)


def test_threads_make_different_ids():
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: ids.new_id(), range(2000)))

    assert len(set(made)) == 2000


@given(st.integers(0, 2**128 - 1))
def test_encoding_loses_nothing_of_an_id(number: int):
    assert number_of(ids.encode(number)) == number


@given(st.integers(0, 2**128 - 1), st.integers(0, 2**128 - 1))
def test_text_and_number_sort_alike(one: int, other: int):
    assert (ids.encode(one) < ids.encode(other)) == (one < other)


def test_the_layout_is_that_of_a_uuid_version_7():
    number = number_of(ids.new_id(6_000_000_000_000))

    assert number >> 80 == 6_000_000_000_000
    assert number >> 76 & 0xF == 7
    assert number >> 62 & 0b11 == 0b10


def test_a_key_id_is_25_capitals_and_digits():
    assert re.fullmatch(r"[0-9A-Z]{25}", ids.new_key_id())
    assert ids.new_key_id() != ids.new_key_id()
