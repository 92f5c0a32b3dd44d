"""The Unicode forms of one password."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.schema.password_forms import LONGEST_TYPED, MOST_FORMS, forms, prepared

NFC, NFD = "Gr\u00fcn 1!", "Gru\u0308n 1!"
BLANK = "\u00a0"

passwords = st.text(
    st.sampled_from([*"aA1 :", *NFC, *NFD, "\u0315", "\u1e69", BLANK, "\u3000", "한", "\ufdfa"])
)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Changeme1!", "Changeme1!"),
        (NFC, NFC),
        (NFD, NFC),
        (f"Gru\u0308n{BLANK}1!", NFC),
        ("Gr\u00fcn\u30001!", NFC),
        ("tab\tand\x01", "tab\tand\x01"),
        ("Gr\u00fcn\x01", "Gr\u00fcn\x01"),
        ("ﬁ ²", "ﬁ ²"),
        ("", ""),
    ],
)
def test_the_prepared_form_is_nfc_with_simple_blanks_and_keeps_the_rest(typed: str, expected: str):
    assert prepared(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Changeme1!", ["Changeme1!"]),
        ("密码", ["密码"]),
        (NFC, [NFC, NFD]),
        (NFD, [NFC, NFD]),
        (f"Gr\u00fcn{BLANK}1!", [NFC, f"Gr\u00fcn{BLANK}1!", f"Gru\u0308n{BLANK}1!"]),
        (f"Gru\u0308n{BLANK}1!", [NFC, f"Gru\u0308n{BLANK}1!", f"Gr\u00fcn{BLANK}1!"]),
        ("u\u0308\u00fc", ["\u00fc\u00fc", "u\u0308\u00fc", "u\u0308u\u0308"]),
    ],
)
def test_a_password_may_have_been_hashed_as_prepared_as_typed_or_on_another_keyboard(
    typed: str, expected: list[str]
):
    assert list(forms(typed)) == expected


@given(passwords)
def test_forms_are_few_different_and_of_one_password(typed: str):
    found = forms(typed)

    assert len(set(found)) == len(found) <= MOST_FORMS
    assert typed in found
    assert {prepared(each) for each in found} == {found[0]}
    assert prepared(found[0]) == found[0]


@given(passwords)
def test_another_keyboard_finds_the_hash_of_either_form(typed: str):
    for form in ("NFC", "NFD"):
        other = unicodedata.normalize(form, typed)
        assert prepared(other) == prepared(typed)
        if unicodedata.normalize("NFC", typed) == typed or unicodedata.normalize("NFD", typed) == typed:
            assert typed in forms(other)


@given(passwords, passwords)
def test_what_comes_after_a_colon_has_no_more_forms_than_the_whole(before: str, after: str):
    assert len(forms(after)) <= len(forms(f"{before}:{after}"))


def test_a_text_that_is_too_long_for_a_password_is_not_normalized():
    long = "u\u0308" * LONGEST_TYPED

    assert forms(long) == (long,)
    assert prepared(long) == long
