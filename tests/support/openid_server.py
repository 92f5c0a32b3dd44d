"""A real OpenID provider for the tests, in which people log in without a browser.

It is npm's oidc-provider; see ``openid_provider/provider.mjs``. ``.ci/servers`` installs the packages that
``openid_provider/package-lock.json`` names. Version 8 is the last that runs on Node 18, which Debian 12 has.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

import requests

from support.child_server import ChildServer
from support.postgresql import ServerMissing

FOLDER: Final = Path(__file__).with_name("openid_provider")
SECONDS: Final = 10
MAX_STEPS: Final = 10


@dataclass(frozen=True)
class OAuthClient:
    """What a program gets when it is registered with a provider."""

    id: str
    secret: str
    redirect_uri: str


SHOP: Final = OAuthClient("shop", "the secret of the shop", "https://shop.example.com/callback")
#: An app at whose paths the Flask extension answers, as Google's client and as another one.
SITE: Final = OAuthClient("site", "the secret of the site", "https://site.example.com/callbacks/keycloak")
#: Of other people: a token that was issued to it is no proof for the shop.
GAME: Final = OAuthClient("game", "the secret of the game", "https://game.example.com/callback")


class OpenIdProvider(ChildServer):
    """An OpenID provider at which the shop, the site and the game are registered."""

    program = "node"

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def authorization_endpoint(self) -> str:
        return f"{self.issuer}/auth"

    @property
    def token_endpoint(self) -> str:
        return f"{self.issuer}/token"

    @property
    def userinfo_endpoint(self) -> str:
        return f"{self.issuer}/me"

    @property
    def tokeninfo_endpoint(self) -> str:
        """What Google has beside OpenID: who an access token was issued to (``aud``)."""
        return f"{self.issuer}/tokeninfo"

    def add_account(self, sub: str, **claims: object) -> None:
        """Let ``sub`` have these claims, such as ``email`` and ``email_verified``, and no others."""
        requests.put(f"{self.issuer}/accounts/{sub}", json=claims, timeout=SECONDS).raise_for_status()

    def code_of(
        self, sub: str, client: OAuthClient = SHOP, scope: str = "openid email profile", **parameters: str
    ) -> str:
        """Log a person in and return the code with which the browser comes back to the client."""
        asked = {
            "client_id": client.id,
            "redirect_uri": client.redirect_uri,
            "response_type": "code",
            "scope": scope,
            **parameters,
        }
        return self.come_back(f"{self.authorization_endpoint}?{urlencode(asked)}", sub)["code"]

    def come_back(self, url: str, sub: str) -> dict[str, str]:
        """Log a person in at an authorization URL, as a browser does that is redirected there.

        Return the query with which it comes back to the client.
        """
        home = f"{parse_qs(urlsplit(url).query)['redirect_uri'][0]}?"
        with requests.Session() as browser:
            for _ in range(MAX_STEPS):
                answer = browser.get(url, allow_redirects=False, timeout=SECONDS)
                if answer.ok and not answer.is_redirect:
                    form = {"prompt": _prompt_of(answer), "login": sub, "password": "any"}
                    answer = browser.post(answer.url, data=form, allow_redirects=False, timeout=SECONDS)
                assert answer.is_redirect, (
                    f"The login of {sub!r} fails. Is there such a person?\n{answer.text}"
                )
                url = urljoin(answer.url, answer.headers["Location"])
                if url.startswith(home):
                    query = dict(parse_qsl(urlsplit(url).query))
                    assert "code" in query, f"The provider refuses the login of {sub!r}: {query}"
                    return query
        raise AssertionError(f"The login of {sub!r} does not end at {url}")

    def tokens_for(self, code: str, client: OAuthClient = SHOP, **parameters: str) -> requests.Response:
        """Exchange a code as that client, for instance with a ``code_verifier``; return any answer."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "client_id": client.id,
            "client_secret": client.secret,
            **parameters,
        }
        return requests.post(self.token_endpoint, data=form, timeout=SECONDS)

    def access_token_of(
        self, sub: str, client: OAuthClient = SHOP, scope: str = "openid email profile", **parameters: str
    ) -> str:
        """Log a person in and return the access token that the client gets for it."""
        answer = self.tokens_for(self.code_of(sub, client, scope, **parameters), client)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def _command(self) -> list[str]:
        if not (FOLDER / "node_modules").is_dir():
            raise ServerMissing("npm's oidc-provider is not installed; `make test` installs it")
        clients = json.dumps([asdict(each) for each in (SHOP, SITE, GAME)])
        return [str(self._path()), str(FOLDER / "provider.mjs"), str(self.port), clients]

    def _answering_pid(self) -> int | None:
        try:
            return int(requests.get(f"{self.issuer}/process", timeout=SECONDS).text)
        except (requests.ConnectionError, ValueError):
            return None


def _prompt_of(page: requests.Response) -> str:
    """Return what a page of the provider asks for: ``login`` or ``consent``."""
    found = re.search(r'name="prompt" value="(\w+)"', page.text)
    assert found, f"{page.status_code} {page.text}"
    return found[1]
