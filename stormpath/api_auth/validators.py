"""Checks of credentials in a request to your API, in the form that the old SDK gave to oauthlib."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from stormpath.api_auth import lookups
from stormpath.api_auth.bearer import scope_names, verified_token
from stormpath.api_auth.request_fields import UnreadableRequest, authorization_of, id_and_secret

if TYPE_CHECKING:
    from stormpath.resources.api_key import ApiKey
    from stormpath.resources.application import Application

GRANT_TYPE_CLIENT_CREDENTIALS: Final = "client_credentials"
GRANT_TYPES = [GRANT_TYPE_CLIENT_CREDENTIALS]
# The lifetime of an access token, in seconds.
DEFAULT_TTL = 3600


class DummyRequest:
    """Holds the API key of a request, None if it has none. ``client_id`` is the key's id."""

    def __init__(self, api_key: ApiKey | None) -> None:
        self.api_key = api_key

    @property
    def client_id(self) -> str | None:
        """The id of the API key."""
        return self.api_key.id if self.api_key else None


class SPBasicAuthRequestValidator:
    """Checks HTTP Basic with the id and secret of an application's API key."""

    def __init__(self, app: Application, headers: Any) -> None:
        self.app = app
        self.headers = headers

    def extract_client_data(self) -> tuple[str | None, str | None]:
        """Return the id and the secret of the ``Authorization`` header, or None for both. No request."""
        try:
            found = authorization_of(self.headers)
            if found is not None and found.scheme == "basic":
                return id_and_secret(found.value)
        except UnreadableRequest:
            pass
        return None, None

    def verify_request(self) -> tuple[bool, DummyRequest]:
        """Return whether the key exists, has the secret and is enabled, as its account is; and the key.

        One request; none for credentials that cannot be right.
        """
        key = lookups.api_key_with_secret(self.app, *self.extract_client_data())
        is_valid = lookups.is_usable_key(key)
        return is_valid, DummyRequest(key if is_valid else None)


class SPOauth2RequestValidator:
    """The hooks by which oauthlib checks a ``client_credentials`` grant and bearer tokens.

    oauthlib is not needed and not imported: it calls these methods by their names. Without an application,
    every check fails. A ``request`` of oauthlib gets the attributes ``client`` and ``api_key``, and that of a
    bearer token ``access_token``, ``account`` and ``api_key``.
    """

    def __init__(
        self, app: Application | None = None, allowed_scopes: Iterable[str] = (), ttl: float = DEFAULT_TTL
    ) -> None:
        self.app = app
        self.allowed_scopes = scope_names(allowed_scopes)
        self.ttl = ttl

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Check HTTP Basic, and set the request's ``client``; one request."""
        if self.app is None:
            return False
        is_valid, found = SPBasicAuthRequestValidator(self.app, request.headers).verify_request()
        if is_valid:
            request.client = found
            request.api_key = found.api_key
        return is_valid

    def authenticate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Return False: no client may use the API without its secret."""
        return False

    def validate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Return whether the application has an enabled API key of this id, of an enabled account."""
        return self.app is not None and lookups.is_usable_key(lookups.api_key_of(self.app, client_id))

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Return whether it is ``client_credentials``."""
        return grant_type in GRANT_TYPES

    def validate_scopes(
        self,
        client_id: str,
        scopes: Iterable[str] | None,
        client: Any,
        request: Any,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        """Return whether all scopes are allowed."""
        return set(scope_names(scopes)) <= set(self.allowed_scopes)

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """Return no scope."""
        return []

    def validate_bearer_token(self, token: str, scopes: Iterable[str] | None, request: Any) -> bool:
        """Return whether a token is valid and has all scopes; one request, or none (see `verified_token`)."""
        found = None if self.app is None else verified_token(self.app, token, scopes)
        if found is None:
            return False
        request.access_token = found
        request.account = found.account
        request.api_key = found.api_key
        return True

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing: tokens are verified by their signature, and not stored."""

    def save_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing. Today's oauthlib calls ``save_bearer_token`` by this name."""
