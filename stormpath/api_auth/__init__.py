"""Authentication for your own API: by API keys of accounts, and by tokens.

`request_authenticators` authenticate the requests that your API receives, `grants` exchange credentials for
tokens of the service, and `JwtAuthenticator` validates tokens.
"""

from datetime import datetime as datetime

import jwt as jwt

from stormpath.api_auth.grants import (
    ClientCredentialsGrantAuthenticator,
    IdSiteTokenAuthenticator,
    PasswordGrantAuthenticator,
    RefreshGrantAuthenticator,
    StormpathSocialGrantAuthenticator,
    StormpathTokenGrantAuthenticator,
    request_tokens,
    revoke_token,
)
from stormpath.api_auth.jwt_authenticator import JwtAuthenticator
from stormpath.api_auth.request_authenticators import (
    ApiRequestAuthenticator,
    Authenticator,
    BasicRequestAuthenticator,
    OAuthBearerRequestAuthenticator,
    OAuthClientCredentialsRequestAuthenticator,
    OAuthRequestAuthenticator,
    RequestAuthenticator,
)
from stormpath.api_auth.results import ApiAuthenticationResult, PasswordAuthenticationResult
from stormpath.api_auth.tokens import AccessToken, RefreshToken, Token
from stormpath.api_auth.validators import (
    DEFAULT_TTL,
    GRANT_TYPE_CLIENT_CREDENTIALS,
    GRANT_TYPES,
    DummyRequest,
    SPBasicAuthRequestValidator,
    SPOauth2RequestValidator,
)
from stormpath.error import Error as StormpathError
from stormpath.resources.application import LEEWAY as LEEWAY
from stormpath.resources.auth_token import AuthToken as AuthToken

__all__ = [
    "DEFAULT_TTL",
    "GRANT_TYPES",
    "GRANT_TYPE_CLIENT_CREDENTIALS",
    "LEEWAY",
    "AccessToken",
    "ApiAuthenticationResult",
    "ApiRequestAuthenticator",
    "AuthToken",
    "Authenticator",
    "BasicRequestAuthenticator",
    "ClientCredentialsGrantAuthenticator",
    "DummyRequest",
    "IdSiteTokenAuthenticator",
    "JwtAuthenticator",
    "OAuthBearerRequestAuthenticator",
    "OAuthClientCredentialsRequestAuthenticator",
    "OAuthRequestAuthenticator",
    "PasswordAuthenticationResult",
    "PasswordGrantAuthenticator",
    "RefreshGrantAuthenticator",
    "RefreshToken",
    "RequestAuthenticator",
    "SPBasicAuthRequestValidator",
    "SPOauth2RequestValidator",
    "StormpathError",
    "StormpathSocialGrantAuthenticator",
    "StormpathTokenGrantAuthenticator",
    "Token",
    "request_tokens",
    "revoke_token",
]
