"""What was sent to a provider is in no text that is shown, however the provider quotes it."""

import base64
from urllib.parse import quote, quote_plus

import pytest

from stormpath.server.social.masking import Mask

TOKEN = "ya29.A0/Ab+cd ef=="


@pytest.fixture
def mask() -> Mask:
    mask = Mask()
    mask.hide(TOKEN, None, "")
    return mask


@pytest.mark.parametrize(
    "spelled",
    [
        TOKEN,
        quote(TOKEN, safe=""),
        quote_plus(TOKEN),
        base64.b64encode(TOKEN.encode()).decode(),
        f"{TOKEN}{TOKEN}",
        f"({TOKEN})",
    ],
)
def test_a_secret_is_masked_in_every_spelling(mask: Mask, spelled: str):
    shown = mask.shown(f"no such token: {spelled}!")

    assert shown.replace("*", "").replace("()", "") == "no such token: !"


def test_a_part_of_a_secret_is_masked(mask: Mask):
    assert mask.shown("bad token ya29.A0/Ab...") == "bad token ***"
    assert mask.shown("token=ya29.A0/A, or so") == "token=***, or so"
    assert mask.shown("........ ........") == "........ ........"


def test_a_secret_across_the_end_of_a_text_is_masked(mask: Mask):
    for filling in range(170, 210):
        assert "ya29" not in mask.shown("x " * (filling // 2) + TOKEN)


def test_a_secret_that_begins_with_another_is_masked_whole():
    mask = Mask()
    mask.hide("abc", "abcdef")

    assert mask.shown("abcdef abc") == "*** ***"


def test_a_secret_is_no_pattern():
    mask = Mask()
    mask.hide("a.c", "(((", "***")

    assert mask.shown("abc a.c (((") == "abc *** ***"


def test_text_without_secrets_is_as_it_was(mask: Mask):
    assert mask.shown("invalid_grant: the code has expired") == "invalid_grant: the code has expired"
    assert Mask().shown("invalid_grant") == "invalid_grant"
