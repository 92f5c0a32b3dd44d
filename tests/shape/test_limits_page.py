"""The page of limits has the numbers of the code, and every setting that is a limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stormpath.server.authentication import delegated
from stormpath.server.domain import agent_logins
from stormpath.server.domain.guesses import KNOWN_MS, MOST_KNOWN, WINDOW_MS
from stormpath.server.domain.logins import LONGEST_NAME
from stormpath.server.jobs import rate_limits
from stormpath.server.outbound import client, slots, urls
from stormpath.server.resources.applications import provider_login
from stormpath.server.resources.custom_data import MAX_BYTES
from stormpath.server.rest import body_limits, end_user_addresses, paging, search
from stormpath.server.schema import json_text, query
from stormpath.server.security import crypt_hashes, hash_threads, ldap_hashes, request_auth
from stormpath.server.settings import SETTINGS, Settings, variable_of
from stormpath.server.social import conversation

PAGE = Path(__file__).parents[2] / "docs" / "limits.rst"
DEFAULTS = Settings("sqlite://")


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield the rows of all tables: what, its limit, and how to change it; their lines are joined."""
    lines = PAGE.read_text().splitlines()
    rules = [number for number, each in enumerate(lines) if each.startswith("====") and " " in each]
    # Of three rules, the first two are around the head of a table.
    for first, last in zip(rules[1::3], rules[2::3], strict=True):
        row = ("", "", "")
        for line in lines[first + 1 : last]:
            cells = (line[:45].strip(), line[45:62].strip(), line[62:].strip())
            if cells[0] and cells[1] and any(row):
                yield row
                row = ("", "", "")
            row = (
                f"{row[0]} {cells[0]}".strip(),
                f"{row[1]} {cells[1]}".strip(),
                f"{row[2]} {cells[2]}".strip(),
            )
        yield row


def mib(number: int) -> str:
    return f"{number // 2**20} MiB"


TABLE = {
    "Custom data of one resource": mib(MAX_BYTES),
    "Body of a request": f"{body_limits.USUAL // 1024} KiB",
    "Values, and levels, in a body": f"{json_text.MAX_VALUES:,}; {json_text.MAX_DEPTH}",
    "Query string": f"{query.MAX_QUERY // 1024} KiB",
    "Parameters of a query": f"{query.MAX_PARAMETERS}",
    "Text that is searched for": f"{search.MAX_TEXT} characters",
    "Attributes in ``orderBy``": f"{paging.MAX_ORDERS}",
    "Filters of custom data": f"{paging.MAX_CUSTOM_FILTERS}",
    "``Authorization`` header": f"{request_auth._LONGEST_CREDENTIALS // 1024} KiB",
    "Address of the end user": f"{end_user_addresses._LONGEST} characters",
    "Username, e-mail address": f"{LONGEST_NAME} characters",
    "Hashes that wait, in all": f"{hash_threads.WAITING}",
    "Hashes that wait for one account": f"{hash_threads.WAITING_FOR_ONE}",
    "Seconds for which one waits": f"{hash_threads.PATIENCE:.0f}",
    "Code, access token": f"{provider_login.LONGEST:,} characters",
    "Answer of a provider": f"{conversation.MOST_BYTES // 1024} KiB",
    "Seconds after which no request is begun": f"{conversation.MOST_SECONDS:.0f}",
    "Seconds of a request, with its redirects": f"{client.SECONDS:.0f}",
    "Body that is sent or received": mib(client.MOST_BYTES),
    "Redirects that a GET follows": f"{client.MOST_REDIRECTS}",
    "Length of a URL": f"{urls.LONGEST // 1024} KiB",
    "Requests of a process at a time": f"{slots.MOST}",
    "Requests of one tenant at a time": f"{slots.MOST_OF_ONE}",
    "Seconds for which one more waits": f"{client.PATIENCE:.0f}",
    "Seconds that a login waits for the agent": f"{agent_logins.PATIENCE_MS // 1000}",
    "Seconds until a silent agent is OFFLINE": f"{agent_logins.CONNECTED_MS // 1000}",
    "Logins that wait for one agent": f"{agent_logins.MOST_WAITING}",
    "Logins of a process that wait for agents": f"{delegated.MOST_OF_PROCESS}",
    "The same for one tenant": f"{delegated.MOST_OF_TENANT}",
    "Rounds of a mirrored SHA-crypt hash": f"{crypt_hashes.MAX_ROUNDS:,}",
    "Rounds of a mirrored PBKDF2 hash": f"{ldap_hashes.MAX_PBKDF2_ROUNDS:,}",
    "Memory of a mirrored Argon2 hash": f"{ldap_hashes.MAX_ARGON2_KIB // 1024} MiB",
}

OF_SETTINGS = {
    "guesses_per_account": f"{DEFAULTS.guesses_per_account}",
    "guesses_per_address": f"{DEFAULTS.guesses_per_address}",
    "guesses_per_key": f"{DEFAULTS.guesses_per_key:,}",
    "mails_per_address": f"{DEFAULTS.mails_per_address}",
    "mails_per_account": f"{DEFAULTS.mails_per_account}",
    "mails_per_directory": f"{DEFAULTS.mails_per_directory}",
    "sms_per_number": f"{DEFAULTS.sms_per_number}",
    "sms_per_account": f"{DEFAULTS.sms_per_account}",
    "sms_per_directory": f"{DEFAULTS.sms_per_directory}",
    "hash_slots": "its cores",
    "max_bcrypt_cost": f"{DEFAULTS.max_bcrypt_cost}",
    "max_body": mib(DEFAULTS.max_body),
    "signature_window": f"{DEFAULTS.signature_window // 60} minutes",
    "max_links": f"{DEFAULTS.max_links}",
    "database_connections": f"{DEFAULTS.database_connections}",
    "statement_timeout": f"{DEFAULTS.statement_timeout:.0f}",
    "security_events_per_kind": f"{DEFAULTS.security_events_per_kind:,}",
    "security_events_days": f"{DEFAULTS.security_events_days}",
}

#: Settings with a number that are no limits.
NO_LIMITS = {"key_cache"}


@pytest.mark.parametrize("what", TABLE)
def test_a_fixed_limit_is_that_of_the_code(what: str):
    assert {name: limit for name, limit, _ in rows()}.get(what) == TABLE[what]


@pytest.mark.parametrize("name", OF_SETTINGS)
def test_a_limit_with_a_setting_is_its_default(name: str):
    found = [limit for _, limit, how in rows() if f"``{variable_of(name)}``" in how]

    assert found == [OF_SETTINGS[name]]


def test_every_setting_that_is_a_limit_is_on_the_page():
    numbers = {
        name
        for name in SETTINGS
        if isinstance(value := getattr(DEFAULTS, name), int | float) and not isinstance(value, bool)
    }

    assert numbers - NO_LIMITS == set(OF_SETTINGS)


def test_windows_and_their_consequences_are_those_of_the_code():
    text = " ".join(PAGE.read_text().split())
    a_day = 24 * 60 * 60 * 1000
    minutes = {5: "five"}[WINDOW_MS // 60_000]

    assert f"In {minutes} minutes" in text
    assert f"{DEFAULTS.guesses_per_account * a_day // WINDOW_MS:,} a day" in text
    assert f"within {KNOWN_MS // a_day} days ({MOST_KNOWN} addresses" in text
    assert f"{DEFAULTS.guesses_per_key * 1000 // WINDOW_MS + 1} a second" in text
    assert a_day // 24 == rate_limits.WINDOW_MS
    assert "In an hour" in text
