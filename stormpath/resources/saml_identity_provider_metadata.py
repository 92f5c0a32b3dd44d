"""SAML identity provider metadata: the facts that a service provider is configured with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from stormpath.resources.attributes import Attribute, Text
from stormpath.resources.links import Link
from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.record import Record
    from stormpath.resources.saml_identity_provider import SamlIdentityProvider
    from stormpath.resources.saml_signing_cert import X509SigningCert


class _Document(Attribute[bytes]):
    """The XML document, which takes a request of its own where the service answers with JSON."""

    def look_up(self, record: Record) -> bytes:
        metadata = cast(Any, record)
        if self.wire in metadata._raw:
            return super().look_up(record)
        executor = metadata._store.executor
        found = executor.request("GET", metadata.href, headers={"Accept": "application/xml"})
        document: bytes = found[self.wire]
        metadata._values[self.name] = document
        return document


class SamlIdentityProviderMetadata(DictMixin, Resource):
    """The metadata of an application that logs people in; ``content`` fetches its XML as bytes."""

    entity_id = Text()
    identity_provider: Link[SamlIdentityProvider] = Link("SamlIdentityProvider")
    x509_signing_cert: Link[X509SigningCert] = Link("X509SigningCert")
    content = _Document()
    filename = Text(nullable=True)
