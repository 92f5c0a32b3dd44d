"""The directives ``.. security-events::``, a table of the events of the log, and ``security-event-examples``.

A test makes each event happen, and compares its line with the example.
"""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Iterable
from typing import Final

from declared_table import DeclaredTable, Row
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from stormpath.server.logs.security import UNKNOWN, Event

_TENANT: Final = "0355em4UwCzL1dJUkRyqwp"
_ACCOUNT: Final = "https://id.example.com/v1/accounts/0355em59a3ooer5eIajXCC"
_APPLICATION: Final = "application=0355em52YuRYn6nmGJ0DvD"
_KEY: Final = "id=3N6BQPH4WZ8TJY1K5DVRX0CMA"
_TOKEN: Final = "id=0355em5YwzZ3wYv5hXQm1P"  # noqa: S105  # An id.
_FACTOR: Final = "id=0355em6BvC1sVd2x0Kq7Ns"
_AUTHENTICATOR: Final = f"{_FACTOR} kind=google-authenticator"
_AGENT: Final = "id=0355em6RkXvYb3m1ZqW2Lc"
_POLL: Final = "POST /v1/agent/poll"
_CALLER: Final = "key=FUOSOC7IGVU2CYVH2HL14IUKL"

_LOGIN: Final = "POST /v1/applications/{id}/loginAttempts"
_CHALLENGES: Final = "POST /v1/factors/{id}/challenges"
_RESETS: Final = "/v1/applications/{id}/passwordResetTokens"
_OAUTH: Final = "POST /v1/applications/{id}/oauth"


def _line(
    event: Event,
    facts: str = "",
    route: str = "",
    *,
    account: str = _ACCOUNT,
    tenant: str = _TENANT,
    caller: str = _CALLER,
) -> str:
    parts = (
        f"event={event.value} outcome={event.outcome} tenant={tenant} account={account}",
        facts,
        caller,
        f'route="{route}"' if route else "",
        "address=10.0.0.7 request=7a09862f-6135-472c-b567-6c7c95eb2ad8",
    )
    return " ".join(filter(None, parts))


#: A line of each event, without the time and the level.
EXAMPLES: Final[dict[Event, str]] = {
    Event.LOGIN_SUCCEEDED: _line(Event.LOGIN_SUCCEEDED, _APPLICATION, _LOGIN),
    Event.LOGIN_FAILED: _line(Event.LOGIN_FAILED, f"reason=7100 {_APPLICATION}", _LOGIN),
    Event.LOGIN_LIMITED: _line(Event.LOGIN_LIMITED, _APPLICATION, _LOGIN),
    Event.KEY_FAILED: _line(
        Event.KEY_FAILED, 'reason="wrong API key id or secret"', account=UNKNOWN, tenant=UNKNOWN
    ),
    Event.TOKEN_FAILED: _line(
        Event.TOKEN_FAILED, 'reason=404 token="password reset"', f"GET {_RESETS}/{{token}}", account=UNKNOWN
    ),
    Event.RESET_FAILED: _line(
        Event.RESET_FAILED, 'reason=2016 token="password reset"', f"POST {_RESETS}", account=UNKNOWN
    ),
    Event.ACCESS_DENIED: _line(
        Event.ACCESS_DENIED, "reason=403", "DELETE /v1/applications/{id}", account=UNKNOWN
    ),
    Event.RATE_LIMITED: _line(Event.RATE_LIMITED, "reason=429", f"POST {_RESETS}", account=UNKNOWN),
    Event.OVER_CAPACITY: _line(
        Event.OVER_CAPACITY,
        f'reason=503 {_APPLICATION} cause="Too many passwords wait to be hashed."',
        _LOGIN,
    ),
    Event.MAIL_SERVER_REFUSED: _line(
        Event.MAIL_SERVER_REFUSED,
        'reason=13000 server=127.0.0.1:25 cause="127.0.0.1 is not public, and not in'
        ' STORMPATH_TENANT_MAIL_TARGETS"',
        "POST /v1/smtpServers",
        account=UNKNOWN,
    ),
    Event.TOKEN_REUSED: _line(Event.TOKEN_REUSED, f"{_TOKEN} {_APPLICATION}", f"{_OAUTH}/token"),
    Event.TOKEN_REVOKED: _line(
        Event.TOKEN_REVOKED, f"kind=refresh reason=revoked {_TOKEN} {_APPLICATION}", f"{_OAUTH}/revoke"
    ),
    Event.KEY_CREATED: _line(Event.KEY_CREATED, _KEY, "POST /v1/accounts/{id}/apiKeys"),
    Event.KEY_CHANGED: _line(
        Event.KEY_CHANGED, f"{_KEY} status=DISABLED changed=status", "POST /v1/apiKeys/{id}"
    ),
    Event.KEY_DELETED: _line(Event.KEY_DELETED, _KEY, "DELETE /v1/apiKeys/{id}"),
    Event.FACTOR_CREATED: _line(Event.FACTOR_CREATED, _AUTHENTICATOR, "POST /v1/accounts/{id}/factors"),
    Event.FACTOR_VERIFIED: _line(Event.FACTOR_VERIFIED, _AUTHENTICATOR, _CHALLENGES),
    Event.FACTOR_CHANGED: _line(
        Event.FACTOR_CHANGED, f"{_AUTHENTICATOR} status=DISABLED", "POST /v1/factors/{id}"
    ),
    Event.FACTOR_DELETED: _line(Event.FACTOR_DELETED, _AUTHENTICATOR, "DELETE /v1/factors/{id}"),
    Event.RECOVERY_CODE_USED: _line(
        Event.RECOVERY_CODE_USED, f"{_FACTOR} kind=recovery-codes remaining=9", _CHALLENGES
    ),
    Event.FACTOR_FAILED: _line(Event.FACTOR_FAILED, _AUTHENTICATOR, _CHALLENGES),
    Event.FACTOR_LIMITED: _line(Event.FACTOR_LIMITED, _AUTHENTICATOR, _CHALLENGES),
    Event.PASSWORD_CHANGED: _line(Event.PASSWORD_CHANGED, route="POST /v1/accounts/{id}"),
    Event.ACCOUNT_CHANGED: _line(Event.ACCOUNT_CHANGED, "changed=status", "POST /v1/accounts/{id}"),
    Event.ACCOUNT_DELETED: _line(Event.ACCOUNT_DELETED, route="DELETE /v1/accounts/{id}"),
    Event.SETTINGS_CHANGED: _line(
        Event.SETTINGS_CHANGED,
        "resource=passwordStrength id=0355em4WzlmAn5Jwta37Yx change=changed changed=min_length",
        "POST /v1/passwordPolicies/{id}/strength",
        account=UNKNOWN,
    ),
    Event.AGENT_ONLINE: _line(Event.AGENT_ONLINE, _AGENT, _POLL, account=UNKNOWN, caller=""),
    Event.AGENT_OFFLINE: _line(
        Event.AGENT_OFFLINE,
        f'{_AGENT} cause="The agent has not called since 2026-01-05T08:00:00.000Z: is `stormpath agent run` '
        'running?"',
        "GET /v1/agents/{id}",
        account=UNKNOWN,
    ),
    Event.AGENT_FAILED: _line(
        Event.AGENT_FAILED,
        f'{_AGENT} cause="The server refuses the password of cn=agent,dc=example,dc=com."',
        _POLL,
        account=UNKNOWN,
        caller="",
    ),
}


class SecurityEvents(DeclaredTable):
    """The table of events."""

    head = ("Event", "Level", "Outcome", "Meaning")
    widths = "32 12 12 44"

    @classmethod
    def rows(cls) -> Iterable[Row]:
        """Return name, level, outcome and meaning of each event."""
        return (
            (f"``{each.value}``", logging.getLevelName(each.level), f"``{each.outcome}``", each.meaning)
            for each in Event
        )


class SecurityEventExamples(SphinxDirective):
    """A line of each event, broken to fit a page."""

    def run(self) -> list[nodes.Node]:
        """Return one block with all lines."""
        wrapped = (
            textwrap.fill(each, 110, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
            for each in EXAMPLES.values()
        )
        text = "\n".join(wrapped)
        return [nodes.literal_block(text, text, language="text")]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directives."""
    app.add_directive("security-events", SecurityEvents)
    app.add_directive("security-event-examples", SecurityEventExamples)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
