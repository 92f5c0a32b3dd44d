"""SMTP servers: the mail servers of tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Number, Status, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin, SaveMixin, StatusMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.tenant import Tenant


class SmtpServer(SaveMixin, DeleteMixin, StatusMixin, DictMixin, Resource):
    """The mail server that sends a tenant's e-mails. The service tests its connection first."""

    name = Text(writable=True, nullable=True)
    description = Text(writable=True, nullable=True)
    host = Text(writable=True)
    port = Number(writable=True)
    username = Text(writable=True)
    password = Text(writable=True, secret=True)
    security_protocol = Text(writable=True, nullable=True)  # TLS, SSL or None
    status = Status("ENABLED", "DISABLED")
    tenant: Link[Tenant] = Link("Tenant")


class SmtpServerList(CollectionResource[SmtpServer]):
    """The mail servers of a tenant: one or none."""

    create_path = "/smtpServers"
    resource_class = SmtpServer
