"""SSO initiation endpoints: where the SAML logins of an application begin."""

from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource


class SsoInitiationEndpoint(DictMixin, Resource):
    """The address to send a browser to. It has an ``href`` and no other attribute."""
