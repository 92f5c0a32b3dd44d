"""The time of a request for an e-mail tells no one whether there is such an account.

The caller of the API gets documented codes (2016, 6101, 429), and hides them from strangers. What the caller
cannot hide is time: so the same statements are sent, of the same kinds and in the same order.
"""

from __future__ import annotations

import itertools
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa

from service.calls import Answer, Api, Json
from service.concurrency import at_once, outcomes
from service.registration import VERIFICATION, register, sent_kinds, spend, switch
from service.tenant_rows import dump
from stormpath.server.app import Service
from stormpath.server.domain.outbox import DECOY
from stormpath.server.storage import idempotency, one_time_tokens, outbox_writer
from support.mann_whitney import p_alike
from support.outbox import emails
from support.statements import statements, without_key_lookups

UNKNOWN = "unknown@example.com"

Ask = Callable[..., Answer]


@pytest.fixture
def world(api: Api) -> Json:
    """An application with accounts of each kind that a stranger may name."""
    application, directory = api.application_with_directory()
    silent = api.directory("Silent")
    api.mapping(application, silent)
    switch(api, directory, VERIFICATION)
    for name in ("pending", "capped", "verified"):
        account = register(api, directory, name).made
    assert spend(api, account).status == 200
    api.account(silent, "without-workflow")
    return application


def post(api: Api, href: str, body: Json, *, with_key: bool = False) -> Answer:
    headers = {"Content-Type": "application/json"}
    if with_key:
        headers["Idempotency-Key"] = secrets.token_urlsafe(16)
    return api.request("POST", href, json.dumps(body).encode(), headers=headers)


def reset(api: Api, world: Json, name: str, **options: bool) -> Answer:
    body = {"email": f"{name}@example.com"}
    return post(api, world["passwordResetTokens"]["href"], body, **options)


def resend(api: Api, world: Json, name: str, **options: bool) -> Answer:
    return post(api, world["verificationEmails"]["href"], {"login": f"{name}@example.com"}, **options)


def shape(statement: str) -> str:
    """Return the verb of a statement, and of one that writes also the table."""
    words = statement.split()
    return words[0] if words[0] == "SELECT" else " ".join(words[:3])


def work(service: Service, call: Callable[[], Answer]) -> tuple[object, list[str]]:
    with statements(service) as seen:
        answer = call()
    outcome = answer.status if answer.status < 400 else answer.error
    return outcome, [shape(each) for each in without_key_lookups(seen)]


@pytest.fixture(autouse=True)
def no_clean_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let none of the clean-ups, one in a hundred writes, fall into a test of a few."""
    for module, counter in (
        (outbox_writer, "_counted"),
        (one_time_tokens, "_added"),
        (idempotency, "_remembered"),
    ):
        monkeypatch.setattr(module, counter, itertools.count(1))


@pytest.mark.parametrize("with_key", [False, True])
def test_a_reset_sends_the_same_statements_whoever_it_is_for(
    service: Service, api: Api, world: Json, with_key: bool, monkeypatch: pytest.MonkeyPatch
):
    reset(api, world, "capped")
    settings = replace(service.settings, mails_per_address=1, mails_per_account=1)
    monkeypatch.setattr(service, "settings", settings)

    found = {
        name: work(service, partial(reset, api, world, name, with_key=with_key))
        for name in ("verified", "unknown", "capped", "pending", "without-workflow")
    }

    assert [outcome for outcome, _ in found.values()] == [200, (400, 2016), (429, 429), 200, 200]
    assert all(sent == found["verified"][1] for _, sent in found.values()), found
    # With an idempotency key two more: its look-up and its row.
    assert len(found["unknown"][1]) == (17 if with_key else 15)


@pytest.mark.parametrize("with_key", [False, True])
def test_a_resend_sends_the_same_statements_whoever_it_is_for(
    service: Service, api: Api, world: Json, with_key: bool, monkeypatch: pytest.MonkeyPatch
):
    settings = replace(service.settings, mails_per_address=2, mails_per_account=2)
    monkeypatch.setattr(service, "settings", settings)
    resend(api, world, "capped")

    found = {
        name: work(service, partial(resend, api, world, name, with_key=with_key))
        for name in ("pending", "verified", "unknown", "capped", "without-workflow")
    }

    assert [outcome for outcome, _ in found.values()] == [202, 202, (400, 2016), (429, 429), (400, 6101)]
    assert all(sent == found["pending"][1] for _, sent in found.values()), found


def test_mirrors_and_directories_without_reset_emails_cost_the_same(service: Service, api: Api, world: Json):
    (directory,) = api.get("/directories", name="Silent").items
    api.post(directory["passwordPolicy"]["href"], {"resetEmailStatus": "DISABLED"})

    outcome, quiet = work(service, lambda: reset(api, world, "without-workflow"))

    assert outcome == 200
    assert quiet == work(service, lambda: reset(api, world, "unknown"))[1]
    assert "reset" not in sent_kinds(api)


class TestDecoys:
    """What is written for its time alone is not sent, not shown, not kept, and says nothing."""

    @pytest.fixture
    def asked(self, api: Api, world: Json, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outbox_writer, "PURGE_EVERY", 10**9)
        for _ in range(3):
            assert reset(api, world, "unknown", with_key=True).error == (400, 2016)
            assert resend(api, world, "unknown", with_key=True).error == (400, 2016)

    def test_decoys_are_no_emails_for_anybody(self, service: Service, api: Api, world: Json, asked: None):
        assert [each for each in emails(service, api.tenant_id) if each.address == UNKNOWN] == []
        ids = decoy_ids(service, api)
        assert len(ids) == 6
        listed = {each.id for each in service.outbox.entries(limit=10_000)}
        assert listed.isdisjoint(ids)
        now = service._clock()
        for each in ids:
            assert service.outbox.entry(each) is None
            assert not service.outbox.retry(each, now)
        assert {each.tenant_id for each in service.reached_limits()}.isdisjoint({api.tenant_id})

    def test_decoys_do_not_tell_what_was_asked_for(
        self, service: Service, api: Api, world: Json, asked: None
    ):
        assert UNKNOWN not in str(dump(service, api.tenant_id, with_decoys=True))

    def test_nothing_else_is_left_of_a_request_about_an_unknown_account(
        self, service: Service, api: Api, world: Json
    ):
        before = dump(service, api.tenant_id)

        reset(api, world, "unknown", with_key=True)
        resend(api, world, "unknown", with_key=True)

        assert dump(service, api.tenant_id) == before

    def test_decoys_are_deleted_by_the_next_clean_up(
        self, service: Service, api: Api, world: Json, asked: None, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(outbox_writer, "PURGE_EVERY", 1)
        monkeypatch.setattr(one_time_tokens, "REMOVE_USELESS_EVERY", 1)
        monkeypatch.setattr(idempotency, "REMOVE_EXPIRED_EVERY", 1)
        reset(api, world, "verified", with_key=True)
        time.sleep(0.002)
        reset(api, world, "pending", with_key=True)

        left = dump(service, api.tenant_id, with_decoys=True) - dump(service, api.tenant_id)

        assert left == frozenset()

    def test_a_thousand_requests_leave_a_clean_ups_worth_of_decoys(
        self, service: Service, api: Api, world: Json, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(outbox_writer, "PURGE_EVERY", 10)
        for _ in range(60):
            reset(api, world, "unknown")

        assert len(decoy_ids(service, api)) <= 10

    def test_many_at_once_do_not_wait_for_each_other_without_end(self, api: Api, world: Json):
        answers = at_once([lambda: reset(api, world, "unknown"), lambda: resend(api, world, "unknown")] * 8)

        assert outcomes(answers) == {(400, 2016): 16}


def decoy_ids(service: Service, api: Api) -> list[str]:
    table = service.database.tables.outbox
    statement = sa.select(table.c.id).where(table.c.state == DECOY, table.c.tenant_id == api.tenant_id)
    with service.database.engine.connect() as connection:
        return list(connection.execute(statement).scalars())


@pytest.mark.parametrize("ask", [reset, resend])
def test_the_times_for_known_and_unknown_accounts_are_alike(
    service: Service, api: Api, ask: Ask, request: pytest.FixtureRequest
):
    is_measured = request.config.getoption("depth") == "full"
    application, directory = api.application_with_directory()
    switch(api, directory, VERIFICATION)
    # So many that none is limited.
    accounts = 30 if is_measured else 1
    for number in range(accounts):
        register(api, directory, f"known-{number}")
    times: dict[str, list[float]] = {"known": [], "unknown": []}

    for number in range(300 if is_measured else 2):
        for name in ("known", "unknown") if number % 2 else ("unknown", "known"):
            start = time.perf_counter()
            answer = ask(api, application, f"{name}-{number % accounts}")
            times[name].append(time.perf_counter() - start)
            assert (answer.status == 400) == (name == "unknown")

    if is_measured:
        medians = {name: sorted(each)[len(each) // 2] for name, each in times.items()}
        assert p_alike(times["known"], times["unknown"]) > 0.001, medians
