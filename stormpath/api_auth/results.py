"""The results of authenticators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stormpath.api_auth.tokens import AccessToken, RefreshToken
from stormpath.forks import cached_property
from stormpath.resources.auth_token import AuthToken

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.api_key import ApiKey
    from stormpath.resources.application import Application


class ApiAuthenticationResult:
    """The caller of your API: its ``account``, its ``api_key`` and its ``token``, the last two if it has one.

    ``token`` is the `AccessToken` that the request brought, or one that was issued for it.
    """

    def __init__(
        self, account: Account | None, api_key: ApiKey | None, access_token: AccessToken | None
    ) -> None:
        self.api_key = api_key
        self.token = access_token
        self.account = api_key.account if api_key else account

    def __repr__(self) -> str:
        return f"<{type(self).__name__} account={self.account!r} api_key={self.api_key!r}>"


class PasswordAuthenticationResult:
    """The answer to a grant: tokens of the service. ``expires_in`` is in seconds.

    The token of ``refresh_token`` is None if the service sent none.
    """

    def __init__(
        self,
        app: Application,
        stormpath_access_token_href: str | None,
        access_token: Any,
        expires_in: int | None,
        token_type: str | None,
        refresh_token: Any,
    ) -> None:
        self.app = app
        self.access_token = (
            access_token if isinstance(access_token, AccessToken) else AccessToken(app, access_token)
        )
        self.expires_in = expires_in
        self.token_type = token_type
        self.refresh_token = (
            refresh_token if isinstance(refresh_token, RefreshToken) else RefreshToken(app, refresh_token)
        )
        self._href = stormpath_access_token_href

    @cached_property
    def stormpath_access_token(self) -> AuthToken | None:
        """The access token as the service keeps it; one request when it is read. Deleting it revokes it."""
        return None if self._href is None else AuthToken(self.app._client, href=self._href)

    @property
    def account(self) -> Account | None:
        """The account that the tokens are for; one request when it is first read."""
        return self.access_token.account

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.app!r}>"
