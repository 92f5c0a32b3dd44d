"""Security events: what an operator looks for after an attack, one line each in ``stormpath.security``.

A line is ``event=authn_login_fail outcome=failure tenant=... account=... reason=7100 ...``: names and values,
quoted if they are no single word. The events are named after the OWASP Logging Vocabulary. No line holds a
password, a key's secret, a token, or a login name that a person typed: that may be a password in the wrong
field.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextvars import ContextVar, Token
from enum import Enum, StrEnum
from typing import Final, Protocol

from stormpath.server.logs.escaping import quoted
from stormpath.server.logs.flood import FloodGuard
from stormpath.server.logs.loggers import get_logger

LOGGER: Final = "stormpath.security"

#: Stands for a tenant or an account that is not known, or that there is none of.
UNKNOWN: Final = "unknown"

_log = get_logger(LOGGER)


class Outcome(StrEnum):
    """What became of an attempt: it was done, it failed, it was forbidden, or a limit stopped it."""

    SUCCESS = "success"
    FAILURE = "failure"
    DENIED = "denied"
    LIMITED = "limited"


class Event(Enum):
    """The events, each with its level, its outcome and its meaning (reStructuredText).

    Attempts that do not succeed are bounded in number: anyone can cause them. What succeeds was done by
    authenticated callers, or with a valid password or token; each has its line.
    """

    level: int
    outcome: Outcome
    meaning: str

    LOGIN_SUCCEEDED = (
        "authn_login_success",
        logging.INFO,
        Outcome.SUCCESS,
        "``account`` logged in to ``application``.",
    )
    LOGIN_FAILED = (
        "authn_login_fail",
        logging.WARNING,
        Outcome.FAILURE,
        "A login attempt failed. ``reason`` is the error code; ``account`` is the account that was found, or"
        " ``unknown``: then ``login`` is a keyed digest of the name, equal for equal names.",
    )
    LOGIN_LIMITED = (
        "authn_login_fail_max",
        logging.WARNING,
        Outcome.LIMITED,
        "A login attempt was refused with 429, whatever its password was: too many had failed. ``login`` as"
        " above.",
    )
    KEY_FAILED = (
        "authn_key_fail",
        logging.WARNING,
        Outcome.FAILURE,
        "A request was refused with 401: ``reason`` says why, ``key`` which API key it named.",
    )
    TOKEN_FAILED = (
        "authn_token_fail",
        logging.WARNING,
        Outcome.FAILURE,
        "A link or token for a reset or a verification was not valid: spent, expired or guessed.",
    )
    RESET_FAILED = (
        "authn_reset_fail",
        logging.WARNING,
        Outcome.FAILURE,
        "A password reset was asked for with an e-mail address that no account has.",
    )
    ACCESS_DENIED = (
        "authz_fail",
        logging.WARNING,
        Outcome.DENIED,
        "An authenticated caller was refused with 403: the resource is protected, or the tenant's owner.",
    )
    RATE_LIMITED = (
        "excess_rate_limit_exceeded",
        logging.WARNING,
        Outcome.LIMITED,
        "A request, other than a login, was refused with 429.",
    )
    OVER_CAPACITY = (
        "sys_over_capacity",
        logging.WARNING,
        Outcome.LIMITED,
        "A request was refused with 503: too many passwords wait to be hashed, or the database is busy.",
    )
    MAIL_SERVER_REFUSED = (
        "mail_server_fail",
        logging.WARNING,
        Outcome.FAILURE,
        "A tenant's mail server failed its test. ``reason`` is more than the caller was told.",
    )
    TOKEN_REUSED = (
        "authn_token_reuse",
        logging.WARNING,
        Outcome.DENIED,
        "A refresh token that was spent before was used again, so it may have been stolen: it and all"
        " tokens that came of the same login are revoked. ``id`` is the token's id.",
    )
    TOKEN_REVOKED = (
        "authn_token_revoked",
        logging.INFO,
        Outcome.SUCCESS,
        "Tokens were revoked: ``kind`` says which, ``id`` or ``count`` how many. ``reason`` is ``revoked`` or"
        " ``deleted`` by a caller, or a changed ``password``, or a ``key`` that was deleted or disabled.",
    )
    KEY_CREATED = (
        "authn_key_created",
        logging.INFO,
        Outcome.SUCCESS,
        "An API key (``id``) was created for ``account``.",
    )
    KEY_CHANGED = (
        "authn_key_changed",
        logging.INFO,
        Outcome.SUCCESS,
        "An API key was disabled or enabled (``status`` is the one it has now), or its labels were changed.",
    )
    KEY_DELETED = "authn_key_deleted", logging.INFO, Outcome.SUCCESS, "An API key was deleted."
    FACTOR_CREATED = (
        "authn_factor_created",
        logging.INFO,
        Outcome.SUCCESS,
        "A second factor (``id``, its type is ``kind``) was created for ``account``.",
    )
    FACTOR_VERIFIED = (
        "authn_factor_verified",
        logging.INFO,
        Outcome.SUCCESS,
        "A second factor was proved for the first time.",
    )
    FACTOR_CHANGED = (
        "authn_factor_changed",
        logging.INFO,
        Outcome.SUCCESS,
        "A second factor was disabled or enabled: ``status`` is the one it has now.",
    )
    FACTOR_DELETED = (
        "authn_factor_deleted",
        logging.INFO,
        Outcome.SUCCESS,
        "A second factor was deleted, alone or with its phone.",
    )
    RECOVERY_CODE_USED = (
        "authn_recovery_code_used",
        logging.INFO,
        Outcome.SUCCESS,
        "A recovery code of ``account`` was accepted; ``remaining`` are left.",
    )
    FACTOR_FAILED = (
        "authn_factor_fail",
        logging.WARNING,
        Outcome.FAILURE,
        "A code of a second factor was wrong, or was used before.",
    )
    FACTOR_LIMITED = (
        "authn_factor_fail_max",
        logging.WARNING,
        Outcome.LIMITED,
        "A code of a second factor was refused with 429, whatever it was: too many were wrong.",
    )
    PASSWORD_CHANGED = (
        "authn_password_change",
        logging.INFO,
        Outcome.SUCCESS,
        "The password of ``account`` was changed; ``route`` tells whether by a reset.",
    )
    ACCOUNT_CHANGED = (
        "user_updated",
        logging.INFO,
        Outcome.SUCCESS,
        "The status or the address of an account was changed.",
    )
    ACCOUNT_DELETED = "user_deleted", logging.INFO, Outcome.SUCCESS, "An account was deleted."
    SETTINGS_CHANGED = (
        "settings_changed",
        logging.INFO,
        Outcome.SUCCESS,
        "A setting of the tenant was created, changed or deleted: policies, stores and their mappings,"
        " providers, mail servers, templates. ``changed`` names the attributes, not their values.",
    )
    AGENT_ONLINE = (
        "agent_online",
        logging.INFO,
        Outcome.SUCCESS,
        "The agent of a mirrored directory (``id``) is at work, after it was offline or had an error.",
    )
    AGENT_OFFLINE = (
        "agent_offline",
        logging.WARNING,
        Outcome.FAILURE,
        "The agent of a mirrored directory has not called for 45 seconds: passwords that it would try on the "
        "directory's server cannot be checked, and nothing is synchronized.",
    )
    AGENT_FAILED = (
        "agent_fail",
        logging.WARNING,
        Outcome.FAILURE,
        "The agent of a mirrored directory cannot do its work; ``cause`` says why, as its ``statusReason``.",
    )

    def __new__(cls, name: str, level: int, outcome: Outcome, meaning: str) -> Event:
        each = object.__new__(cls)
        each._value_, each.level, each.outcome, each.meaning = name, level, outcome, meaning
        return each

    @property
    def is_bounded(self) -> bool:
        """Whether a flood of it is counted instead of written."""
        return self.outcome is not Outcome.SUCCESS and self is not Event.TOKEN_REUSED


class Routed(Protocol):
    """A request, as far as a line tells of it."""

    method: str
    uri_template: str | None


class RequestFacts:
    """The facts of a request that stand in each of its lines; the later ones are set as they become known.

    ``tenant_id`` is the caller's, or that of the link that a person opened. ``address`` is that of the
    connection: behind a proxy, the proxy's. ``account_id`` is the caller's account; it is stored, and stands
    in no line. ``holds_secret`` is for the answer: no cache may keep it.
    """

    __slots__ = ("account_id", "address", "holds_secret", "id", "key_id", "request", "tenant_id")

    def __init__(self, address: str) -> None:
        self.id = _new_id()
        self.address = address
        self.tenant_id = ""
        self.key_id = ""
        self.account_id = ""
        self.request: Routed | None = None
        self.holds_secret = False

    def facts(self) -> dict[str, str]:
        """Return the facts that are known, by their names in a line."""
        template = self.request and self.request.uri_template
        found = {
            "tenant": self.tenant_id,
            "key": self.key_id,
            "route": f"{self.request.method} {template}" if self.request and template else "",
            "address": self.address,
            "request": self.id,
        }
        return {name: value for name, value in found.items() if value}


def _new_id() -> str:
    """Return a random UUID (RFC 9562, 5.4); the standard library's takes three times as long."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


_current: ContextVar[RequestFacts | None] = ContextVar("stormpath_request", default=None)


def begin(facts: RequestFacts) -> Token[RequestFacts | None]:
    """Let the lines of this thread tell of that request, until ``end`` is called with what this returns."""
    if _guard.is_counting:
        _guard.end_periods()
    return _current.set(facts)


def end(token: Token[RequestFacts | None]) -> None:
    """End what ``begin`` began."""
    _current.reset(token)


def current() -> RequestFacts | None:
    """Return the facts of the request that this thread carries out, if it does."""
    return _current.get()


def is_written(event: Event) -> bool:
    """Tell whether the log wants lines of the event's level: what they tell is not looked up otherwise."""
    return _log.isEnabledFor(event.level)


#: Keeps an event beside its line: gets the names and values of the line, which are those of a log.
Keep = Callable[[Event, dict[str, object]], None]


def report(event: Event, keep: Keep | None = None, /, **facts: object) -> None:
    """Write the line of an event, or count it when too many of its kind were written just now.

    Of the facts, ``tenant`` is an id, by default that of the request's tenant, and ``account`` the href of
    the account that the event is about. What ``keep`` is told depends neither on the level of the log nor on
    how many lines it has.
    """
    is_line = is_written(event) and _has_room(event, facts.get("reason"))
    if is_line or keep is not None:
        told = _told(event, facts)
        if is_line:
            _log.log(event.level, "%s", line(told))
        if keep is not None:
            keep(event, told)


def _has_room(event: Event, reason: object) -> bool:
    # By the code of an error too: guesses at names must not hide guesses at passwords. Not by a reason in
    # words, which may hold a caller's: there would be any number of kinds.
    kind = (event.value, reason) if isinstance(reason, int) else (event.value,)
    return not event.is_bounded or admits(kind)


def admits(kind: tuple[object, ...]) -> bool:
    """Tell whether one more line of a kind (its name, and a code) may be written now, or count it."""
    return _guard.admits(kind)


def finish() -> None:
    """Write what was counted and not written yet."""
    _guard.end_periods(early=True)


def _told(event: Event, facts: dict[str, object]) -> dict[str, object]:
    """Return the names and values of an event's line."""
    of_request = request_facts()
    own = {
        "event": event.value,
        "outcome": event.outcome.value,
        "tenant": of_request.pop("tenant", UNKNOWN),
        "account": UNKNOWN,
        **facts,
    }
    return {**own, **{name: value for name, value in of_request.items() if name not in own}}


def request_facts() -> dict[str, str]:
    """Return the facts of the current request, nothing where there is none."""
    request = _current.get()
    return {} if request is None else request.facts()


def line(facts: dict[str, object]) -> str:
    """Return names and values as one line."""
    return " ".join(f"{name}={quoted(value)}" for name, value in facts.items())


def _tell(kind: tuple[object, ...], count: int) -> None:
    _log.warning("%s", line({**dict(zip(("event", "reason"), kind, strict=False)), "more": count}))


_guard: Final = FloodGuard(_tell)
