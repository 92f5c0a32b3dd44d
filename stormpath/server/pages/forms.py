"""The reader of queries and forms that a browser sends."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

import falcon

from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.query import MAX_PARAMETERS

#: Two passwords of 255 characters, in percent-encoded UTF-8, and a token.
MAX_BYTES: Final = 8 * 1024

#: The field, and the parameter of the links in e-mails, that holds the token.
TOKEN: Final = "sptoken"  # noqa: S105  # A name.

_MOST_FIELDS: Final = 10


def fields(req: falcon.Request) -> dict[str, str]:
    """Return the fields of a submitted form; raise an error for any other body."""
    kind = (req.content_type or "").partition(";")[0].strip().lower()
    if kind != falcon.MEDIA_URLENCODED:
        raise ApiError(Code.UNSUPPORTED_MEDIA_TYPE, "Only the form on this page can be sent here.")
    if req.content_length is None and "HTTP_TRANSFER_ENCODING" in req.env:
        # Browsers send the length of a form. Without it, a part could pass for the whole.
        raise ApiError(Code.BAD_REQUEST, "The form must be sent with its Content-Length.")
    try:
        return _parsed(req.context.body().decode("ascii"))
    except ValueError:
        raise ApiError(Code.BAD_REQUEST, "The form could not be read.") from None


def token_in_query(req: falcon.Request) -> str:
    """Return the token of a link; without exactly one, the empty text, which is no valid token.

    Other parameters, which mail programs and campaigns add to links, are ignored.
    """
    try:
        pairs = parse_qsl(req.query_string, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        return ""
    tokens = [value for name, value in pairs if name == TOKEN]
    return tokens[0] if len(tokens) == 1 else ""


def _parsed(text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field is there twice")
    return found
