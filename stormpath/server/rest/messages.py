"""The parts of a request and of its answer that every JSON endpoint uses: context, row, body."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import falcon
import msgspec

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.rest.bodies import Json, parse_object
from stormpath.server.rest.hrefs import is_id
from stormpath.server.schema.errors import ApiError, Code, not_found

JSON_TYPE: Final = "application/json;charset=UTF-8"

Request = falcon.Request
Response = falcon.Response

_encode: Final = msgspec.json.Encoder().encode


def context_of(req: Request) -> RequestContext:
    """Return the context that the caller of a request works in."""
    context: RequestContext = req.context.request_context
    return context


def existing(unit: Unit, resource: str, id: str) -> Row:
    """Return the row of that id; raise 404 when the tenant has none."""
    # What cannot be an id does not reach the database: PostgreSQL takes no NUL.
    row = unit.get(resource, id) if is_id(id) else None
    if row is None:
        raise not_found()
    return row


@contextmanager
def deleting(context: RequestContext, resource: str, id: str) -> Iterator[None]:
    """Pass over the 404 of a resource that is gone, where the caller's tenant has deleted it before."""
    try:
        yield
    except ApiError as error:
        if error.code != Code.NOT_FOUND or not is_id(id):
            raise
        with context.read() as unit:
            was_deleted = unit.deletions.include(resource, id)
        if not was_deleted:
            raise


def json_body(req: Request) -> Json:
    """Return the JSON object in the body of a request."""
    raw: bytes = req.context.body()
    if raw and (req.content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise ApiError(
            Code.UNSUPPORTED_MEDIA_TYPE, "The request body must be JSON: send Content-Type: application/json."
        )
    return parse_object(raw)


def send_json(resp: Response, body: dict[str, Any], *, is_tagged: bool = True) -> None:
    """Answer with JSON. An answer that is different each time gets no entity tag: nothing could match it."""
    resp.context.is_tagged = is_tagged
    resp.data = _encode(body)
    resp.content_type = JSON_TYPE
