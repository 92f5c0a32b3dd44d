"""Authenticators of requests to your own API: by API key, or by a token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from stormpath.api_auth.bearer import issued_token, verified_token
from stormpath.api_auth.request_fields import (
    UnreadableRequest,
    authorization_of,
    check_form,
    form_field,
    query_field,
)
from stormpath.api_auth.results import ApiAuthenticationResult
from stormpath.api_auth.validators import DEFAULT_TTL, GRANT_TYPES, SPBasicAuthRequestValidator

if TYPE_CHECKING:
    from stormpath.api_auth.tokens import AccessToken
    from stormpath.resources.api_key import ApiKey
    from stormpath.resources.application import Application

BASIC = "Basic"
BEARER = "Bearer"
# A request with another scheme, or without credentials.
NOTHING = (None, None)

Found = tuple[str | None, str | None]


class Authenticator:
    """The base of all authenticators: it belongs to one application."""

    def __init__(self, app: Application) -> None:
        self.app = app


class RequestAuthenticator(Authenticator):
    """The base of the authenticators of requests. A subclass says which credentials it accepts."""

    _issues_tokens: ClassVar[bool] = True

    def authenticate(
        self,
        headers: Any,
        http_method: str | bytes = "",
        uri: str | bytes = "",
        body: Mapping[str, Any] | None = None,
        scopes: Iterable[str] | None = None,
        ttl: float = DEFAULT_TTL,
    ) -> ApiAuthenticationResult | None:
        """Return who sends a request; None if the credentials are missing, malformed or not valid.

        ``headers`` is a mapping of names in any letter case, pairs of names and values, or the environ of
        WSGI; ``body`` a mapping of form fields; ``uri`` a URI or path with its query. ``scopes`` are those
        that a bearer token needs, or those that an issued token may have; ``ttl`` is the lifetime of an
        issued token in seconds.

        HTTP Basic costs one request. A bearer token costs one, none while its account or API key is cached,
        and none if it is not valid. ``Error`` if the service cannot be asked.
        """
        try:
            check_form(body)
            scheme, value = self._get_scheme_and_token(headers, http_method, uri, body)
            if scheme == BASIC:
                return self._with_api_key(headers, http_method, uri, body, scopes, ttl)
        except UnreadableRequest:
            return None
        if scheme == BEARER:
            token = verified_token(self.app, value, scopes)
            if token is not None:
                return ApiAuthenticationResult(token.account, token.api_key or None, token)
        return None

    def _get_scheme_and_token(self, headers: Any, http_method: Any, uri: Any, body: Any) -> Found:
        """Return ``Basic`` or ``Bearer`` and what follows it; a pair of None for anything not accepted."""
        raise NotImplementedError(f"{type(self).__name__} does not say which credentials it accepts")

    def _with_api_key(
        self, headers: Any, http_method: Any, uri: Any, body: Any, scopes: Any, ttl: float
    ) -> ApiAuthenticationResult | None:
        is_valid, found = SPBasicAuthRequestValidator(self.app, headers).verify_request()
        if not is_valid or found.api_key is None:
            return None
        token = self._issued(found.api_key, http_method, uri, body, scopes, ttl)
        return ApiAuthenticationResult(None, found.api_key, token)

    def _issued(
        self, key: ApiKey, http_method: Any, uri: Any, body: Any, scopes: Any, ttl: float
    ) -> AccessToken | None:
        if not self._issues_tokens or not _is_post(http_method):
            return None
        if _field(uri, body, "grant_type") not in GRANT_TYPES:
            return None
        return issued_token(self.app, key, _field(uri, body, "scope"), scopes, ttl)


class BasicRequestAuthenticator(RequestAuthenticator):
    """Accepts HTTP Basic with the id and secret of an API key, and issues no tokens."""

    _issues_tokens = False

    def _get_scheme_and_token(self, headers: Any, http_method: Any, uri: Any, body: Any) -> Found:
        return _header(headers, BASIC)


class OAuthBearerRequestAuthenticator(RequestAuthenticator):
    """Accepts an access token in the query, else in the ``Authorization`` header, else in the form."""

    def _get_scheme_and_token(self, headers: Any, http_method: Any, uri: Any, body: Any) -> Found:
        return _token_or_header(headers, uri, body, BEARER)


class OAuthClientCredentialsRequestAuthenticator(RequestAuthenticator):
    """Accepts HTTP Basic together with a ``grant_type``, and issues an access token for the API key."""

    def _get_scheme_and_token(self, headers: Any, http_method: Any, uri: Any, body: Any) -> Found:
        return _only_with_grant_type(_header(headers, BASIC), uri, body)


class OAuthRequestAuthenticator(RequestAuthenticator):
    """Accepts an access token anywhere, or HTTP Basic together with a ``grant_type``."""

    def _get_scheme_and_token(self, headers: Any, http_method: Any, uri: Any, body: Any) -> Found:
        return _only_with_grant_type(_token_or_header(headers, uri, body, BEARER, BASIC), uri, body)


class ApiRequestAuthenticator(RequestAuthenticator):
    """Accepts an access token anywhere, or HTTP Basic; with a ``grant_type`` it issues an access token."""

    def _get_scheme_and_token(self, headers: Any, http_method: Any, uri: Any, body: Any) -> Found:
        return _token_or_header(headers, uri, body, BEARER, BASIC)


def _header(headers: Any, *accepted: str) -> Found:
    found = authorization_of(headers)
    return next(((each, found.value) for each in accepted if found and found.scheme == each.lower()), NOTHING)


def _token_or_header(headers: Any, uri: Any, body: Any, *accepted: str) -> Found:
    if (token := query_field(uri, "access_token")) is not None:
        return BEARER, token
    if authorization_of(headers) is not None:
        return _header(headers, *accepted)
    token = form_field(body, "access_token")
    return NOTHING if token is None else (BEARER, token)


def _only_with_grant_type(found: Found, uri: Any, body: Any) -> Found:
    return NOTHING if found[0] == BASIC and _field(uri, body, "grant_type") is None else found


def _field(uri: Any, body: Any, name: str) -> str | None:
    of_form = form_field(body, name)
    return query_field(uri, name) if of_form is None else of_form


def _is_post(http_method: Any) -> bool:
    named = http_method.decode("latin-1") if isinstance(http_method, bytes) else http_method
    return not named or str(named).upper() == "POST"
