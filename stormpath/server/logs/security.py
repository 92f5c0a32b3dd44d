"""Security events: what an operator looks for after an attack, one line each in ``stormpath.security``.

A line is ``event=authn_login_fail reason=7100 ...``: names and values, quoted if they are no single word. The
events are named after the OWASP Logging Vocabulary. No line holds a password, a key's secret, a token, or a
login name that a person typed: that may be a password in the wrong field.
"""

from __future__ import annotations

import logging
import os
from contextvars import ContextVar, Token
from enum import Enum
from typing import Final, Protocol

from stormpath.server.logs.escaping import quoted
from stormpath.server.logs.flood import FloodGuard
from stormpath.server.logs.loggers import get_logger

LOGGER: Final = "stormpath.security"

_log = get_logger(LOGGER)


class Event(Enum):
    """The events, each with its level and its meaning (reStructuredText).

    Failures are warnings, and bounded in number: anyone can cause them. Changes are made by authenticated
    callers; each of them is logged.
    """

    level: int
    meaning: str

    LOGIN_FAILED = (
        "authn_login_fail",
        logging.WARNING,
        "A login attempt failed. ``reason`` is the error code; ``account`` is the account that was found, or"
        " ``unknown``: then ``login`` is a keyed digest of the name, equal for equal names.",
    )
    KEY_FAILED = (
        "authn_key_fail",
        logging.WARNING,
        "A request was refused with 401: ``reason`` says why, ``key`` which API key it named.",
    )
    TOKEN_FAILED = (
        "authn_token_fail",
        logging.WARNING,
        "A link or token for a reset or a verification was not valid: spent, expired or guessed.",
    )
    RESET_FAILED = (
        "authn_reset_fail",
        logging.WARNING,
        "A password reset was asked for with an e-mail address that no account has.",
    )
    ACCESS_DENIED = (
        "authz_fail",
        logging.WARNING,
        "An authenticated caller was refused with 403: the resource is protected, or the tenant's owner.",
    )
    RATE_LIMITED = (
        "excess_rate_limit_exceeded",
        logging.WARNING,
        "A request was refused with 429.",
    )
    OVER_CAPACITY = (
        "sys_over_capacity",
        logging.WARNING,
        "A request was refused with 503: too many passwords wait to be hashed, or the database is busy.",
    )
    MAIL_SERVER_REFUSED = (
        "mail_server_fail",
        logging.WARNING,
        "A tenant's mail server failed its test. ``reason`` is more than the caller was told.",
    )
    KEY_CREATED = "authn_key_created", logging.INFO, "An API key was created for ``account``."
    KEY_CHANGED = "authn_key_changed", logging.INFO, "The status or the labels of an API key were changed."
    KEY_DELETED = "authn_key_deleted", logging.INFO, "An API key was deleted."
    PASSWORD_CHANGED = (
        "authn_password_change",
        logging.INFO,
        "The password of ``account`` was changed; ``route`` tells whether by a reset.",
    )
    ACCOUNT_CHANGED = (
        "user_updated",
        logging.INFO,
        "The status or the address of an account was changed.",
    )
    ACCOUNT_DELETED = "user_deleted", logging.INFO, "An account was deleted."
    SETTINGS_CHANGED = (
        "settings_changed",
        logging.INFO,
        "A setting of the tenant was created, changed or deleted: policies, stores and their mappings,"
        " providers, mail servers, templates. ``changed`` names the attributes, not their values.",
    )

    def __new__(cls, name: str, level: int, meaning: str) -> Event:
        each = object.__new__(cls)
        each._value_, each.level, each.meaning = name, level, meaning
        return each


class Routed(Protocol):
    """A request, as far as a line tells of it."""

    method: str
    uri_template: str | None


class RequestFacts:
    """The facts of a request that stand in each of its lines; the later ones are set as they become known.

    ``address`` is that of the connection: behind a proxy, the proxy's. ``holds_secret`` is for the answer: no
    cache may keep it.
    """

    __slots__ = ("address", "holds_secret", "id", "key_id", "request")

    def __init__(self, address: str) -> None:
        self.id = _new_id()
        self.address = address
        self.key_id = ""
        self.request: Routed | None = None
        self.holds_secret = False

    def facts(self) -> dict[str, str]:
        """Return the facts that are known, by their names in a line."""
        template = self.request and self.request.uri_template
        found = {
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


def report(event: Event, **facts: object) -> None:
    """Write the line of an event, or count it when too many of its kind were written just now."""
    if not _log.isEnabledFor(event.level):
        return
    # By the code of an error too: guesses at names must not hide guesses at passwords. Not by a reason in
    # words, which may hold a caller's: there would be any number of kinds.
    reason = facts.get("reason")
    kind = (event.value, reason) if isinstance(reason, int) else (event.value,)
    if event.level < logging.WARNING or admits(kind):
        _write(event, facts)


def admits(kind: tuple[object, ...]) -> bool:
    """Tell whether one more line of a kind (its name, and a code) may be written now, or count it."""
    return _guard.admits(kind)


def finish() -> None:
    """Write what was counted and not written yet."""
    _guard.end_periods(early=True)


def _write(event: Event, facts: dict[str, object]) -> None:
    _log.log(event.level, "%s", line({"event": event.value, **facts, **_others(facts)}))


def _others(facts: dict[str, object]) -> dict[str, str]:
    return {name: value for name, value in request_facts().items() if name not in facts}


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
