"""Certificates: those of the service for signatures, and those that callers submit."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from stormpath.server.security import certificates

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def pair() -> certificates.SigningPair:
    return certificates.new_signing_pair("idp.example.com", NOW)


def read(pair: certificates.SigningPair) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(pair.certificate))


def test_a_certificate_has_its_name_and_is_self_signed(pair: certificates.SigningPair) -> None:
    certificate = read(pair)

    assert certificate.subject.rfc4514_string() == "CN=idp.example.com"
    certificate.verify_directly_issued_by(certificate)
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc


def test_the_repr_of_a_pair_does_not_show_the_private_key(pair: certificates.SigningPair) -> None:
    assert repr(pair) == f"<SigningPair {pair.fingerprint}>"


def test_only_a_whole_certificate_in_pem_is_readable(pair: certificates.SigningPair) -> None:
    pem = read(pair).public_bytes(Encoding.PEM).decode()

    assert certificates.is_readable(pem)
    assert certificates.is_readable(pem.replace("\n", "\r\n"))
    for other in ("", "text", pem[:-60], pair.private_key, pair.certificate, pem.replace("M", "\u00e9")):
        assert not certificates.is_readable(other)
