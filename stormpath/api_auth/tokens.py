"""Access and refresh tokens as objects."""

from __future__ import annotations

import time
from json import dumps
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn, Self

from stormpath.api_auth import lookups
from stormpath.api_auth.jwts import Claims, token_text, unverified_claims
from stormpath.forks import cached_property

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.api_key import ApiKey
    from stormpath.resources.application import Application


class Token:
    """A JSON Web Token. Making one reads it **without** verifying it, and makes no request.

    The authenticators return verified tokens; one that you make yourself may have been made up. It has
    ``app``, the text ``token``, ``client_id`` (its subject: the href of an account, or the id of an API
    key), ``exp`` (seconds since 1970, 0 when absent) and ``scopes`` (``[""]`` when it has none). Of a text
    that is no token only ``app`` and ``token`` can be read; the account and the key of it are None.

    ``str`` is the text of the token, and an empty text if there is none. ``repr`` does not show it. A token
    is a credential and is not pickled.
    """

    _json_name: ClassVar[str] = "access_token"

    app: Application
    token: str | None
    client_id: str | None
    exp: int
    scopes: list[str]

    def __init__(self, app: Application, token: str | bytes | None) -> None:
        self._take(app, token, unverified_claims(token))

    @classmethod
    def _verified(cls, app: Application, token: str | bytes, claims: Claims, **subject: Any) -> Self:
        """Return a token whose claims were verified, and whose account or API key is known."""
        made = cls.__new__(cls)
        made._take(app, token, claims)
        made.__dict__.update(subject)
        return made

    def _take(self, app: Application, token: Any, claims: Claims | None) -> None:
        self.app = app
        # Tokens that are too long, or no text, are kept as they were given: they are not read.
        self.token = token_text(token) or token
        self.token_scopes: list[str] = []
        if claims is None:
            self.account = None
            self.api_key = None
        else:
            self.client_id = claims.get("sub")
            self.exp = int(claims.get("exp", 0))
            self.scopes = (claims.get("scope") or "").split(" ")

    @cached_property
    def account(self) -> Account | None:
        """The account; None if the token is that of an API key, or the account is gone. One request."""
        return lookups.account_of(self.app, self.client_id)

    @cached_property
    def api_key(self) -> ApiKey | Literal[False] | None:
        """The application's API key that the token was issued for; None for the token of an account.

        False if the application has no such key. One request, or none if the key is cached.
        """
        if lookups.is_account(self.app, self.client_id):
            return None
        return lookups.api_key_of(self.app, self.client_id) or False

    @property
    def for_api_key(self) -> bool:
        """Whether it is not the token of an account; as many requests as ``account``."""
        return self.account is None

    def to_json(self) -> str:
        """Return the answer to a token request as JSON text. ``expires_in`` is in seconds (RFC 6749, 5.1)."""
        return dumps(
            {
                self._json_name: self.token,
                "expires_in": max(0, self.exp - int(time.time())),
                "scope": " ".join(self.scopes),
                "token_type": "jwt-bearer",
            }
        )

    def __str__(self) -> str:
        return self.token or ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.__dict__.get('client_id', 'no subject')}>"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A token is a credential, and is not pickled: store str(token) where it is safe, and make an "
            f"{type(self).__name__} of it there"
        )


class AccessToken(Token):
    """A token that gives access to your API, or to an account."""


class RefreshToken(Token):
    """A token that can be exchanged for an access token."""

    _json_name = "refresh_token"
