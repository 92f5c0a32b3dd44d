"""The context of one request: what a rule may use while it carries the request out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from stormpath.server.domain.agent_logins import AgentLogins, NoAgentLogins, NoSignals, Signals
from stormpath.server.domain.events import Event, Events
from stormpath.server.domain.guesses import Guesses, GuessLimits, Uncounted
from stormpath.server.domain.hash_kinds import HashKind
from stormpath.server.domain.idempotency import Creation
from stormpath.server.domain.outbound import Fetch, fetches_nothing
from stormpath.server.domain.storage import Row, Storage, Unit
from stormpath.server.schema import Resource, ids
from stormpath.server.schema.errors import ApiError, Code


class Turn(NamedTuple):
    """The queue in which a password waits to be hashed: tenants, API keys and accounts take turns.

    ``account`` is any text that stays the same for one account, or for one login name.
    """

    tenant_id: str = ""
    key_id: str = ""
    account: str = ""


class Passwords(Protocol):
    """Slow, salted hashes. Making and verifying one raises ``ApiError`` (503) when too many wait already."""

    def queued(self, turn: Turn) -> Passwords:
        """Return the same, whose hashes wait in that queue."""

    def hash(self, password: str) -> str:
        """Return the hash to store; passwords that differ in their Unicode forms alone are one."""

    def verify(self, password: str, stored: str | None) -> bool:
        """Tell whether the password is the hashed one; takes as long when there is no hash."""

    def match(self, password: str, stored: str | None, *, among: Iterable[str] = ()) -> str | None:
        """Return the Unicode form of the password that was hashed, or ``None`` if it is another one.

        In vain it takes as long as for any of several that may be meant: those ``among`` which it is, longest
        first, each with a colon before it in the one before.
        """

    def stand_in(self, place: Hashable, name: str, kinds: Callable[[], Iterable[HashKind]]) -> str:
        """Return a hash for a login name that no account has: no password matches it.

        Verifying it takes as long as for an account in that ``place``, such as an application: it is of one
        of the kinds of hashes there, in their proportions, and of the same kind for one ``name`` (a keyed
        digest). ``kinds`` returns those of the place; it is called once a minute.
        """

    def is_outdated(self, stored: str, password: str) -> bool:
        """Tell whether the hash should be replaced by a fresh one of the password that ``match`` returned."""

    def check_imported(self, hashed: str) -> None:
        """Refuse an imported hash (rest-core 6.11) that ``verify`` would not understand."""

    def can_verify(self, hashed: str) -> bool:
        """Tell whether ``verify`` understands a hash of an LDAP server, such as ``{SSHA}...``."""


class Secrets(Protocol):
    """Encryption of secrets that must be read back. A sealed secret is tied to the id it belongs to."""

    def seal(self, secret: str, belongs_to: str) -> bytes:
        """Return what to store."""

    def open(self, sealed: bytes, belongs_to: str) -> str:
        """Return the secret."""

    def key_for(self, purpose: str) -> bytes:
        """Return the service's key for signatures that only it verifies; each purpose has its own."""

    def digest(self, data: bytes, purpose: str) -> str:
        """Return a digest that tells nothing about the data without the key."""


#: Adapts the representation of a resource to the expansions that its reader asked for.
Present = Callable[[dict[str, Any]], dict[str, Any]]

#: How long an idempotency key is remembered.
REMEMBERED_MS: int = 24 * 60 * 60 * 1000

#: The fingerprint, and the resource, of a key that is stored for its cost in time alone.
DECOY_KEY: Final = "decoy"


@dataclass(slots=True)
class IdempotentRequest:
    """A request that its caller may send again: the kind of resource it creates, and its idempotency key.

    The first resource of that kind which the request stores is its creation; key and resource are stored in
    one transaction, so a create never happens twice, even if the answer is lost on its way to the caller. A
    request that creates nothing keeps the resource that it was about, and checks whether it ``is_repeat``.
    """

    resource: str
    key: str
    fingerprint: str
    is_repeat: bool = False
    kept_in: Unit | None = field(default=None, repr=False)

    def earlier(self, unit: Unit, now_ms: int) -> Creation | None:
        """Return what the key has created already, or ``None``."""
        return unit.idempotency.find(self.key, now_ms)

    def keep(self, unit: Unit, resource: str, id: str, now_ms: int) -> None:
        """Keep the resource as the request's creation, if it is of its kind. May raise ``Repeated``."""
        # A unit that was rolled back has not kept it: the next one keeps it again.
        if resource == self.resource and not self.is_repeat and self.kept_in is not unit:
            expires_at = now_ms + REMEMBERED_MS
            unit.idempotency.remember(Creation(self.key, self.fingerprint, resource, id, expires_at), now_ms)
            self.kept_in = unit


class MessageLimits(NamedTuple):
    """The most messages in an hour to one address, to one account, and of one directory; 0 for no limit."""

    address: int = 0
    account: int = 0
    directory: int = 0


NO_LIMITS: Final = MessageLimits()
UNCOUNTED: Final = Uncounted()
NO_GUESS_LIMITS: Final = GuessLimits()
NO_AGENT_LOGINS: Final = NoAgentLogins()
NO_SIGNALS: Final = NoSignals()

#: Connects to the mail server with these values (by column, the password readable) and logs in, or refuses.
TrySmtp = Callable[["Values"], None]


def reaches_none(server: Values) -> None:
    """Refuse every mail server, where the service connects to none."""
    raise ApiError(Code.SMTP_UNREACHABLE, "No mail servers can be reached from here.")


#: Tells whether a value of that purpose is used for the first time, and remembers it until that time, and a
#: quarter of an hour longer (milliseconds since 1970).
FirstUse = Callable[[str, str, int], bool]


def has_no_key(tenant_id: str, key_id: str) -> None:
    """Find no API key, where there is no tenant."""


def is_never_first(purpose: str, value: str, until_ms: int) -> bool:
    """Accept nothing, where nothing can be remembered."""
    return False


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The context of a request: the caller's tenant, storage, hashing, encryption, clock and declarations.

    The caller is the API key that signed the request; it is empty where the service acts on its own.
    ``caller_is_separate`` says that the key's account is neither the tenant's owner nor may act for other
    administrators (``resources/policies/administrators.py``).
    ``max_links`` is how many links an account may have. ``base_url`` is the public URL of the service, and
    ``base_url_aliases`` are others of it. ``key_secret`` returns the secret of a tenant's enabled API key
    that may call the API, by the ids of tenant and key, or ``None``.
    ``end_user_address`` is where the person is whom the caller serves, if the caller says so: an IPv4
    address, or the /64 network of an IPv6 one.
    ``fetch`` sends requests to other systems. ``provider_urls`` are the endpoints of social providers, by
    name; those that are not there have their defaults (``social/endpoints.py``). ``default_region`` is the
    country of phone numbers that name none (ISO 3166). ``actor`` is the account id of the administrator who
    acts through the console; it is empty for API keys. ``agent_logins`` are those that wait for the agents of
    mirrored directories, and ``signals`` wake requests that wait, also in other processes.
    """

    tenant_id: str
    storage: Storage
    passwords: Passwords
    secrets: Secrets
    now_ms: Callable[[], int]
    resources: dict[str, Resource]
    caller_key_id: str = ""
    caller_secret: str = field(default="", repr=False)
    caller_account_id: str = ""
    caller_is_separate: bool = False
    idempotent_request: IdempotentRequest | None = None
    max_links: int = 100
    base_url: str = ""
    base_url_aliases: tuple[str, ...] = ()
    mail_limits: MessageLimits = NO_LIMITS
    sms_limits: MessageLimits = NO_LIMITS
    try_smtp: TrySmtp = reaches_none
    events: Events = field(default_factory=Events, repr=False)
    key_secret: Callable[[str, str], str | None] = has_no_key
    is_first_use: FirstUse = is_never_first
    guesses: Guesses = UNCOUNTED
    guess_limits: GuessLimits = NO_GUESS_LIMITS
    end_user_address: str = ""
    fetch: Fetch = fetches_nothing
    provider_urls: Mapping[str, str] = field(default_factory=dict)
    default_region: str = "US"
    actor: str = ""
    agent_logins: AgentLogins = NO_AGENT_LOGINS
    signals: Signals = NO_SIGNALS

    def read(self) -> AbstractContextManager[Unit]:
        """Open a unit that only reads."""
        return self.storage.read(self.tenant_id)

    def write(self) -> AbstractContextManager[Unit]:
        """Open a unit whose changes are kept together when the block ends, or not at all."""
        return self.storage.write(self.tenant_id)

    def passwords_of(self, account: str) -> Passwords:
        """Return the hashes of one account, or of one login name: a flood of them waits behind itself."""
        return self.passwords.queued(Turn(self.tenant_id, self.caller_key_id, account))

    def emit(self, unit: Unit, event: Event) -> None:
        """Report what a rule has just done in the unit; listeners may write in it too."""
        self.events.emit(self, unit, event)

    def report(self, event: Event) -> None:
        """Report what happened without a transaction, such as a failed login, at once."""
        self.events.report(event)

    @property
    def is_repeat(self) -> bool:
        """Whether the request was carried out before: its caller did not get the answer."""
        return self.idempotent_request is not None and self.idempotent_request.is_repeat

    def keep_idempotent(self, unit: Unit, resource: str, id: str) -> None:
        """Keep, with the unit's changes, what the request created or was about. May raise ``Repeated``."""
        if self.idempotent_request is not None:
            self.idempotent_request.keep(unit, resource, id, self.now_ms())

    def write_decoy_key(self, unit: Unit) -> None:
        """Write a useless key, soon deleted: the same work as ``keep_idempotent``, for its time alone."""
        if self.idempotent_request is not None and not self.is_repeat:
            now, key = self.now_ms(), ids.new_token()
            unit.idempotency.remember(Creation(key, DECOY_KEY, DECOY_KEY, "", expires_at=now), now)


@dataclass(frozen=True, slots=True)
class Owner:
    """The resource under which another one is created.

    ``application`` is the application that the request named, where one of its stores led to this owner.
    ``also`` is what the body had beside the attributes of the new resource (``Collection.also_takes``).
    """

    resource: Resource
    row: Row
    application: Row | None = None
    also: Values = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.row["id"])


#: A checked body: stored values by column name; custom data changes under ``custom_data``.
Values = dict[str, Any]
