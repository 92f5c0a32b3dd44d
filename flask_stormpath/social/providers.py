"""The providers at which people log in: what is known of each, and what the settings and directories add.

Who exchanges the code of a login for a token depends on what the provider offers:

* The extension, where it has something to prove or to check: a verifier (PKCE) at Google, GitHub and
  providers with a ``token_endpoint`` of the settings; the nonce of an ID token at those that speak OpenID
  Connect. The service sends no verifier and reads no ID token.
* The extension, where the service takes no code: Facebook, GitHub, X.
* The service, where a provider offers neither to web applications (LinkedIn), or where only the directory
  knows the endpoints.

The service asks the provider to whom a token was issued before it trusts one, except at a generic provider.
There only a token counts that the extension has just got for a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from flask import current_app, request, url_for

from flask_stormpath.social import directories as social_directories

GOOGLE: Final = "google"
FACEBOOK: Final = "facebook"
#: The providers with a view of their own, and the settings that enable it.
WITH_SWITCH: Final = {GOOGLE: "STORMPATH_ENABLE_GOOGLE", FACEBOOK: "STORMPATH_ENABLE_FACEBOOK"}
#: The names of 0.4 for the credentials of Facebook.
FORMER_NAMES: Final = {"app_id": "client_id", "app_secret": "client_secret"}


@dataclass(frozen=True)
class Provider:
    """A provider: the endpoints of its directory, and what a login through the browser needs beside them.

    ``token_endpoint`` is empty where the service exchanges the codes, ``request_token_endpoint`` is that of
    OAuth 1.0a. An ID token is checked where ``issuers`` and ``jwks_uri``, or ``server_metadata_url``, are
    known. ``hd`` is the Google Workspace domain of the people.
    """

    id: str
    name: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    request_token_endpoint: str = ""
    resource_endpoint: str = ""
    id_field: str = "id"
    access_token_type: str = "bearer"  # noqa: S105  # The name of a place.
    token_endpoint_auth_method: str = "client_secret_post"  # noqa: S105  # As above.
    code_challenge_method: str = "S256"
    server_metadata_url: str = ""
    issuers: tuple[str, ...] = ()
    jwks_uri: str = ""
    hd: str = ""

    @property
    def is_generic(self) -> bool:
        """Whether it is a provider of which the service knows nothing but its directory."""
        return self.id not in KINDS

    @property
    def exchanges_here(self) -> bool:
        """Whether the extension exchanges the code of a login, and not the service."""
        return bool(self.token_endpoint or self.server_metadata_url)

    @property
    def speaks_openid(self) -> bool:
        """Whether a login brings an ID token that can be checked."""
        knows_keys = bool(self.server_metadata_url or (self.issuers and self.jwks_uri))
        return "openid" in self.scopes and knows_keys

    @property
    def endpoint(self) -> str:
        """The endpoint of the view to which it sends people back."""
        return f"stormpath.{self.id}_login" if self.id in WITH_SWITCH else "stormpath.callback"


#: What is known of the providers that the service knows.
KINDS: Final = {
    each.id: each
    for each in (
        Provider(
            GOOGLE,
            "Google",
            scopes=("openid", "email", "profile"),
            authorization_endpoint="https://accounts.google.com/o/oauth2/v2/auth",
            token_endpoint="https://oauth2.googleapis.com/token",  # noqa: S106  # An address, as those below.
            issuers=("https://accounts.google.com", "accounts.google.com"),
            jwks_uri="https://www.googleapis.com/oauth2/v3/certs",
        ),
        Provider(
            FACEBOOK,
            "Facebook",
            scopes=("email",),
            authorization_endpoint="https://www.facebook.com/dialog/oauth",
            token_endpoint="https://graph.facebook.com/oauth/access_token",  # noqa: S106
            # Offered for native apps alone.
            code_challenge_method="",
        ),
        Provider(
            "github",
            "GitHub",
            scopes=("user:email",),
            authorization_endpoint="https://github.com/login/oauth/authorize",
            token_endpoint="https://github.com/login/oauth/access_token",  # noqa: S106
        ),
        Provider(
            "linkedin",
            "LinkedIn",
            scopes=("openid", "email", "profile"),
            authorization_endpoint="https://www.linkedin.com/oauth/v2/authorization",
            code_challenge_method="",
        ),
        Provider(
            "twitter",
            "X",
            request_token_endpoint="https://api.twitter.com/oauth/request_token",  # noqa: S106
            authorization_endpoint="https://api.twitter.com/oauth/authenticate",
            token_endpoint="https://api.twitter.com/oauth/access_token",  # noqa: S106
        ),
    )
}

_OPTIONS: Final = {each.name for each in fields(Provider)}


def enabled() -> list[Provider]:
    """Return the providers of this app, in the order of `STORMPATH_SOCIAL`."""
    config = current_app.config
    named: Mapping[str, Any] = config["STORMPATH_SOCIAL"] or {}
    found = (_provider(key, options) for key, options in named.items())
    return [each for each in found if each.id not in WITH_SWITCH or config[WITH_SWITCH[each.id]]]


def get(provider_id: str) -> Provider | None:
    """Return the provider of this app with an id, or None."""
    folded = provider_id.lower()
    wanted = folded if folded in KINDS else provider_id
    return next((each for each in enabled() if each.id == wanted), None)


def with_credentials(provider: Provider) -> Provider | None:
    """Return a provider with its client id; None if neither the settings nor a mapped directory have one.

    One request or more, if the settings have none. The secret and the endpoints may come from the directory.
    """
    if provider.client_id:
        return provider
    directory = social_directories.find(provider.id)
    if directory is None:
        return None
    kept = directory.provider
    if not kept.get("client_id"):
        return None
    return replace(
        provider,
        client_id=kept.client_id,
        client_secret=kept.get("client_secret") or "",
        scopes=provider.scopes or tuple(kept.get("scope") or ()),
        authorization_endpoint=provider.authorization_endpoint or kept.get("authorization_endpoint") or "",
    )


def redirect_uri(provider: Provider) -> str:
    """Return the address to which a provider sends people back; it must be registered there, as it is.

    It is that of `STORMPATH_SITE_URL`, else that of the request: behind proxies, ``ProxyFix`` of Werkzeug
    corrects it.
    """
    values = {"provider_id": provider.id} if provider.endpoint == "stormpath.callback" else {}
    site = current_app.config["STORMPATH_SITE_URL"]
    if not site:
        return url_for(provider.endpoint, _external=True, **values)
    path = url_for(provider.endpoint, _external=False, **values)
    return str(site).rstrip("/") + path.removeprefix(request.script_root)


def _provider(key: str, options: Mapping[str, Any]) -> Provider:
    given = {
        FORMER_NAMES.get(name, name): value for name, value in (options or {}).items() if value is not None
    }
    provider_id = given.pop("provider_id", key.lower())
    known = KINDS.get(provider_id) or _generic(provider_id, key, given)
    more = given.pop("scopes", None) or ()
    scopes = dict.fromkeys((*known.scopes, *(more.split() if isinstance(more, str) else more)))
    if issuer := given.pop("issuer", None):
        given["issuers"] = (issuer,)
    own = {name: value for name, value in given.items() if name in _OPTIONS}
    return replace(known, scopes=tuple(scopes), **own)


def _generic(provider_id: str, key: str, given: Mapping[str, Any]) -> Provider:
    plain = Provider(provider_id, key.replace("_", " ").title())
    if "server_metadata_url" in given or "jwks_uri" in given:
        return replace(plain, scopes=("openid", "email", "profile"), id_field="sub")
    return plain
