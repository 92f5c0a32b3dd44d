"""SSO login endpoints: where service providers send their users to log in."""

from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource


class SsoLoginEndpoint(DictMixin, Resource):
    """The address to configure at a service provider. It has an ``href`` and no other attribute."""
