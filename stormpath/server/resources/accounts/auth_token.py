"""AccessToken and RefreshToken: what ``/oauth/token`` has issued to an account (rest-auth 3.5, 3.8)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.events import TokenRevoked
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import TENANT_LINK, Hidden, Link, OfSecret, Resource, Secret
from stormpath.server.schema.errors import Code, not_found

ACCESS: Final = "accessToken"
REFRESH: Final = "refreshToken"

#: The longest token, in characters: as much as web servers accept in a header.
MAX_LENGTH: Final = 8192


def expanded(token: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a JSON Web Token: ``header``, ``claims``, and the ``signature`` as written."""
    header, claims, signature = token.split(".")
    return {"header": _decoded(header), "claims": _decoded(claims), "signature": signature}


def _decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


_JWT: Final = Secret(
    "jwt",
    max_length=MAX_LENGTH,
    creatable=False,
    updatable=False,
    nullable=False,
    about="The token, a JSON Web Token (RFC 7519).",
)

_ACCESS_TOKEN: Final = Resource(
    ACCESS,
    "accessTokens",
    (
        _JWT,
        OfSecret("expandedJwt", secret=_JWT, read=expanded, about="The parts of the token, decoded."),
        Link("account", to=("account",), nullable=False, fixed=True, about="Whom the token is about."),
        Link(
            "application",
            to=("application",),
            nullable=False,
            fixed=True,
            searchable=True,
            about="The issuer.",
        ),
        TENANT_LINK,
        Hidden("expiresAt", column_kind="instant", nullable=False),
        # The id of the first refresh token, which a rotation replaces; null for an access token without any.
        Hidden("grantId", column_kind="id"),
        Hidden("apiKeyId", column_kind="id"),
    ),
    about="An access token. Deleting it revokes it.",
    verbs=("GET", "DELETE"),
    indexes=(("grant_id",), ("expires_at",)),
    expires="expires_at",
    gone=Code.TOKEN_GONE,
)

_REFRESH_TOKEN: Final = replace(
    _ACCESS_TOKEN,
    name=REFRESH,
    plural="refreshTokens",
    about="A refresh token. Deleting it revokes it, and the access tokens that came with it or by it.",
    own=tuple(each for each in _ACCESS_TOKEN.own if each.name != "apiKeyId"),
)


class AuthTokenRules(Rules):
    """A token is revoked by being deleted; ``kind`` is its name in the log."""

    def __init__(self, resource: Resource, kind: str) -> None:
        super().__init__(resource)
        self._kind = kind

    def revoke(self, context: RequestContext, row: Row) -> None:
        """Remove a token whose own text asks for it."""
        with context.write() as unit:
            self._end(context, unit, row, "revoked")

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        self._end(context, unit, row, "deleted")

    def _end(self, context: RequestContext, unit: Unit, row: Row, reason: str) -> None:
        self._remove(context, unit, row)
        about = {"account_id": row["account_id"], "application_id": row["application_id"], "id": row["id"]}
        context.emit(unit, TokenRevoked(unit.tenant_id, kind=self._kind, reason=reason, **about))

    def _remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        super().remove(context, unit, row)


class RefreshTokenRules(AuthTokenRules):
    """With a refresh token, all other tokens of the same grant are revoked."""

    def _remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        # Who refreshes it has locked the account, and may be about to replace the token by another.
        unit.lock("account", row["account_id"])
        if unit.get(REFRESH, row["id"]) is not None:
            super()._remove(context, unit, row)
        elif unit.issued_tokens.spent(row["id"], row["application_id"]) is None:
            raise not_found()
        unit.issued_tokens.revoke_grant(row["grant_id"])


ACCESS_RULES: Final = AuthTokenRules(_ACCESS_TOKEN, "access")
REFRESH_RULES: Final = RefreshTokenRules(_REFRESH_TOKEN, "refresh")
