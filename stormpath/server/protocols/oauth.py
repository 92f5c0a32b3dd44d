"""OAuth 2.0 over HTTP: ``/applications/{id}/oauth/token`` and ``/oauth/revoke`` (rest-auth 3.1, 3.5, 3.7).

Requests are forms, answers are JSON that no cache may keep, and an error body is that of the API with the
name of RFC 6749, 5.2 beside its code. The caller authenticates with an API key of the tenant, as everywhere;
the credentials that are exchanged are fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import falcon
import msgspec

from stormpath.server.oauth import fields, grants, revocation
from stormpath.server.oauth.factor_challenges import UnknownChallenge
from stormpath.server.oauth.grants import GRANTS, InvalidClient
from stormpath.server.oauth.issue import TokenResponse
from stormpath.server.protocols.form_body import Form, form_of
from stormpath.server.rest.bodies import BodyReader, Json
from stormpath.server.rest.body_limits import USUAL
from stormpath.server.rest.hrefs import Hrefs
from stormpath.server.rest.messages import JSON_TYPE, Request, Response, context_of, existing
from stormpath.server.rest.protocols import Protocol
from stormpath.server.rest.routes import Path
from stormpath.server.schema import Attribute, Resource, Text, required
from stormpath.server.schema.errors import ApiError, Code

TOKEN: Final = "/applications/{id}/oauth/token"  # noqa: S105  # A path.
REVOKE: Final = "/applications/{id}/oauth/revoke"

GRANT_TYPE: Final = "grant_type"

#: The codes of a request that is malformed, or not possible here. What is left is about its credentials.
_INVALID_REQUEST: Final = frozenset(
    {
        *(Code.BAD_REQUEST, Code.NOT_FOUND, Code.TOO_LARGE, Code.REQUEST_TIMEOUT),
        *(Code.METHOD_NOT_ALLOWED, Code.UNSUPPORTED_MEDIA_TYPE),
        *(Code.REQUIRED, Code.INVALID, Code.NOT_A_CHOICE, Code.WRONG_TYPE, Code.BAD_ENCODING),
        *(Code.BAD_FORMAT, Code.TOO_SHORT, Code.TOO_LONG),
        *(Code.LINK_NOT_PERMITTED, Code.NO_SUCH_TARGET, Code.STORE_NOT_MAPPED),
        *(Code.QUERY_MALFORMED, Code.QUERY_WITHOUT_VALUE, Code.QUERY_REPEATED, Code.QUERY_INVALID),
    }
)
#: RFC 6749 has these for authorization requests; clients know them here, too.
_OTHERS: Final = {
    Code.TOO_MANY_REQUESTS: "temporarily_unavailable",
    Code.UNAVAILABLE: "temporarily_unavailable",
    Code.INTERNAL: "server_error",
    Code.FORBIDDEN: "unauthorized_client",
    Code.CONFLICT: "invalid_grant",
}

_NOT_CACHED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthEndpoints:
    """The endpoints of all applications, as paths of the service below its ``root``."""

    def __init__(
        self, hrefs: Hrefs, resources: dict[str, Resource], error_body: Callable[[Response, ApiError], Json]
    ) -> None:
        self._hrefs = hrefs
        self._bodies = BodyReader(hrefs, resources)
        self._error_body = error_body

    def paths(self) -> list[Path]:
        """Return the paths, whole, with their protocol."""
        protocol = Protocol(self._render_error, lambda path: USUAL)
        responders = {TOKEN: self.token, REVOKE: self.revoke}
        return [
            Path(f"{self._hrefs.root}{path[1:]}", {"POST": each}, protocol=protocol)
            for path, each in responders.items()
        ]

    def token(self, req: Request, resp: Response, id: str) -> None:
        """POST of a grant: exchanges credentials for tokens."""
        context, form = context_of(req), form_of(req)
        with context.read() as unit:
            application = existing(unit, "application", id)
            grant = grants.grant_named(form.get(GRANT_TYPE))
            values = self._bodies.for_creation(unit, grant.fields, _known(form, grant.fields))
        _send(resp, self._answer(grants.exchange(context, application, grant, values)))

    def revoke(self, req: Request, resp: Response, id: str) -> None:
        """POST of a token that is to be revoked: 200, whether there was one or not."""
        context, form = context_of(req), form_of(req)
        with context.read() as unit:
            application = existing(unit, "application", id)
        token = form.get("token")
        if token is None:
            raise required("token").of("")
        revocation.revoke(context, application, token)
        resp.set_headers(_NOT_CACHED)

    def _answer(self, tokens: TokenResponse) -> Json:
        refresh = {} if tokens.refresh_token is None else {"refresh_token": tokens.refresh_token}
        return {
            "access_token": tokens.access_token,
            **refresh,
            "token_type": "Bearer",
            "expires_in": tokens.expires_in,
            "stormpath_access_token_href": self._hrefs.of("accessToken", tokens.id),
        }

    def _render_error(self, resp: Response, error: ApiError) -> None:
        name = error_name(error)
        _send(resp, self._error_body(resp, error) | ({} if name is None else {"error": name}))


def error_name(error: ApiError) -> str | None:
    """Return the name that RFC 6749 gives to an error; ``None`` where the caller itself is not known."""
    if isinstance(error, InvalidClient):
        return "invalid_client"
    if isinstance(error, UnknownChallenge):
        return "invalid_grant"
    if error.code == Code.UNAUTHENTICATED:
        return None
    if error.code in _INVALID_REQUEST:
        return "invalid_request"
    return _OTHERS.get(error.code, "invalid_grant")


def _known(form: Form, attributes: Iterable[Attribute]) -> Json:
    """Return the fields of a grant as JSON; a grant ignores others (RFC 6749, 3.2)."""
    known: Json = {}
    for each in attributes:
        for name in (*each.aliases, each.name):
            if name in form:
                known[each.name] = {"nameKey": form[name]} if each is fields.ORGANIZATION else form[name]
    return known


def _send(resp: Response, body: Json) -> None:
    resp.content_type = JSON_TYPE
    resp.data = msgspec.json.encode(body)
    resp.set_headers(_NOT_CACHED)


def described() -> dict[str, Json]:
    """Return the OpenAPI descriptions of the paths, by their templates."""
    forms = [_form_of(name, grant.fields) for name, grant in GRANTS.items()]
    id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    operations = {
        TOKEN: _operation("token", "Exchange credentials for tokens.", {"oneOf": forms}, _TOKENS),
        REVOKE: _operation("revoke", "Revoke a token.", _REVOCATION, None),
    }
    return {path: {"parameters": [id], "post": each} for path, each in operations.items()}


def _operation(name: str, about: str, form: Json, answer: Json | None) -> Json:
    granted: Json = {"description": "Done."}
    if answer is not None:
        granted["content"] = {"application/json": {"schema": answer}}
    error = {
        "content": {"application/json": {"schema": _ERROR}},
        "description": "Refused: the code says why.",
    }
    return {
        "operationId": f"write_applications_id_oauth_{name}",
        "tags": ["applications"],
        "description": about,
        "requestBody": {"required": True, "content": {falcon.MEDIA_URLENCODED: {"schema": form}}},
        "responses": {"200": granted, "default": error},
    }


def _form_of(name: str, attributes: Iterable[Attribute]) -> Json:
    declared = list(attributes)
    properties: dict[str, Any] = {GRANT_TYPE: {"const": name}}
    for each in declared:
        described: Json = {"type": "string", "description": each.about}
        properties[each.name] = described | ({"maxLength": each.max_length} if isinstance(each, Text) else {})
    needed = [GRANT_TYPE, *(each.name for each in declared if each.required)]
    return {"type": "object", "properties": properties, "required": needed}


_STRING: Final = {"type": "string"}
_TOKENS: Final[Json] = {
    "type": "object",
    "properties": {
        "access_token": _STRING,
        "refresh_token": _STRING,
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer"},
        "stormpath_access_token_href": {"type": "string", "format": "uri"},
    },
    "required": ["access_token", "token_type", "expires_in", "stormpath_access_token_href"],
}
_REVOCATION: Final[Json] = {
    "type": "object",
    "properties": {"token": _STRING, "token_type_hint": {"enum": ["access_token", "refresh_token"]}},
    "required": ["token"],
}
_ERROR: Final[Json] = {"allOf": [{"$ref": "#/components/schemas/Error"}, {"properties": {"error": _STRING}}]}
