"""X.509 certificates: validation of foreign ones, creation of the service's own for signatures."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

# The libraries are imported by the first certificate: most processes never handle one.

_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_END: Final = "-----END CERTIFICATE-----"

_KEY_BITS: Final = 2048
_LIFETIME: Final = timedelta(days=20 * 365)


@dataclass(frozen=True, slots=True)
class SigningPair:
    """A private key (PEM), its certificate (DER in base64) and the certificate's SHA-1 fingerprint (hex)."""

    private_key: str
    certificate: str
    fingerprint: str

    def __repr__(self) -> str:
        return f"<SigningPair {self.fingerprint}>"


def normalized(pem: str) -> str | None:
    """Return certificates in PEM with lines of 64 characters; ``None`` for a text that holds none.

    Blanks and line breaks count nowhere, so that an indented certificate, or one in a single line, is read.
    A text that differs from the result by its last line break alone is returned as it is.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        found = [x509.load_der_x509_certificate(each) for each in _certificates_in(pem)]
    except ValueError:
        return None
    normal = "".join(each.public_bytes(Encoding.PEM).decode() for each in found)
    if not found:
        return None
    return pem if pem == normal.rstrip() else normal


def first_expiry(pem: str) -> int | None:
    """Return when the first of the certificates in a text expires (milliseconds since 1970).

    ``None`` for a text that holds none. Costs about 50 microseconds for each certificate.
    """
    from cryptography import x509

    try:
        found = [x509.load_der_x509_certificate(each) for each in _certificates_in(pem)]
    except ValueError:
        return None
    return min((int(each.not_valid_after_utc.timestamp() * 1000) for each in found), default=None)


def _certificates_in(pem: str) -> Iterator[bytes]:
    """Yield the DER form of each certificate in a text; raise ``ValueError`` for one that is damaged."""
    # By searching forward alone: the time must not grow with the square of the length.
    rest = pem
    while True:
        _, begin, rest = rest.partition(_BEGIN)
        if not begin:
            return
        body, end, rest = rest.partition(_END)
        if not end:
            raise ValueError("a certificate has no end")
        yield base64.b64decode("".join(body.split()), validate=True)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says: whose it is, who signed it, its SHA-256 in hex, from when until when."""

    subject: str
    issuer: str
    fingerprint: str
    begins: datetime
    ends: datetime


def facts_of(pem: str) -> list[Facts]:
    """Return what the certificates in a text say; none for a text that cannot be read."""
    try:
        return [facts_of_der(each) for each in _certificates_in(pem)]
    except ValueError:
        return []


def facts_of_der(data: bytes) -> Facts:
    """Return what a certificate in DER says; raises ``ValueError``."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    found = x509.load_der_x509_certificate(data)
    return Facts(
        found.subject.rfc4514_string(),
        found.issuer.rfc4514_string(),
        found.fingerprint(SHA256()).hex(),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
    )


def new_signing_pair(name: str, now: datetime) -> SigningPair:
    """Make an RSA key and its self-signed certificate for ``name``. Takes about a tenth of a second."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A reader whose clock is a little behind accepts it too.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFETIME)
        .sign(key, hashes.SHA256())
    )
    private_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningPair(
        private_key.decode(),
        base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode(),
        made.fingerprint(hashes.SHA1()).hex(),  # noqa: S303  # For people to compare, not a proof.
    )


def moment(milliseconds: int) -> datetime:
    """Return a stored time as a ``datetime``, as certificates need it."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
