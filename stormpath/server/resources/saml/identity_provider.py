"""SamlIdentityProvider: an application that logs people in for other services (rest-auth 6.8)."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.mapping_rules import ATTRIBUTE_STATEMENT_RULES
from stormpath.server.resources.rules import NO_VALUES, Rules
from stormpath.server.resources.saml import xml
from stormpath.server.resources.saml.x509_certificate import RULES as CERTIFICATE_RULES
from stormpath.server.resources.saml.x509_certificate import SIGNING_CERTIFICATE, certificate_of
from stormpath.server.schema import (
    ENABLED,
    STATUS,
    Address,
    Choice,
    Collection,
    Document,
    Hidden,
    Link,
    Lookup,
    OfId,
    Resource,
)

_SSO_LOGIN: Final = Address(
    "ssoLoginEndpoint",
    path="/applications/{id}/saml/sso",
    about="The endpoint to which service providers send people for a login.",
)

_ENTITY_ID: Final = OfId(
    "entityId",
    pattern="urn:stormpath:application:{id}:provider:idp",
    about="The identifier of the application as an identity provider.",
)

SAML_IDENTITY_PROVIDER: Final = Resource(
    "samlIdentityProvider",
    "samlIdentityProviders",
    (
        STATUS,
        _SSO_LOGIN,
        Choice(
            "signatureAlgorithm",
            choices=("RSA-SHA256",),
            default="RSA-SHA256",
            creatable=False,
            updatable=False,
        ),
        Lookup(
            "shaFingerprint",
            of="x509Certificate",
            by="id",
            nullable=True,
            about="SHA-1 of the certificate, in hex; null before the certificate is first requested.",
        ),
        SIGNING_CERTIFICATE,
        Link(
            "metadata",
            to=("samlIdentityProviderMetadata",),
            companion=True,
            nullable=False,
            expandable=False,
            about="The SAML metadata for service providers.",
        ),
        Link(
            "attributeStatementMappingRules",
            to=("attributeStatementMappingRules",),
            companion=True,
            embeds=True,
            updatable=True,
            nullable=False,
            about="The account attributes in an assertion, and their names.",
        ),
        Collection("registeredSamlServiceProviders", of="registeredSamlServiceProvider"),
        Collection(
            "samlServiceProviderRegistrations",
            of="samlServiceProviderRegistration",
            through="identityProvider",
            accepts_items=True,
        ),
        Hidden("applicationId", column_kind="id", nullable=False, refers_to="application"),
        Hidden("tenantId", column_kind="id", nullable=False, refers_to="tenant"),
    ),
    about="An application that logs people in for other services.",
    verbs=("GET", "POST"),
)

SAML_IDENTITY_PROVIDER_METADATA: Final = Resource(
    "samlIdentityProviderMetadata",
    "samlIdentityProviderMetadatas",
    (
        _ENTITY_ID,
        Link(
            "identityProvider",
            to=("samlIdentityProvider",),
            companion=True,
            nullable=False,
            about="The application as an identity provider.",
        ),
        SIGNING_CERTIFICATE,
    ),
    about="The SAML metadata for service providers; in XML unless JSON is requested.",
    verbs=("GET",),
    view_of="samlIdentityProvider",
    document=Document(media_type="application/xml", or_json=True, public=True),
)


class SamlIdentityProviderRules(Rules):
    """An identity provider is created with its application, under the same id."""

    prepares = True

    def prepare(self, context: RequestContext, id: str) -> None:
        CERTIFICATE_RULES.prepare(context, id)

    def insert_companion(
        self, context: RequestContext, unit: Unit, owner: Resource, row: Row, values: Values | None = None
    ) -> Row:
        provider = super().insert_companion(context, unit, owner, row, values or {"status": ENABLED})
        ATTRIBUTE_STATEMENT_RULES.insert_companion(context, unit, owner, row)
        return provider

    def update(self, context: RequestContext, row: Row, changes: Values) -> Row:
        self.prepare(context, row["id"])
        return super().update(context, row, changes)

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        changes = dict(changes)
        rules = changes.pop("attribute_statement_mapping_rules", NO_VALUES)
        ATTRIBUTE_STATEMENT_RULES.change_of_owner(context, unit, row, rules)
        return super().change(context, unit, row, changes)


class SamlIdentityProviderMetadataRules(Rules):
    """The metadata is read-only."""

    prepares = True

    def prepare(self, context: RequestContext, id: str) -> None:
        CERTIFICATE_RULES.prepare(context, id)

    def document(self, context: RequestContext, row: Row, body: dict[str, Any]) -> bytes:
        login = f"{context.base_url}{_SSO_LOGIN.path.replace('{id}', row['id'])}"
        return xml.identity_provider(body["entityId"], certificate_of(context, row["id"]), login)


RULES: Final = SamlIdentityProviderRules(SAML_IDENTITY_PROVIDER)
METADATA_RULES: Final = SamlIdentityProviderMetadataRules(SAML_IDENTITY_PROVIDER_METADATA)
