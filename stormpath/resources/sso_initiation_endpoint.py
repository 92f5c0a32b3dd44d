"""Where a SAML login of an application begins."""

from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource


class SsoInitiationEndpoint(DictMixin, Resource):
    """An address to send a browser to; its ``href`` is all there is to it."""
