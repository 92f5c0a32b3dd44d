"""Sessions of administrators: from the login to the logout, or to the end of their time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from stormpath.server.authentication import administrator_logins
from stormpath.server.domain.console_sessions import (
    LONGEST_AGENT,
    OPEN,
    PENDING,
    ConsoleSession,
    ConsoleSessions,
)
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row
from stormpath.server.schema import ids

_MINUTE: Final = 60_000

IDLE_MS: Final = 30 * _MINUTE
#: So long before the end, the page warns.
WARNING_MS: Final = 2 * _MINUTE
ABSOLUTE_MS: Final = 12 * 60 * _MINUTE
#: For how long a second factor is waited for.
FACTOR_MS: Final = 5 * _MINUTE
#: For how long a password that was given counts for what asks for it once more.
PROVED_MS: Final = 10 * _MINUTE
#: The time of last use is stored at most so often.
TOUCH_MS: Final = _MINUTE

_PURPOSE: Final = "console session"
_FORM_PURPOSE: Final = "console form"

#: Makes the context of a tenant for an administrator's account (empty for none), who is separate from others
#: or not, at an address.
ContextFor = Callable[[str, str, bool, str], RequestContext]


class Browser(NamedTuple):
    """Where a session is used from: the address of the connection, and what the browser says it is."""

    address: str
    agent: str


class TimeLeft(NamedTuple):
    """Seconds until a session ends without any use, and until it ends in any case."""

    idle: int
    absolute: int


class Opened(NamedTuple):
    """A session that may be used now, its administrator, and the context in which that one acts."""

    session: ConsoleSession
    administrator: Row
    tenant: Row
    context: RequestContext


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of one service. A cookie's token is stored as a keyed digest alone."""

    stored: ConsoleSessions
    context_for: ContextFor

    def find(self, token: str, address: str) -> Opened | None:
        """Return the session of a cookie, if it is valid: three statements, and one more each minute.

        It ends by time, with a new password, and when the account may not log in to the service's own
        application any more.
        """
        context = self.context_for("", "", False, address)
        session = self.stored.find(self.digest(context, token))
        now = context.now_ms()
        if session is None or not _is_alive(session, now):
            return None
        context = self.context_for(session.tenant_id, session.account_id, False, address)
        with context.read() as unit:
            found = administrator_logins.find(unit, session.account_id)
        if found is None or found.account["password_modified_at"] != session.password_modified_at:
            return None
        if found.is_separate:
            context = self.context_for(session.tenant_id, session.account_id, True, address)
        return Opened(session, found.account, found.tenant, context)

    def begin(
        self, context: RequestContext, account: Row, browser: Browser, *, needs_factor: bool
    ) -> tuple[str, ConsoleSession]:
        """Begin a session after a right password; return the token for its cookie."""
        now, token = context.now_ms(), ids.new_token()
        session = ConsoleSession(
            id=ids.new_id(now),
            tenant_id=context.tenant_id,
            account_id=account["id"],
            stage=PENDING if needs_factor else OPEN,
            created_at=now,
            used_at=now,
            proved_at=now,
            ends_at=now + (FACTOR_MS if needs_factor else ABSOLUTE_MS),
            address=browser.address,
            agent=browser.agent[:LONGEST_AGENT],
            password_modified_at=account["password_modified_at"],
        )
        self.stored.forget(now, now - IDLE_MS)
        self.stored.add(session, self.digest(context, token))
        return token, session

    def finish(self, pending: Opened, browser: Browser) -> str | None:
        """Begin the session of a login whose second factor was right; return the token for its cookie.

        It takes the place of the pending one, which only one of several requests can end: the others get
        ``None``.
        """
        session = pending.session
        if not self.stored.end(session.id, session.account_id):
            return None
        return self.begin(pending.context, pending.administrator, browser, needs_factor=False)[0]

    def renew(self, opened: Opened, browser: Browser) -> str | None:
        """Begin another session in the place of one whose account has another password now.

        Its other sessions have ended by that. Returns the token, or ``None`` for an account that may not log
        in any more.
        """
        with opened.context.read() as unit:
            found = administrator_logins.find(unit, opened.session.account_id)
        self.stored.end_others(opened.session.account_id, "")
        if found is None:
            return None
        return self.begin(opened.context, found.account, browser, needs_factor=False)[0]

    def touch(self, opened: Opened, *, at_once: bool = False) -> None:
        """Note that the session is used: once a minute at most, or ``at_once``."""
        now = opened.context.now_ms()
        if at_once or now - opened.session.used_at >= TOUCH_MS:
            self.stored.touch(opened.session.id, now)

    def prove(self, opened: Opened) -> None:
        """Note that the password was given right now."""
        self.stored.prove(opened.session.id, opened.context.now_ms())

    def is_proved(self, opened: Opened) -> bool:
        """Tell whether the password was given a short time ago."""
        return opened.context.now_ms() - opened.session.proved_at < PROVED_MS

    def end(self, session: ConsoleSession) -> None:
        """End a session."""
        self.stored.end(session.id, session.account_id)

    def end_one(self, opened: Opened, id: str) -> bool:
        """End a session of the same administrator; tell whether there was one."""
        return self.stored.end(id, opened.session.account_id)

    def end_others(self, opened: Opened) -> int:
        """End all other sessions of the administrator; return their number."""
        return self.stored.end_others(opened.session.account_id, opened.session.id)

    def left(self, opened: Opened, *, is_used: bool = False) -> TimeLeft:
        """Return the time that a session has; with ``is_used``, after the request that uses it now.

        That is up to ``TOUCH_MS`` less than half an hour: a use is not stored at once.
        """
        now, session = opened.context.now_ms(), opened.session
        used_at = now if is_used and now - session.used_at >= TOUCH_MS else session.used_at
        idle, absolute = used_at + IDLE_MS - now, session.ends_at - now
        return TimeLeft(max(0, min(idle, absolute)) // 1000, max(0, absolute) // 1000)

    def of_account(self, opened: Opened) -> Sequence[ConsoleSession]:
        """Return this and the other sessions of an administrator that may be used now."""
        now, password = opened.context.now_ms(), opened.administrator["password_modified_at"]
        found = self.stored.of_account(opened.session.account_id, now - IDLE_MS)
        return [each for each in found if _is_alive(each, now) and each.password_modified_at == password]

    def form_token(self, token: str) -> str:
        """Return the value that forms send, for the cookie's token (CSRF)."""
        return self.context_for("", "", False, "").secrets.digest(token.encode(), _FORM_PURPOSE)

    def digest(self, context: RequestContext, token: str) -> str:
        """Return what is stored of a cookie's token."""
        return context.secrets.digest(token.encode(errors="surrogatepass"), _PURPOSE)


def _is_alive(session: ConsoleSession, now: int) -> bool:
    return now < session.ends_at and now - session.used_at < IDLE_MS
