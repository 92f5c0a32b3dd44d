"""Assertion consumer service endpoints: where identity providers POST SAML assertions."""

from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource


class AssertionConsumerServicePostEndpoint(DictMixin, Resource):
    """The address to configure at an identity provider. It has an ``href`` and no other attribute."""
