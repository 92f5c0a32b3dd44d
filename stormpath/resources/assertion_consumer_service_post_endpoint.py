"""Where an identity provider posts what it says of a user."""

from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource


class AssertionConsumerServicePostEndpoint(DictMixin, Resource):
    """An address to hand to an identity provider; its ``href`` is all there is to it."""
