"""Signed requests as Facebook's SDK for JavaScript writes them to its cookie."""

import base64
import hmac
import json
import time

from support.providers.stand_in import CLIENT_SECRET


def signed(secret: str = CLIENT_SECRET, **facts: object) -> str:
    told = {"algorithm": "HMAC-SHA256", "issued_at": int(time.time()), "user_id": "1001"} | facts
    payload = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    signature = hmac.digest(secret.encode(), payload.encode(), "sha256")
    return f"{base64.urlsafe_b64encode(signature).decode().rstrip('=')}.{payload}"
