"""The constants of API authentication. Its authenticators are not part of this version yet."""

from datetime import datetime as datetime

import jwt as jwt

from stormpath.error import Error as StormpathError
from stormpath.resources.application import LEEWAY as LEEWAY
from stormpath.resources.auth_token import AuthToken as AuthToken

GRANT_TYPE_CLIENT_CREDENTIALS = "client_credentials"
GRANT_TYPES = [GRANT_TYPE_CLIENT_CREDENTIALS]
# The lifetime of an access token, in seconds.
DEFAULT_TTL = 3600

__all__ = [
    "DEFAULT_TTL",
    "GRANT_TYPES",
    "GRANT_TYPE_CLIENT_CREDENTIALS",
    "LEEWAY",
    "AuthToken",
    "StormpathError",
]
