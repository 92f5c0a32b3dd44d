"""``stormpath init``: creates a database with its tenant, a first administrator and a key file."""

from __future__ import annotations

import os
import shlex
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stormpath.cli.administrator import NewAdministrator, choose_administrator
from stormpath.cli.errors import CommandError
from stormpath.cli.key_file import KeyFile, is_default
from stormpath.cli.terminal import Terminal
from stormpath.cli.urls import without_password

if TYPE_CHECKING:
    from stormpath.server.app import Service
    from stormpath.server.setup.operator import Administrator


@dataclass(frozen=True, slots=True)
class InitRequest:
    """The options of the command."""

    database: str
    key_file: Path
    admin_email: str | None = None
    password_stdin: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """An open service, the state of its database, and the administrator that was found or created."""

    service: Service
    state: str
    administrator: Administrator | None = None
    new_administrator: NewAdministrator | None = None


def initialize(request: InitRequest, terminal: Terminal) -> None:
    """Create the missing parts, and report all of them.

    Everything that can fail is checked before anything is created: the path of the key file, the database
    that its key belongs to, the e-mail address and the password.
    """
    with KeyFile(request.key_file) as key_file:
        outcome = _begin(request, terminal, key_file)
        with closing(outcome.service):
            holder = outcome.administrator or outcome.service.operator.owner()
            is_new = key_file.pair is None
            if is_new:
                pair = outcome.service.operator.new_api_key(holder.account_id)
                key_file.write(pair.id, pair.secret)
            _report(request, outcome, key_file.path, is_new, terminal)
            tenant = outcome.service.operator.tenant_key()
    _report_next(request, key_file.path, tenant, terminal)


def _begin(request: InitRequest, terminal: Terminal, key_file: KeyFile) -> Outcome:
    from stormpath.server.app import NotSetUp, open_service

    try:
        service, state = open_service(request.database, create=False), "is there"
    except NotSetUp as reason:
        if reason.is_new:
            return _make(request, terminal, key_file)
        service, state = open_service(request.database), "upgraded"
    try:
        return _add_to(service, state, request, terminal, key_file)
    except BaseException:
        service.close()
        raise


def _make(request: InitRequest, terminal: Terminal, key_file: KeyFile) -> Outcome:
    from stormpath.server.app import open_service

    if key_file.pair is not None:
        raise _unknown_key(key_file)
    chosen = choose_administrator(
        request.admin_email,
        password_stdin=request.password_stdin,
        terminal=terminal,
        rehearse=_rehearse,
        attempt=_rehearse,
    )
    service = open_service(request.database)
    if chosen is None:
        return Outcome(service, "made")
    made = service.operator.add_administrator(chosen.email, chosen.password)
    return Outcome(service, "made", made, chosen)


def _rehearse(email: str, password: str) -> None:
    """Raise the refusals of a new database, by creating one in memory."""
    from stormpath.server.app import open_service

    with closing(open_service("sqlite://")) as stage:
        stage.operator.add_administrator(email, password)


def _add_to(
    service: Service, state: str, request: InitRequest, terminal: Terminal, key_file: KeyFile
) -> Outcome:
    operator = service.operator
    if key_file.pair is not None and not operator.accepts_api_key(*key_file.pair):
        raise _unknown_key(key_file)
    there = request.admin_email and operator.find_administrator(request.admin_email)
    if there:
        return Outcome(service, state, there)
    if request.admin_email is None and operator.has_owner():
        return Outcome(service, state)
    chosen = choose_administrator(
        request.admin_email,
        password_stdin=request.password_stdin,
        terminal=terminal,
        rehearse=_rehearse,
        attempt=operator.add_administrator,
    )
    made = None if chosen is None else operator.find_administrator(chosen.email)
    return Outcome(service, state, made, chosen)


def _unknown_key(key_file: KeyFile) -> CommandError:
    return CommandError(
        f"The file {key_file.path} holds an API key that this database does not know; it is left as it is. "
        "Name another file with --api-key-file."
    )


def _report(request: InitRequest, outcome: Outcome, key_file: Path, is_new: bool, terminal: Terminal) -> None:
    operator = outcome.service.operator
    lines = [
        ("Database", f"{without_password(request.database)} ({outcome.state})"),
        ("Tenant", operator.tenant_name()),
        ("Administrator", _administrator(outcome)),
        ("Password", f"{outcome.new_administrator.password} (shown this once)")
        if outcome.new_administrator and outcome.new_administrator.is_generated
        else ("", ""),
        ("API key file", f"{key_file} ({'written, for you alone to read' if is_new else 'is there'})"),
    ]
    for label, value in filter(any, lines):
        terminal.say(f"{label:<14} {value}")


def _administrator(outcome: Outcome) -> str:
    if outcome.administrator is not None:
        return f"{outcome.administrator.email} ({'made' if outcome.new_administrator else 'is there'})"
    if outcome.service.operator.has_owner():
        return f"{outcome.service.operator.owner().email} (is there)"
    return "none yet; add one with --admin-email"


def _report_next(request: InitRequest, key_file: Path, tenant: str, terminal: Terminal) -> None:
    terminal.say("\nNext:")
    if os.environ.get("STORMPATH_DATABASE") != request.database:
        shown = without_password(request.database)
        remark = "" if shown == request.database else "    # with its password"
        terminal.say(f"  export STORMPATH_DATABASE={shlex.quote(shown)}{remark}")
    terminal.say("  stormpath serve")
    terminal.say(f"then in a browser: http://localhost:8080/ (the console; log in to the tenant {tenant})")
    where = "" if is_default(key_file) else f", api_key_file_location={str(key_file)!r}"
    terminal.say(f'and in Python: Client(base_url="http://localhost:8080/v1"{where})')
