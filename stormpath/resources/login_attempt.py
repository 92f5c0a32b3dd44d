"""Login attempts and their results."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from stormpath.resources.attributes import Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.criteria import check_lookup, needed
from stormpath.resources.expansion import Expansion
from stormpath.resources.links import Link
from stormpath.resources.protocols import JsonObject
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.api_auth.tokens import AccessToken
    from stormpath.resources.account import Account
    from stormpath.resources.application import Application
    from stormpath.resources.directory import Directory
    from stormpath.resources.group import Group
    from stormpath.resources.organization import Organization

TOKEN_LIFETIME = timedelta(hours=1)


class AuthenticationResult(Resource):
    """A successful login. It can be used wherever its account can.

    The attributes and methods listed here are its own; all others are those of ``account``.
    """

    account: Link[Account] = Link("Account")
    application: Link[Application] = Link("Application", writable=True)
    type = Text(writable=True)
    value = Text(writable=True, secret=True)
    account_store: Link[Directory | Group | Organization] = Link("AccountStore", writable=True)

    @property
    def href(self) -> str:
        """The account's href."""
        return self.account.href

    def get_jwt(self) -> str:
        """Return a token for the account, valid for an hour: HS256 with the client's secret, no request.

        ``ValueError`` when the application of the login is not known.
        """
        import jwt

        issuer = self._values.get("application")
        if issuer is None:
            raise ValueError("the login's application is not known")
        claims = {
            "iss": issuer._absolute_href(),
            "sub": self.account.href,
            "jti": uuid4().hex,
            "exp": datetime.now(UTC) + TOKEN_LIFETIME,
        }
        return jwt.encode(claims, self._client.auth.secret, algorithm="HS256")

    def get_access_token(self, jwt: str | None = None) -> AccessToken:
        """Return a token for the account, or ``jwt``, as an `AccessToken`; as ``get_jwt``, no request."""
        from stormpath.api_auth.tokens import AccessToken

        issuer = self._values.get("application")
        if issuer is None:
            raise ValueError("the login's application is not known")
        return AccessToken(issuer, self.get_jwt() if jwt is None else jwt)

    def get_access_token_response(self, jwt: str | None = None) -> str:
        """Return a token for the account, or ``jwt``, as JSON text: the answer to a token request."""
        return self.get_access_token(jwt).to_json()

    def is_new(self) -> bool:
        """Whether the account was never saved."""
        return self.account.is_new()

    def refresh(self) -> None:
        """Fetch the account again."""
        self.account.refresh()

    def to_json(self) -> str:
        """Return the account's data as JSON text."""
        return self.account.to_json()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or self._is_own(name):
                raise self._no_attribute(name)
            return getattr(self.account, name)

        def __setattr__(self, name: str, value: Any) -> None:
            if name.startswith("_") or self._is_own(name):
                super().__setattr__(name, value)
            else:
                setattr(self.account, name, value)
    else:

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    def __getitem__(self, key: str) -> Any:
        return self.account[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.account[key] = value

    def __contains__(self, key: object) -> bool:
        return key in self.account

    def __iter__(self) -> Iterator[str]:
        return iter(self.account)

    def __str__(self) -> str:
        return str(self.account)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} attributes={', '.join(self._own_names())}>"

    def __eq__(self, other: object) -> bool:
        return self is other or self.account == other

    def __hash__(self) -> int:
        return hash(self.account)

    @classmethod
    def _is_own(cls, name: str) -> bool:
        return name in cls._declared and name not in Resource._declared

    def _referent(self) -> Resource:
        return self.account


class LoginAttemptList(CollectionResource[AuthenticationResult]):
    """The login attempts of an application. They can be created, not listed."""

    resource_class = AuthenticationResult

    def basic_auth(
        self,
        login: str,
        password: str,
        expand: Expansion | None = None,
        account_store: Any = None,
        app: Application | None = None,
        organization_name_key: str | None = None,
    ) -> AuthenticationResult:
        """Attempt a login with a username or e-mail and a password; one request.

        ``account_store`` limits it to one store: a resource, its href, ``{"href": ...}`` or ``{"name_key":
        ...}``. ``organization_name_key`` does the same by name, and takes precedence. ``Error`` when the
        login fails, for instance with status 400 for a wrong password; ``ValueError`` for a login or password
        that is None, and for a store without a value in it.
        """
        for name, value in (("login", login), ("password", password)):
            if value is None:
                raise ValueError(f"{name} is None: a login needs a login and a password")
        attempt = {"type": "basic", "value": b64encode(f"{login}:{password}".encode()).decode()}
        if organization_name_key is not None:
            account_store = {"name_key": needed("organization_name_key", organization_name_key)}
        if account_store is not None:
            attempt["account_store"] = account_store
        result = self.create(attempt, expand=expand)
        if app is not None:
            result.application = app
        return result

    def _prepare_for_create(
        self, properties: Mapping[str, Any] | None = None, expand: Expansion | None = None, **params: Any
    ) -> tuple[str, JsonObject, JsonObject]:
        check_lookup(properties or {}, "value")
        return super()._prepare_for_create(properties, expand, **params)

    def _signal_data(self, data: JsonObject) -> JsonObject:
        # Receivers of signals must not see passwords.
        return {**data, "value": "***"} if "value" in data else data


def __getattr__(name: str) -> Any:
    # Applications import it from here, too. It is loaded only then.
    if name == "AccessToken":
        from stormpath.api_auth.tokens import AccessToken

        return AccessToken
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
