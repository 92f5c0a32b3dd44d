"""The parts of a request to your API in which credentials come: a header, the query and a form.

All of it is input of an anonymous user. Lengths are checked first, and what is ambiguous is refused: two
different ``Authorization`` headers, a parameter that is given twice.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from stormpath.api_auth.jwts import MAX_TOKEN_LENGTH

#: The longest header, URI and form field that is read, in characters.
MAX_LENGTH: Final = 2 * MAX_TOKEN_LENGTH
MAX_PARAMETERS: Final = 100

# The name in an environ of WSGI, and so in Django's ``request.META``.
_IN_ENVIRON: Final = "HTTP_AUTHORIZATION"


class UnreadableRequest(ValueError):
    """A part of a request is malformed, ambiguous or too long. The message is for developers."""


class Authorization(NamedTuple):
    """An ``Authorization`` header: its scheme in lower case, and the rest."""

    scheme: str
    value: str


def authorization_of(headers: Any) -> Authorization | None:
    """Return the ``Authorization`` header, None if there is none; `UnreadableRequest` for a malformed one.

    ``headers`` is a mapping of names in any letter case (those of Flask, Django and others), pairs of names
    and values (those of ASGI), or the environ of WSGI. Names and values are text or bytes.
    """
    found = {_text(value, "the header") for value in _values_of(headers)}
    if len(found) > 1:
        raise UnreadableRequest("two Authorization headers differ")
    if not found:
        return None
    scheme, _, value = found.pop().strip().partition(" ")
    value = value.strip()
    if not scheme or not value or " " in value:
        raise UnreadableRequest("the Authorization header is no scheme followed by one value")
    return Authorization(scheme.lower(), value)


def id_and_secret(value: str) -> tuple[str, str]:
    """Return the id and the secret of HTTP Basic; the secret may contain colons."""
    try:
        text = b64decode(value, validate=True).decode("utf-8")
    except ValueError:
        raise UnreadableRequest("HTTP Basic needs the Base64 of an id, a colon and a secret") from None
    key_id, colon, secret = text.partition(":")
    if not colon or not key_id or not secret:
        raise UnreadableRequest("HTTP Basic needs an id and a secret")
    return key_id, secret


def query_field(uri: Any, name: str) -> str | None:
    """Return a parameter of a URI's query; None if it has none, or one without a value."""
    # Frameworks also give URIs with their escapes decoded, which are not ASCII.
    query = _text(uri, "the URI", "utf-8").partition("#")[0].partition("?")[2] if uri else ""
    if not query:
        return None
    try:
        found = parse_qs(query, max_num_fields=MAX_PARAMETERS).get(name, [])
    except ValueError:
        raise UnreadableRequest("the query has too many parameters") from None
    return _only(found, name)


def check_form(body: Any) -> None:
    """Raise `UnreadableRequest` for a body that is no mapping of form fields."""
    if body and not isinstance(body, Mapping):
        raise UnreadableRequest("the body is no mapping of form fields")


def form_field(body: Any, name: str) -> str | None:
    """Return a field of a form; None if it has none, or one without a value.

    ``body`` is a mapping, also one with several values for a name, such as the forms of Flask and Django.
    """
    if not body:
        return None
    several = getattr(body, "getlist", None)
    found = several(name) if several is not None else body.get(name)
    values = found if isinstance(found, list | tuple) else [found]
    return _only([_text(each, name) for each in values if each not in (None, "", b"")], name)


def _values_of(headers: Any) -> Iterable[Any]:
    try:
        found = headers.items() if hasattr(headers, "items") else headers or ()
        pairs = [(name, value) for name, value in found]
    except (TypeError, ValueError):
        raise UnreadableRequest("the headers are no mapping, and no pairs of names and values") from None
    named = [value for name, value in pairs if _lower(name) == "authorization"]
    return named or [value for name, value in pairs if name == _IN_ENVIRON]


def _lower(name: Any) -> Any:
    if isinstance(name, bytes):
        return name.decode("latin-1").lower()
    return name.lower() if isinstance(name, str) else name


def _text(value: Any, what: str, encoding: str = "ascii") -> str:
    if not isinstance(value, str | bytes):
        raise UnreadableRequest(f"{what} is neither text nor bytes")
    if len(value) > MAX_LENGTH:
        raise UnreadableRequest(f"{what} has more than {MAX_LENGTH} characters")
    try:
        text = value.decode(encoding) if isinstance(value, bytes) else value
        text.encode(encoding)
    except UnicodeError:
        raise UnreadableRequest(f"{what} is not {encoding.upper()}") from None
    return text


def _only(values: list[str], name: str) -> str | None:
    if len(values) > 1:
        raise UnreadableRequest(f"{name} is given {len(values)} times")
    return values[0] if values else None
