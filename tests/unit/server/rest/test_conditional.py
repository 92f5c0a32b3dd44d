"""Conditional GET: entity tags, and the If-None-Match that names one (RFC 9110, 13.1.2)."""

import pytest

from stormpath.server.rest.conditional import entity_tag, matches

TAG = entity_tag(b"body")


def test_a_tag_is_quoted_and_changes_with_the_body():
    assert entity_tag(b"body") == TAG != entity_tag(b"Body")
    assert TAG.startswith('"')
    assert TAG.endswith('"')


@pytest.mark.parametrize("header", ["*", " * ", TAG, f"W/{TAG}", f'"other", {TAG}', f'W/"a",W/{TAG} , "b"'])
def test_an_asterisk_and_any_list_with_the_tag_match(header: str):
    assert matches(header, TAG)


@pytest.mark.parametrize("header", ["", '"other"', TAG.strip('"'), f"{TAG[:-1]}", '"*"', '"a", "b"'])
def test_other_tags_and_the_unquoted_tag_do_not_match(header: str):
    assert not matches(header, TAG)
