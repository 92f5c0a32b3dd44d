"""HTML put together of templates and values."""

import pytest

from stormpath.server.pages.markup import NOTHING, Html, html


def test_a_value_is_text_whatever_it_holds():
    assert html('<p title="{a}">{a}</p>', a="\"'<&>") == (
        '<p title="&quot;&#x27;&lt;&amp;&gt;">&quot;&#x27;&lt;&amp;&gt;</p>'
    )


def test_what_is_markup_already_stays_as_it_is():
    inner = html("<b>{word}</b>", word="a < b")

    assert html("<p>{inner}{nothing}</p>", inner=inner, nothing=NOTHING) == "<p><b>a &lt; b</b></p>"


def test_a_value_is_no_template():
    assert html("{a}{b}", a="{b}", b="{a.__class__}") == "{b}{a.__class__}"


@pytest.mark.parametrize("made", [Html("<b>") + "<i>", Html("<b>").upper(), f"{Html('<b>')}"])
def test_what_is_made_of_markup_by_other_means_is_text_again(made):
    assert html("{made}", made=made).startswith("&lt;")
