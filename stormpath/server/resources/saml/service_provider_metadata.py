"""SamlServiceProviderMetadata: a SAML directory's metadata for its identity provider (rest-auth 6.1)."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.rules import Rules
from stormpath.server.resources.saml import xml
from stormpath.server.resources.saml.x509_certificate import RULES as CERTIFICATE_RULES
from stormpath.server.resources.saml.x509_certificate import SIGNING_CERTIFICATE, certificate_of
from stormpath.server.schema import Address, Computed, Document, Hidden, Resource

METADATA: Final = Resource(
    "samlServiceProviderMetadata",
    "samlServiceProviderMetadatas",
    (
        Computed("entityId", sortable=False, about="The identifier of the directory as a service provider."),
        Address(
            "assertionConsumerServicePostEndpoint",
            path="/directories/{id}/saml/sso/post",
            about="The endpoint to which the identity provider posts assertions.",
        ),
        SIGNING_CERTIFICATE,
        Hidden("directoryId", column_kind="id", nullable=False, refers_to="directory"),
        Hidden("tenantId", column_kind="id", nullable=False, refers_to="tenant"),
    ),
    about="The metadata of a SAML directory for its identity provider; in XML unless JSON is requested.",
    verbs=("GET",),
    document=Document(media_type="application/xml", or_json=True, public=True),
)


class MetadataRules(Rules):
    """The metadata exists for SAML directories only, under the directory's id."""

    prepares = True

    def prepare(self, context: RequestContext, id: str) -> None:
        CERTIFICATE_RULES.prepare(context, id)

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        name = f"urn:stormpath:directory:{values['directory_id']}:provider:sp"
        return super().insert(context, unit, {**values, "entity_id": name})

    def document(self, context: RequestContext, row: Row, body: dict[str, Any]) -> bytes:
        consumer = body["assertionConsumerServicePostEndpoint"]["href"]
        return xml.service_provider(body["entityId"], certificate_of(context, row["id"]), consumer)


RULES: Final = MetadataRules(METADATA)
