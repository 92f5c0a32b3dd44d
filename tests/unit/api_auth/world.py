"""An application whose API is called: one account, one API key, and tokens of both."""

from __future__ import annotations

import time
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import jwt

from stormpath.error import Error
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, link

APP = f"{BASE}/applications/p1"
ACCOUNT = f"{BASE}/accounts/a1"
EXPIRY = 4102444800


@dataclass(frozen=True)
class Key:
    id: str
    secret: str

    def headers(self, name: str = "Authorization", scheme: str = "Basic") -> dict[str, str]:
        return {name: f"{scheme} {b64encode(f'{self.id}:{self.secret}'.encode()).decode()}"}


KEY = Key("7OGTUJK22PYZLVQRK0JXJ4SQJ", "b64+Secret/Of/An/Account:s3cret")


class World:
    """The canned service. Keys and accounts are dictionaries that a test may change."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.client = StubClient(exchange)
        self.app = self.client.applications.get("p1")
        self.account = account_json()
        self.key: dict[str, Any] = {
            **link(f"/apiKeys/{KEY.id}"),
            "id": KEY.id,
            "secret": KEY.secret,
            "status": "ENABLED",
            "account": self.account,
        }
        self.keys = [self.key]
        exchange.answers("GET", "/accounts/a1", self.account)
        exchange.answers("GET", f"/apiKeys/{KEY.id}", self.key)
        exchange.lists("/applications/p1/apiKeys", self.keys)

    def claims(self, **claims: Any) -> dict[str, Any]:
        """Return the claims of the account's token. One that is None is left out."""
        given = {"iss": APP, "sub": ACCOUNT, "iat": int(time.time()), "exp": EXPIRY, **claims}
        return {name: value for name, value in given.items() if value is not None}

    def token(self, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        return jwt.encode(self.claims(**claims), self.client.auth.secret, headers=headers)

    def bearer(self, **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(**claims)}"}

    def forget_key(self) -> None:
        """Delete the key, or take it out of the tenant: the service does not have it any more."""
        self.keys.clear()
        self.exchange.answers("GET", f"/apiKeys/{KEY.id}", _missing)


def _missing(query: Any, data: Any) -> dict[str, Any]:
    raise Error({"status": 404, "code": 404})
