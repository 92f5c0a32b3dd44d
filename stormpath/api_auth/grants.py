"""Grants: credentials that the service exchanges for tokens, at the application's ``/oauth/token``.

Each costs one request, which sends a form. None is returned for whatever the service refuses, for an answer
without a token, and when it cannot be reached. A credential that is None or empty is refused here, without a
request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stormpath.api_auth.jwts import token_text
from stormpath.api_auth.request_authenticators import Authenticator
from stormpath.api_auth.results import PasswordAuthenticationResult
from stormpath.base_url import BaseUrl
from stormpath.error import Error
from stormpath.resources.criteria import needed

if TYPE_CHECKING:
    from stormpath.resources.application import Application

Form = dict[str, str]


class PasswordGrantAuthenticator(Authenticator):
    """Exchanges a username or e-mail address and a password."""

    def authenticate(
        self, username: str, password: str, account_store: Any = None, url: str | None = None
    ) -> PasswordAuthenticationResult | None:
        """Return the tokens of an account, which may be limited to one account store.

        ``account_store`` is an href or a resource; ``TypeError`` for anything else, ``ValueError`` for one
        that has no href. ``url`` replaces the address of the token endpoint; ``ValueError`` if it is not
        below the client's base URL.
        """
        form = {"grant_type": "password", "username": username, "password": password}
        return _granted(self.app, form, _store_href(account_store), _checked(self.app, url))


class ClientCredentialsGrantAuthenticator(Authenticator):
    """Exchanges the id and secret of an API key."""

    def authenticate(
        self, client_id: str, client_secret: str, account_store: Any = None, url: str | None = None
    ) -> PasswordAuthenticationResult | None:
        """Return an access token of the key's account; no refresh token comes with it.

        ``account_store`` and ``url`` are those of `PasswordGrantAuthenticator`.
        """
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        return _granted(self.app, form, _store_href(account_store), _checked(self.app, url))


class StormpathTokenGrantAuthenticator(Authenticator):
    """Exchanges the token of a login at ID Site or an identity provider of SAML."""

    def authenticate(
        self,
        id_site_jwt: str,
        organization_name_key: str | None = None,
        account_store: Any = None,
        url: str | None = None,
    ) -> PasswordAuthenticationResult | None:
        """Return the tokens of the account that has logged in.

        ``TypeError`` for the name key of an organization that is no text. ``account_store`` and ``url`` are
        those of `PasswordGrantAuthenticator`.
        """
        form = {"grant_type": "stormpath_token", "token": id_site_jwt}
        if organization_name_key is not None:
            if not isinstance(organization_name_key, str):
                raise TypeError("organization_name_key is a str")
            form["organizationNameKey"] = needed("organization_name_key", organization_name_key)
        return _granted(self.app, form, _store_href(account_store), _checked(self.app, url))


class StormpathSocialGrantAuthenticator(Authenticator):
    """Exchanges the code or the access token of a social provider."""

    def authenticate(
        self,
        provider_id: str,
        code: str | None = None,
        access_token: str | None = None,
        account_store: Any = None,
        url: str | None = None,
    ) -> PasswordAuthenticationResult | None:
        """Return the tokens of the account that the provider's token or code belongs to.

        ``TypeError`` unless exactly one of ``code`` and ``access_token`` is given, as a text.
        ``account_store`` and ``url`` are those of `PasswordGrantAuthenticator`.
        """
        given = {"code": code, "accessToken": access_token}
        proofs = {name: value for name, value in given.items() if value is not None}
        if len(proofs) != 1 or not all(isinstance(value, str) for value in (provider_id, *proofs.values())):
            raise TypeError("give provider_id, and one of code and access_token, as str")
        form = {"grant_type": "stormpath_social", "providerId": provider_id, **proofs}
        return _granted(self.app, form, _store_href(account_store), _checked(self.app, url))


class RefreshGrantAuthenticator(Authenticator):
    """Exchanges a refresh token."""

    def authenticate(self, refresh_token: Any, url: str | None = None) -> PasswordAuthenticationResult | None:
        """Return a new access token, with the refresh token.

        ``refresh_token`` is a text or an object with ``token``, such as a `RefreshToken`; ``TypeError`` for
        anything else.
        """
        if not isinstance(refresh_token, str):
            if not hasattr(refresh_token, "token"):
                raise TypeError("refresh_token is a str, or an object with a token")
            refresh_token = refresh_token.token
        return _granted(self.app, {"grant_type": "refresh_token", "refresh_token": refresh_token}, url=url)


class IdSiteTokenAuthenticator(Authenticator):
    """Exchanges the token of a login at ID Site; `StormpathTokenGrantAuthenticator` can do more."""

    def authenticate(self, jwt: str, url: str | None = None) -> PasswordAuthenticationResult | None:
        """Return the tokens of the account that has logged in."""
        return _granted(self.app, {"grant_type": "id_site_token", "token": jwt}, url=url)


def request_tokens(
    app: Application, form: Mapping[str, str], url: str | None = None
) -> PasswordAuthenticationResult:
    """Exchange the credentials of a grant, and return the tokens; one request.

    ``form`` has ``grant_type`` and the fields of that grant, as the service names them. `Error` for whatever
    the service refuses: its ``oauth_error`` is the name of RFC 6749 (``invalid_grant``, ``invalid_client``,
    ``invalid_request``, ...). `Error` with status -1 when it cannot be reached, or sends no token.
    ``url`` replaces the address of the token endpoint; nothing is sent to one that is not below the client's
    base URL.
    """
    href = url or f"{app._absolute_href()}/oauth/token"
    answer = app._store.executor.request("POST", href, data=dict(form))
    if not isinstance(answer, Mapping) or token_text(answer.get("access_token")) is None:
        raise Error("The answer of the service has no access token.")
    return PasswordAuthenticationResult(
        app,
        answer.get("stormpath_access_token_href"),
        answer["access_token"],
        answer.get("expires_in"),
        answer.get("token_type"),
        answer.get("refresh_token"),
    )


def revoke_token(app: Application, token: Any) -> None:
    """Revoke an access or refresh token of the application, given as text or object; one request (RFC 7009).

    With a refresh token, the access tokens that were made with it are revoked. Does nothing for what is no
    token of the application: an app may pass on what a stranger sent. No request for what cannot be a token.
    """
    text = token_text(getattr(token, "token", token))
    if text is not None:
        app._store.executor.request("POST", f"{app._absolute_href()}/oauth/revoke", data={"token": text})


# Fields that hold a token: no service accepts one that is too long to be read.
_TOKENS = ("token", "refresh_token")


def _granted(
    app: Application, form: Mapping[str, Any], store_href: str | None = None, url: str | None = None
) -> PasswordAuthenticationResult | None:
    if not all(isinstance(value, str) and value for value in form.values()):
        return None
    if any(name in form and token_text(form[name]) is None for name in _TOKENS):
        return None
    sent = dict(form) if store_href is None else {**form, "accountStore": store_href}
    try:
        return request_tokens(app, sent, url)
    except Error:
        return None


def _store_href(account_store: Any) -> str | None:
    if account_store is None:
        return None
    href = account_store if isinstance(account_store, str) else getattr(account_store, "href", account_store)
    if href is account_store and not isinstance(href, str):
        raise TypeError("account_store is an href, or a resource with an href")
    return str(needed("the href of account_store", href))


def _checked(app: Application, url: Any) -> str | None:
    if url is None:
        return None
    is_below = isinstance(url, str) and "://" in url and BaseUrl(app._client.BASE_URL).absolute(url)
    if not is_below:
        raise ValueError("Invalid API url.")
    return str(url)
