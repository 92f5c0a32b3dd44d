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


@pytest.fixture(scope="module")
def pem(pair: certificates.SigningPair) -> str:
    return read(pair).public_bytes(Encoding.PEM).decode()


def test_only_a_whole_certificate_in_pem_is_read(pair: certificates.SigningPair, pem: str) -> None:
    for other in ("", "text", pem[:-60], pair.private_key, pair.certificate, pem.replace("M", "\u00e9")):
        assert certificates.normalized(other) is None
    assert certificates.normalized(pem + pem[:-60]) is None


def test_a_certificate_in_any_layout_becomes_the_same_text(pem: str) -> None:
    begin, *body, end = pem.splitlines()
    text = "".join(body)

    for layout in (
        pem.replace("\n", "\r\n"),
        "".join(f"    {each}\n" for each in pem.splitlines()),
        "\n".join([begin, *(text[at : at + 76] for at in range(0, len(text), 76)), end]),
        f"{begin}\n{text}\n{end}",
        f"{begin} {' '.join(body)} {end}",
        f"\n\t{begin}{text}{end}\n\n",
        f"subject=CN = idp.example.com\n{pem}",
    ):
        assert certificates.normalized(layout) == pem


def test_a_certificate_in_the_usual_layout_stays_as_it_is(pem: str) -> None:
    for usual in (pem, pem.rstrip(), pem + pem):
        assert certificates.normalized(usual) == usual
