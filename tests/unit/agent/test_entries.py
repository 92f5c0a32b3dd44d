"""The texts and ids of entries."""

import uuid

import pytest

from stormpath.agent.entries import MAX_LENGTH, Entry

ID = "0ff759b0-8073-1041-82aa-052b17823ca0"


def entry(dn="uid=joe,dc=x", **attributes):
    return Entry.from_wire(dn, attributes)


def test_attributes_are_found_in_any_spelling():
    assert entry(givenName=[b"Joe"]).text("GIVENNAME") == "Joe"


def test_values_with_options_come_after_those_without():
    found = Entry.from_wire("dc=x", {"cn;lang-de": [b"Hans"], "cn": [b"John"], "photo;binary": [b"\xff"]})

    assert found.texts("cn") == ["John", "Hans"]
    assert found.values("photo") == [b"\xff"]


def test_a_range_of_values_keeps_its_option():
    found = Entry.from_wire("dc=x", {"member;range=0-1499": [b"cn=a"], "member": []})

    assert found.values("member") == []
    assert found.values("member;range=0-1499") == [b"cn=a"]


@pytest.mark.parametrize(
    "value", [b"", b"   ", b"\xff\xfe", b"a\0b", b"a\x1fb", b"a\x7f", b"a\nb", "a\x85b".encode(), b"\xc3"]
)
def test_what_is_no_text_is_missing(value):
    assert entry(cn=[value]).text("cn") is None
    assert entry(cn=[value, b"text"]).text("cn") == "text"


def test_blanks_around_a_text_are_left_out():
    assert entry(cn=["\u00a0 Jürgen ".encode()]).text("cn") == "Jürgen"


@pytest.mark.parametrize("character", ["a", "é", "用", "😀"])
@pytest.mark.parametrize("more", [0, 1, 50_000])
def test_a_long_text_is_cut(character, more):
    written = character * (MAX_LENGTH + more)

    assert entry(cn=[written.encode()]).text("cn") == character * MAX_LENGTH


def test_the_value_of_the_name_comes_first():
    found = entry(r"cn=B\2C  b+uid=x,dc=x", cn=[b"a", b"b, B", b"c"], commonName=[b"z", b"B, B"])

    assert found.text("cn") == "b, B"
    assert found.text("commonName") == "B, B"


def test_an_entry_without_an_attribute_has_no_text():
    assert entry().text("cn") is None
    assert entry().text(None) is None


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ({"entryUUID": [ID.encode()]}, ID),
        ({"entryUUID": [ID.upper().encode()]}, ID),
        ({"nsUniqueId": [b"0ff759b0-80731041-82aa052b-17823ca0"]}, ID),
        ({"ipaUniqueID": [ID.encode()]}, ID),
        ({"objectGUID": [uuid.UUID(ID).bytes_le]}, ID),
        ({"objectGUID": [b"short"]}, None),
        ({"objectGUID": [b"short"], "entryUUID": [ID.encode()]}, ID),
        ({"entryUUID": [b"Own-Form 1"]}, "own-form 1"),
        ({"entryUUID": [b"x" * 256]}, None),
        ({"entryUUID": [b"\xff"]}, None),
        ({"entryUUID": []}, None),
        ({}, None),
    ],
)
def test_ids_are_read_as_servers_write_them(attributes, found):
    assert entry(**attributes).id == found
