"""SmtpServer: the mail server that a tenant sends its e-mails through (rest-core 5.19)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.storage import Row
from stormpath.server.mail.mail_server import SSL, TLS
from stormpath.server.resources.policies import administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import ENABLED, STATUS, TENANT_LINK, Choice, HiddenSecret, Number, Resource, Text
from stormpath.server.schema.errors import ApiError, Code

#: The columns that a connection depends on: a change of others needs no new test of the mail server.
CONNECTION_COLUMNS: Final = ("host", "port", "username", "password", "security_protocol", "status")

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
            about="The host name or address.",
        ),
        Number("port", required=True, minimum=1, maximum=65535, sortable=False),
        Text(
            "username",
            required=True,
            min_length=1,
            sortable=False,
            about="The user name that the service logs in with.",
        ),
        HiddenSecret(
            "password",
            required=True,
            creatable=True,
            updatable=True,
            min_length=1,
            nullable=False,
            about="Accepted, never shown.",
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
    about="The mail server that a tenant sends its e-mails through. A tenant has at most one.",
    top_level=("POST",),
    unique=(("tenant_id",),),
)


class SmtpServerRules(Rules):
    """An ENABLED server is stored only after a test: the service could connect to it and log in.

    Password resets of the administrators go through it, so it is the owner's to choose.
    """

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        _refuse_separate(context)
        with context.read() as unit:
            if unit.find(self.resource.name, tenant_id=context.tenant_id) is not None:
                raise self.not_unique("tenant_id")
        if values.get("status", ENABLED) == ENABLED:
            _try(context, {**dict.fromkeys(CONNECTION_COLUMNS), **_connection_values(values)})
        return super().create(context, owner, values, options)

    def update(self, context: RequestContext, row: Row, changes: Values) -> Row:
        _refuse_separate(context)
        current = self._connection_values(context, row)
        tested = {**current, **_connection_values(changes)}
        if _needs_test(tested, current):
            # Outside of a transaction: the server may be slow, and other requests wait for the database.
            _try(context, tested)
        with context.write() as unit:
            row = self.lock_and_reread(unit, row)
            current = self._connection_values(context, row)
            changed = {**current, **_connection_values(changes)}
            if changed != tested and _needs_test(changed, current):
                raise _changed_meanwhile()
            return self.change(context, unit, row, changes)

    def delete(self, context: RequestContext, row: Row) -> None:
        _refuse_separate(context)
        super().delete(context, row)

    def not_unique(self, column: str) -> ApiError:
        return ApiError(
            Code.SMTP_SERVER_EXISTS,
            "The tenant has a mail server already.",
            "A tenant has one smtpServer: change the one that is there, or delete it first.",
        )

    def _connection_values(self, context: RequestContext, row: Row) -> Values:
        return _connection_values({**row, **self._decrypted(context, row, row)})


def _refuse_separate(context: RequestContext) -> None:
    administrators.refuse_separate(context, "The mail server, which resets of passwords go through,")


def _try(context: RequestContext, server: Values) -> None:
    # A tenant has its share of the trials.
    context.try_smtp({**server, "tenant_id": context.tenant_id})


def _connection_values(values: Values) -> Values:
    return {name: values[name] for name in CONNECTION_COLUMNS if name in values}


def _needs_test(changed: Values, current: Values) -> bool:
    return changed["status"] == ENABLED and changed != current


def _changed_meanwhile() -> ApiError:
    return ApiError(
        Code.CONFLICT,
        "The mail server was changed meanwhile.",
        "Another request changed the smtpServer while this one tried it. Please send it again.",
    )


RULES: Final = SmtpServerRules(SMTP_SERVER)
