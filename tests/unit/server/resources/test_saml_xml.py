"""SAML metadata as XML."""

from xml.etree import ElementTree

from stormpath.server.resources.saml import xml


def test_texts_cannot_break_out_of_the_document() -> None:
    nasty = '"><evil attribute="&'

    written = xml.service_provider(nasty, nasty, nasty)

    root = ElementTree.fromstring(written)  # noqa: S314  # Written by this test.
    assert root.get("entityID") == nasty
    assert all(not each.tag.endswith("evil") for each in root.iter())


def test_a_document_declares_its_encoding() -> None:
    written = xml.identity_provider("urn:\u00e9", "", "https://example.com")

    assert written.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert "urn:\u00e9".encode() in written
