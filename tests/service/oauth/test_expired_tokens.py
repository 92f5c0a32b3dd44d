"""Expired tokens are removed by those that are issued later, a bounded number at a time."""

import pytest
import sqlalchemy as sa

from service.calls import Api, Json, id_of
from service.clock import Clock
from service.database_access import stored_row
from service.token_calls import is_valid, log_in, refresh, set_policy
from stormpath.server.app import Service
from stormpath.server.storage import issued_tokens

pytestmark = pytest.mark.both_databases

TABLES = ("access_tokens", "refresh_tokens", "spent_refresh_tokens")


def rows_of(service: Service, ada: Json) -> dict[str, int]:
    """Return how many rows of an account each table has."""
    found = {}
    with service.database.engine.connect() as connection:
        for name in TABLES:
            table = service.database.tables.metadata.tables[name]
            query = sa.select(sa.func.count()).where(table.c.account_id == id_of(ada))
            found[name] = connection.execute(query).scalar_one()
    return found


def test_a_new_token_removes_expired_ones(
    service: Service, api: Api, application: Json, ada: Json, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    set_policy(
        api, application, accessTokenTtl="PT1M", refreshTokenTtl="PT2M", refreshTokenRotation="ENABLED"
    )
    tokens = log_in(api, application)
    refresh(api, application, tokens["refresh_token"])
    assert rows_of(service, ada) == dict(zip(TABLES, (2, 1, 1), strict=True))
    monkeypatch.setattr(issued_tokens, "REMOVE_EXPIRED_EVERY", 1)

    clock.moves(61)
    log_in(api, application)
    assert rows_of(service, ada) == dict(zip(TABLES, (1, 2, 1), strict=True))
    clock.moves(61)
    latest = log_in(api, application)
    assert rows_of(service, ada) == dict(zip(TABLES, (1, 2, 0), strict=True))
    assert is_valid(api, application, latest["access_token"])


def test_most_new_tokens_remove_nothing(
    service: Service, api: Api, application: Json, ada: Json, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    set_policy(api, application, accessTokenTtl="PT1M", refreshTokenTtl="PT0S")
    monkeypatch.setattr(issued_tokens, "REMOVE_EXPIRED_EVERY", 10**9)
    log_in(api, application)
    clock.moves(61)

    log_in(api, application)

    assert rows_of(service, ada)["access_tokens"] == 2


def test_the_longest_expired_are_removed_first_and_few_at_once(
    service: Service, api: Api, application: Json, ada: Json, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(issued_tokens, "REMOVE_AT_ONCE", 2)
    stored = stored_row(service, "access_tokens", id_of({"href": log_in(api, application)[HREF]}))
    table = service.database.tables.of["accessToken"]
    old = [stored | {"id": f"{number}{stored['id'][1:]}", "expires_at": number} for number in range(1, 6)]
    with service.database.transaction() as connection:
        connection.execute(table.insert(), old)

    left = []
    for _ in range(3):
        with service.database.transaction() as connection:
            issued_tokens.remove_expired(connection, service.database.tables, 5)
            found = sa.select(table.c.expires_at).where(table.c.account_id == id_of(ada))
            left.append(sorted(connection.execute(found).scalars()))

    live = stored["expires_at"]
    assert left == [[3, 4, 5, live], [5, live], [live]]


HREF = "stormpath_access_token_href"
