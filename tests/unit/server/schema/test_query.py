"""Folding: the form in which names are compared."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.schema.query import fold, fold_custom_data


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "aDA"),
        ("STRASSE", "straße"),
        ("Ä", "a\u0308"),
        ("Ω", "ω"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("ﬃ", "FFI"),
        ("K", "\u212a"),
    ],
)
def test_texts_that_differ_in_case_or_composition_are_the_same(one: str, other: str):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("a", "ä"), ("a", "b"), ("a", "a "), ("1", "\u0661"), ("A", "\u0410")]
)
def test_texts_that_differ_in_letters_accents_or_blanks_are_different(one: str, other: str):
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_again_changes_nothing(text: str):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_letter_case_and_composition_never_matter(text: str):
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
    if text.isascii():
        assert fold(text.upper()) == fold(text.lower()) == fold_custom_data(text)
