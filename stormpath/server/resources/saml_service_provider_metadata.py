"""SamlServiceProviderMetadata: what the identity provider of a SAML directory must know (rest-auth 6.1)."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.contract import Row, Unit
from stormpath.server.declaration import Address, Computed, Document, Hidden, Resource
from stormpath.server.resources import saml_xml
from stormpath.server.resources.rules import Rules
from stormpath.server.resources.x509_certificate import RULES as CERTIFICATE_RULES
from stormpath.server.resources.x509_certificate import SIGNING_CERTIFICATE, certificate_of
from stormpath.server.work import Values, Work

METADATA: Final = Resource(
    "samlServiceProviderMetadata",
    "samlServiceProviderMetadatas",
    (
        Computed("entityId", sortable=False, about="How the directory names itself as a service provider."),
        Address(
            "assertionConsumerServicePostEndpoint",
            path="/directories/{id}/saml/sso/post",
            about="Where the identity provider posts its assertions.",
        ),
        SIGNING_CERTIFICATE,
        Hidden("directoryId", column_kind="id", nullable=False, refers_to="directory"),
        Hidden("tenantId", column_kind="id", nullable=False, refers_to="tenant"),
    ),
    about="What the identity provider of a SAML directory must know; XML unless JSON is asked for.",
    verbs=("GET",),
    document=Document(media_type="application/xml", or_json=True, public=True),
)


class MetadataRules(Rules):
    """It exists for SAML directories, under the directory's id."""

    prepares = True

    def prepare(self, work: Work, id: str) -> None:
        CERTIFICATE_RULES.prepare(work, id)

    def insert(self, work: Work, unit: Unit, values: Values) -> Row:
        name = f"urn:stormpath:directory:{values['directory_id']}:provider:sp"
        return super().insert(work, unit, {**values, "entity_id": name})

    def document(self, work: Work, row: Row, body: dict[str, Any]) -> bytes:
        consumer = body["assertionConsumerServicePostEndpoint"]["href"]
        return saml_xml.service_provider(body["entityId"], certificate_of(work, row["id"]), consumer)


RULES: Final = MetadataRules(METADATA)
