"""Requests to the API from another part of the service: the same engine, without a socket or an API key.

The context of the request comes with it, in the environ, under a name that no header of a client can have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from stormpath.server.domain.context import RequestContext
from stormpath.server.schema.errors import ApiError, not_found

CONTEXT: Final = "stormpath.request_context"
ERROR: Final = "stormpath.error"

Json = dict[str, Any]

_decode: Final = msgspec.json.Decoder().decode


class InProcessApi:
    """The API on behalf of one caller. Paths are below the base URL, or whole hrefs of the service.

    An answer that is an error is raised as the ``ApiError`` that the rules raised.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        base_url: str,
        context: RequestContext,
        address: str = "127.0.0.1",
    ) -> None:
        self._app = app
        self.base_url = base_url
        self.context = context
        self._root = urlsplit(base_url).path
        self._address = address
        #: How many requests were made.
        self.count = 0

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Json:
        """Return the JSON of a resource or of a page of a collection."""
        return self.request("GET", path, query=query)

    def document(self, path: str, method: str = "GET") -> tuple[bytes, str]:
        """Return a resource that is no JSON, as bytes, and its media type."""
        return self._answer(method, path)

    def post(self, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Json:
        """Create, change or call; return the JSON of the answer, which is empty where there is none.

        A ``body`` of bytes is sent as it is: JSON whose numbers keep all of their digits.
        """
        return self.request("POST", path, body, query)

    def delete(self, path: str) -> None:
        """Delete a resource; one that was deleted before, too."""
        self.request("DELETE", path)

    def request(
        self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None
    ) -> Json:
        """Send a request. Values of ``query`` that are ``None`` are left out."""
        answer, _ = self._answer(method, path, body, query)
        return _decode(answer) if answer else {}

    def _answer(
        self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None
    ) -> tuple[bytes, str]:
        environ = self._environ(method, self.path_of(path), query or {})
        if body is not None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            environ["CONTENT_LENGTH"], environ["wsgi.input"] = str(len(raw)), BytesIO(raw)
        self.count += 1
        received: dict[str, str] = {}
        chunks = self._app(environ, lambda line, headers, failure=None: received.update(headers))
        answer = b"".join(chunks)
        if (error := environ.get(ERROR)) is not None:
            raise error
        return answer, received.get("content-type", "")

    def path_of(self, href: str) -> str:
        """Return the path below the base URL of an href; a path is returned as it is. Raises 404."""
        if href.startswith("/"):
            return href
        if not href.startswith(f"{self.base_url}/"):
            raise not_found()
        return href.removeprefix(self.base_url)

    def _environ(self, method: str, path: str, query: Mapping[str, Any]) -> dict[str, Any]:
        path, _, given = path.partition("?")
        added = urlencode({name: value for name, value in query.items() if value is not None})
        return {
            CONTEXT: self.context,
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            # As WSGI wants it: the bytes of UTF-8, each as one character.
            "PATH_INFO": f"{self._root}{path}".encode(errors="replace").decode("latin-1"),
            "QUERY_STRING": "&".join(each for each in (given, added) if each),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self._address,
            "HTTP_HOST": "localhost",
            "HTTP_ACCEPT": "application/json",
            "CONTENT_TYPE": "application/json",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
            "wsgi.errors": None,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }


def is_not_found(error: ApiError) -> bool:
    """Tell whether an error says that there is no such resource."""
    return error.status == 404
