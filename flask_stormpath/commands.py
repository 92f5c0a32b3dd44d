"""The commands ``flask stormpath ...``, and the names in ``flask shell``."""

from __future__ import annotations

from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from flask_stormpath.models import User, users
from stormpath.error import Error

group = AppGroup("stormpath", help="Manage the people who can log in to this app.")


@group.command("users")
def list_users() -> None:
    """List the people who can log in."""
    for each in users():
        click.echo(f"{each.email}\t{each.status}\t{each.full_name}")


@group.command("create-user")
@click.argument("email")
@click.password_option()
def create_user(email: str, password: str) -> None:
    """Create an account."""
    try:
        made = User.create(email=email, password=password, given_name="Anonymous", surname="Anonymous")
    except Error as refused:
        raise click.ClickException(refused.user_message or str(refused)) from refused
    click.echo(made.href)


def shell_context() -> dict[str, Any]:
    """Return the names of ``flask shell``; the application is looked up."""
    manager = current_app.extensions["stormpath"].manager
    return {"client": manager.client, "application": manager.application}
