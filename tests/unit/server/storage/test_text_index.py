"""The parts of texts that SQLite's index of texts is asked for."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.schema import ids
from stormpath.server.schema.query import MatchKind
from stormpath.server.storage import text_index
from stormpath.server.storage.text_index import MOST_TRIGRAMS, trigrams


@pytest.mark.parametrize(
    ("kind", "text", "parts"),
    [
        ("contains", "abcd", ["abc", "bcd"]),
        ("contains", "ab", []),
        ("contains", "aaaa", ["aaa"]),
        ("contains", "a\x00bcd", []),
        ("starts", "ab", ["\x02ab"]),
        ("starts", "a", []),
        ("ends", "ab", ["ab\x03"]),
        ("equals", "a", ["\x02a\x03"]),
        ("equals", "ab", ["\x02ab", "ab\x03"]),
        ("present", "abc", []),
    ],
)
def test_a_text_has_these_parts(kind: MatchKind, text: str, parts: list[str]):
    assert trigrams(kind, text) == parts


@given(st.text(min_size=3, max_size=2000).filter(lambda text: "\x00" not in text))
def test_the_parts_of_a_long_text_are_few_and_the_first_and_last_are_among_them(text: str):
    parts = trigrams("contains", text)

    assert len(parts) <= MOST_TRIGRAMS
    assert {text[:3], text[-3:]} <= set(parts)
    assert all(each in text and len(each) == 3 for each in parts)


def test_an_id_has_the_same_mark_in_sql_and_in_python():
    with closing(sqlite3.connect(":memory:")) as connection:
        for id in (*(ids.new_id() for _ in range(50)), "T", "zzzzzz", "000000", "ZZZZZZZZ"):
            sql = f"SELECT {text_index._sql_scope('id')} FROM (SELECT ? AS id)"  # noqa: S608
            (mark,) = connection.execute(sql, (id,)).fetchone()
            assert mark == text_index._scope(id)
            assert len(mark) == 3
            assert all(0xE000 <= ord(each) <= 0xF8FF for each in mark)
