"""SAML identity providers: applications to which service providers send their users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Choice, Status, Text
from stormpath.resources.links import Link, Links
from stormpath.resources.mixins import DictMixin, SaveMixin, StatusMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.attribute_statement_mapping_rule import AttributeStatementMappingRules
    from stormpath.resources.registered_saml_service_providers import RegisteredSamlServiceProviders
    from stormpath.resources.saml_identity_provider_metadata import SamlIdentityProviderMetadata
    from stormpath.resources.saml_service_provider_registrations import SamlServiceProviderRegistrations
    from stormpath.resources.saml_signing_cert import X509SigningCert
    from stormpath.resources.sso_login_endpoint import SsoLoginEndpoint


class SamlIdentityProvider(SaveMixin, StatusMixin, DictMixin, Resource):
    """An application in its role as an identity provider."""

    status = Status("ENABLED", "DISABLED")
    signature_algorithm = Choice("RSA-SHA256")
    sha_fingerprint = Text()
    sso_login_endpoint: Link[SsoLoginEndpoint] = Link("SsoLoginEndpoint")
    x509_signing_cert: Link[X509SigningCert] = Link("X509SigningCert")
    # Version 2 of the SDK had a longer name than the service; both can be read.
    saml_identity_provider_metadata: Link[SamlIdentityProviderMetadata] = Link(
        "SamlIdentityProviderMetadata", wire="metadata"
    )
    attribute_statement_mapping_rules: Link[AttributeStatementMappingRules] = Link(
        "AttributeStatementMappingRules", writable=True
    )
    registered_saml_service_providers: Links[RegisteredSamlServiceProviders] = Links(
        "RegisteredSamlServiceProviders"
    )
    saml_service_provider_registrations: Links[SamlServiceProviderRegistrations] = Links(
        "SamlServiceProviderRegistrations"
    )
