"""Composition of the Admin Console: the service that it shows, and what it does beyond the API.

Loaded when the console is shown for the first time: a service without it needs none of this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from stormpath.server.console.app import Console
from stormpath.server.console.sessions import ContextFor
from stormpath.server.domain import one_time_tokens
from stormpath.server.domain.overview import Overview
from stormpath.server.domain.security_events import SecurityEvents
from stormpath.server.flows import forgotten_tenants, test_email
from stormpath.server.flows.invitations import Invitations
from stormpath.server.logs.security import Keep
from stormpath.server.resources import custom_data
from stormpath.server.resources.policies import administrators
from stormpath.server.rest.concurrency_limits import ConcurrencyLimits
from stormpath.server.rest.console_path import console_root
from stormpath.server.rest.engine import Engine
from stormpath.server.security.encryption import SecretBox
from stormpath.server.settings import Settings
from stormpath.server.setup.registration import Registrations
from stormpath.server.social import conversation
from stormpath.server.storage.account_stores import AccountStores
from stormpath.server.storage.administered_tenants import administered_tenants
from stormpath.server.storage.console_sessions import ConsoleSessions
from stormpath.server.storage.database import Database
from stormpath.server.storage.tenant_lookup import owner_of_token, tenant_named


class ShownService(NamedTuple):
    """The parts of a service that its console needs."""

    api_app: Callable[..., Iterable[bytes]]
    engine: Engine
    settings: Settings
    tenant_id: str
    database: Database
    secrets: SecretBox
    context_for: ContextFor
    limits: ConcurrencyLimits
    keep: Keep | None
    has_mail_server: Callable[[], bool]
    security_events: SecurityEvents
    overview: Callable[[str], Overview]


def console_of(service: ShownService) -> Console:
    """Return the console of a service."""
    return Console(
        api_app=service.api_app,
        engine=service.engine,
        settings=service.settings,
        root=console_root(service.engine.hrefs.root.rstrip("/")),
        secrets=service.secrets,
        sessions=ConsoleSessions(service.database),
        context_for=service.context_for,
        tenant_of=partial(tenant_named, service.database),
        own_tenant_id=service.tenant_id,
        limits=service.limits,
        keep=service.keep,
        services=_services(service),
    )


def _services(service: ShownService) -> dict[str, Any]:
    """Return what the console does beyond the API, by name (the contracts are in ``domain``)."""

    def tenant_of_token(purpose: str, digest: str) -> str | None:
        owner = owner_of_token(service.database, purpose, digest)
        return None if owner is None else owner.tenant_id

    digest = partial(one_time_tokens.digest, service.secrets)
    find = partial(administered_tenants, service.database)
    found: dict[str, Any] = {
        "invitations": Invitations(digest, tenant_of_token),
        "forgotten_tenants": partial(forgotten_tenants.remind, find),
        "account_stores": AccountStores(service.database),
        "test_mail": test_email.send,
        "has_mail_server": service.has_mail_server,
        "security_events": service.security_events,
        "overview": service.overview,
        "open_places": administrators.open_places,
        "rule_limits": {
            "custom data bytes": custom_data.MAX_BYTES,
            "provider bytes": conversation.MOST_BYTES,
            "provider seconds": conversation.MOST_SECONDS,
        },
    }
    if service.settings.console_registration:
        found["registrations"] = Registrations(service.tenant_id)
    return found
