"""``stormpath outbox``: shows messages that are pending, sent or given up, and retries them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from stormpath.cli.errors import CommandError
from stormpath.cli.printable import printable

if TYPE_CHECKING:
    from stormpath.server.app import Service
    from stormpath.server.domain.outbox import OutboxEntry, ReachedLimit
    from stormpath.server.mail.email import Email
    from stormpath.server.sms.message import Sms

#: The channels, as the service names them (``domain/outbox.py``).
EMAIL: Final = "email"
SMS: Final = "sms"

_STYLES: Final = {"PENDING": "yellow", "SENT": "green", "DEAD": "red"}


def list_entries(database: str, state: str | None, limit: int, *, as_json: bool) -> None:
    """Print the newest messages, in columns at a terminal and separated by tabs elsewhere.

    At a terminal the error of the last attempt is on a line of its own.
    """
    with closing(_opened(database)) as service:
        entries = service.outbox.entries(state, limit)
        if as_json:
            _print_json([_as_json(each) for each in entries])
        elif sys.stdout.isatty():
            _print_table(entries, service.outbox.counts())
            _print_number(service.reached_limits())
        else:
            for each in entries:
                print(*_cells(each), sep="\t")


def list_reached_limits(database: str, *, as_json: bool) -> None:
    """Print what reached a rate limit in the last hour, by ids: accounts, addresses, numbers, directories.

    In columns, separated by tabs: what is limited, the kind of message, how many there were, the limit,
    the ids of directory and account. An address or a number is named by an account that has it.
    """
    with closing(_opened(database)) as service:
        reached = service.reached_limits()
    if as_json:
        _print_json([_limit_as_json(each) for each in reached])
        return
    for each in reached:
        ids = (each.directory_id or "-", each.account_id or "-")
        print(_what(each), each.kind or "-", each.messages, each.limit, *ids, sep="\t")


def show_entry(database: str, id: str | None, *, as_json: bool) -> None:
    """Print one message, by default the newest: its state, its headers and its bodies."""
    with closing(_opened(database)) as service:
        entry = _newest(service) if id is None else _found(service, id)
        email = service.email_of(entry) if entry.channel == EMAIL else None
        sms = service.sms_of(entry) if entry.channel == SMS else None
    if as_json:
        _print_json({**_as_json(entry), "content": _content_as_json(email, sms)})
        return
    for name, value in _facts(entry):
        print(f"{name + ':':<12} {printable(value)}")
    print()
    if email is not None:
        _print_email(email)
    elif sms is not None:
        _print_sms(sms)
    elif entry.channel == SMS:
        print("It was sent, and its text is gone: a code in it is for its reader alone.")
    else:
        print("It was sent, and its content is gone: a link in it is for its reader alone.")


def retry_entries(database: str, ids: Sequence[str]) -> None:
    """Make messages due now; without ids, all that were given up. If one cannot be, none is changed."""
    with closing(_opened(database)) as service:
        now = time.time_ns() // 1_000_000
        if not ids:
            _report_due(service.outbox.retry_dead(now))
            return
        for each in ids:
            _refuse_unless_waiting(_found(service, each))
        _report_due(sum(service.outbox.retry(each, now) for each in ids))


def _refuse_unless_waiting(entry: OutboxEntry) -> None:
    if entry.state == "SENT":
        raise CommandError(f"{_noun(entry)} {entry.id} was sent already, and its content is gone.")
    if entry.is_leased:
        raise CommandError(f"{_noun(entry)} {entry.id} is being sent at this moment.")


def _report_due(number: int) -> None:
    print("1 message is due now." if number == 1 else f"{number} messages are due now.")


def _opened(database: str) -> Service:
    from stormpath.server.app import open_service

    return open_service(database, create=False)


def _newest(service: Service) -> OutboxEntry:
    for each in service.outbox.entries(limit=1):
        return each
    raise CommandError("The outbox is empty: no message was written so far.")


def _found(service: Service, id: str) -> OutboxEntry:
    entry = service.outbox.entry(id)
    if entry is None:
        raise CommandError(
            f"There is no message {printable(id)} in the outbox: stormpath outbox lists what there is."
        )
    return entry


def _cells(entry: OutboxEntry) -> list[str]:
    cells = (
        entry.id,
        _when(entry.created_at),
        entry.kind,
        entry.address,
        entry.state,
        str(entry.attempts),
        entry.last_error or "",
    )
    return [printable(each) for each in cells]


def _facts(entry: OutboxEntry) -> Iterable[tuple[str, str]]:
    yield from zip(("Id", "Created", "Kind"), _cells(entry), strict=False)
    yield "State", entry.state + (", being sent" if entry.is_leased else "")
    yield "Attempts", str(entry.attempts)
    if entry.state == "PENDING":
        yield "Due", _when(entry.due_at)
    if entry.finished_at is not None:
        yield "Finished", _when(entry.finished_at)
    if entry.last_error:
        yield "Last error", entry.last_error


def _print_table(entries: Sequence[OutboxEntry], counts: dict[str, int]) -> None:
    from rich.console import Console
    from rich.text import Text

    def say(*parts: tuple[str, str]) -> None:
        # Long lines are left to the terminal to wrap: text copied from it must be complete.
        console.print(Text.assemble(*parts), soft_wrap=True)

    console = Console(highlight=False)
    width = max((len(each.kind) for each in entries), default=0)
    if entries:
        say((f"{'Id':<22}  {'Created (UTC)':<16}  {'Kind':<{width}}  {'State':<7}  Tries  To", "bold"))
    for entry in entries:
        id, when, kind, address, state, attempts, error = _cells(entry)
        begin = f"{id}  {when[:10]} {when[11:16]}  {kind:<{width}}  "
        say((begin, ""), (f"{state:<7}", _STYLES.get(state, "")), (f"  {attempts:>5}  {address}", ""))
        if error and state != "SENT":
            say((f"    {error}", "dim"))
    if entries:
        say()
    say((", ".join(f"{counts.get(each, 0)} {each.lower()}" for each in _STYLES), ""))


def _print_number(reached: Sequence[ReachedLimit]) -> None:
    if reached:
        number = "1 rate limit was" if len(reached) == 1 else f"{len(reached)} rate limits were"
        print(f"{number} reached in the last hour: stormpath outbox limits")


def _what(reached: ReachedLimit) -> str:
    return "number" if (reached.what, reached.channel) == ("address", SMS) else reached.what


def _noun(entry: OutboxEntry) -> str:
    return "The text message" if entry.channel == SMS else "The e-mail"


def _limit_as_json(reached: ReachedLimit) -> dict[str, Any]:
    return {
        "what": _what(reached),
        "channel": reached.channel,
        "kind": reached.kind,
        "messages": reached.messages,
        "limit": reached.limit,
        "tenantId": reached.tenant_id,
        "directoryId": reached.directory_id,
        "accountId": reached.account_id,
    }


def _print_email(email: Email) -> None:
    for name, value in _headers(email):
        print(f"{name + ':':<12} {printable(value)}")
    for kind, body in (("text/plain", email.text), ("text/html", email.html)):
        if body is not None:
            print(f"\n--- {kind} ---\n")
            print(printable(body.replace("\r\n", "\n"), keep="\n\t").rstrip("\n"))


def _print_sms(sms: Sms) -> None:
    print(f"{'To:':<12} {printable(sms.to)}\n")
    print(printable(sms.text.replace("\r\n", "\n"), keep="\n\t").rstrip("\n"))


def _headers(email: Email) -> Iterable[tuple[str, str]]:
    yield (
        "From",
        f"{email.from_name} <{email.from_address}>" if email.from_name else email.from_address,
    )
    yield "To", email.to
    if email.reply_to:
        yield "Reply-To", email.reply_to
    yield "Subject", email.subject


def _as_json(entry: OutboxEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "channel": entry.channel,
        "kind": entry.kind,
        "to": entry.address,
        "state": entry.state,
        "attempts": entry.attempts,
        "createdAt": _when(entry.created_at),
        "dueAt": _when(entry.due_at),
        "expiresAt": None if entry.expires_at is None else _when(entry.expires_at),
        "finishedAt": None if entry.finished_at is None else _when(entry.finished_at),
        "lastError": entry.last_error,
    }


def _content_as_json(email: Email | None, sms: Sms | None) -> dict[str, Any] | None:
    if sms is not None:
        return {"to": sms.to, "text": sms.text}
    return None if email is None else _email_as_json(email)


def _email_as_json(email: Email) -> dict[str, Any]:
    return {
        "from": {"name": email.from_name, "address": email.from_address},
        "to": email.to,
        "replyTo": email.reply_to,
        "subject": email.subject,
        "text": email.text,
        "html": email.html,
    }


def _when(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2))
