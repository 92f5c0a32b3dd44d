"""X509Certificate: the signing certificate of SAML providers (rest-core 5.22, rest-auth 6.1)."""

from __future__ import annotations

import base64
from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import Computed, Document, Hidden, HiddenSecret, Link, Resource
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security import certificates

X509_CERTIFICATE: Final = Resource(
    "x509Certificate",
    "x509certificates",
    (
        Computed("shaFingerprint", sortable=False, about="SHA-1 of the certificate, in hex."),
        Hidden("certificate", column_kind="text", nullable=False),
        HiddenSecret("privateKey", nullable=False),
        Hidden("directoryId", column_kind="id", refers_to="directory"),
        Hidden("applicationId", column_kind="id", refers_to="application"),
        Hidden("tenantId", column_kind="id", nullable=False, refers_to="tenant"),
    ),
    about="The certificate of a SAML service provider or identity provider.",
    verbs=("GET",),
    document=Document(media_type="application/pkix-cert", public=True),
)

#: The link to the certificate, for resources with the same id.
SIGNING_CERTIFICATE: Final = Link(
    "x509SigningCert",
    to=("x509Certificate",),
    companion=True,
    nullable=False,
    expandable=False,
    about="The certificate that verifies its signatures.",
)


class X509CertificateRules(Rules):
    """A key and its certificate are created at the first request: most owners never need them."""

    prepares = True

    def prepare(self, context: RequestContext, id: str) -> None:
        with context.read() as unit:
            if unit.get(self.resource.name, id) is not None:
                return
            owner = _owner_columns(unit, id)
        if owner:
            self._create(context, id, owner)

    def document(self, context: RequestContext, row: Row, body: dict[str, Any]) -> bytes:
        return base64.b64decode(row["certificate"])

    def _create(self, context: RequestContext, id: str, owner: Values) -> None:
        # Before the transaction begins: key generation is slow.
        pair = certificates.new_signing_pair(f"stormpath {id}", certificates.moment(context.now_ms()))
        values = {
            "sha_fingerprint": pair.fingerprint,
            "certificate": pair.certificate,
            "private_key": pair.private_key,
        }
        try:
            with context.write() as unit:
                self.insert(context, unit, {"id": id, **owner, **values})
        except ApiError as error:
            # Another request created it, or deleted its owner, meanwhile: the following read shows which.
            if error.code not in (Code.NOT_UNIQUE, Code.NO_SUCH_TARGET):
                raise


def _owner_columns(unit: Unit, id: str) -> Values:
    if unit.get("samlIdentityProvider", id) is not None:
        return {"application_id": id}
    return {"directory_id": id} if unit.get("samlServiceProviderMetadata", id) is not None else {}


def certificate_of(context: RequestContext, id: str) -> str:
    """Return the certificate (DER in base64) with that id, which was prepared before."""
    with context.read() as unit:
        row = unit.get(X509_CERTIFICATE.name, id)
    return "" if row is None else str(row["certificate"])


RULES: Final = X509CertificateRules(X509_CERTIFICATE)
