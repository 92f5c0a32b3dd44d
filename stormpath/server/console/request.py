"""One request to the console: who asks, what was sent, and the ways to answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

import falcon

from stormpath.server.console import notices, templating
from stormpath.server.console.notices import Notice
from stormpath.server.console.sessions import WARNING_MS, Browser, Opened, TimeLeft
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row
from stormpath.server.rest.in_process import InProcessApi
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.query import MAX_PARAMETERS, check_size, fold

if TYPE_CHECKING:
    from stormpath.server.console.app import Console

#: The most fields of a form: a list of attributes has some hundred.
MOST_FIELDS: Final = 2000

_TENANT_COOKIE: Final = "stormpath-tenant"


class Form(Mapping[str, str]):
    """The fields of a form that was sent; of a name that is there several times, the last value."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> str:
        return self._values[name][-1]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def every(self, name: str) -> list[str]:
        """Return all values of a name, such as of ticked boxes."""
        return self._values.get(name, [])


class ConsoleRequest:
    """A request with its session, if there is one, and the API on behalf of its administrator."""

    def __init__(
        self,
        console: Console,
        req: falcon.Request,
        resp: falcon.Response,
        params: Mapping[str, str],
        section: str,
    ) -> None:
        self.console = console
        self.req = req
        self.resp = resp
        self.params = params
        self.section = section
        self.opened: Opened | None = req.context.opened
        self.form: Form = Form()
        self._query: dict[str, str] | None = None
        self._api: InProcessApi | None = None

    # What was sent

    @property
    def path(self) -> str:
        """The path below the console's root."""
        return str(self.req.path).removeprefix(self.console.root) or "/"

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query, of one name the last. Too many are an error."""
        if self._query is None:
            check_size(self.req.query_string)
            try:
                pairs = parse_qsl(self.req.query_string, max_num_fields=MAX_PARAMETERS, errors="strict")
            except ValueError:
                raise ApiError(Code.BAD_REQUEST, "The address could not be read.") from None
            self._query = dict(pairs)
        return self._query

    @property
    def is_fragment(self) -> bool:
        """Whether a script of the page asks for a part of it."""
        return "HTTP_HX_REQUEST" in self.req.env

    @property
    def address(self) -> str:
        """The address of the connection."""
        return str(self.req.env.get("REMOTE_ADDR", ""))

    @property
    def end_user_address(self) -> str:
        """The address of the person, for the limits on guesses; empty where it may be that of a proxy."""
        return end_user_address(self.req)

    @property
    def browser(self) -> Browser:
        """Where a session that begins now is used from."""
        return Browser(self.address, str(self.req.env.get("HTTP_USER_AGENT", "")))

    # Who asks

    @property
    def current(self) -> Opened:
        """The open session; pages that are not public have one."""
        if self.opened is None:
            raise ApiError(Code.UNAUTHENTICATED, "Please log in.")
        return self.opened

    @property
    def administrator(self) -> Row:
        """The row of the account that is logged in."""
        return self.current.administrator

    @property
    def tenant(self) -> Row:
        """The row of its tenant."""
        return self.current.tenant

    @property
    def api(self) -> InProcessApi:
        """The API as the administrator may use it."""
        if self._api is None:
            self._api = self.console.api(self.current.context, self.address)
        return self._api

    @property
    def time_left(self) -> TimeLeft:
        """The time until the session ends without any use after this request."""
        return self.console.sessions.left(self.current, is_used=True)

    @property
    def warning_seconds(self) -> int:
        """So long before that, the page warns."""
        return WARNING_MS // 1000

    @property
    def is_proved(self) -> bool:
        """Whether the password was given a short time ago."""
        return self.console.sessions.is_proved(self.current)

    def prove(self) -> bool:
        """Check the password in the field ``password_again`` where one is needed; tell whether it was right.

        It counts as a login does: after too many wrong ones, ``ApiError`` (429) is raised.
        """
        return self.is_proved or self.console.logins.prove(self, self.form.get("password_again", ""))

    # Answers

    def render(
        self, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200, **more: Any
    ) -> None:
        """Answer with a page. Templates find the request as ``request``."""
        given = {"request": self, "notice": notices.take(self), **(values or {}), **more}
        self.resp.status = falcon.code_to_http_status(status)
        self.resp.content_type = "text/html; charset=utf-8"
        self.resp.data = templating.render(template, given).encode()

    def context_in(self, tenant_id: str) -> RequestContext:
        """Return a context in a tenant, in which no administrator acts."""
        return self.console.sessions.context_for(tenant_id, "", False, self.end_user_address)

    def log_in(self, account: Row) -> None:
        """Begin a session of an administrator who has just proved to be one."""
        context = self.context_in(account["tenant_id"])
        token, _ = self.console.sessions.begin(context, account, self.browser, needs_factor=False)
        self.renew_cookie(token)

    @property
    def remembered_tenant(self) -> str:
        """The tenant of the last login with this browser, for the form."""
        return str(self.req.cookies.get(_TENANT_COOKIE, ""))

    def remember_tenant(self, key: str) -> None:
        """Fill in that tenant the next time."""
        # A cookie is ASCII. What was typed may have letters that are folded to those of the key.
        if (folded := fold(key)).isascii():
            self.console.set_cookie(self.resp, _TENANT_COOKIE, folded)

    def renew_cookie(self, token: str) -> None:
        """Set the cookie of a session that begins now: one that was planted before it is worth nothing."""
        self.req.context.token = token
        self.console.set_cookie(self.resp, self.console.cookie, token)

    def redirect(self, path: str, notice: Notice | str | None = None) -> None:
        """Answer a form that was sent: the browser reads the page at ``path`` (below the root) next."""
        if notice is not None:
            notices.leave(self, Notice(notice) if isinstance(notice, str) else notice)
        target = self.url(path)
        if self.is_fragment:
            # A script would follow the redirect itself, and put the whole page into a part of this one.
            self.resp.status = falcon.HTTP_200
            self.resp.set_header("HX-Redirect", target)
        else:
            self.resp.status = falcon.HTTP_303
            self.resp.set_header("Location", target)

    def send(self, data: bytes, content_type: str, filename: str = "") -> None:
        """Answer with a document; with a ``filename``, the browser stores it."""
        self.resp.content_type, self.resp.data = content_type, data
        if filename:
            self.resp.set_header("Content-Disposition", f'attachment; filename="{filename}"')

    def url(self, path: str, query: Mapping[str, Any] | None = None) -> str:
        """Return the address of a path below the root, for links."""
        found = f"{self.console.root}{path}"
        given = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        return f"{found}?{urlencode(given)}" if given else found

    def page_of(self, href: str) -> str:
        """Return the address of the page that shows the resource of an href."""
        return self.url(self.api.path_of(href))

    def static(self, name: str) -> str:
        """Return the address of a static file."""
        return self.url(templating.static(name))

    @property
    def form_token(self) -> str:
        """What each form sends in the field ``csrf``."""
        return self.console.form_token(self)


def own_path(path: str, default: str = "/") -> str:
    """Return a path of the console that was sent to it; the default for anything else."""
    is_own = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if is_own else default


def end_user_address(req: falcon.Request) -> str:
    """Return the address whose wrong passwords are counted together; empty for that of a proxy.

    Behind a proxy on the same network every visitor has its address: there, only the limit of an account
    holds, or a stranger could shut all administrators out.
    """
    try:
        found = ip_address(req.env.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    return "" if found.is_private or found.is_loopback else str(found)
