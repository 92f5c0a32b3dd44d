"""HTML made of templates and values."""

import pytest

from stormpath.server.pages.markup import NOTHING, Html, html


def test_a_value_is_escaped_in_text_and_in_attributes():
    assert html('<p title="{a}">{a}</p>', a="\"'<&>") == (
        '<p title="&quot;&#x27;&lt;&amp;&gt;">&quot;&#x27;&lt;&amp;&gt;</p>'
    )


def test_markup_is_inserted_unchanged():
    inner = html("<b>{word}</b>", word="a < b")

    assert html("<p>{inner}{nothing}</p>", inner=inner, nothing=NOTHING) == "<p><b>a &lt; b</b></p>"


def test_a_value_is_not_read_as_a_template():
    assert html("{a}{b}", a="{b}", b="{a.__class__}") == "{b}{a.__class__}"


@pytest.mark.parametrize("made", [Html("<b>") + "<i>", Html("<b>").upper(), f"{Html('<b>')}"])
def test_markup_changed_by_other_means_is_text_again(made):
    assert html("{made}", made=made).startswith("&lt;")
