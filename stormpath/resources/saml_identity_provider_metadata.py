"""SAML identity provider metadata: the document that a service provider is configured with."""

from stormpath.resources.attributes import Attribute, Text
from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource


class SamlIdentityProviderMetadata(DictMixin, Resource):
    """A SAML metadata document; ``content`` fetches its XML as bytes."""

    content = Attribute[bytes]()
    filename = Text(nullable=True)
