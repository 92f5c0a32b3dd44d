"""The providers on loopback at which people log in on the documentation's pages about providers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, urlsplit

from support.openid_server import SHOP, OpenIdProvider
from support.providers.facebook import Facebook
from support.providers.github import GitHub
from support.providers.linkedin import LinkedIn
from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET, Answer, Sent, StandIn, running
from support.providers.twitter import Twitter

CODE: Final = "the-code-of-ann"
ANN: Final[dict[str, Any]] = {"email": "ann@example.com", "given_name": "Ann"}
_REFUSED: Final = Answer(400, {"error": "invalid_grant"})

#: The client ids and secrets on the pages, which are others here.
_CLIENTS: Final = {
    "google": ("857385-m8vk0fn2r7jmjo.apps.googleusercontent.com", "GOCSPX-ehs7baA7OWQSQ4"),
    "facebook": ("1584012345678901", "db4f3e1c0a9b8d7e6f5a4b3c2d1e0f9a"),
    "github": ("Ov23liX4mpl3Cl13nt1d", "2f6d1c0e9b8a7f5e4d3c2b1a0f9e8d7c6b5a4f3e"),
    "linkedin": ("86xmpl3c11ent1d", "WPL_AP1.kEXmpl3S3cr3t"),
    "twitter": ("xvz1evFS4wEEPTGEFPHBog", "L8qq9PZyRg6ieKGEKhZolGC0vJWLw8iEJ88DRdyOg"),
}
#: The addresses at which the programs on the pages exchange codes, without their last part.
_EXCHANGES: Final = {
    "facebook": "https://graph.facebook.com/oauth",
    "github": "https://github.com/login/oauth",
    "twitter": "https://api.twitter.com/oauth",
}


@dataclass(frozen=True)
class ProviderOfPage:
    """Which texts of a page are others here, the service's settings, and the browser of ``ann@example.com``.

    ``browser(url)`` follows an authorization URL and returns the query with which it comes back.
    """

    texts: dict[str, str]
    settings: dict[str, str]
    browser: Callable[[str], dict[str, str]]


@contextmanager
def stand_in_of(page: str) -> Iterator[ProviderOfPage]:
    """Run the stand-in for a page named ``facebook``, ``github``, ``linkedin`` or ``twitter``."""
    with running(_STAND_INS[page]) as stand_in:
        stand_in.add(token="the-token-of-ann", code=CODE, username="ann", surname="Lee", **ANN)
        texts = dict(zip(_CLIENTS[page], (CLIENT_ID, CLIENT_SECRET), strict=True))
        if page in _EXCHANGES:
            texts[_EXCHANGES[page]] = stand_in.url + urlsplit(_EXCHANGES[page]).path
        settings = stand_in.provider_urls | _reachable(stand_in.server_port)
        yield ProviderOfPage(texts, settings, stand_in.browser)


def openid_provider_of(page: str, provider: OpenIdProvider) -> ProviderOfPage:
    """Return what stands for Google on the page ``google``, or for the provider of ``oauth2``."""
    provider.add_account("ann-of-pages", email_verified=True, family_name="Lee", **ANN)
    settings = _reachable(provider.port)
    if page == "google":
        texts = dict(zip(_CLIENTS["google"], (SHOP.id, SHOP.secret), strict=True))
        texts |= {
            "https://shop.example.com/google": SHOP.redirect_uri,
            "https://accounts.google.com/o/oauth2/v2/auth": provider.authorization_endpoint,
        }
        settings |= {
            "google_token_url": provider.token_endpoint,
            "google_tokeninfo_url": provider.tokeninfo_endpoint,
            "google_userinfo_url": provider.userinfo_endpoint,
        }
    else:
        texts = {
            "https://id.example.com/auth": provider.authorization_endpoint,
            "https://id.example.com/token": provider.token_endpoint,
            "https://id.example.com/me": provider.userinfo_endpoint,
        }
    return ProviderOfPage(texts, settings, lambda url: provider.come_back(url, "ann-of-pages"))


def _reachable(port: int) -> dict[str, str]:
    return {"outbound_targets": "127.0.0.1", "outbound_ports": str(port)}


class _WithConsent(StandIn):
    """A stand-in with what others leave out: people agree there, and programs exchange codes."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, str] = {}

    def browser(self, url: str) -> dict[str, str]:
        self.asked = dict(parse_qsl(urlsplit(url).query))
        return {"code": CODE, "state": self.asked["state"]}

    def is_exchange(self, sent: Sent) -> bool:
        expected = (CODE, CLIENT_ID, CLIENT_SECRET, self.asked["redirect_uri"])
        return tuple(map(sent.form.get, ("code", "client_id", "client_secret", "redirect_uri"))) == expected


class _Facebook(_WithConsent, Facebook):
    routes: ClassVar = {**Facebook.routes, ("POST", "/oauth/access_token"): "exchange"}

    def exchange(self, sent: Sent) -> Answer:
        if not self.is_exchange(sent):
            return _REFUSED
        token = {"access_token": self.people[0].token, "token_type": "bearer", "expires_in": 5183944}
        return Answer(200, token)


class _GitHub(_WithConsent, GitHub):
    routes: ClassVar = {**GitHub.routes, ("POST", "/login/oauth/access_token"): "exchange"}

    def exchange(self, sent: Sent) -> Answer:
        digest = hashlib.sha256(sent.form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        # Without that header GitHub answers with a form.
        is_json = sent.headers.get("accept") == "application/json"
        if not self.is_exchange(sent) or challenge != self.asked["code_challenge"] or not is_json:
            return Answer(200, _REFUSED.value)
        token = {"access_token": self.people[0].token, "token_type": "bearer", "scope": "user:email"}
        return Answer(200, token)


class _LinkedIn(_WithConsent, LinkedIn):
    pass


class _Twitter(_WithConsent, Twitter):
    routes: ClassVar = {
        **Twitter.routes,
        ("POST", "/oauth/request_token"): "request_token",
        ("POST", "/oauth/access_token"): "exchange",
    }

    def browser(self, url: str) -> dict[str, str]:
        return {**dict(parse_qsl(urlsplit(url).query)), "oauth_verifier": CODE}

    def request_token(self, sent: Sent) -> Answer:
        if f'oauth_consumer_key="{CLIENT_ID}"' not in sent.headers["authorization"]:
            return _REFUSED
        return Answer(200, body=b"oauth_token=for-now&oauth_token_secret=s&oauth_callback_confirmed=true")

    def exchange(self, sent: Sent) -> Answer:
        expected = ('oauth_token="for-now"', f'oauth_verifier="{CODE}"')
        if not all(each in sent.headers["authorization"] for each in expected):
            return _REFUSED
        ann = self.people[0]
        return Answer(200, body=f"oauth_token={ann.token}&oauth_token_secret={ann.token_secret}".encode())


_STAND_INS: Final[dict[str, type[_WithConsent]]] = {
    "facebook": _Facebook,
    "github": _GitHub,
    "linkedin": _LinkedIn,
    "twitter": _Twitter,
}
