"""Logins on pages of the service (ID Site) or at an identity provider of SAML: the way there, and back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from stormpath.base_url import CLOSED_ADDRESS
from stormpath.error import Error
from stormpath.nonce import use_once
from stormpath.resources.criteria import needed
from stormpath.resources.templates import alters_data

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.resource import Resource
else:
    Resource = object

# How far the clocks of two machines may differ when one reads the tokens of the other.
LEEWAY: Final = timedelta(seconds=2)

_SSO: Final = "https://api.stormpath.com/sso"


@dataclass(eq=False)
class StormpathCallbackResult:
    """The outcome of a hosted login: the account (None after a logout), the caller's state, the status."""

    account: Account | None
    state: Any
    status: str | None


class HostedLogin(Resource):
    """The part of an application that sends browsers to a login, and takes them back."""

    SSO_ENDPOINT: ClassVar[str] = _SSO
    SSO_LOGOUT_ENDPOINT: ClassVar[str] = _SSO + "/logout"

    def build_id_site_redirect_url(
        self,
        callback_uri: str,
        path: str | None = None,
        state: str | None = None,
        logout: bool = False,
        show_organization_field: bool = False,
        sp_token: str | None = None,
        organization_name_key: str | None = None,
        use_subdomain: bool = False,
        require_mfa: list[str] | None = None,
    ) -> str:
        """Return the address of a login, or a logout, on the pages of the service; no request.

        It is that of the client's service, unless a subclass sets ``SSO_ENDPOINT`` or
        ``SSO_LOGOUT_ENDPOINT``. It is good for one visit. The browser comes back to ``callback_uri`` with a
        ``jwtResponse``; ``state`` comes back too.
        """
        claims = {
            **_first_claims(self, callback_uri),
            "sof": bool(show_organization_field),
            **_given(sp_token=sp_token, onk=organization_name_key),
            **_given(usd=True if use_subdomain else None),
            **_given(path=path or None, state=state or None, require_mfa=require_mfa or None),
        }
        return with_token(_sso_endpoint(self, logout), "jwtRequest", self._signed_by_client(claims))

    def build_saml_idp_redirect_url(
        self,
        callback_uri: str,
        saml_provider_endpoint: Any,
        path: str | None = None,
        state: str | None = None,
        account_store: Any = None,
        organization: Any = None,
        logout: bool = False,
    ) -> str:
        """Return the address of a login at an identity provider of SAML.

        ``saml_provider_endpoint`` is the href of the application's SSO initiation endpoint, or the endpoint;
        ``account_store`` a store or its href; ``organization`` its name key, or an organization, which costs
        a request unless it is loaded. ``NotImplementedError`` for a logout.
        """
        if logout:
            raise NotImplementedError("the service has no logout by SAML")
        endpoint = needed("saml_provider_endpoint", _href(saml_provider_endpoint))
        claims = {
            **_first_claims(self, callback_uri),
            **_given(path=path or None, state=state or None, ash=_href(account_store) or None),
            **_given(onk=getattr(organization, "name_key", organization) or None),
        }
        key_id = self._client.auth.id
        return with_token(endpoint, "accessToken", self._signed_by_client(claims, {"kid": key_id}))

    @alters_data
    def handle_stormpath_callback(self, url_response: str) -> StormpathCallbackResult | None:
        """Return the outcome of a login from the URL that the browser came back to; two requests at most.

        None if the URL has no ``jwtResponse``, or one that is malformed, expired or not signed with the
        client's key. The result's account is None after a logout, and if it is not the application's;
        ``is_new_account`` says whether it has just registered.

        ``Error`` for an error that the service reports by the URL, and for an account that is gone.
        ``ValueError`` if the URL was used before: by this process, or by another that shares the cache store
        of the region ``nonces``. ``KeyError`` for a token without ``irt``, ``sub`` or ``isNewSub``. Of PyJWT:
        ``InvalidAudienceError`` for a token for another key, ``MissingRequiredClaimError`` for one without
        audience, ``ImmatureSignatureError`` for one from the future.
        """
        claims = self._callback_claims(url_response)
        if claims is None:
            return None
        nonce, subject, is_new = claims["irt"], claims["sub"], claims["isNewSub"]
        until = int(claims["exp"]) + LEEWAY.total_seconds() if "exp" in claims else inf
        if not use_once(self._store, str(nonce), until):
            raise ValueError("JWT has already been used.")
        account = self._account_of_login(subject) if subject else None
        if account is not None:
            account._was_created = bool(is_new)
        return StormpathCallbackResult(account, claims.get("state"), claims.get("status"))

    def _signed_by_client(self, claims: dict[str, Any], headers: dict[str, Any] | None = None) -> str:
        from stormpath.api_auth.jwts import signed

        return signed(claims, self._client.auth.secret, headers)

    def _callback_claims(self, url: str) -> dict[str, Any] | None:
        """Return the claims of a URL's token; None if it has none that is valid."""
        from stormpath.api_auth.jwts import assertion_claims
        from stormpath.api_auth.request_fields import UnreadableRequest, query_field

        try:
            token = query_field(url, "jwtResponse")
        except UnreadableRequest:
            return None
        claims = assertion_claims(token, self._client.auth)
        if claims is not None and not claims.get("aud"):
            raise Error(claims["err"])
        return claims

    def _account_of_login(self, href: str) -> Account | None:
        account: Account = self._client.accounts.get(href)
        # An account that is gone is an error; one that is elsewhere is none of the application's.
        account.get_status()
        return account if self in account.applications else None


def _first_claims(application: HostedLogin, callback_uri: str) -> dict[str, Any]:
    return {
        "iat": int(time.time()),
        "jti": uuid4().hex,
        "iss": application._client.auth.id,
        "sub": application._absolute_href(),
        "cb_uri": callback_uri,
    }


def _given(**claims: Any) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value is not None}


def _sso_endpoint(application: HostedLogin, logout: bool) -> str:
    name = "SSO_LOGOUT_ENDPOINT" if logout else "SSO_ENDPOINT"
    chosen: str = getattr(application, name)
    base_url = application._client.BASE_URL
    if chosen != getattr(HostedLogin, name) or base_url == CLOSED_ADDRESS:
        return chosen
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}/sso{'/logout' if logout else ''}"


def with_token(endpoint: str, parameter: str, token: str) -> str:
    """Return an endpoint with a token in its query."""
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode({parameter: token})}"


def _href(reference: Any) -> Any:
    return getattr(reference, "href", reference)
