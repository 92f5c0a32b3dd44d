"""Providers at which people agree to a login: the stand-ins with authorization, codes, PKCE and ID tokens.

``provider.agree(url, person)`` is the person's browser: it is sent to the provider by an authorization URL,
and comes back with a query.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from support.providers.facebook import Facebook
from support.providers.generic import Generic
from support.providers.github import GitHub
from support.providers.google import Google
from support.providers.linkedin import LinkedIn
from support.providers.stand_in import CLIENT_ID, Answer, Person, Sent, StandIn
from support.providers.twitter import Twitter

_REFUSED: Final = Answer(400, {"error": "invalid_grant", "error_description": "What was sent is not right."})


class WithConsent(StandIn):
    """A stand-in where people agree, and each code is for one request with the parameters of the login."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[str, tuple[Person, dict[str, str]]] = {}

    def agree(self, url: str, person: Person) -> dict[str, str]:
        """Return the query with which a browser comes back that was sent to ``url``."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert (asked["client_id"], asked["response_type"]) == (CLIENT_ID, "code")
        return {"code": self.code_for(person, asked), "state": asked["state"]}

    def code_for(self, person: Person, asked: dict[str, str] | None = None) -> str:
        """Return a code for a login with these parameters, or of the kind that pages get by JavaScript."""
        code = secrets.token_urlsafe(8)
        self._codes[code] = (person, asked or {})
        person.code = code
        return code

    def spend(self, sent: Sent) -> tuple[Person, dict[str, str]] | None:
        """Return whose code a form holds, and the login, if it is sent as it should be; once."""
        form = sent.form
        if self.of_code(sent) is None or (found := self._codes.pop(form["code"], None)) is None:
            return None
        person, asked = found
        person.code = None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_proved = asked.get("code_challenge") in (None, challenge)
        return found if is_proved and asked.get("redirect_uri", "") == form.get("redirect_uri", "") else None


class _Exchanging(WithConsent):
    """One that answers a code with the token alone."""

    def exchange(self, sent: Sent) -> Answer:
        found = self.spend(sent)
        return Answer(200, {"access_token": found[0].token, "token_type": "bearer"}) if found else _REFUSED


class ConsentingFacebook(_Exchanging, Facebook):
    routes: ClassVar = {**Facebook.routes, ("POST", "/oauth/access_token"): "exchange"}

    def spend(self, sent: Sent) -> tuple[Person, dict[str, str]] | None:
        # It takes no request without the parameter; that of a code by JavaScript is empty.
        if b"redirect_uri=" not in sent.body:
            return None
        return super().spend(sent)


class ConsentingGitHub(_Exchanging, GitHub):
    routes: ClassVar = {**GitHub.routes, ("POST", "/login/oauth/access_token"): "exchange"}

    def exchange(self, sent: Sent) -> Answer:
        # It answers errors with status 200, and a form to those who ask for no JSON.
        answer = super().exchange(sent)
        if "application/json" not in sent.headers.get("accept", ""):
            return Answer(200, body=b"error=it_would_be_a_form")
        return answer._replace(status=200)


class ConsentingLinkedIn(_Exchanging, LinkedIn):
    def token(self, sent: Sent) -> Answer:
        return self.exchange(sent)


class ConsentingGeneric(_Exchanging, Generic):
    def token(self, sent: Sent) -> Answer:
        return self.exchange(sent)


class ConsentingGoogle(WithConsent, Google):
    """``claims`` are in the ID tokens, besides or instead of the usual ones."""

    routes: ClassVar = {**Google.routes, ("GET", "/certs"): "certs", ("GET", "/auth"): "authorize"}

    def __init__(self) -> None:
        super().__init__()
        #: Who is logged in here in the browser that is sent here, and agrees at once.
        self.person: Person | None = None
        self.claims: dict[str, Any] = {}
        self.signing_key = _signing_key()
        self.has_id_token = True

    def authorize(self, sent: Sent) -> Answer:
        assert self.person is not None
        back = {"code": self.code_for(self.person, sent.query), "state": sent.query["state"]}
        return Answer(302, body=b"", headers={"Location": f"{sent.query['redirect_uri']}?{urlencode(back)}"})

    def token(self, sent: Sent) -> Answer:
        found = self.spend(sent)
        if found is None:
            return _REFUSED
        person, asked = found
        answer = {"access_token": person.token, "token_type": "Bearer", "expires_in": 3599}
        if self.has_id_token:
            answer["id_token"] = self._id_token(person, asked)
        return Answer(200, answer)

    def certs(self, sent: Sent) -> Answer:
        key = ECAlgorithm.to_jwk(_signing_key().public_key(), as_dict=True)
        return Answer(200, {"keys": [{**key, "kid": "1", "use": "sig", "alg": "ES256"}]})

    def _id_token(self, person: Person, asked: dict[str, str]) -> str:
        now = int(time.time())
        usual = {"iss": self.url, "aud": CLIENT_ID, "sub": person.id, "iat": now, "exp": now + 3600}
        claims = usual | {name: asked[name] for name in ("nonce",) if name in asked} | self.claims
        return jwt.encode(claims, self.signing_key, algorithm="ES256", headers={"kid": "1"})


class ConsentingTwitter(WithConsent, Twitter):
    routes: ClassVar = {
        **Twitter.routes,
        ("POST", "/oauth/request_token"): "request_token",
        ("POST", "/oauth/access_token"): "exchange",
    }

    def agree(self, url: str, person: Person) -> dict[str, str]:
        token = dict(parse_qsl(urlsplit(url).query))["oauth_token"]
        return {"oauth_token": token, "oauth_verifier": self.code_for(person, {"token": token})}

    def request_token(self, sent: Sent) -> Answer:
        if (
            not _holds(sent, oauth_consumer_key=CLIENT_ID)
            or "oauth_callback=" not in sent.headers["authorization"]
        ):
            return _REFUSED
        token = secrets.token_urlsafe(8)
        body = f"oauth_token={token}&oauth_token_secret=of-{token}&oauth_callback_confirmed=true"
        return Answer(200, body=body.encode())

    def exchange(self, sent: Sent) -> Answer:
        for code, (person, asked) in list(self._codes.items()):
            if _holds(sent, oauth_verifier=code, oauth_token=asked["token"]):
                del self._codes[code]
                body = f"oauth_token={person.token}&oauth_token_secret={person.token_secret}"
                return Answer(200, body=body.encode())
        return _REFUSED


def _holds(sent: Sent, **parameters: str) -> bool:
    header = sent.headers.get("authorization", "")
    return all(f'{name}="{quote(value, safe="~")}"' in header for name, value in parameters.items())


@cache
def _signing_key() -> Any:
    return ec.generate_private_key(ec.SECP256R1())


#: By their ids at the service.
CONSENTING: Final[dict[str, type[WithConsent]]] = {
    "google": ConsentingGoogle,
    "facebook": ConsentingFacebook,
    "github": ConsentingGitHub,
    "linkedin": ConsentingLinkedIn,
    "twitter": ConsentingTwitter,
    "example": ConsentingGeneric,
}


def settings_of(providers: Iterable[WithConsent]) -> dict[str, str]:
    """Return the settings of a service to which these are the providers."""
    named = {name: url for each in providers for name, url in each.provider_urls.items()}
    ports = ",".join(str(each.server_port) for each in providers)
    return named | {"outbound_targets": "127.0.0.1", "outbound_ports": ports}
