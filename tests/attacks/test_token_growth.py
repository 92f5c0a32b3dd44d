"""The tables of tokens stay as large as what is live in them: what expires is removed by what comes after."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.assembled_tokens import live
from service.calls import Api, Json, id_of
from service.tenant_rows import rows_of
from service.token_calls import client_credentials, password_grant, refresh, validate
from stormpath.server.app import Service
from stormpath.server.storage import issued_tokens

pytestmark = pytest.mark.both_databases

EVERY, AT_ONCE = 5, 15
TABLES = ("access_tokens", "refresh_tokens", "spent_refresh_tokens")


class Clock:
    """A clock that is moved."""

    def __init__(self, service: Service) -> None:
        self._now, self.seconds = service._clock, 0

    def __call__(self) -> int:
        return self._now() + 1000 * self.seconds


@pytest.fixture
def clock(service: Service, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the service, and a removal of what has expired by every fifth token."""
    clock = Clock(service)
    monkeypatch.setattr(service, "_clock", clock)
    monkeypatch.setattr(issued_tokens, "REMOVE_EXPIRED_EVERY", EVERY)
    monkeypatch.setattr(issued_tokens, "REMOVE_AT_ONCE", AT_ONCE)
    return clock


@pytest.fixture
def application(service: Service, api: Api) -> Json:
    """An application whose tokens live for a minute; no token of an earlier test is in the database."""
    for name in TABLES:
        with service.database.transaction() as connection:
            connection.execute(sa.text(f"DELETE FROM {name}"))  # noqa: S608  # Our own names.
    application, directory = api.application_with_directory()
    api.account(directory)
    policy = {"accessTokenTtl": "PT1M", "refreshTokenTtl": "PT1M", "refreshTokenRotation": "ENABLED"}
    api.post(f"{api.base_url}/oAuthPolicies/{id_of(application)}", policy).ok
    return application


def sizes(service: Service, api: Api) -> list[int]:
    stored = rows_of(service, api.tenant_id)
    return [len(stored[each]) for each in TABLES]


def test_what_expires_is_removed_as_fast_as_it_comes(
    service: Service, api: Api, application: Json, clock: Clock
):
    (account,) = api.get(application["accounts"]["href"]).items
    key = api.api_key(account)
    largest = [0, 0, 0]
    for _ in range(12):
        tokens = password_grant(api, application).ok
        refresh(api, application, tokens["refresh_token"]).ok
        client_credentials(api, application, key).ok
        clock.seconds += 61
        largest = [max(pair) for pair in zip(largest, sizes(service, api), strict=True)]

    assert max(largest) <= 2 * EVERY, largest


def test_a_backlog_is_removed_in_parts(service: Service, api: Api, application: Json, clock: Clock):
    """After an hour with many tokens, none of the requests that follow carries the whole weight."""
    for _ in range(2 * AT_ONCE):
        password_grant(api, application).ok
    before = sizes(service, api)[0]
    clock.seconds += 61

    removed = []
    for _ in range(4 * EVERY):
        password_grant(api, application).ok
        after = sizes(service, api)[0]
        removed.append(before + 1 - after)
        before = after

    assert max(removed) <= AT_ONCE
    # What is left has not expired.
    assert before == 4 * EVERY
    assert sizes(service, api)[1] == 4 * EVERY


def test_what_is_live_is_kept(service: Service, api: Api, application: Json, clock: Clock):
    (account,) = api.get(application["accounts"]["href"]).items
    tokens = [password_grant(api, application).ok for _ in range(3 * EVERY)]
    clock.seconds += 55

    more = [refresh(api, application, each["refresh_token"]).ok for each in tokens]

    assert len(live(api, account)) == 3 * len(tokens)
    for each in (*tokens, *more):
        assert validate(api, application, each["access_token"]).status == 302
    assert sizes(service, api)[2] == len(tokens)
