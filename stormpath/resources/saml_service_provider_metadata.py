"""SAML service provider metadata: the facts that an identity provider is configured with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Attribute, Text
from stormpath.resources.links import Link
from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.assertion_consumer_service_post_endpoint import (
        AssertionConsumerServicePostEndpoint,
    )
    from stormpath.resources.saml_signing_cert import X509SigningCert


class SamlServiceProviderMetadata(DictMixin, Resource):
    """The metadata of a SAML directory.

    A service that answers with the XML document, and not with JSON, fills ``content`` (bytes) and
    ``filename`` instead of the other attributes.
    """

    entity_id = Text()
    assertion_consumer_service_post_endpoint: Link[AssertionConsumerServicePostEndpoint] = Link(
        "AssertionConsumerServicePostEndpoint"
    )
    x509_signing_cert: Link[X509SigningCert] = Link("X509SigningCert")
    content = Attribute[bytes]()
    filename = Text(nullable=True)
