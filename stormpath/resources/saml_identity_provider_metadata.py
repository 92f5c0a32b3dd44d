"""What a service provider has to know of an identity provider."""

from stormpath.resources.attributes import Attribute, Text
from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource


class SamlIdentityProviderMetadata(DictMixin, Resource):
    """A SAML metadata document; ``content`` fetches its XML as bytes."""

    content = Attribute[bytes]()
    filename = Text(nullable=True)
