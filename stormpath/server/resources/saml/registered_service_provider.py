"""SAML service providers, and their registrations with applications (rest-auth 6.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.storage import Row
from stormpath.server.resources.rules import Rules
from stormpath.server.resources.saml.certificate_text import CertificateText
from stormpath.server.resources.saml.x509_certificate import RULES as CERTIFICATE_RULES
from stormpath.server.schema import STATUS, TENANT_LINK, Choice, Link, Resource, Text, required
from stormpath.server.schema.errors import ApiError, Code

REGISTERED_SAML_SERVICE_PROVIDER: Final = Resource(
    "registeredSamlServiceProvider",
    "registeredSamlServiceProviders",
    (
        Text("name", about="The display name."),
        Text("description", max_length=1000),
        Text(
            "assertionConsumerServiceUrl",
            required=True,
            max_length=4000,
            pattern=r"(?i:https?)://[^\s/?#]\S*",
            pattern_hint="a whole URL such as https://service.example.com/saml",
            sortable=False,
            aliases=("assertionConsumerServiceURL",),
            about="The URL to which assertions are posted.",
        ),
        # Not folded: entity ids are compared exactly.
        Text(
            "entityId",
            required=True,
            max_length=1024,
            pattern=r"[!-~]+",
            pattern_hint="a URI such as urn:example:service",
            sortable=False,
            about="The identifier of the service.",
        ),
        Choice("nameIdFormat", choices=("EMAIL", "PERSISTENT", "TRANSIENT"), default="EMAIL"),
        CertificateText(
            "encodedX509Certificate", about="In PEM. If there is one, it verifies the signatures of requests."
        ),
        TENANT_LINK,
    ),
    about="A service whose people log in at an application.",
    top_level=("POST",),
    unique=(("tenant_id", "entity_id"),),
)

SAML_SERVICE_PROVIDER_REGISTRATION: Final = Resource(
    "samlServiceProviderRegistration",
    "samlServiceProviderRegistrations",
    (
        STATUS,
        Text("defaultRelayState", max_length=4000, sortable=False),
        Link(
            "serviceProvider",
            to=("registeredSamlServiceProvider",),
            required=True,
            creatable=True,
            fixed=True,
            about="The service.",
        ),
        Link(
            "identityProvider",
            to=("samlIdentityProvider",),
            nullable=False,
            creatable=True,
            fixed=True,
            about="The application's role; may be left out in a POST to its registrations.",
        ),
        TENANT_LINK,
    ),
    about="The permission of a service to log people in at an application.",
    top_level=("POST",),
    unique=(("identity_provider_id", "service_provider_id"),),
)


class SamlServiceProviderRegistrationRules(Rules):
    """A service is registered once with an application."""

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        if owner.resource.name == "samlIdentityProvider":
            values = {**values, "identity_provider_id": owner.id}
        if "identity_provider_id" not in values:
            raise required("identityProvider")
        # The answer may contain the certificate's fingerprint, in an expanded identity provider.
        CERTIFICATE_RULES.prepare(context, values["identity_provider_id"])
        return super().create(context, owner, values, options)

    def not_unique(self, column: str) -> ApiError:
        return ApiError(
            Code.NOT_UNIQUE, "The service provider is registered with this identity provider already."
        )


RULES: Final = Rules(REGISTERED_SAML_SERVICE_PROVIDER)
REGISTRATION_RULES: Final = SamlServiceProviderRegistrationRules(SAML_SERVICE_PROVIDER_REGISTRATION)
