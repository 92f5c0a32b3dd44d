"""The conversations with providers: OAuth 2.0, OpenID Connect and OAuth 1.0a, through Authlib.

Imported at the first login at a provider: an app without any need not have Authlib.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeVar

from authlib.common.security import generate_token
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from authlib.integrations.requests_client import OAuth1Session, OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import current_app

from flask_stormpath.logins.login_states import LoginState
from flask_stormpath.social.providers import Provider
from flask_stormpath.state import state

T = TypeVar("T")

#: In seconds, for each request to a provider.
PATIENCE: Final = 5
#: Those of ID tokens that a provider signs with a key of its own.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LONGEST_REASON: Final = 60
#: The ``hd`` of a provider that takes accounts of any Workspace domain.
ANY_DOMAIN: Final = "*"


class ProviderError(Exception):
    """A login that a provider, or its answer, does not allow. Its text holds nothing that is secret."""


class Begun(NamedTuple):
    """A login that begins: where the browser goes, and what is kept of it."""

    url: str
    login: LoginState


class _Session(OAuth2Session):  # type: ignore[misc]  # It carries no types.
    def request(self, method: str, url: str, **options: Any) -> Any:
        options.setdefault("timeout", PATIENCE)
        if method == "POST":
            # The secret goes to the endpoint that is configured, and no further.
            options["allow_redirects"] = False
        return super().request(method, url, **options)


class _App(FlaskOAuth2App):  # type: ignore[misc]  # As above.
    client_cls = _Session


def begin(provider: Provider, redirect_uri: str, target: str | None) -> Begun:
    """Return the address at which a person logs in at a provider, and the login to be kept.

    Asks the provider where its endpoints are not known yet (``server_metadata_url``), and for a request token
    at one of OAuth 1.0a. `ProviderError` if it does not answer as it should.
    """
    if provider.request_token_endpoint:
        return _asked(provider, lambda: _begin_oauth1(provider, redirect_uri, target))
    return _asked(provider, lambda: _begin_oauth2(provider, redirect_uri, target))


def exchange(provider: Provider, code: str, login: LoginState) -> dict[str, str]:
    """Return the proof of a login for the service: the token, for which the code is exchanged here.

    One request to the provider, and another one for its keys at the first ID token. `ProviderError` if it
    refuses the code, or its answer is not that to this login.
    """
    if provider.request_token_endpoint:
        return _asked(provider, lambda: _exchange_oauth1(provider, code, login))
    return _asked(provider, lambda: _exchange_oauth2(provider, code, login))


def _asked(provider: Provider, ask: Callable[[], T]) -> T:
    try:
        return ask()
    except ProviderError as error:
        reason = str(error)
    except Exception as error:  # Whatever an answer makes Authlib and the libraries below it raise.
        # The code of an OAuth error; its description, and texts of other errors, may repeat what was sent.
        told = getattr(error, "error", None)
        reason = (
            f"{type(error).__name__} {told if isinstance(told, str) and told.isprintable() else ''}".strip()
        )
    current_app.logger.warning("The login at %s failed: %s", provider.id, reason[:LONGEST_REASON])
    raise ProviderError(reason[:LONGEST_REASON])


def _begin_oauth2(provider: Provider, redirect_uri: str, target: str | None) -> Begun:
    # The verifier and the challenge are made here: Authlib would write the verifier to its log.
    verifier = generate_token(48) if provider.exchanges_here and provider.code_challenge_method else ""
    parameters: dict[str, Any] = {"hd": provider.hd} if provider.hd else {}
    if verifier:
        parameters |= {
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
    made = _client(provider).create_authorization_url(redirect_uri, **parameters)
    nonce = made.get("nonce", "") if provider.speaks_openid else ""
    return Begun(
        made["url"],
        LoginState(provider.id, made["state"], redirect_uri, target, verifier=verifier, nonce=nonce),
    )


def _exchange_oauth2(provider: Provider, code: str, login: LoginState) -> dict[str, str]:
    client = _client(provider)
    proof = {"code_verifier": login.verifier} if login.verifier else {}
    if not login.redirect_uri:
        # Facebook wants the parameter, although the code was sent to no address; Authlib drops an empty one.
        proof["body"] = "redirect_uri="
    granted = client.fetch_access_token(redirect_uri=login.redirect_uri, code=code, **proof)
    if (
        not isinstance(granted, dict)
        or not isinstance(token := granted.get("access_token"), str)
        or not token
    ):
        raise ProviderError("no access_token for the code")
    if login.nonce:
        _check_id_token(provider, client, granted, login.nonce)
    return {"access_token": token}


def _check_id_token(provider: Provider, client: Any, granted: dict[str, Any], nonce: str) -> None:
    metadata = client.load_server_metadata()
    # Without "none", which metadata may name.
    metadata["id_token_signing_alg_values_supported"] = list(ALGORITHMS)
    issuers = provider.issuers or (metadata["issuer"],)
    expected = {
        "iss": {"essential": True, "values": list(issuers)},
        "aud": {"essential": True, "value": client.client_id},
    }
    claims = client.parse_id_token(granted, nonce=nonce, claims_options=expected)
    if claims is None:
        raise ProviderError("no id_token for the code")
    domain = claims.get("hd")
    if provider.hd and not is_of_domain(provider, domain):
        raise ProviderError("an account of another domain (hd)")


def with_endpoints(provider: Provider) -> Provider:
    """Return a provider with the endpoints that its metadata name, which were read when the login began."""
    if not provider.server_metadata_url:
        return provider
    told = _asked(provider, _client(provider).load_server_metadata)
    return replace(
        provider,
        authorization_endpoint=provider.authorization_endpoint or told.get("authorization_endpoint", ""),
        token_endpoint=provider.token_endpoint or told.get("token_endpoint", ""),
        resource_endpoint=provider.resource_endpoint or told.get("userinfo_endpoint", ""),
    )


def is_of_domain(provider: Provider, domain: Any) -> bool:
    """Whether the domain that Google tells of an account is that of the settings, which its page suggests."""
    return isinstance(domain, str) and bool(domain) and provider.hd.lower() in (domain.lower(), ANY_DOMAIN)


def _client(provider: Provider) -> Any:
    """Return Authlib's client of a provider, with its metadata and keys once they are known."""
    kept = state()
    if kept.providers is None:
        kept.providers = {}
    client = kept.providers.get(provider.id)
    if client is None or client.described != provider:
        known: dict[str, Any] = {"jwks_uri": provider.jwks_uri} if provider.jwks_uri else {}
        client = _App(
            FlaskIntegration(provider.id),
            provider.id,
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            authorize_url=provider.authorization_endpoint or None,
            access_token_url=provider.token_endpoint or None,
            server_metadata_url=provider.server_metadata_url or None,
            client_kwargs={
                "scope": " ".join(provider.scopes),
                "token_endpoint_auth_method": provider.token_endpoint_auth_method,
            },
            **known,
        )
        client.described = provider
        kept.providers[provider.id] = client
    return client


def _begin_oauth1(provider: Provider, redirect_uri: str, target: str | None) -> Begun:
    # The request token takes the part of the state.
    with OAuth1Session(provider.client_id, provider.client_secret, redirect_uri=redirect_uri) as session:
        token = session.fetch_request_token(
            provider.request_token_endpoint, timeout=PATIENCE, allow_redirects=False
        )
        session.redirect_uri = None
        url = session.create_authorization_url(provider.authorization_endpoint)
    login = LoginState(
        provider.id, token["oauth_token"], redirect_uri, target, verifier=token["oauth_token_secret"]
    )
    return Begun(url, login)


def _exchange_oauth1(provider: Provider, code: str, login: LoginState) -> dict[str, str]:
    with OAuth1Session(
        provider.client_id, provider.client_secret, token=login.state, token_secret=login.verifier
    ) as session:
        granted = session.fetch_access_token(
            provider.token_endpoint, verifier=code, timeout=PATIENCE, allow_redirects=False
        )
    return {"access_token": granted["oauth_token"], "access_token_secret": granted["oauth_token_secret"]}
