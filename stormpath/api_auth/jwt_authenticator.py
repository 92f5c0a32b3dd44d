"""The validation of access tokens, by the service or here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from stormpath.api_auth.bearer import locally_valid_token
from stormpath.api_auth.jwts import token_text
from stormpath.api_auth.request_authenticators import Authenticator
from stormpath.error import Error

if TYPE_CHECKING:
    from stormpath.api_auth.tokens import AccessToken
    from stormpath.resources.auth_token import AuthToken
    from stormpath.resources.expansion import Expansion


class JwtAuthenticator(Authenticator):
    """Validates the access tokens of an application."""

    @overload
    def authenticate(
        self, token: Any, local_validation: Literal[False] = False, expand: Expansion | None = None
    ) -> AuthToken | None: ...
    @overload
    def authenticate(
        self, token: Any, local_validation: Literal[True], expand: Expansion | None = None
    ) -> AccessToken | None: ...
    @overload
    def authenticate(
        self, token: Any, local_validation: bool = False, expand: Expansion | None = None
    ) -> AuthToken | AccessToken | None: ...
    def authenticate(
        self, token: Any, local_validation: bool = False, expand: Expansion | None = None
    ) -> AuthToken | AccessToken | None:
        """Return a valid token; None for any other, and when the service cannot be reached.

        ``token`` is a text, or an object with ``token``. By default the service validates it, and knows
        whether it was revoked and what became of its account and application; one request.

        ``local_validation`` checks its signature, its expiry and its application here, without a request.
        It accepts a token that was revoked, and one whose account is disabled or gone: ``account`` of the
        result costs one request when it is read, and is None if it is gone. For the token of an API key,
        which the service does not know, key and account must be enabled; one request, none while they are
        cached. A token that another key than the client's has signed is None.
        """
        text = token_text(getattr(token, "token", token))
        if text is None:
            return None
        try:
            if local_validation:
                return locally_valid_token(self.app, text)
            found = self.app.auth_tokens.get(text, expand)
            # The service validates the token when it is read.
            return found if found.jwt else None
        except (Error, AttributeError):
            return None
