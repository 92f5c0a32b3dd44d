"""The certificates in a text, with the time until which they are valid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from stormpath.server.security import certificates

#: So long before its end, a certificate needs attention.
SOON: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """One certificate. Times are ISO 8601; ``state`` is ``valid``, ``soon``, ``expired`` or ``early``."""

    subject: str
    issuer: str
    fingerprint: str
    begins: str
    ends: str
    state: str


def in_pem(text: str | None, now_ms: int) -> list[ShownCertificate]:
    """Return the certificates in a text that the API has accepted."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    return [_shown(each, now) for each in certificates.facts_of(text or "")]


def of_der(data: bytes, now_ms: int) -> list[ShownCertificate]:
    """Return the certificate in the DER form, in which the API hands out the service's own."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    return [_shown(certificates.facts_of_der(data), now)]


def _shown(facts: certificates.Facts, now: datetime) -> ShownCertificate:
    if now >= facts.ends:
        state = "expired"
    elif now < facts.begins:
        state = "early"
    else:
        state = "soon" if facts.ends - now <= SOON else "valid"
    begins, ends = (f"{each:%Y-%m-%dT%H:%M:%S.000Z}" for each in (facts.begins, facts.ends))
    return ShownCertificate(facts.subject, facts.issuer, facts.fingerprint, begins, ends, state)
