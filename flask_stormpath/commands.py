"""The commands ``flask stormpath ...``, and the names in ``flask shell``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from flask_stormpath.errors import ConfigurationError
from flask_stormpath.mail_links import set_mail_links
from flask_stormpath.models import User, users
from flask_stormpath.state import state
from flask_stormpath.web.negotiation import account_json
from stormpath.error import Error

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.application import Application
    from stormpath.resources.group import Group

group = AppGroup("stormpath", help="Manage the people who can log in to this app.")

#: The columns of the table of people, and the attributes that they show.
COLUMNS: Final = {
    "E-mail": "email",
    "Username": "username",
    "Name": "full_name",
    "Status": "status",
    "Since": "created_at",
}
#: The people that one call lists at most; of more, `--offset` shows the next.
MOST_USERS: Final = 10_000
#: In characters: of one cell of the table.
WIDEST: Final = 60


@group.command("users")
@click.option("--search", metavar="TEXT", help="Only people whose name or address has this text.")
@click.option("--limit", type=click.IntRange(1, MOST_USERS), default=100, show_default=True, metavar="N")
@click.option("--offset", type=click.IntRange(0), default=0, metavar="N", help="Leave out so many.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, with the names of the API.")
def list_users(search: str | None, limit: int, offset: int, as_json: bool) -> None:
    """List the people who can log in, by their e-mail addresses.

    One request for each hundred.
    """
    with _told_as_errors():
        found = users().order("email").query(limit=limit, offset=offset)
        if search:
            found = found.search(search)
        listed = list(found)
        if as_json:
            click.echo(json.dumps([account_json(each) for each in listed], indent=2))
            return
        for line in _table(listed):
            click.echo(line)
        # A page that is not full is the last one.
        if len(listed) == limit:
            click.echo(f"These are {len(listed)} of {found.size}: see --offset and --limit.", err=True)


@group.command("create-user")
@click.argument("email")
@click.option("--given-name", default="Anonymous", metavar="NAME", help="The first name.")
@click.option("--middle-name", metavar="NAME")
@click.option("--surname", default="Anonymous", metavar="NAME", help="The last name.")
@click.option("--username", metavar="NAME", help="By default the e-mail address.")
@click.option("--group", "group_names", multiple=True, metavar="NAME", help="A group to join; repeatable.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input.")
def create_user(email: str, group_names: tuple[str, ...], password_stdin: bool, **names: str | None) -> None:
    """Create an account that can log in, and print its href.

    The password is asked for: an argument could be read by other users of this machine. Where the directory
    verifies addresses, the person gets an e-mail first.
    """
    with _told_as_errors():
        # Before anything is made: an account without its groups would be half of what was asked for.
        groups = [_group_named(each) for each in group_names]
        password = _read_password() if password_stdin else _ask_for_password()
        made = User.create(email=email, password=password, **_given(names))
        try:
            for each in groups:
                made.add_group(each)
        except Error:
            made.delete()
            raise
        click.echo(made.href)


@group.command("setup")
def setup() -> None:
    """Make e-mails lead to the pages of this app, at STORMPATH_SITE_URL.

    Also makes the application in a database of your own, and switches the verification of addresses on where
    STORMPATH_ENABLE_VERIFY_EMAIL says so. It can be run again: the outcome is the same.
    """
    config = current_app.config
    with _told_as_errors():
        application = _application()
        click.echo(f"Application: {_printable(application.name)} ({application.href})")
        if not config["STORMPATH_SITE_URL"]:
            raise click.ClickException(
                "Set STORMPATH_SITE_URL to the address of your site, such as https://example.com."
            )
        changed = set_mail_links(application, config)
    if not changed:
        raise click.ClickException(
            "The application's default account store is no directory: its e-mails cannot be changed here."
        )
    for purpose, link in changed.items():
        click.echo(f"{purpose}: {link}")


def shell_context() -> dict[str, Any]:
    """Return the names of ``flask shell``: ``client`` and ``application``.

    What cannot be had is told, and left out: a shell helps to find out why.
    """
    manager = state().manager
    names: dict[str, Any] = {}
    try:
        names["client"] = manager.client
        names["application"] = manager.application
    except (ConfigurationError, Error, OSError, ValueError) as problem:
        missing = " and ".join(each for each in ("client", "application") if each not in names)
        click.echo(f"There is no {missing} in this shell: {_printable(str(problem))}", err=True)
    return names


def _application() -> Application:
    return state().manager.application


@contextmanager
def _told_as_errors() -> Iterator[None]:
    """End the command with the text of an error of the service or the configuration, without a traceback."""
    try:
        yield
    except ConfigurationError as problem:
        _fail(str(problem), problem)
    except Error as refused:
        # For the developer, who runs the command: not the text for the person at the screen.
        _fail(refused.developer_message or str(refused), refused)
    except (OSError, ValueError) as problem:
        _fail(str(problem), problem)


def _fail(text: str, problem: Exception) -> NoReturn:
    raise click.ClickException(_printable(text)) from problem


def _group_named(name: str) -> Group:
    for each in _application().groups.search({"name": name}):
        if each.name == name:
            return each
    raise click.ClickException(
        f"There is no group {name!r}: make it in flask shell, with "
        f"application.default_account_store_mapping.account_store.groups.create({{'name': {name!r}}})."
    )


def _ask_for_password() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _read_password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.ClickException("The standard input has no password in its first line.")
    return password


def _given(names: dict[str, str | None]) -> dict[str, Any]:
    return {name: value for name, value in names.items() if value is not None}


def _table(listed: Iterable[Account]) -> Iterator[str]:
    rows = [list(COLUMNS), *([_cell(getattr(each, name)) for name in COLUMNS.values()] for each in listed)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cell(value: Any) -> str:
    text = "" if value is None else _printable(f"{value:%Y-%m-%d}" if hasattr(value, "year") else str(value))
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _printable(text: str) -> str:
    """Return a text in which no name of a stranger can move the cursor or change colours."""
    return "".join(each if each.isprintable() else "�" for each in text)
