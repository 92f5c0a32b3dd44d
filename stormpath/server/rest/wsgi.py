"""The WSGI application: request ids, limits, authentication and errors, around the engine's routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import falcon

from stormpath.server.domain.context import RequestContext
from stormpath.server.logs import security
from stormpath.server.logs.security import Keep, RequestFacts
from stormpath.server.rest import (
    conditional,
    end_user_addresses,
    in_process,
    request_checks,
    security_events,
)
from stormpath.server.rest.addresses import Addresses
from stormpath.server.rest.body_limits import BodyLimits
from stormpath.server.rest.concurrency_limits import UNLIMITED, ConcurrencyLimits
from stormpath.server.rest.console_path import console_root
from stormpath.server.rest.engine import Engine
from stormpath.server.rest.errors import api_error_for
from stormpath.server.rest.messages import JSON_TYPE
from stormpath.server.rest.parameters import METHOD_OVERRIDE
from stormpath.server.rest.protocols import REQUEST_ID_HEADER, Protocols, json_protocol
from stormpath.server.rest.request_body import RequestBody
from stormpath.server.rest.routes import Path, Route, paths
from stormpath.server.schema.errors import Code, not_found
from stormpath.server.security.request_auth import Caller, SentHeaders, SignedRequest, raw_path

Authenticate = Callable[[str | None, Callable[[], SignedRequest]], Caller]
#: Returns the context of a request of a caller, for an end user at that address (empty where none is named).
ContextFor = Callable[[Caller, str], RequestContext]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
AnonymousContext = Callable[[str, str], RequestContext | None]

_AUTHORIZATION: Final = "HTTP_AUTHORIZATION"

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_OVERRIDE: Final = re.compile(rf"(?:^|&){METHOD_OVERRIDE}=(PUT|DELETE)(?:&|$)", re.IGNORECASE)
_SLASHES: Final = re.compile(r"//+")

# A signature covers the request as the client sent it, before it is normalized.
_SENT_METHOD: Final = "stormpath.method"
_SENT_PATH: Final = "stormpath.path"


def build(
    engine: Engine,
    authenticate: Authenticate,
    context_for: ContextFor,
    public: Iterable[Path],
    others: Iterable[Path],
    anonymous_context: AnonymousContext,
    *,
    max_body: int,
    limits: ConcurrencyLimits,
    console: WsgiApp | None = None,
    keep: Keep | None = None,
) -> Callable[..., Iterable[bytes]]:
    """Return the WSGI callable. ``public`` paths (whole, not below the base URL) need no credentials.

    The ``others`` do; they are those of other protocols than JSON resources, whole as well.
    ``anonymous_context`` returns the context of a request (method, path) without them, where one may read.
    ``console`` answers requests outside of the API's paths and of all these; where the API has all paths,
    those below ``CONSOLE``.
    ``keep`` is told of the security events that refusals are.
    """
    addresses = engine.hrefs.addresses
    root = urlsplit(engine.hrefs.base_url).path
    own = {each.template: each for each in public}
    added = [*others, *own.values()]
    protocols = Protocols(
        json_protocol(engine.hrefs, engine.hrefs.origin, BodyLimits(engine, max_body).of),
        {each.template: each.protocol for each in added if each.protocol is not None},
    )
    authenticators = {each.template: each.authenticate for each in added if each.authenticate is not None}
    middleware = _Middleware(
        authenticate, context_for, anonymous_context, own, protocols, limits, addresses, authenticators
    )
    app = falcon.App(middleware=[middleware], media_type=JSON_TYPE)
    app.req_options.strip_url_path_trailing_slash = True
    # Falcon has handlers of its own for the more special class, which would answer first.
    for kind in (Exception, falcon.HTTPError):
        app.add_error_handler(kind, _error_handler(protocols, keep))
    for each in paths(engine):
        app.add_route(root + each.template, Route(each.responders))
    last = len(added) - 1
    for number, each in enumerate(added):
        # Compiled here: by the first request it would be under a lock, which no forked child must inherit.
        app.add_route(each.template, Route(each.responders), compile=number == last)
    app.add_sink(_no_such_path)

    is_of_console = _console_paths(root, added)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        _normalize(environ)
        if addresses.has_other_paths:
            _move_below_base(environ, addresses, own)
        # A program that sends credentials has missed the base URL: it is told so as the API does.
        if console is not None and _AUTHORIZATION not in environ and is_of_console(environ["PATH_INFO"]):
            return console(environ, start_response)
        begun = security.begin(RequestFacts(environ.get("REMOTE_ADDR", "")))
        try:
            answer: Iterable[bytes] = app(environ, start_response)
        finally:
            security.end(begun)
        return answer

    return application


def _console_paths(root: str, added: Iterable[Path]) -> Callable[[str], bool]:
    """Return a function that tells whether a path is one of the console's."""
    if prefix := console_root(root):
        return lambda path: path == prefix or path.startswith(f"{prefix}/")
    below = f"{root}/"
    # One of a template is below the base URL, as all of the API are.
    own = frozenset(each.template for each in added)
    return lambda path: not path.startswith(below) and path != root and path.rstrip("/") not in own


def _normalize(environ: dict[str, Any]) -> None:
    """Apply the method override, and replace repeated slashes by one (rest-auth 0)."""
    # Servers may leave out an empty variable (PEP 3333).
    query = environ.setdefault("QUERY_STRING", "")
    if (
        METHOD_OVERRIDE in query
        and environ["REQUEST_METHOD"] == "POST"
        and (found := _OVERRIDE.search(query))
    ):
        environ[_SENT_METHOD] = "POST"
        environ["REQUEST_METHOD"] = found[1].upper()
    elif environ["REQUEST_METHOD"] not in falcon.COMBINED_METHODS:
        # Falcon would answer 400; PATCH is answered 405 on every path, and so is any other method.
        environ[_SENT_METHOD] = environ["REQUEST_METHOD"]
        environ["REQUEST_METHOD"] = "PATCH"
    path = environ.setdefault("PATH_INFO", "")
    if "//" in path:
        environ[_SENT_PATH] = path
        environ["PATH_INFO"] = _SLASHES.sub("/", path)


def _move_below_base(environ: dict[str, Any], addresses: Addresses, public: Container[str]) -> None:
    """Replace the path of an alias, at the beginning of the path, by that of the base URL."""
    path = environ["PATH_INFO"]
    rest = None if path.rstrip("/") in public else addresses.rest(path)
    if rest is not None and (own := addresses.root + rest) != path:
        environ.setdefault(_SENT_PATH, path)
        environ["PATH_INFO"] = own


class _Middleware:
    """Falcon middleware: gives a request its id, its place and its caller before routing; tags its answer."""

    def __init__(
        self,
        authenticate: Authenticate,
        context_for: ContextFor,
        anonymous_context: AnonymousContext,
        public: Mapping[str, Path],
        protocols: Protocols,
        limits: ConcurrencyLimits,
        addresses: Addresses,
        authenticators: Mapping[str, Callable[[str | None], tuple[RequestContext, Any]]],
    ) -> None:
        self._authenticators = authenticators
        self._authenticate = authenticate
        self._context_for = context_for
        self._anonymous_context = anonymous_context
        self._public = frozenset(public)
        self._unlimited = frozenset(path for path, each in public.items() if not each.is_limited)
        self._protocols = protocols
        self._limits = limits
        self._addresses = addresses

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Authenticate the caller before anything else is looked at, and before the body is received."""
        facts = security.current() or RequestFacts("")
        facts.request = req
        resp.set_header(REQUEST_ID_HEADER, facts.id)
        if (context := req.env.get(in_process.CONTEXT)) is not None:
            # Another part of the service asks, which has been given its place already.
            req.context.body = RequestBody(req, self._protocols.max_body, UNLIMITED)
            req.context.request_context = context
            facts.tenant_id, facts.account_id = context.tenant_id, context.actor
            return
        request_checks.check_host(req.env)
        path, is_safe = req.path, req.method in _SAFE_METHODS
        if path in self._unlimited:
            return
        if self._limits is not UNLIMITED:
            req.context.place = (self._limits.reads if is_safe else self._limits.writes).take()
        body = req.context.body = RequestBody(req, self._protocols.max_body, self._limits)
        if path in self._public:
            return
        credentials = req.env.get("HTTP_AUTHORIZATION")
        if (own := self._authenticators.get(path)) is not None:
            context, req.context.caller = own(credentials)
            req.context.request_context = context
            facts.tenant_id, body.is_from_caller = context.tenant_id, True
            request_checks.refuse_forgery(req.env, self._addresses.origins, is_overridden=False)
            return
        if credentials is None and (context := self._anonymous_context(req.method, path)) is not None:
            req.context.request_context = context
            facts.tenant_id = context.tenant_id
            return
        caller = self._authenticate(credentials, lambda: _signed(req, self._addresses))
        facts.tenant_id, facts.key_id, facts.account_id = caller.tenant_id, caller.key_id, caller.account_id
        body.is_from_caller = True
        if not is_safe:
            request_checks.refuse_forgery(
                req.env, self._addresses.origins, is_overridden=req.env.get(_SENT_METHOD) == "POST"
            )
        address = end_user_addresses.read(req.env, credentials)
        req.context.request_context = self._context_for(caller, address)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: object, req_succeeded: bool
    ) -> None:
        """Tag the answer, and leave out a body that the caller has already."""
        if self._limits is not UNLIMITED:
            _leave(req)
        conditional.apply(req, resp)


def _leave(req: falcon.Request) -> None:
    """Give back the places that the request has taken, if it came so far."""
    if (place := getattr(req.context, "place", None)) is not None:
        place.leave()
    if (body := getattr(req.context, "body", None)) is not None:
        body.done()


def _signed(req: falcon.Request, addresses: Addresses) -> SignedRequest:
    env = req.env
    target = env.get("RAW_URI") or env.get("REQUEST_URI")
    path = target.partition("?")[0] if target else raw_path(env.get(_SENT_PATH, env["PATH_INFO"]))
    method = env.get(_SENT_METHOD, req.method)
    headers = SentHeaders(env)
    return SignedRequest(method, path, req.query_string, headers, req.context.body, addresses)


def _error_handler(protocols: Protocols, keep: Keep | None) -> Callable[..., None]:
    def handle(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
        api_error = api_error_for(error)
        if in_process.CONTEXT in req.env:
            req.env[in_process.ERROR] = api_error
        security_events.report(api_error, keep)
        # Where it is passed on, as in the console, its line is there.
        api_error.is_logged = True
        resp.status = api_error.status
        if isinstance(error, falcon.HTTPMethodNotAllowed):
            resp.set_headers(error.headers or {})
        if api_error.code == Code.UNAUTHENTICATED:
            resp.set_header("WWW-Authenticate", 'SAuthc1, Basic realm="Stormpath"')
        if api_error.retry_after is not None:
            resp.set_header("Retry-After", str(api_error.retry_after))
        protocols.of(req.path).render_error(resp, api_error)

    return handle


def _no_such_path(req: falcon.Request, resp: falcon.Response, **_: Any) -> None:
    raise not_found()
