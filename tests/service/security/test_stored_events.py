"""Stored security events and daily counts: what the log tells of a tenant, to be read by the console."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import sqlalchemy as sa

from service.calls import Api, Json, id_of
from service.password_resets import ask, token_of
from stormpath.server.app import Service, now_ms, open_service
from stormpath.server.domain.events import MessageFinished
from stormpath.server.domain.security_events import (
    DAY_MS,
    KEPT_DAYS,
    MOST_LISTED,
    AdminAction,
    CountKey,
    StoredEvent,
    day_of,
)
from stormpath.server.logs.security import Event
from stormpath.server.schema import ids
from stormpath.server.settings import Settings
from stormpath.server.storage import event_storage
from stormpath.server.storage.event_storage import EventStorage
from stormpath.server.storage.security_events import StoredSecurityEvents

pytestmark = pytest.mark.both_databases

OF_EVENT = "ix_security_events_event (tenant_id=? AND event=?"
OF_RESOURCE = "ix_admin_actions_resource_id (tenant_id=? AND resource_id=?"
DUE = "ix_outbox_due_of_tenant (state=? AND channel=? AND tenant_id=?"
OF_ACCOUNT = "ix_security_events_account (tenant_id=? AND account_id=? AND event=?"
LOGIN, FAILURE = "authn_login_success", "authn_login_fail"


@pytest.fixture
def stored(service: Service) -> StoredSecurityEvents:
    return service.security_events


def made(tenant_id: str, event: str = FAILURE, at: int | None = None, **values: str) -> StoredEvent:
    at = now_ms() if at is None else at
    outcome = next(each.outcome for each in Event if each.value == event)
    return StoredEvent(tenant_id, ids.new_id(), at, event, outcome.value, **values)


class TestEvents:
    def test_a_login_is_stored_with_who_asked_and_from_where(
        self, service: Service, api: Api, stored: StoredSecurityEvents
    ):
        application, directory = api.application_with_directory()
        account = api.account(directory)

        api.log_in(application, "ada")

        event, *_ = stored.events(api.tenant_id)
        assert (event.tenant_id, event.event, event.outcome) == (api.tenant_id, LOGIN, "success")
        assert (event.account_id, event.application_id) == (id_of(account), id_of(application))
        assert event.actor_key_id == api.key_id
        assert event.actor_account_id == owner_of(service, api)
        assert abs(event.at - now_ms()) < 60_000
        assert re.fullmatch(r"[\da-f-]{36}", str(event.request_id))
        assert (event.reason, event.resource, event.resource_id) == (None, None, None)
        assert json.loads(event.facts) == {"route": "POST /v1/applications/{id}/loginAttempts"}

    def test_a_refused_request_has_its_reason_and_the_request_of_its_answer(
        self, api: Api, stored: StoredSecurityEvents
    ):
        tenant = api.get(f"{api.tenant}").ok
        application = next(
            each for each in api.every(tenant["applications"]["href"]) if each["name"] == "Stormpath"
        )

        answer = api.delete(application["href"])

        event, *_ = stored.events(api.tenant_id)
        assert (event.event, event.outcome, event.reason) == ("authz_fail", "denied", "403")
        assert event.request_id == answer["requestId"]

    def test_a_change_names_the_resource_and_its_attributes(self, api: Api, stored: StoredSecurityEvents):
        directory = api.directory()

        api.post(directory["href"], {"name": "Others"})

        event, *_ = stored.events(api.tenant_id)
        assert (event.event, event.resource, event.resource_id) == (
            "settings_changed",
            "directory",
            id_of(directory),
        )
        facts = json.loads(event.facts)
        assert (facts["change"], facts["changed"]) == ("changed", "name")
        assert "Others" not in repr(event)

    def test_a_key_is_named_by_its_id(self, api: Api, stored: StoredSecurityEvents):
        _, directory = api.application_with_directory()
        account = api.account(directory)

        key = api.api_key(account)

        event, *_ = stored.events(api.tenant_id)
        assert (event.resource, event.resource_id) == ("apiKey", id_of(key))
        assert event.account_id == id_of(account)

    def test_what_no_tenant_is_known_of_is_not_stored(self, service: Service, api: Api):
        before = number_stored(service)

        assert api.request("GET", "/applications", credentials={}).status == 401

        assert number_stored(service) == before

    def test_events_of_another_tenant_are_not_found(
        self, api: Api, stranger: Api, stored: StoredSecurityEvents
    ):
        application, directory = api.application_with_directory()
        account = id_of(api.account(directory))
        api.log_in(application, "ada")

        assert stored.events(stranger.tenant_id) == []
        assert stored.events(stranger.tenant_id, account_id=account) == []
        assert stored.daily(stranger.tenant_id, 0) == []
        assert stored.last_login(stranger.tenant_id, [account]) == {}

    def test_what_was_rolled_back_is_not_stored(
        self, service: Service, api: Api, stored: StoredSecurityEvents
    ):
        _, directory = api.application_with_directory()
        before = stored.events(api.tenant_id)

        assert api.post(directory["accounts"]["href"], {"email": "ada@example.com"}).status == 400

        assert stored.events(api.tenant_id) == before

    def test_an_event_outlives_its_account(self, api: Api, stored: StoredSecurityEvents):
        application, directory = api.application_with_directory()
        account = api.account(directory)
        api.log_in(application, "ada")

        api.delete(account["href"])

        found = stored.events(api.tenant_id, account_id=id_of(account))
        assert [each.event for each in found] == ["user_deleted", LOGIN]


class TestPages:
    @pytest.fixture
    def written(self, service: Service, api: Api) -> list[StoredEvent]:
        """Events of several kinds and accounts, the newest first."""
        kinds = (LOGIN, FAILURE, "authz_fail", "authn_password_change", "excess_rate_limit_exceeded")
        events = [made(api.tenant_id, kinds[number % 5], account_id="ab"[number % 2]) for number in range(60)]
        events += [made(api.tenant_id, "settings_changed") for _ in range(5)]
        service.store_events()
        storage_of(service).write(events, {})
        return events[::-1]

    @pytest.mark.parametrize(
        "filters",
        [
            {},
            {"account_id": "a"},
            {"account_id": "none"},
            {"event": FAILURE},
            {"outcome": "success"},
            {"outcome": "denied"},
            {"account_id": "b", "outcome": "success"},
            {"account_id": "b", "event": LOGIN},
            {"event": LOGIN, "outcome": "failure"},
            {"event": "no_such_event"},
        ],
    )
    def test_pages_together_are_all_that_was_asked_for(
        self, api: Api, stored: StoredSecurityEvents, written: list[StoredEvent], filters: dict[str, str]
    ):
        expected = [
            each for each in written if all(getattr(each, name) == value for name, value in filters.items())
        ]

        found: list[StoredEvent] = []
        while page := stored.events(
            api.tenant_id, **filters, before=found[-1].id if found else None, limit=7
        ):
            assert len(page) <= 7
            found += page

        assert found == expected

    def test_no_page_is_larger_than_a_thousand(self, stored: StoredSecurityEvents, api: Api):
        assert stored.events(api.tenant_id, limit=-1) == []
        with pytest.raises(ValueError, match="not more"):
            stored.last_login(api.tenant_id, [str(each) for each in range(MOST_LISTED + 1)])

    def test_the_last_login_of_each_account_is_its_newest(
        self, service: Service, api: Api, stored: StoredSecurityEvents, written: list[StoredEvent]
    ):
        newest = {"a": 0, "b": 0}
        for each in written:
            if each.event == LOGIN:
                newest[str(each.account_id)] = max(newest[str(each.account_id)], each.at)

        assert stored.last_login(api.tenant_id, ["a", "b", "none"]) == newest
        assert stored.last_login(api.tenant_id, []) == {}


class TestCounts:
    def test_logins_registrations_and_resets_are_counted(self, api: Api, stored: StoredSecurityEvents):
        application, directory = api.application_with_directory()
        for name in ("ada", "lin"):
            api.account(directory, name)
        api.log_in(application, "ada")
        for _ in range(2):
            api.log_in(application, "ada", "wrong")
        api.log_in(application, "nobody")
        token = token_of(ask(api, application).ok["href"])
        api.post(f"{application['href']}/passwordResetTokens/{token}", {"password": "Changeme2!"}).ok

        today = day_of(now_ms())
        assert stored.daily(api.tenant_id, today - 1) == [
            (today, "logins_failed", 3),
            (today, "logins_succeeded", 1),
            (today, "registrations", 2),
            (today, "resets", 1),
        ]
        assert stored.daily(api.tenant_id, today + 1) == []

    def test_messages_that_were_sent_or_given_up_are_counted(
        self, service: Service, api: Api, stored: StoredSecurityEvents
    ):
        application, directory = api.application_with_directory()
        api.account(directory)
        for _ in range(3):
            api.post(f"{application['href']}/passwordResetTokens", {"email": "ada@example.com"}).ok
        outbox, now = service.outbox, now_ms()
        first, second, third = (each.id for each in outbox.entries(limit=3))
        claim(service, first, second, third)

        assert outbox.finish(first, "me", now)
        assert outbox.bury(second, "me", "no", now)
        assert outbox.postpone(third, "me", "later", now)
        assert not outbox.finish(first, "me", now)

        counts = {each.kind: each.number for each in stored.daily(api.tenant_id, 0)}
        assert (counts["emails_sent"], counts["emails_failed"]) == (1, 1)

    def test_text_messages_are_counted_apart(self, service: Service, api: Api, stored: StoredSecurityEvents):
        for was_sent in (True, True, False):
            service.events.report(MessageFinished(api.tenant_id, "x", "sms", was_sent))

        assert [each[1:] for each in stored.daily(api.tenant_id, 0)] == [("sms_failed", 1), ("sms_sent", 2)]

    def test_processes_that_count_at_once_lose_nothing(
        self, service: Service, api: Api, stranger: Api, stored: StoredSecurityEvents
    ):
        today = day_of(now_ms())
        keys = [
            CountKey(each.tenant_id, day, kind)
            for each in (api, stranger)
            for day in (today, today + 1)
            for kind in ("logins_failed", "logins_succeeded")
        ]
        # Each process has a writer of its own, and names the counts in an order of its own.
        storages = [storage_of(service) for _ in range(4)]

        def count(number: int) -> None:
            for turn in range(15):
                shuffled = keys[turn % 8 :] + keys[: turn % 8]
                events = [made(api.tenant_id), made(stranger.tenant_id)]
                storages[number].write(events, dict.fromkeys(reversed(shuffled), 1))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(count, range(4)))

        for each in (api, stranger):
            assert [found.number for found in stored.daily(each.tenant_id, 0)] == [60] * 4
            assert len(stored.events(each.tenant_id)) == 60

    def test_a_batch_that_is_sent_again_stores_no_event_twice(
        self, service: Service, api: Api, stored: StoredSecurityEvents
    ):
        events = [made(api.tenant_id)]

        for _ in range(2):
            storage_of(service).write(events, {})

        assert stored.events(api.tenant_id) == events


class TestRetention:
    """The tenants of these tests come after all others: each batch removes what is old of the next tenant."""

    def storage(self, service: Service, api: Api, **bounds: int) -> EventStorage:
        storage = storage_of(service, **bounds)
        storage._tenant = before(api.tenant_id)
        return storage

    def test_what_is_too_old_is_removed_of_one_tenant_after_the_other(
        self, service: Service, api: Api, stranger: Api, stored: StoredSecurityEvents
    ):
        now = now_ms()
        for each in (api, stranger):
            old = [made(each.tenant_id, at=now - 8 * DAY_MS) for _ in range(3)]
            new = made(each.tenant_id, at=now - 6 * DAY_MS)
            storage_of(service).write([*old, new], {})

        first, second = sorted((api, stranger), key=lambda each: each.tenant_id)
        storage = self.storage(service, first, days=7)
        storage.write([], {})
        assert [len(stored.events(each.tenant_id)) for each in (first, second)] == [1, 4]
        storage._tenant = before(second.tenant_id)
        storage.write([], {})
        assert [len(stored.events(each.tenant_id)) for each in (first, second)] == [1, 1]

    def test_the_round_goes_over_all_tenants_and_begins_again(
        self, service: Service, api: Api, stranger: Api
    ):
        storage = storage_of(service)
        with service.database.connect() as connection:
            tenants = list(connection.execute(sa.text("SELECT id FROM tenants ORDER BY id")).scalars())
        storage._tenant = before(tenants[-2])

        seen = []
        for _ in range(4):
            storage.write([], {})
            seen.append(storage._tenant)

        assert seen == [tenants[-2], tenants[-1], "", tenants[0]]

    def test_one_batch_removes_a_bounded_number(
        self, service: Service, api: Api, stored: StoredSecurityEvents, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(event_storage, "REMOVED_AT_ONCE", 2)
        old = now_ms() - 8 * DAY_MS
        storage_of(service).write([made(api.tenant_id, at=old) for _ in range(5)], {})

        left = []
        for _ in range(3):
            self.storage(service, api, days=7).write([], {})
            left.append(len(stored.events(api.tenant_id)))

        assert left == [3, 1, 0]

    def test_counts_and_actions_are_kept_longer(
        self, service: Service, api: Api, stored: StoredSecurityEvents
    ):
        now = now_ms()
        today = day_of(now)
        old, new = today - KEPT_DAYS - 1, today - KEPT_DAYS + 1
        storage_of(service).write(
            [], {CountKey(api.tenant_id, day, "logins_failed"): 1 for day in (old, new)}
        )
        with service.database.write(api.tenant_id) as unit:
            for at in (old * DAY_MS, new * DAY_MS):
                unit.admin_actions.add(
                    AdminAction(api.tenant_id, ids.new_id(), at, "actor", "created", "group", "x")
                )

        self.storage(service, api, days=1).write([], {})

        assert [each.day for each in stored.daily(api.tenant_id, 0)] == [new]
        assert [each.at for each in stored.actions(api.tenant_id)] == [new * DAY_MS]

    def test_of_each_kind_the_newest_are_kept(self, service: Service, api: Api, stored: StoredSecurityEvents):
        storage = storage_of(service, most=20)
        kept = made(api.tenant_id, "authn_password_change")
        storage.write([kept], {})

        for _ in range(30):
            storage.write([made(api.tenant_id) for _ in range(5)], {})

        failures = stored.events(api.tenant_id, event=FAILURE)
        assert 20 <= len(failures) <= 20 + 20 // 10 + 5
        assert stored.events(api.tenant_id, event="authn_password_change") == [kept]

    def test_a_lower_number_takes_effect_with_the_next_event(
        self, service: Service, api: Api, stored: StoredSecurityEvents
    ):
        storage_of(service).write([made(api.tenant_id) for _ in range(50)], {})

        storage_of(service, most=20).write([made(api.tenant_id)], {})

        assert len(stored.events(api.tenant_id)) == 20

    def test_zero_days_store_no_event_and_remove_those_that_are(self, database_url: str):
        with closing(open_service(database_url)) as service:
            tenant, application = log_in_once(service)
            assert service.security_events.events(tenant)

        with closing(
            Service(Settings.from_environment(database=database_url, security_events_days=0))
        ) as service:
            again = Api(service, service.base_url, tenant, *service.local_api_key())
            again.log_in(application, "ada")
            service.store_events()

            # Counts are kept, and bring the removal with them.
            assert service.security_events.events(tenant) == []
            counts = {each.kind: each.number for each in service.security_events.daily(tenant, 0)}
            assert counts["logins_succeeded"] == 2


class TestOverview:
    def test_it_has_the_numbers_of_one_tenant(self, service: Service, api: Api, stranger: Api):
        before = service.overview(api.tenant_id)
        application, directory = api.application_with_directory()
        api.account(directory)
        for _ in range(3):
            api.post(f"{application['href']}/passwordResetTokens", {"email": "ada@example.com"}).ok
        first, second, third = (each.id for each in service.outbox.entries(limit=3))
        claim(service, third, second)
        now = now_ms()

        service.outbox.bury(third, "me", "no", now)
        service.outbox.postpone(second, "me", "later", now - 5000)

        found = service.overview(api.tenant_id)
        assert found == (before.accounts + 1, 1, now - 5000)
        service.outbox.retry(second, now + 60_000)
        entry = service.outbox.entry(first)
        assert service.overview(api.tenant_id).oldest_due == entry.created_at
        assert service.overview(stranger.tenant_id)[1:] == (0, None)

    def test_a_message_that_is_due_later_waits_for_nothing_yet(self, service: Service, api: Api):
        application, directory = api.application_with_directory()
        api.account(directory)
        api.post(f"{application['href']}/passwordResetTokens", {"email": "ada@example.com"}).ok
        (entry,) = service.outbox.entries(limit=1)

        service.outbox.retry(entry.id, now_ms() + 60_000)

        assert service.overview(api.tenant_id).oldest_due is None


class TestIndexes:
    """Whatever is asked for, the database finds it by an index and sorts nothing."""

    def asked(self, service: Service, stored: StoredSecurityEvents) -> Iterator[Callable[[], object]]:
        yield lambda: stored.events("t", before="x")
        yield lambda: stored.events("t", event=FAILURE)
        yield lambda: stored.events("t", outcome="success")
        yield lambda: stored.events("t", account_id="a")
        yield lambda: stored.events("t", account_id="a", outcome="failure")
        yield lambda: stored.actions("t")
        yield lambda: stored.actions("t", resource_id="r")
        yield lambda: stored.daily("t", 0)
        yield lambda: stored.last_login("t", ["a", "b"])
        yield lambda: service.overview("t")
        storage = storage_of(service, most=10)
        storage._tenant = ""
        yield lambda: storage.write([made("t")], {CountKey("t", 0, "x"): 1})

    @pytest.fixture
    def plans(self, sqlite_service: Service) -> Iterator[list[str]]:
        """The plans of SQLite for all statements; it has no statistics, as no database of ours."""
        found: list[str] = []

        def explain(connection: sa.Connection, cursor, statement: str, parameters, *_) -> None:
            if statement.startswith(("SELECT", "WITH", "DELETE")):
                explained = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                found.extend(row[3] for row in explained)

        engine = sqlite_service.database.engine
        sa.event.listen(engine, "before_cursor_execute", explain)
        yield found
        sa.event.remove(engine, "before_cursor_execute", explain)

    def test_every_table_is_searched_by_an_index(self, sqlite_service: Service, plans: list[str]):
        for each in self.asked(sqlite_service, sqlite_service.security_events):
            each()

        tables = ("security_events", "admin_actions", "daily_counts", "outbox", "counts", "tenants")
        used = {each for each in plans if re.match(rf"\w+ ({'|'.join(tables)})\b", each)}
        assert used == {
            "SEARCH security_events USING PRIMARY KEY (tenant_id=? AND id<?)",
            f"SEARCH security_events USING INDEX {OF_EVENT} AND id<?)",
            f"SEARCH security_events USING COVERING INDEX {OF_EVENT})",
            f"SEARCH security_events USING INDEX {OF_ACCOUNT} AND id<?)",
            f"SEARCH security_events USING INDEX {OF_ACCOUNT})",
            "SEARCH admin_actions USING PRIMARY KEY (tenant_id=? AND id<?)",
            f"SEARCH admin_actions USING INDEX {OF_RESOURCE} AND id<?)",
            "SEARCH daily_counts USING PRIMARY KEY (tenant_id=? AND day>?)",
            # What is too old.
            "SEARCH security_events USING PRIMARY KEY (tenant_id=?)",
            "SEARCH admin_actions USING PRIMARY KEY (tenant_id=?)",
            "SEARCH daily_counts USING PRIMARY KEY (tenant_id=? AND day<?)",
            "SEARCH tenants USING COVERING INDEX sqlite_autoindex_tenants_1 (id>?)",
            "SEARCH counts USING PRIMARY KEY (owner_id=? AND kind=?)",
            "SEARCH outbox USING INDEX ix_outbox_dead_of_tenant (tenant_id=?)",
            f"SEARCH outbox USING INDEX {DUE} AND due_at=?)",
            f"SEARCH outbox USING COVERING INDEX {DUE} AND due_at>?)",
        }


# Helpers.


def storage_of(service: Service, *, days: int = 90, most: int = 0) -> EventStorage:
    """Return what stores batches in the service's database, as another process has it."""
    storage = EventStorage(service.database, now_ms, days, most)
    # Nothing is removed of the tenants of other tests.
    storage._tenant = "~"
    return storage


def before(tenant_id: str) -> str:
    """Return a text after which the tenant's id is the next one."""
    return tenant_id[:-1] + chr(ord(tenant_id[-1]) - 1) + "~"


def number_stored(service: Service) -> int:
    service.store_events()
    with service.database.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM security_events")).scalar_one())


def owner_of(service: Service, api: Api) -> str:
    with service.database.read(api.tenant_id) as unit:
        key = unit.get("apiKey", api.key_id)
    assert key is not None
    return str(key["account_id"])


def claim(service: Service, *entries: str) -> None:
    table = service.database.tables.outbox
    with service.database.transaction() as connection:
        connection.execute(table.update().where(table.c.id.in_(entries)).values(claim="me"))


def log_in_once(service: Service) -> tuple[str, Json]:
    """Log in to an application of the first tenant; return the tenant's id and the application."""
    api = Api(service, service.base_url, service.tenant_id, *service.local_api_key())
    application, directory = api.application_with_directory()
    api.account(directory)
    api.log_in(application, "ada")
    return service.tenant_id, application
