"""The WSGI application: request ids, limits, authentication, and errors around the engine's routes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import falcon
import msgspec

from stormpath.server.domain.context import RequestContext
from stormpath.server.rest import conditional
from stormpath.server.rest.engine import JSON_TYPE, Engine
from stormpath.server.rest.errors import api_error_for, error_body
from stormpath.server.rest.hrefs import Hrefs
from stormpath.server.rest.parameters import METHOD_OVERRIDE
from stormpath.server.rest.routes import Path, Route, paths
from stormpath.server.schema.errors import (
    ApiError,
    Code,
    not_found,
)
from stormpath.server.security.request_auth import Caller, SignedRequest, raw_path

REQUEST_ID_HEADER: Final = "Stormpath-Request-Id"

Authenticate = Callable[[str | None, Callable[[], SignedRequest]], Caller]
Visit = Callable[[str, str], RequestContext | None]

_OVERRIDE: Final = re.compile(rf"(?:^|&){METHOD_OVERRIDE}=(PUT|DELETE)(?:&|$)", re.IGNORECASE)
_SLASHES: Final = re.compile(r"//+")

# What a signature covers is what the client sent, before we read it our way.
_SENT_METHOD: Final = "stormpath.method"
_SENT_PATH: Final = "stormpath.path"


def build(
    engine: Engine,
    authenticate: Authenticate,
    context_for: Callable[[Caller], RequestContext],
    public: Iterable[Path],
    visit: Visit,
    *,
    max_body: int,
) -> Callable[..., Iterable[bytes]]:
    """Return the WSGI callable. ``public`` paths (whole, not below the base URL) need no credentials.

    ``visit`` returns the work of a caller who gives none, where a resource may be read so.
    """
    origin = engine.hrefs.base_url.removesuffix(root := urlsplit(engine.hrefs.base_url).path) + "/"
    own = {each.template: each for each in public}
    guard = _Guard(authenticate, context_for, visit, own, max_body)
    app = falcon.App(middleware=[guard], media_type=JSON_TYPE)
    app.req_options.strip_url_path_trailing_slash = True
    # Falcon has handlers of its own for the more special class, which would answer first.
    for kind in (Exception, falcon.HTTPError):
        app.add_error_handler(kind, _error_handler(origin, engine.hrefs, own))
    for each in paths(engine):
        app.add_route(root + each.template, Route(each.responders))
    last = len(own) - 1
    for number, each in enumerate(own.values()):
        # Compiled here: by the first request it would be under a lock, which no forked child must inherit.
        app.add_route(each.template, Route(each.responders), compile=number == last)
    app.add_sink(_no_such_path)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        _read_our_way(environ)
        answer: Iterable[bytes] = app(environ, start_response)
        return answer

    return application


def _read_our_way(environ: dict[str, Any]) -> None:
    """Honour the method override, and take repeated slashes for one (rest-auth 0)."""
    # Servers may leave out what is empty (PEP 3333).
    query = environ.setdefault("QUERY_STRING", "")
    if (
        METHOD_OVERRIDE in query
        and environ["REQUEST_METHOD"] == "POST"
        and (found := _OVERRIDE.search(query))
    ):
        environ[_SENT_METHOD] = "POST"
        environ["REQUEST_METHOD"] = found[1].upper()
    elif environ["REQUEST_METHOD"] not in falcon.COMBINED_METHODS:
        # Falcon would call it a bad request; it is one of the methods that nothing here answers.
        environ[_SENT_METHOD] = environ["REQUEST_METHOD"]
        environ["REQUEST_METHOD"] = "PATCH"
    path = environ.setdefault("PATH_INFO", "")
    if "//" in path:
        environ[_SENT_PATH] = path
        environ["PATH_INFO"] = _SLASHES.sub("/", path)


class _Guard:
    """Falcon middleware: gives a request its id and its caller before routing; tags its answer."""

    def __init__(
        self,
        authenticate: Authenticate,
        context_for: Callable[[Caller], RequestContext],
        visit: Visit,
        public: Mapping[str, Path],
        max_body: int,
    ) -> None:
        self._authenticate = authenticate
        self._work_for = context_for
        self._visit = visit
        self._public = public
        self._max_body = max_body

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Refuse callers that are nobody before anything else is looked at."""
        resp.set_header(REQUEST_ID_HEADER, str(uuid.uuid4()))
        path = self._public.get(req.path)
        req.context.body = _Body(req, (path and path.max_body) or self._max_body)
        if path is not None:
            return
        credentials = req.env.get("HTTP_AUTHORIZATION")
        if credentials is None and (context := self._visit(req.method, req.path)) is not None:
            req.context.request_context = context
            return
        caller = self._authenticate(credentials, lambda: _signed(req))
        req.context.request_context = self._work_for(caller)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: object, req_succeeded: bool
    ) -> None:
        """Leave out what the caller has already."""
        conditional.apply(req, resp)


class _Body:
    """The request body, read once and only when somebody needs it."""

    def __init__(self, req: falcon.Request, max_body: int) -> None:
        self._req = req
        self._max_body = max_body
        self._read: bytes | None = None

    def __call__(self) -> bytes:
        if self._read is None:
            self._read = self._receive()
        return self._read

    def _receive(self) -> bytes:
        length = self._req.content_length
        if length is None and "HTTP_TRANSFER_ENCODING" in self._req.env:
            received: bytes = self._req.stream.read(self._max_body + 1)
        elif not length:
            return b""
        elif length > self._max_body:
            raise self._too_large()
        else:
            received = self._req.bounded_stream.read()
        if len(received) > self._max_body:
            raise self._too_large()
        return received

    def _too_large(self) -> ApiError:
        return ApiError(Code.TOO_LARGE, f"The request body is larger than {self._max_body} bytes.")


def _signed(req: falcon.Request) -> SignedRequest:
    env = req.env
    target = env.get("RAW_URI") or env.get("REQUEST_URI")
    path = target.partition("?")[0] if target else raw_path(env.get(_SENT_PATH, env["PATH_INFO"]))
    headers = {name.lower(): value for name, value in req.headers.items()}
    return SignedRequest(env.get(_SENT_METHOD, req.method), path, req.query_string, headers, req.context.body)


def _error_handler(origin: str, hrefs: Hrefs, public: Mapping[str, Path]) -> Callable[..., None]:
    def handle(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
        refusal = api_error_for(error)
        request_id = resp.get_header(REQUEST_ID_HEADER) or str(uuid.uuid4())
        resp.status = refusal.code.status
        resp.content_type = JSON_TYPE
        body = error_body(refusal, request_id, origin)
        if refusal.existing is not None:
            resp.location = hrefs.of(*refusal.existing)
            body["developerMessage"] += f" It is {resp.location}."
        resp.data = msgspec.json.encode(body)
        if isinstance(error, falcon.HTTPMethodNotAllowed):
            resp.set_headers(error.headers or {})
        if refusal.code == Code.UNAUTHENTICATED:
            resp.set_header("WWW-Authenticate", 'SAuthc1, Basic realm="Stormpath"')
        if refusal.retry_after is not None:
            resp.set_header("Retry-After", str(refusal.retry_after))
        path = public.get(req.path)
        if path is not None and path.refused is not None:
            path.refused(resp, refusal)

    return handle


def _no_such_path(req: falcon.Request, resp: falcon.Response, **_: Any) -> None:
    raise not_found()
