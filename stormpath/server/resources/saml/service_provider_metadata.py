"""SamlServiceProviderMetadata: what the identity provider of a SAML directory must know (rest-auth 6.1)."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.domain.context import (
    RequestContext,
    Values,
)
from stormpath.server.domain.storage import (
    Row,
    Unit,
)
from stormpath.server.resources.rules import Rules
from stormpath.server.resources.saml import xml
from stormpath.server.resources.saml.x509_certificate import RULES as CERTIFICATE_RULES
from stormpath.server.resources.saml.x509_certificate import (
    SIGNING_CERTIFICATE,
    certificate_of,
)
from stormpath.server.schema import (
    Address,
    Computed,
    Document,
    Hidden,
    Resource,
)

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

    def prepare(self, context: RequestContext, id: str) -> None:
        CERTIFICATE_RULES.prepare(context, id)

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        name = f"urn:stormpath:directory:{values['directory_id']}:provider:sp"
        return super().insert(context, unit, {**values, "entity_id": name})

    def document(self, context: RequestContext, row: Row, body: dict[str, Any]) -> bytes:
        consumer = body["assertionConsumerServicePostEndpoint"]["href"]
        return xml.service_provider(body["entityId"], certificate_of(context, row["id"]), consumer)


RULES: Final = MetadataRules(METADATA)
