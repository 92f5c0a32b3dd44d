"""The cookie of Facebook's SDK for JavaScript, with which pages of Flask-Stormpath 0.4 log people in.

It is a *signed request*: a signature and a JSON object, each in base64url, with a dot between them.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any, Final, NamedTuple

#: In characters: of any cookie that a browser keeps.
LONGEST: Final = 4_096
ALGORITHM: Final = "HMAC-SHA256"
#: In seconds. A page writes the cookie at the login, and goes on at once; Facebook's clock may be ahead.
LIFETIME: Final = 600
AHEAD: Final = 300


class Proof(NamedTuple):
    """What the cookie proves the login with; one of the two is given."""

    code: str
    access_token: str


def name_of(app_id: str) -> str:
    """Return the name of the cookie."""
    return f"fbsr_{app_id}"


def read(text: str, app_secret: str, now: float | None = None) -> Proof | None:
    """Return what a cookie holds; None for one that Facebook has not signed for this app, or not lately."""
    if not text or len(text) > LONGEST or not text.isascii():
        return None
    signature, _, payload = text.partition(".")
    signed = hmac.digest(app_secret.encode(), payload.encode(), "sha256")
    # Nothing of the object is read before.
    if not hmac.compare_digest(_decoded(signature), signed):
        return None
    try:
        told = json.loads(_decoded(payload))
    except ValueError:
        return None
    return _proof_of(told, time.time() if now is None else now) if isinstance(told, dict) else None


def _proof_of(told: dict[str, Any], now: float) -> Proof | None:
    if str(told.get("algorithm")).upper() != ALGORITHM:
        return None
    issued = told.get("issued_at")
    if not isinstance(issued, int | float) or not now - LIFETIME <= issued <= now + AHEAD:
        return None
    code, token = told.get("code"), told.get("oauth_token")
    proof = Proof(code if isinstance(code, str) else "", token if isinstance(token, str) else "")
    return proof if any(proof) else None


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
