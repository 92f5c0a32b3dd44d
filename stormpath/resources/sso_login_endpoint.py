"""Where service providers send who wants to log in."""

from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource


class SsoLoginEndpoint(DictMixin, Resource):
    """An address to hand to a service provider; its ``href`` is all there is to it."""
