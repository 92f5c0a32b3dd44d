"""SmtpServer: the mail server that a tenant sends its e-mails through (rest-core 5.19)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import (
    Owner,
    RequestContext,
    Values,
)
from stormpath.server.domain.storage import Row
from stormpath.server.mail.mail_server import SSL, TLS
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import (
    ENABLED,
    STATUS,
    TENANT_LINK,
    Choice,
    HiddenSecret,
    Number,
    Resource,
    Text,
)
from stormpath.server.schema.errors import (
    ApiError,
    Code,
)

#: What a connection is made of: when none of it changes, nothing has to be tried again.
TRIED: Final = ("host", "port", "username", "password", "security_protocol", "status")

SMTP_SERVER: Final = Resource(
    "smtpServer",
    "smtpServers",
    (
        Text("name", sortable=False, about="A label."),
        Text("description", max_length=1000, sortable=False),
        Text(
            "host",
            required=True,
            min_length=1,
            sortable=False,
            pattern=r"[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?|[0-9A-Fa-f:.]+",
            pattern_hint="a host name such as mail.example.com, or an address",
            about="Where it is.",
        ),
        Number("port", required=True, minimum=1, maximum=65535, sortable=False),
        Text("username", required=True, min_length=1, sortable=False, about="Whom it knows us as."),
        HiddenSecret(
            "password",
            required=True,
            creatable=True,
            updatable=True,
            min_length=1,
            nullable=False,
            about="Taken in, and never shown.",
        ),
        Choice(
            "securityProtocol",
            choices=(TLS, SSL),
            nullable=True,
            sortable=False,
            about="SSL encrypts from the start, TLS by STARTTLS; null encrypts if the server offers it.",
        ),
        STATUS,
        TENANT_LINK,
    ),
    about="The mail server that a tenant sends its e-mails through. There is one, or none.",
    top_level=("POST",),
    unique=(("tenant_id",),),
)


class SmtpServerRules(Rules):
    """A server that is ENABLED lets us in at the time when it is stored: it was tried."""

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        with context.read() as unit:
            if unit.find(self.resource.name, tenant_id=context.tenant_id) is not None:
                raise self.not_unique("tenant_id")
        if values.get("status", ENABLED) == ENABLED:
            context.try_smtp({**dict.fromkeys(TRIED), **_tried(values)})
        return super().create(context, owner, values, options)

    def update(self, context: RequestContext, row: Row, changes: Values) -> Row:
        known = self._tried(context, row)
        wanted = {**known, **_tried(changes)}
        if _needs_trying(wanted, known):
            # While no transaction is open: the server takes its time, and others wait for the database.
            context.try_smtp(wanted)
        with context.write() as unit:
            row = self.locked(unit, row)
            known = self._tried(context, row)
            stored = {**known, **_tried(changes)}
            if stored != wanted and _needs_trying(stored, known):
                raise ApiError(
                    Code.CONFLICT,
                    "The mail server was changed meanwhile.",
                    "Another request changed the smtpServer while this one tried it. Please send it again.",
                )
            return self.change(context, unit, row, changes)

    def not_unique(self, column: str) -> ApiError:
        return ApiError(
            Code.SMTP_SERVER_EXISTS,
            "The tenant has a mail server already.",
            "A tenant has one smtpServer: change the one that is there, or delete it first.",
        )

    def _tried(self, context: RequestContext, row: Row) -> Values:
        return _tried({**row, **self._opened(context, row, row)})


def _tried(values: Values) -> Values:
    return {name: values[name] for name in TRIED if name in values}


def _needs_trying(wanted: Values, known: Values) -> bool:
    return wanted["status"] == ENABLED and wanted != known


RULES: Final = SmtpServerRules(SMTP_SERVER)
