"""The reader of forms in requests: ``application/x-www-form-urlencoded`` (RFC 6749, appendix B)."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

import falcon

from stormpath.server.schema.errors import ApiError, Code, shown
from stormpath.server.schema.query import check_size

MOST_FIELDS: Final = 100

Form = dict[str, str]


def form_of(req: falcon.Request) -> Form:
    """Return the fields of a request, those in its body before those in its query; empty ones are left out.

    A field that is twice in one of them is refused (RFC 6749, 3.2).
    """
    check_size(req.query_string)
    raw: bytes = req.context.body()
    kind = (req.content_type or "").partition(";")[0].strip().lower()
    if kind != falcon.MEDIA_URLENCODED and (raw or kind):
        raise ApiError(
            Code.UNSUPPORTED_MEDIA_TYPE,
            f"The request body must be a form: send Content-Type: {falcon.MEDIA_URLENCODED}.",
        )
    try:
        body = raw.decode()
    except UnicodeDecodeError:
        raise _unreadable() from None
    return {**_parsed(req.query_string), **_parsed(body)}


def _parsed(text: str) -> Form:
    if not text:
        return {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise _unreadable() from None
    found: Form = {}
    for name, value in pairs:
        if name in found:
            raise ApiError(Code.INVALID, f"The field {shown(name)} is given more than once.")
        found[name] = value
    return {name: value for name, value in found.items() if value}


def _unreadable() -> ApiError:
    return ApiError(Code.BAD_ENCODING, f"The form must be in UTF-8 and have {MOST_FIELDS} fields at most.")
