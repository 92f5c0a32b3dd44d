"""SAML 2.0 metadata as XML (saml-metadata-2.0-os, sections 2.3 and 2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree

METADATA: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
PROTOCOL: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"
POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
EMAIL: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PERSISTENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"

ElementTree.register_namespace("md", METADATA)
ElementTree.register_namespace("ds", SIGNATURE)

_Element = ElementTree.Element


def service_provider(entity_id: str, certificate: str, consumer: str) -> bytes:
    """Return the metadata of a service provider that takes assertions by POST at the URL ``consumer``."""
    entity, role = _entity(entity_id, "SPSSODescriptor", certificate, [EMAIL])
    service = _child(role, METADATA, "AssertionConsumerService")
    service.attrib |= {"index": "0", "isDefault": "true", "Binding": POST, "Location": consumer}
    return _serialize(entity)


def identity_provider(entity_id: str, certificate: str, login: str) -> bytes:
    """Return the metadata of an identity provider that logs people in at the URL ``login``."""
    entity, role = _entity(entity_id, "IDPSSODescriptor", certificate, [EMAIL, PERSISTENT, TRANSIENT])
    role.set("WantAuthnRequestsSigned", "false")
    for binding in (REDIRECT, POST):
        service = _child(role, METADATA, "SingleSignOnService")
        service.attrib |= {"Binding": binding, "Location": login}
    return _serialize(entity)


def _entity(
    entity_id: str, role_name: str, certificate: str, name_ids: Iterable[str]
) -> tuple[_Element, _Element]:
    entity = ElementTree.Element(f"{{{METADATA}}}EntityDescriptor", {"entityID": entity_id})
    role = _child(entity, METADATA, role_name)
    role.set("protocolSupportEnumeration", PROTOCOL)
    descriptor = _child(role, METADATA, "KeyDescriptor")
    descriptor.set("use", "signing")
    data = _child(_child(descriptor, SIGNATURE, "KeyInfo"), SIGNATURE, "X509Data")
    _child(data, SIGNATURE, "X509Certificate").text = certificate
    for each in name_ids:
        _child(role, METADATA, "NameIDFormat").text = each
    return entity, role


def _child(parent: _Element, namespace: str, name: str) -> _Element:
    return ElementTree.SubElement(parent, f"{{{namespace}}}{name}")


def _serialize(entity: _Element) -> bytes:
    document: bytes = ElementTree.tostring(entity, encoding="UTF-8", xml_declaration=True)
    return document
