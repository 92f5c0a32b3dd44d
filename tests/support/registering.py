"""Accounts that register: each registration sends an e-mail with a link."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from stormpath import Client
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD
from support.smtp_server import Received

_numbers = itertools.count(1)


def verifying_application(client: Client) -> Application:
    """Return an application with a directory of its own in which addresses have to be verified."""
    name = f"Bridge {next(_numbers)}"
    application = client.applications.create({"name": name}, create_directory=True)
    mapping = application.default_account_store_mapping
    assert mapping is not None
    directory = mapping.account_store
    assert isinstance(directory, Directory)
    policy = directory.account_creation_policy
    policy.verification_email_status = "ENABLED"
    policy.save()
    return application


def register(application: Application, *names: str) -> list[str]:
    """Make accounts, and return their addresses."""
    addresses = [f"{name}@example.com" for name in names]
    for address in addresses:
        application.accounts.create(
            {"given_name": "Han", "surname": "Solo", "email": address, "password": PASSWORD}
        )
    return addresses


def recipients(received: Iterable[Received]) -> list[str]:
    """Return the recipients of e-mails in alphabetical order, with repetitions."""
    return sorted(each.recipient for each in received)


def token_in(text: str) -> str:
    """Return the token of the link in an e-mail."""
    found = re.search(r"sptoken=([\w.-]+)", text)
    assert found, text
    return found[1]
