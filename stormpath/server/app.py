"""Composition: settings, storage, rules and the REST engine become one WSGI callable."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from functools import cache, partial
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

import falcon
import msgspec

from stormpath import forks
from stormpath.server.agents import synchronizations
from stormpath.server.agents.keys import AgentAuthenticator, key_of
from stormpath.server.agents.open_polls import OpenPolls
from stormpath.server.agents.polling import Polling
from stormpath.server.agents.status import AgentWatch
from stormpath.server.authentication import login, relay_states
from stormpath.server.domain import one_time_tokens
from stormpath.server.domain.agent_leases import AgentLeases
from stormpath.server.domain.agent_logins import agent_channel
from stormpath.server.domain.context import NO_LIMITS, MessageLimits, RequestContext, TrySmtp, Values
from stormpath.server.domain.events import (
    AccountRegistered,
    AddressChanged,
    Events,
    ResourceChanged,
    SynchronizationAsked,
)
from stormpath.server.domain.guesses import Guesses, GuessLimits
from stormpath.server.domain.outbox import (
    EMAIL,
    SMS,
    OnSmsOutcome,
    OutboxEntry,
    ReachedLimit,
)
from stormpath.server.domain.overview import Overview
from stormpath.server.domain.storage import CannotOpen, NotSetUp, StorageError
from stormpath.server.factors import RULES as FACTOR_RULES
from stormpath.server.factors import deliveries
from stormpath.server.flows import (
    address_change,
    email_preview,
    password_reset,
    registration,
    verification,
)
from stormpath.server.jobs import rate_limits
from stormpath.server.jobs.event_writer import EventWriter
from stormpath.server.jobs.health import HealthCheck
from stormpath.server.logs import security
from stormpath.server.mail.background_sender import BackgroundSender
from stormpath.server.mail.email import Email, opened
from stormpath.server.oauth import revocation, validation
from stormpath.server.outbound.allowed_targets import AllowedTargets
from stormpath.server.pages import errors as error_pages
from stormpath.server.pages import forms
from stormpath.server.pages.password_reset import PasswordResetPage
from stormpath.server.pages.verification import VerificationPage
from stormpath.server.parts import Parts
from stormpath.server.protocols import agent_files
from stormpath.server.protocols import oauth as oauth_protocol
from stormpath.server.protocols.agent_files import AgentFiles
from stormpath.server.protocols.agents import AgentEndpoints
from stormpath.server.protocols.oauth import OAuthEndpoints
from stormpath.server.resources import RESOURCES, RULES
from stormpath.server.resources.policies import administrators
from stormpath.server.rest import error_page
from stormpath.server.rest.anonymous_access import AnonymousAccess
from stormpath.server.rest.concurrency_limits import UNLIMITED, ConcurrencyLimits
from stormpath.server.rest.engine import Engine
from stormpath.server.rest.hrefs import Hrefs
from stormpath.server.rest.linked_tokens import LinkedTokens
from stormpath.server.rest.openapi import describe
from stormpath.server.rest.protocols import Protocol, json_error, json_error_body
from stormpath.server.rest.representation import Renderer
from stormpath.server.rest.routes import Path
from stormpath.server.rest.rules import Action, OneTimeTokenRules
from stormpath.server.rest.wsgi import build
from stormpath.server.security import admin_actions
from stormpath.server.security.audit import SecurityLog
from stormpath.server.security.daily_counts import DailyCounts
from stormpath.server.security.encryption import SecretBox, key_from_text
from stormpath.server.security.request_auth import Authenticator, Caller
from stormpath.server.security.stored_events import EventKeeper
from stormpath.server.settings import Settings, variable_of
from stormpath.server.setup.bootstrap import set_up
from stormpath.server.setup.operator import Operator
from stormpath.server.sms import message as sms_message
from stormpath.server.sms.background_sender import BackgroundSmsSender
from stormpath.server.sms.gateway import SendSms
from stormpath.server.sms.gateway_client import gateway_fetch
from stormpath.server.sms.message import Sms
from stormpath.server.social import endpoints
from stormpath.server.social import login as social_login
from stormpath.server.storage.agent_leases import StoredAgentLeases
from stormpath.server.storage.agent_logins import StoredAgentLogins
from stormpath.server.storage.agents import StoredAgents
from stormpath.server.storage.api_keys import ApiKeys
from stormpath.server.storage.database import Database
from stormpath.server.storage.engines import Limits, identity_of, parse_url, url_of
from stormpath.server.storage.event_storage import EventStorage
from stormpath.server.storage.guesses import StoredGuesses
from stormpath.server.storage.nonces import Nonces
from stormpath.server.storage.outbox import Outbox
from stormpath.server.storage.overview import overview
from stormpath.server.storage.redis_guesses import RedisGuesses
from stormpath.server.storage.security_events import StoredSecurityEvents
from stormpath.server.storage.signals import Signals
from stormpath.server.storage.smtp_servers import is_any_enabled
from stormpath.server.storage.tenant_lookup import owner_of_token, tenant_of

if TYPE_CHECKING:
    from stormpath.server.console.app import Console
    from stormpath.server.jobs.delivery import Report

__all__ = ["CannotOpen", "NotSetUp", "Service", "check", "identity_of", "open_service"]

ACTIONS: Final[dict[tuple[str, str], Action]] = {
    ("application", "loginAttempts"): login.attempt,
    ("samlServiceProvider", "defaultRelayStates"): relay_states.create,
    ("application", "authTokens"): validation.validate,
    ("application", "passwordResetTokens"): password_reset.create,
    ("application", "verificationEmails"): verification.resend,
    ("emailTemplate", "preview"): email_preview.preview,
    ("agent", "synchronizations"): synchronizations.ask,
    ("application", "providerData"): social_login.in_application,
    ("organization", "providerData"): social_login.in_organization,
}

_VERIFICATION: Final = "/accounts/emailVerificationTokens/{token}"
_RESET: Final = "/applications/{id}/passwordResetTokens/{token}"

TOKENS: Final[dict[str, OneTimeTokenRules]] = {
    _VERIFICATION: verification.VerificationTokens(),
    _RESET: password_reset.ResetTokens(),
}

_DECLARATIONS: Final = {each.name: each for each in RESOURCES}

#: Resources of which a change may affect an API key: cached keys are dropped.
_KEY_OWNERS: Final = frozenset({"apiKey", "account", "directory", "tenant"})


def now_ms() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _try_smtp(targets: AllowedTargets, server: Values) -> None:
    """Connect to a tenant's mail server, if it is among the targets, and log in; or raise ``ApiError``."""
    # Loaded here: a service without mail servers needs neither smtplib nor TLS.
    from stormpath.server.mail import smtp_check

    smtp_check.try_smtp(server, targets)


class Service:
    """The service on one database: a WSGI callable. Threads may share it; ``close`` it at the end.

    ``try_smtp`` tests the mail servers of tenants before they are stored; by default by a login. ``outbound``
    sends its HTTP requests to other systems. ``limits`` are those of a process that serves it to others.
    ``on_sms_outcome`` is told what becomes of text messages; by default their challenges are.
    Raises :class:`CannotOpen` if the database cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        create: bool = True,
        clock: Callable[[], int] = now_ms,
        try_smtp: TrySmtp | None = None,
        limits: ConcurrencyLimits = UNLIMITED,
        on_sms_outcome: OnSmsOutcome = deliveries.note,
    ) -> None:
        parts = Parts.parse(settings)
        self._passwords, self.outbound = parts.passwords, parts.outbound
        self._agent_targets = parts.agent_targets
        self.settings = settings
        self.base_url = settings.base_url
        self.base_url_aliases = settings.aliases
        self.mail_from = settings.mail_from
        self._provider_urls = endpoints.configured(settings)
        self._limits_of: Settings | None = None
        self._limits_made = (NO_LIMITS, NO_LIMITS)
        self._clock = clock
        self._limits = limits
        self.try_smtp: TrySmtp = try_smtp or partial(_try_smtp, parts.mail_targets)
        of_database = Limits(settings.database_connections, settings.statement_timeout)
        self.database = Database(settings.database, RESOURCES, parts.sender, of_database)
        self._event_writer = self._new_event_writer()
        self.security_events = StoredSecurityEvents(self.database, self._event_writer.flush)
        self._keep = (
            EventKeeper(self._event_writer.add, self._now).keep if settings.security_events_days else None
        )
        self.events = self._new_events()
        self.database.on_commit = self.events.committed
        self.guess_limits = GuessLimits(
            settings.guesses_per_account, settings.guesses_per_address, settings.guesses_per_key
        )
        self._guesses = self._new_guesses()
        self.signals = Signals(self.database)
        self._agent_logins = StoredAgentLogins(self.database, self.signals)
        try:
            self.tenant_id, self._box = set_up(self.database, settings, self._context, create=create)
            with self.database.read(self.tenant_id) as unit:
                administrators.warn_of_open(unit)
        except StorageError as error:
            self._event_writer.stop(0)
            self.database.close()
            raise self._cannot_use_database(error) from error
        except BaseException:
            self._event_writer.stop(0)
            self.database.close()
            raise
        self.operator = Operator(self.database, self._box, self._context(self.tenant_id, self._box))
        self.outbox = Outbox(self.database, on_sms_outcome)
        self._sender = BackgroundSender(
            self.outbox,
            self._box,
            clock,
            self.events,
            settings.smtp_url,
            self._has_tenant_server,
            parts.mail_targets,
        )
        fetch_sms = partial(gateway_fetch, settings.outbound_ca)
        self._sms_sender = BackgroundSmsSender(
            self.outbox, self._box, clock, self.events, parts.sms_endpoint, fetch_sms
        )
        agents = StoredAgents(self.database)
        self._agent_watch = AgentWatch(agents, self._context_of, self._now)
        self._agent_authenticator = AgentAuthenticator(agents, self._box, self._context_of)
        self._polling = Polling(OpenPolls(limits.polls), self._agent_logins, self.signals)
        self._nonces = Nonces(self.database, self.settings.signature_window)
        self._authenticator = self._new_authenticator()
        self._application = self._build()
        self._console: Console | None = None
        self._after_fork()
        forks.renew_in_child(self)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a WSGI request."""
        return self._application(environ, start_response)

    def __repr__(self) -> str:
        return f"<Service {self.base_url} on {self.database.name}>"

    def local_api_key(self) -> tuple[str, str]:
        """Return (id, secret) of the key that clients in this process use; the first call creates it.

        Raises :class:`CannotOpen` if the database cannot be used.
        """
        try:
            pair = self.operator.local_api_key()
        except StorageError as error:
            raise self._cannot_use_database(error) from error
        return pair.id, pair.secret

    def start_sender(self, smtp_url: str | None = None) -> None:
        """Send e-mails in a thread of this process from now on, through that server or the settings' own.

        E-mails of tenants that have a mail server go through that. Raises `CannotOpen` without any mail
        server, and if the thread runs already and sends through another.
        """
        self._sender.start(smtp_url)

    def start_sender_when_needed(self) -> None:
        """Start a sender as soon as there is a mail server: in the settings, or ``ENABLED`` of any tenant.

        A later request to this process that creates or enables one starts it too. One of text messages is
        started if the settings name a gateway. Raises `CannotOpen`.
        """
        self._sender.start_when_needed()
        if self._sms_sender.has_gateway:
            self._sms_sender.start()

    def start_sms_sender(self, gateway: SendSms | None = None) -> None:
        """Send text messages in a thread of this process from now on, by ``gateway(to, text)``.

        Without it, through the gateway of the settings. Raises `CannotOpen` without either, and if the thread
        runs already and sends in another way.
        """
        self._sms_sender.start(gateway)

    def has_sms_gateway(self) -> bool:
        """Tell whether the settings name a gateway for text messages."""
        return self._sms_sender.has_gateway

    def send_sms(self) -> Report:
        """Send all text messages that are due; raises `CannotOpen` without a gateway in the settings.

        A failing gateway is tried three times. Raises `CannotOpen` too if the database cannot be used.
        """
        try:
            return self._sms_sender.run()
        except StorageError as error:
            raise self._cannot_use_database(error) from error

    def has_mail_server(self) -> bool:
        """Tell whether there is any mail server; raises `CannotOpen` if the database cannot be read."""
        return self._sender.has_mail_server()

    def send_mail(self) -> Report:
        """Send all e-mails that are due; raises `CannotOpen` without any mail server.

        Waits for e-mails that other processes are sending. A failing mail server is tried three times.
        Raises `CannotOpen` too if the database cannot be used.
        """
        try:
            return self._sender.run()
        except StorageError as error:
            raise self._cannot_use_database(error) from error

    def email_of(self, entry: OutboxEntry) -> Email | None:
        """Return the e-mail in an entry of the outbox, ``None`` once it is sent: a link in it is a secret.

        Raises ``ValueError`` if it was stored under another secret key.
        """
        sealed = self.outbox.content(entry.id)
        return None if sealed is None else opened(self._box, sealed, entry.id)

    def emails(self, most: int = 1000) -> list[Email]:
        """Return the newest e-mails that are not sent yet, in the order in which they were written."""
        found = [self.email_of(each) for each in self.outbox.entries(limit=most, channel=EMAIL)]
        return [each for each in reversed(found) if each is not None]

    def sms_of(self, entry: OutboxEntry) -> Sms | None:
        """Return the text message in an entry of the outbox, ``None`` once it is sent: it holds a code.

        Raises ``ValueError`` if it was stored under another secret key.
        """
        sealed = self.outbox.content(entry.id)
        return None if sealed is None else sms_message.opened(self._box, sealed, entry.id)

    def text_messages(self, most: int = 1000) -> list[Sms]:
        """Return the newest text messages that are not sent yet, in the order in which they were written."""
        found = [self.sms_of(each) for each in self.outbox.entries(limit=most, channel=SMS)]
        return [each for each in reversed(found) if each is not None]

    def watch_agents(self) -> None:
        """Note in a thread of this process, from now on, that agents have not called for too long."""
        self._agent_watch.start()

    @property
    def agent_leases(self) -> AgentLeases:
        """The leases on the agents that workers of ``stormpath serve`` run themselves."""
        return StoredAgentLeases(self.database)

    @property
    def agent_targets(self) -> AllowedTargets:
        """Where the LDAP servers of these agents may be."""
        return self._agent_targets

    def agent_key(self, tenant_id: str, agent_id: str) -> str | None:
        """Return the key of an agent, ``None`` if it is not there any more."""
        context = self._context_of(tenant_id)
        with context.read() as unit:
            row = unit.get("agent", agent_id)
        return None if row is None else key_of(context, row)

    def end_polls(self) -> None:
        """Answer the long polls of agents now, and let none wait: the process is about to stop."""
        self._polling.end()

    def has_lost_database(self) -> bool:
        """Tell whether the database's file was deleted or replaced while it was in use."""
        return self.database.is_lost

    def reached_limits(self) -> list[ReachedLimit]:
        """Return what got as many messages in the last hour as the settings allow."""
        now = self._clock()
        since, until = now - rate_limits.WINDOW_MS, now + rate_limits.SKEW_MS
        return [
            each
            for channel, limits in zip((EMAIL, SMS), self._message_limits(), strict=True)
            for each in self.outbox.reached_limits(limits._asdict(), since, until, channel)
        ]

    def store_events(self) -> None:
        """Store the security events and counts that wait to be stored."""
        self._event_writer.flush()

    def overview(self, tenant_id: str) -> Overview:
        """Return the numbers of a tenant that the console shows at first."""
        return overview(self.database, tenant_id, self._clock())

    def close(self, grace: float = 10.0) -> None:
        """Let senders send what is due, for at most ``grace`` seconds; store events; close the database."""
        until = time.monotonic() + grace
        self._agent_watch.stop(0)
        self.end_polls()
        self.signals.close()
        self._sender.stop(grace)
        self._sms_sender.stop(max(0.0, until - time.monotonic()))
        security.finish()
        self._event_writer.stop(max(1.0, until - time.monotonic()))
        self._passwords.close()
        if isinstance(self._guesses, RedisGuesses):
            self._guesses.close()
        self.database.close()

    @property
    def console(self) -> Console:
        """The Admin Console; it is made at the first use."""
        with self._console_lock:
            if self._console is None:
                self._console = self._new_console()
        return self._console

    def _new_console(self) -> Console:
        # Loaded here: a service that shows no page needs no templates.
        from stormpath.server.console_parts import ShownService, console_of

        def context_for(
            tenant_id: str, account_id: str, is_separate: bool, end_user_address: str
        ) -> RequestContext:
            identity = ("", "", account_id, is_separate)
            return self._context(
                tenant_id, self._box, identity, end_user_address=end_user_address, actor=account_id
            )

        return console_of(
            ShownService(
                api_app=self._application,
                engine=self._engine,
                settings=self.settings,
                tenant_id=self.tenant_id,
                database=self.database,
                secrets=self._box,
                context_for=context_for,
                limits=self._limits,
                keep=self._keep,
                has_mail_server=self.has_mail_server,
                security_events=self.security_events,
                overview=self.overview,
            )
        )

    def _show_console(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self.console(environ, start_response)

    def _after_fork(self) -> None:
        self._console_lock = threading.Lock()

    def _context(
        self,
        tenant_id: str,
        box: SecretBox,
        identity: tuple[str, str, str, bool] = ("", "", "", False),
        end_user_address: str = "",
        actor: str = "",
    ) -> RequestContext:
        mail_limits, sms_limits = self._message_limits()
        return RequestContext(
            tenant_id,
            self.database,
            self._passwords,
            box,
            self._clock,
            _DECLARATIONS,
            *identity,
            max_links=self.settings.max_links,
            base_url=self.base_url,
            base_url_aliases=self.base_url_aliases,
            mail_limits=mail_limits,
            sms_limits=sms_limits,
            try_smtp=self.try_smtp,
            events=self.events,
            key_secret=self._key_secret,
            is_first_use=self._is_first_use,
            guesses=self._guesses,
            guess_limits=self.guess_limits,
            end_user_address=end_user_address,
            fetch=self.outbound.for_tenant(tenant_id),
            provider_urls=self._provider_urls,
            default_region=self.settings.phone_region,
            actor=actor,
            agent_logins=self._agent_logins,
            signals=self.signals,
        )

    def _context_of(self, tenant_id: str) -> RequestContext:
        return self._context(tenant_id, self._box)

    def _key_secret(self, tenant_id: str, key_id: str) -> str | None:
        """Return the secret of a tenant's API key that may call the API."""
        caller = self._authenticator.caller_of(key_id)
        return caller.secret if caller is not None and caller.tenant_id == tenant_id else None

    def _is_first_use(self, purpose: str, value: str, until_ms: int) -> bool:
        return self._nonces.remember(purpose, value, until_ms, self._clock())

    def _new_guesses(self) -> Guesses:
        stored = StoredGuesses(self.database)
        if self.settings.redis_url is None:
            return stored
        try:
            return RedisGuesses(self.settings.redis_url, stored)
        except ValueError as error:
            self.database.close()
            raise CannotOpen(str(error)) from error

    def _message_limits(self) -> tuple[MessageLimits, MessageLimits]:
        """Return the limits of e-mails and of text messages, which are made once for the present settings."""
        settings = self.settings
        if self._limits_of is not settings:
            self._limits_of = settings
            self._limits_made = (
                MessageLimits(
                    settings.mails_per_address, settings.mails_per_account, settings.mails_per_directory
                ),
                MessageLimits(settings.sms_per_number, settings.sms_per_account, settings.sms_per_directory),
            )
        return self._limits_made

    def _build(self) -> Callable[..., Iterable[bytes]]:
        hrefs = Hrefs(self.base_url, RESOURCES, self.base_url_aliases)
        renderer = Renderer(hrefs, RESOURCES, self._box.open, self._clock)
        engine = self._engine = Engine(renderer, {**RULES, **FACTOR_RULES}, ACTIONS, TOKENS)
        oauth = OAuthEndpoints(hrefs, renderer.resources, json_error_body(hrefs.origin))
        render_error = json_error(hrefs, hrefs.origin)
        agents = AgentEndpoints(
            hrefs, render_error, self._agent_authenticator, self._polling, self._agent_logins
        )
        files = AgentFiles(hrefs, render_error)

        def context_for(caller: Caller, end_user_address: str) -> RequestContext:
            return self._context(caller.tenant_id, self._box, caller.identity, end_user_address)

        anonymous = AnonymousAccess(renderer.hrefs, renderer.resources, partial(tenant_of, self.database))

        def anonymous_context(method: str, path: str) -> RequestContext | None:
            tenant_id = anonymous.tenant_id(method, path)
            return None if tenant_id is None else self._context(tenant_id, self._box)

        public = self._public_paths(engine, renderer.hrefs.root)
        return build(
            engine,
            self._authenticator.authenticate,
            context_for,
            public,
            [*oauth.paths(), *agents.paths(), *files.paths()],
            anonymous_context,
            max_body=self.settings.max_body,
            limits=self._limits,
            console=self._show_console if self.settings.console else None,
            keep=self._keep,
        )

    def _public_paths(self, engine: Engine, root: str) -> list[Path]:
        """Return the paths that need no authentication."""
        others = oauth_protocol.described() | agent_files.described()
        document = cache(lambda: msgspec.json.encode(describe(engine, others)))
        check_health = HealthCheck(self.database.ping)

        def health(req: falcon.Request, resp: falcon.Response) -> None:
            check_health()
            resp.media = {"status": "ok"}

        def openapi(req: falcon.Request, resp: falcon.Response) -> None:
            resp.data = document()

        def errors(req: falcon.Request, resp: falcon.Response) -> None:
            resp.content_type, resp.data = falcon.MEDIA_HTML, error_page.render()

        return [
            Path("/health", {"GET": health}, is_limited=False),
            Path(f"{root}openapi.json", {"GET": openapi}),
            Path(error_page.PATH, {"GET": errors}),
            *self._pages(engine),
        ]

    def _pages(self, engine: Engine) -> list[Path]:
        """Return the service's own pages, to which links in e-mails lead."""
        pages = (
            VerificationPage(self._linked_tokens(engine, _VERIFICATION, one_time_tokens.VERIFICATION)),
            PasswordResetPage(self._linked_tokens(engine, _RESET, one_time_tokens.RESET)),
        )
        html = Protocol(error_pages.render_error, lambda path: forms.MAX_BYTES)
        return [
            Path(
                each.path,
                {"GET": each.ask, "POST": each.submit},
                protocol=html,
            )
            for each in pages
        ]

    def _linked_tokens(self, engine: Engine, path: str, purpose: str) -> LinkedTokens:
        def owner_of(token: str) -> tuple[RequestContext, str | None] | None:
            digest = one_time_tokens.digest(self._box, purpose, token)
            owner = owner_of_token(self.database, purpose, digest)
            return owner and (self._context(owner.tenant_id, self._box), owner.application_id)

        return LinkedTokens(engine, path, owner_of)

    def _new_events(self) -> Events:
        events = Events()
        events.during(AccountRegistered, registration.on_registered)
        events.during(AddressChanged, address_change.on_changed)
        events.during(ResourceChanged, revocation.on_change)
        events.after(ResourceChanged, self._on_change)
        events.after(SynchronizationAsked, lambda event: self._wake_agent(event.id))
        admin_actions.listen(events)
        SecurityLog(partial(_DECLARATIONS["account"].href, self.base_url), self._keep).listen(events)
        DailyCounts(self._event_writer.count, self._now).listen(events)
        return events

    def _new_event_writer(self) -> EventWriter:
        settings = self.settings
        days, most = settings.security_events_days, settings.security_events_per_kind
        return EventWriter(EventStorage(self.database, self._now, days, most).write)

    def _now(self) -> int:
        return self._clock()

    def _new_authenticator(self) -> Authenticator:
        return Authenticator(
            ApiKeys(self.database),
            self._nonces,
            self._box,
            self._clock,
            signature_window=self.settings.signature_window,
            key_cache=self.settings.key_cache,
        )

    def _has_tenant_server(self) -> bool:
        try:
            return is_any_enabled(self.database)
        except StorageError as error:
            raise self._cannot_use_database(error) from error

    def _cannot_use_database(self, error: StorageError) -> CannotOpen:
        return CannotOpen(f"Cannot use the database {self.database.name}: {error}")

    def _on_change(self, event: ResourceChanged) -> None:
        # What is new has no key yet.
        if event.before is not None and event.resource in _KEY_OWNERS:
            self._authenticator.forget()
        if event.resource == "agent" and event.before is not None:
            self._wake_agent(event.id)

    def _wake_agent(self, agent_id: str) -> None:
        self.signals.send(agent_channel(agent_id))


def check(settings: Settings) -> None:
    """Raise :class:`CannotOpen` if no service can have these settings. The database is not touched."""
    Parts.parse(settings)
    parse_url(settings.database)
    if settings.secret_key is not None:
        key_from_text(settings.secret_key, variable_of("secret_key"))


def open_service(
    database: str | PathLike[str],
    base_url: str | None = None,
    *,
    create: bool = True,
    smtp_url: str | None = None,
    mail_from: str | None = None,
    limits: ConcurrencyLimits = UNLIMITED,
    base_url_aliases: str | None = None,
) -> Service:
    """Open the service on a database (its URL, or the path of a SQLite file), as the environment says.

    If ``create`` is true, a database that is new or of an older version is set up first.
    Raises :class:`CannotOpen` with one line that names the problem and its remedy.
    """
    try:
        settings = Settings.from_environment(
            database=url_of(database),
            base_url=base_url,
            smtp_url=smtp_url,
            mail_from=mail_from,
            base_url_aliases=base_url_aliases,
        )
    except ValueError as error:
        raise CannotOpen(str(error)) from error
    return Service(settings, create=create, limits=limits)
