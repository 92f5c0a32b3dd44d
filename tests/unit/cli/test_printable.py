"""Untrusted text on a terminal."""

import pytest

from stormpath.cli.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("a\rb\nc\td", r"a\rb\nc\td"),
        ("bell\x07, \x7f, \x9b31m", r"bell\x07, \x7f, \x9b31m"),
        ("moc.elpmaxe\u202e", r"moc.elpmaxe\u202e"),
        ("line\u2028end", r"line\u2028end"),
        ("half \ud83d", r"half \ud83d"),
        ("tag \U000e0041", r"tag \U000e0041"),
    ],
)
def test_control_characters_are_escaped(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text", ["Zoë Ångström", "Bonjour\u00a0!", "👩\u200d🚀 ❤️", "क्\u200dष", "日本語", "back\\slash"]
)
def test_letters_emoji_and_spaces_are_unchanged(text):
    assert printable(text) == text


def test_characters_to_keep_are_not_escaped():
    assert printable("one\n\ttwo\x1b", keep="\n\t") == "one\n\ttwo\\x1b"
