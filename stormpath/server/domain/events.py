"""Events: what a rule did, emitted in the transaction that did it.

A listener runs at one of two moments. A listener of :meth:`Events.during` runs inside the transaction: it
may write more in the same unit, and an exception that it raises undoes the whole. A listener of
:meth:`Events.after` runs once the transaction is committed: it sees nothing that was rolled back, and its own
failure is only logged. An event without a transaction, such as a failed login, goes to the listeners of
:meth:`Events.after` at once (:meth:`Events.report`).

A listener of a class gets the events of its subclasses too. An audit log that loses nothing listens to
:class:`SecurityEvent` during the transaction, and to :class:`LoginEvent` after.

Rows that the database deletes by a cascade have no event of their own: deleting a directory is one event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from stormpath.server.domain.storage import Row, Unit
from stormpath.server.logs.loggers import get_logger

if TYPE_CHECKING:
    from stormpath.server.domain.context import RequestContext

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a rule did on behalf of a tenant."""

    tenant_id: str


@dataclass(frozen=True, slots=True)
class ResourceChanged(Event):
    """A resource was created, changed or deleted.

    ``before`` is its row as it was (``None`` for a new one), ``after`` as it is (``None`` for a deleted one).
    Secrets in a row are encrypted, and a password's hash is never in it.
    """

    resource: str
    id: str
    before: Row | None = field(default=None, repr=False)
    after: Row | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AccountRegistered(Event):
    """An account was created with its directory's e-mail workflows on.

    ``policy`` is the directory's account creation policy. ``application`` is the one through which the
    account was created, or ``None``.
    """

    account: Row = field(repr=False)
    policy: Row = field(repr=False)
    application: Row | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AddressChanged(Event):
    """An account got another e-mail address; other letters of the same address are none.

    ``before`` is its row with the old address, ``after`` with the new one.
    """

    before: Row = field(repr=False)
    after: Row = field(repr=False)


@dataclass(frozen=True, slots=True)
class EmailQueued(Event):
    """An e-mail was added to the outbox."""

    id: str


@dataclass(frozen=True, slots=True)
class SmsQueued(Event):
    """A text message was added to the outbox."""

    id: str


@dataclass(frozen=True, slots=True)
class MessageFinished(Event):
    """A message of the outbox was sent, or given up. ``channel`` is that of the outbox: email or SMS."""

    id: str
    channel: str
    was_sent: bool


@dataclass(frozen=True, slots=True)
class PasswordReset(Event):
    """An account got another password with a link of its own. ``PasswordChanged`` tells of it, too."""

    account_id: str


@dataclass(frozen=True, slots=True)
class CustomDataChanged(Event):
    """The custom data of a resource was changed. ``row`` is the resource's."""

    resource: str
    id: str
    row: Row = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent(Event):
    """What the operator of a service wants to know of its accounts. No field holds a secret.

    ``account_id`` is the account that it is about; it is empty where that is not known.
    """

    account_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginEvent(SecurityEvent):
    """A login to an application was tried. It has no transaction.

    ``login`` is a keyed digest of the name, where no account with it is known.
    """

    application_id: str
    login: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSucceeded(LoginEvent):
    """An account logged in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailed(LoginEvent):
    """A login was refused; ``reason`` is the error code."""

    reason: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginLimited(LoginEvent):
    """A login was refused because too many had failed; its password was not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(SecurityEvent):
    """An account got another password. A new account, or a fresh hash of the same password, is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEvent(SecurityEvent):
    """Something happened to an API key of the account; ``id`` is the key's id."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCreated(KeyEvent):
    """An API key was created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChanged(KeyEvent):
    """The columns ``changed`` of an API key differ; ``status`` is the one it has now."""

    status: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDeleted(KeyEvent):
    """An API key was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorEvent(SecurityEvent):
    """Something happened to a second factor of the account: ``id`` is its id, ``kind`` its type."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorCreated(FactorEvent):
    """A second factor was created; it is not proved yet, unless it is a set of recovery codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorVerified(FactorEvent):
    """A second factor was proved for the first time: from now on, a login can ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorChanged(FactorEvent):
    """A second factor was disabled or enabled: ``status`` is the one it has now."""

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorDeleted(FactorEvent):
    """A second factor was deleted, alone or with its phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeUsed(FactorEvent):
    """A recovery code was accepted; ``remaining`` are left."""

    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorFailed(FactorEvent):
    """A code was wrong, or was used before. It may have no transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorLimited(FactorEvent):
    """A code was refused because too many were wrong; it was not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(SecurityEvent):
    """A token was revoked before it expired: ``id``, or ``count`` tokens of the account at once.

    ``kind`` is ``access``, ``refresh`` (with the access tokens of its grant), or ``all``. ``reason`` is a
    word for the log: ``revoked``, ``deleted``, ``password`` or ``key``.
    """

    kind: str
    reason: str
    id: str = ""
    application_id: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReused(SecurityEvent):
    """A refresh token that was spent before was used again, and so its whole family was revoked.

    Emit it once, where the family ends: its line is written however many there are.
    """

    id: str
    application_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent(SecurityEvent):
    """The status of an agent of a mirrored directory has changed; ``cause`` is the reason of the new one."""

    id: str
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOnline(AgentEvent):
    """An agent called, and all is well with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOffline(AgentEvent):
    """An agent has not called for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFailed(AgentEvent):
    """An agent called, and cannot do its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SynchronizationAsked(SecurityEvent):
    """An administrator asked the agent with this id to synchronize; ``changed`` names what was asked for."""

    id: str
    changed: str
    resource: str = "agent"
    change: str = "changed"


E = TypeVar("E", bound=Event)

DuringListener = Callable[["RequestContext", Unit, E], None]
AfterListener = Callable[[E], None]


class Events:
    """The listeners of one service, by the class of event."""

    def __init__(self) -> None:
        self._during: dict[type[Event], list[DuringListener[Any]]] = {}
        self._after: dict[type[Event], list[AfterListener[Any]]] = {}

    def during(self, kind: type[E], listener: DuringListener[E]) -> None:
        """Call the listener with each event of the class, in the transaction that emits it.

        An event that is reported without a transaction is not among them.
        """
        self._during.setdefault(kind, []).append(listener)

    def after(self, kind: type[E], listener: AfterListener[E]) -> Callable[[], None]:
        """Call the listener with each committed event of the class, in the thread that committed it.

        Returns a function that removes the listener.
        """
        listeners = self._after.setdefault(kind, [])
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    def emit(self, context: RequestContext, unit: Unit, event: Event) -> None:
        """Call the listeners of this moment, and keep the event for those that wait for the commit."""
        unit.keep_event(event)
        for listener in _of_class(self._during, event):
            listener(context, unit, event)

    def report(self, event: Event) -> None:
        """Call the listeners that wait for commits: the event has no transaction."""
        self.committed((event,))

    def committed(self, events: Iterable[Event]) -> None:
        """Call the listeners that wait for the commit of these events."""
        for event in events:
            for listener in _of_class(self._after, event):
                try:
                    listener(event)
                except Exception:
                    # The change is made and its caller is answered; only what should follow is missing.
                    _log.exception("A listener of %s failed", type(event).__name__)


L = TypeVar("L")


def _of_class(listeners: Mapping[type[Event], list[L]], event: Event) -> list[L]:
    """Return the listeners of the event's class and of its bases."""
    return [each for kind in type(event).__mro__ if kind in listeners for each in listeners[kind]]
