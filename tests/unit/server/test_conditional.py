"""Which If-None-Match names which tag (RFC 9110, 13.1.2)."""

import pytest

from stormpath.server.rest.conditional import entity_tag, matches

TAG = entity_tag(b"body")


def test_a_tag_changes_with_the_body():
    assert entity_tag(b"body") == TAG != entity_tag(b"Body")
    assert TAG.startswith('"')
    assert TAG.endswith('"')


@pytest.mark.parametrize("header", ["*", " * ", TAG, f"W/{TAG}", f'"other", {TAG}', f'W/"a",W/{TAG} , "b"'])
def test_the_header_names_the_tag(header: str):
    assert matches(header, TAG)


@pytest.mark.parametrize("header", ["", '"other"', TAG.strip('"'), f"{TAG[:-1]}", '"*"', '"a", "b"'])
def test_the_header_does_not_name_the_tag(header: str):
    assert not matches(header, TAG)
