"""The protocols in which paths are served: the limit of a request's body, and the form of an error.

The API is JSON (:func:`json_protocol`); the service's own pages are HTML (``pages/errors.py``).

Another protocol is another :class:`Protocol`, named by its paths (``routes.Path``): see the room
``stormpath.server.protocols``. Its ``render_error`` writes its error bodies, and its responders read bodies
by a function of their own, as those of the API do by ``messages.json_body``.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import falcon
import msgspec

from stormpath.server.rest.errors import error_body
from stormpath.server.rest.hrefs import Hrefs
from stormpath.server.rest.messages import JSON_TYPE
from stormpath.server.schema.errors import ApiError

REQUEST_ID_HEADER: Final = "Stormpath-Request-Id"


@dataclass(frozen=True, slots=True)
class Protocol:
    """The limit of request bodies on a path, and the rendering of its errors.

    ``render_error`` writes the body of an answer whose status and whose headers that all protocols share
    (``Allow``, ``WWW-Authenticate``, ``Retry-After``) are set already. ``max_body`` returns the limit of a
    path, in bytes.
    """

    render_error: Callable[[falcon.Response, ApiError], None]
    max_body: Callable[[str], int]


class Protocols:
    """The protocol of each path: that of the exact path, that of a template with ``{id}``, or the default."""

    def __init__(self, default: Protocol, by_template: Mapping[str, Protocol]) -> None:
        self._default = default
        self._by_path = {path: each for path, each in by_template.items() if "{" not in path}
        self._by_pattern = [
            (_pattern(path), each) for path, each in by_template.items() if path not in self._by_path
        ]

    def max_body(self, path: str) -> int:
        """Return the limit of a request's body at the path, in bytes."""
        return self.of(path).max_body(path)

    def of(self, path: str) -> Protocol:
        """Return the protocol of the path of a request, whether anything is served there or not."""
        # By the path, because a request can fail before it is routed: without credentials, for instance.
        found = self._by_path.get(path)
        if found is None:
            found = next((each for pattern, each in self._by_pattern if pattern.fullmatch(path)), None)
        return found or self._default


def _pattern(template: str) -> re.Pattern[str]:
    parts = (re.escape(each) for each in re.split(r"\{\w+\}", template))
    return re.compile(f"{'[^/]+'.join(parts)}/?")


def json_error_body(origin: str) -> Callable[[falcon.Response, ApiError], dict[str, Any]]:
    """Return the function that makes the error body of an answer, with the request id of its header."""

    def body(resp: falcon.Response, error: ApiError) -> dict[str, Any]:
        return error_body(error, resp.get_header(REQUEST_ID_HEADER) or str(uuid.uuid4()), origin)

    return body


def json_error(hrefs: Hrefs, origin: str) -> Callable[[falcon.Response, ApiError], None]:
    """Return the function that renders errors of the API. ``origin`` is as of :func:`json_protocol`."""
    body_of = json_error_body(origin)

    def render_error(resp: falcon.Response, error: ApiError) -> None:
        body = body_of(resp, error)
        if error.existing is not None:
            resp.location = hrefs.of(*error.existing)
            body["developerMessage"] += f" It is {resp.location}."
        resp.content_type = JSON_TYPE
        resp.data = msgspec.json.encode(body)

    return render_error


def json_protocol(hrefs: Hrefs, origin: str, max_body: Callable[[str], int]) -> Protocol:
    """Return the protocol of the API. ``origin`` is the service's scheme and host, with a slash."""
    return Protocol(json_error(hrefs, origin), max_body)
