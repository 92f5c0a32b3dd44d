"""X.509 certificates: they verify signatures of SAML messages."""

from stormpath.resources.attributes import Attribute, Text
from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource


class X509SigningCert(DictMixin, Resource):
    """A certificate; ``content`` fetches its bytes (``application/pkix-cert``)."""

    content = Attribute[bytes]()
    filename = Text(nullable=True)
