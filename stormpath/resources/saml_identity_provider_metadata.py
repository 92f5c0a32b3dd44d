"""What a service provider has to know of an identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Attribute, Text
from stormpath.resources.links import Link
from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.saml_signing_cert import X509SigningCert
    from stormpath.resources.sso_login_endpoint import SsoLoginEndpoint


class SamlIdentityProviderMetadata(DictMixin, Resource):
    """A SAML metadata document; ``content`` fetches its XML as bytes.

    The links are there where it came as JSON, inside another resource.
    """

    sso_login_endpoint: Link[SsoLoginEndpoint] = Link("SsoLoginEndpoint")
    x509_signing_cert: Link[X509SigningCert] = Link("X509SigningCert")
    content = Attribute[bytes]()
    filename = Text(nullable=True)
