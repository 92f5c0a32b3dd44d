"""The tour of ``stormpath quickstart``: Python source that runs as it is printed."""

from __future__ import annotations

from typing import Final, NamedTuple


class Chapter(NamedTuple):
    """A title and its steps; each step is Python source, and the value of its last expression is shown."""

    title: str
    steps: tuple[str, ...]


NAME: Final = "Quickstart"


def opening(database: str, base_url: str | None) -> Chapter:
    """Return the chapter that opens a database; ``base_url`` where it is not the default one."""
    elsewhere = "" if base_url is None else f', base_url="{base_url}"'
    return Chapter(
        "A client: the service runs in this process, on a database of your own",
        (
            f'from stormpath import Client\nclient = Client(database="{database}"{elsewhere})',
            "client.tenant.name",
        ),
    )


AGAIN: Final = Chapter(
    "You were here before: what the last run made goes first",
    (
        f'for old in client.applications.search({{"name": "{NAME}"}}):\n    old.delete()',
        f'for old in client.directories.search({{"name": "{NAME}*"}}):\n    old.delete()',
    ),
)

CHAPTERS: Final = (
    Chapter(
        "An application, and a directory for its people",
        (
            f"""\
app = client.applications.create(
    {{"name": "{NAME}"}}, create_directory=True
)""",
            "app",
        ),
    ),
    Chapter(
        "An account, with data of your own on it",
        (
            """\
joe = app.accounts.create({
    "given_name": "Joe",
    "surname": "Doe",
    "email": "joe@example.com",
    "password": "Changeme1!",
    "custom_data": {"favorite_color": "green"},
})""",
            'joe.full_name, joe.custom_data["favorite_color"]',
        ),
    ),
    Chapter(
        "A group, and a membership",
        (
            'admins = app.groups.create({"name": "Admins"})',
            "joe.add_group(admins)",
            "[group.name for group in joe.groups]",
        ),
    ),
    Chapter(
        "Logging in: the right password, and a wrong one",
        (
            'app.authenticate_account("joe@example.com", "Changeme1!").account.full_name',
            """\
from stormpath.error import Error

try:
    app.authenticate_account("joe@example.com", "guess")
except Error as error:
    print(error.status, error.code, error.message)""",
        ),
    ),
    Chapter(
        "Searching, editing, listing",
        (
            """\
jane = app.accounts.create({
    "given_name": "Jane",
    "surname": "Roe",
    "email": "jane@example.com",
    "password": "Changeme1!",
})""",
            '[account.email for account in app.accounts.search({"given_name": "J*"})]',
            '[account.email for account in app.accounts.search("roe")]',
            """\
joe.surname = "Dough"
joe.custom_data["favorite_color"] = "blue"
joe.save()""",
            """\
for account in app.accounts.order("surname desc"):
    print(account.surname, account.email, account.status)""",
        ),
    ),
)

REGISTRATION: Final = Chapter(
    "New accounts confirm their e-mail address",
    (
        """\
directory = app.default_account_store_mapping.account_store
directory.account_creation_policy.verification_email_status = "ENABLED"
directory.account_creation_policy.save()""",
        """\
ann = app.accounts.create({
    "given_name": "Ann",
    "surname": "Poe",
    "email": "ann@example.com",
    "password": "Changeme1!",
})""",
        "ann.status",
    ),
)

#: Reading the outbox needs no mail server.
READING_MAIL: Final = "stormpath outbox show --database {database}"


def confirmation(token: str) -> Chapter:
    """Return the chapter that follows the link in the e-mail."""
    return Chapter(
        "What her click on that link does",
        (
            f'client.accounts.verify_email_token("{token}")',
            "ann.refresh()",
            "ann.status",
        ),
    )


def served(base_url: str) -> Chapter:
    """Return the chapter that reads the same account over HTTP."""
    return Chapter(
        "The same account, over HTTP",
        (
            f"""\
remote = Client(
    base_url="{base_url}",
    id=client.auth.id,
    secret=client.auth.secret,
)""",
            "same = remote.accounts.get(joe.href)",
            'same.full_name, same.custom_data["favorite_color"]',
            "same.href",
            "same.href == joe.href",
        ),
    )
