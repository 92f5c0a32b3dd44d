"""The console as a WSGI application: routes, sessions, the checks of forms, headers, errors."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import falcon

from stormpath.server.console import errors, security_headers, templating
from stormpath.server.console.declared.trail import trail
from stormpath.server.console.login_links import LoginLinks
from stormpath.server.console.logins import Logins
from stormpath.server.console.page import Page, View
from stormpath.server.console.request import MOST_FIELDS, ConsoleRequest, Form, end_user_address
from stormpath.server.console.sessions import ContextFor, Opened, Sessions
from stormpath.server.console.views import pages
from stormpath.server.domain.console_sessions import OPEN, ConsoleSessions
from stormpath.server.domain.context import RequestContext, Secrets
from stormpath.server.logs import security
from stormpath.server.logs.security import Keep, RequestFacts
from stormpath.server.rest import request_checks
from stormpath.server.rest.concurrency_limits import UNLIMITED, ConcurrencyLimits
from stormpath.server.rest.engine import Engine
from stormpath.server.rest.in_process import InProcessApi
from stormpath.server.rest.protocols import REQUEST_ID_HEADER
from stormpath.server.rest.request_body import RequestBody
from stormpath.server.rest.routes import Route
from stormpath.server.schema import ids
from stormpath.server.schema.errors import ApiError, Code, not_found
from stormpath.server.settings import Settings

#: The largest form of a stranger, in bytes.
STRANGERS_FORM: Final = 16 * 1024

_LONGEST_TOKEN: Final = 100


class Console:
    """The console of one service. Threads may share it.

    ``api_app`` is the service's WSGI callable; the console calls it in this process. ``root`` is what its
    paths begin with: empty, unless the API has the root of the host.
    """

    def __init__(
        self,
        *,
        api_app: Callable[..., Iterable[bytes]],
        engine: Engine,
        settings: Settings,
        root: str,
        secrets: Secrets,
        sessions: ConsoleSessions,
        context_for: ContextFor,
        tenant_of: Callable[[str], str | None],
        own_tenant_id: str,
        limits: ConcurrencyLimits = UNLIMITED,
        keep: Keep | None = None,
        services: Mapping[str, Any] | None = None,
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.resources = engine.resources
        self.root = root
        self.secrets = secrets
        self.sessions = Sessions(sessions, context_for)
        self.logins = Logins(self.sessions, tenant_of, own_tenant_id)
        #: What pages need beyond the API, by name: the outbox, security events.
        self.services = dict(services or {})
        #: Is told of the security events that refusals are.
        self.keep = keep
        self._api_app = api_app
        self._limits = limits
        base = urlsplit(settings.base_url)
        self.origin = f"{base.scheme}://{base.netloc}"
        self.is_secure = base.scheme == "https"
        #: The prefix lets no other host, and no plain HTTP, set the cookie.
        self.cookie = "__Host-stormpath-console" if self.is_secure else "stormpath-console"
        #: Links that log in once: of ``stormpath console``.
        self.login_links = LoginLinks()
        templating.add(way_to=trail)
        #: Every page, also those that no other one leads to.
        self.pages = pages(self)
        self._app = self._build()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a WSGI request."""
        begun = security.begin(RequestFacts(environ.get("REMOTE_ADDR", "")))
        try:
            answer: Iterable[bytes] = self._app(environ, start_response)
        finally:
            security.end(begun)
        return answer

    def api(self, context: RequestContext, address: str) -> InProcessApi:
        """Return the API in a context."""
        return InProcessApi(self._api_app, self.settings.base_url, context, address)

    def public_url(self, path: str) -> str:
        """Return the address of a path below the root, for e-mails: by the settings, not by a request."""
        return f"{self.origin}{self.root}{path}"

    def kind_at(self, href: str) -> str | None:
        """Return the kind of resource at an href of the service."""
        found = self.engine.hrefs.resolve(href)
        return None if found is None else found[0]

    def set_cookie(self, resp: falcon.Response, name: str, value: str) -> None:
        """Set a cookie that ends with the browser."""
        resp.set_cookie(
            name, value, secure=self.is_secure, http_only=True, same_site="Lax", path=self._cookie_path
        )

    def drop_cookie(self, resp: falcon.Response, name: str) -> None:
        """Let the browser forget a cookie."""
        resp.unset_cookie(name, same_site="Lax", path=self._cookie_path)

    @property
    def _cookie_path(self) -> str:
        # The prefix __Host- wants the root.
        return "/" if self.is_secure else self.root or "/"

    def form_token(self, request: ConsoleRequest) -> str:
        """Return what the forms of a page send to show that they are of this browser."""
        context = request.req.context
        if not context.token:
            # A visitor without a session gets a cookie too: forms before the login are tied to it.
            context.token = ids.new_token()
            self.set_cookie(request.resp, self.cookie, context.token)
        return self.sessions.form_token(context.token)

    def _build(self) -> Callable[..., Iterable[bytes]]:
        app = falcon.App(middleware=[_Middleware(self, self._limits)], media_type=falcon.MEDIA_HTML)
        app.req_options.strip_url_path_trailing_slash = True
        for kind in (Exception, falcon.HTTPError):
            app.add_error_handler(kind, partial(errors.answer, self))
        last = len(self.pages) - 1
        for number, page in enumerate(self.pages):
            path = f"{self.root}{page.path}" if page.path != "/" else self.root or "/"
            app.add_route(path, Route(self._responders(page)), compile=number == last)
        app.add_sink(_no_such_page)
        return app

    def _responders(self, page: Page) -> dict[str, Callable[..., None]]:
        views = {"GET": page.get, "POST": page.post}
        return {
            method: self._responder(page, view, is_change=method == "POST")
            for method, view in views.items()
            if view is not None
        }

    def _responder(self, page: Page, view: View, *, is_change: bool) -> Callable[..., None]:
        def respond(req: falcon.Request, resp: falcon.Response, **params: str) -> None:
            request = ConsoleRequest(self, req, resp, params, page.section)
            if not page.public and not self._admits(request):
                return
            if is_change:
                request.form = self._form(request)
            view(request)

        return respond

    def _admits(self, request: ConsoleRequest) -> bool:
        """Lead a visitor without an open session to the login."""
        opened = request.opened
        if opened is not None and opened.session.stage == OPEN:
            self.sessions.touch(opened)
            return True
        login = "/login" if opened is None else "/login/factor"
        # What a form was to change is lost with its session: the page that it stood on is asked for again.
        target = request.path
        if request.req.method in ("GET", "HEAD") and request.req.query_string:
            target += f"?{request.req.query_string}"
        request.redirect(login if target == "/" else f"{login}?{urlencode({'next': target})}")
        return False

    def _form(self, request: ConsoleRequest) -> Form:
        """Return the fields of the form that was sent, if a page of this browser's session sent it."""
        req = request.req
        request_checks.refuse_forgery(req.env, self._origins(req), is_overridden=False)
        kind = (req.content_type or "").partition(";")[0].strip().lower()
        if kind != falcon.MEDIA_URLENCODED:
            raise ApiError(Code.UNSUPPORTED_MEDIA_TYPE, "Only the forms of this console can be sent here.")
        if req.content_length is None and "HTTP_TRANSFER_ENCODING" in req.env:
            raise ApiError(Code.BAD_REQUEST, "The form must be sent with its Content-Length.")
        try:
            text = req.context.body().decode("ascii")
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
        except ValueError:
            raise ApiError(Code.BAD_REQUEST, "The form could not be read.") from None
        form = Form(pairs)
        token = req.context.token
        expected = self.sessions.form_token(token) if token else ""
        if not token or not hmac.compare_digest(expected.encode(), form.get("csrf", "").encode()):
            raise ApiError(
                Code.FORBIDDEN,
                "This form is of an earlier session. Please go back, reload the page and send it again.",
            )
        return form

    def _origins(self, req: falcon.Request) -> set[str]:
        """Return the origins of this console: the configured ones, and the one by which it is reached now."""
        scheme = "https" if self.is_secure else req.scheme
        return {*self.engine.hrefs.addresses.origins, f"{scheme}://{req.env.get('HTTP_HOST', '')}".lower()}


class _Middleware:
    """Gives a request its id, its place and its session, and the answer its headers."""

    def __init__(self, console: Console, limits: ConcurrencyLimits) -> None:
        self._console = console
        self._limits = limits

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        facts = security.current() or RequestFacts("")
        facts.request = req
        resp.set_header(REQUEST_ID_HEADER, facts.id)
        req.context.opened, req.context.token = None, ""
        request_checks.check_host(req.env)
        is_safe = req.method in ("GET", "HEAD", "OPTIONS")
        if self._limits is not UNLIMITED:
            req.context.place = (self._limits.reads if is_safe else self._limits.writes).take()
        body = req.context.body = RequestBody(req, self._most_of(req), self._limits)
        token = req.cookies.get(self._console.cookie, "")
        if not token or len(token) > _LONGEST_TOKEN:
            return
        req.context.token = token
        if req.path.startswith(f"{self._console.root}/static/"):
            return
        opened = self._console.sessions.find(token, end_user_address(req))
        if opened is not None:
            req.context.opened = opened
            body.is_from_caller = opened.session.stage == OPEN
            facts.tenant_id, facts.account_id = opened.context.tenant_id, opened.session.account_id

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: object, req_succeeded: bool
    ) -> None:
        security_headers.add(resp)
        for name in ("place", "body"):
            held = getattr(req.context, name, None)
            if held is not None:
                held.leave() if name == "place" else held.done()

    def _most_of(self, req: falcon.Request) -> Callable[[str], int]:
        def most(path: str) -> int:
            opened: Opened | None = req.context.opened
            is_open = opened is not None and opened.session.stage == OPEN
            return self._console.settings.max_body if is_open else STRANGERS_FORM

        return most


def _no_such_page(req: falcon.Request, resp: falcon.Response, **_: Any) -> None:
    raise not_found()
