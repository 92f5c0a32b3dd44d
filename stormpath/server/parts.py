"""The parts of a service that its settings alone describe: what is wrong with these is told first of all."""

from __future__ import annotations

from typing import NamedTuple, Self

from stormpath.server.domain.storage import CannotOpen
from stormpath.server.mail import templates
from stormpath.server.outbound import allowed_targets
from stormpath.server.outbound.allowed_targets import AllowedTargets
from stormpath.server.outbound.client import Client
from stormpath.server.resources.factors import phone_numbers
from stormpath.server.security.passwords import HashGate, scheme_named
from stormpath.server.settings import DEFAULT_PHONE_REGION, Settings, variable_of
from stormpath.server.sms.gateway import HttpEndpoint


class Parts(NamedTuple):
    """The hashing of passwords, the sender of e-mails, what may be connected to, and the gateway for SMS.

    ``sender`` has the columns of a template that names none; ``mail_targets`` is where mail servers of
    tenants may be, and ``agent_targets`` where their LDAP servers.
    """

    passwords: HashGate
    sender: dict[str, str]
    mail_targets: AllowedTargets
    agent_targets: AllowedTargets
    outbound: Client
    sms_endpoint: HttpEndpoint | None

    @classmethod
    def parse(cls, settings: Settings) -> Self:
        """Return the parts for settings; raise `CannotOpen` for those that no service can have."""
        # The numbering plans are not loaded for the default.
        region = settings.phone_region
        if region != DEFAULT_PHONE_REGION and not phone_numbers.is_region(region):
            raise CannotOpen(
                f"{variable_of('phone_region')} must be a country of ISO 3166 such as US or DE, "
                f"not {region!r}."
            )
        try:
            return cls(
                _hash_gate(settings),
                templates.configured_sender(settings.mail_from),
                AllowedTargets.parse(settings.tenant_mail_targets, settings.tenant_mail_ports),
                AllowedTargets.parse(settings.agent_targets, settings.agent_ports, allowed_targets.LDAP),
                _client(settings),
                _sms_endpoint(settings),
            )
        except ValueError as error:
            raise CannotOpen(str(error)) from error


def _hash_gate(settings: Settings) -> HashGate:
    return HashGate(
        scheme_named(settings.password_hashing),
        slots=settings.hash_slots,
        max_bcrypt_cost=settings.max_bcrypt_cost,
    )


def _client(settings: Settings) -> Client:
    targets = AllowedTargets.parse(settings.outbound_targets, settings.outbound_ports, allowed_targets.HTTP)
    return Client(targets, settings.outbound_ca)


def _sms_endpoint(settings: Settings) -> HttpEndpoint | None:
    if settings.sms_url is None:
        return None
    return HttpEndpoint.parse(
        settings.sms_url, settings.sms_header, settings.sms_body, settings.sms_from or ""
    )
