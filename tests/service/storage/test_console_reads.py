"""What the console reads beyond the API: bounded, and of one tenant alone."""

from typing import Any

import pytest
import sqlalchemy as sa

from service import token_calls
from service.calls import Api, Json, id_of
from service.provider_bodies import mirror, of_kind
from stormpath.server.app import Service
from stormpath.server.domain import console_reads, tenant_messages
from stormpath.server.domain.outbox import DEAD, EMAIL, PENDING, SENT, SMS, NewEntry
from stormpath.server.schema import ids
from support.statements import statements


def message(service: Service, api: Api, account: Json, state: str = PENDING, **values: object) -> str:
    """Add a message in a state; return its id."""
    now = service._clock()
    entry = NewEntry(
        id=ids.new_id(now),
        kind="reset",
        directory_id=id_of(account["directory"]),
        account_id=id_of(account),
        address=account["email"],
        content=b"sealed",
        created_at=now,
        expires_at=None,
    )
    with service.database.write(api.tenant_id) as unit:
        unit.outbox.add(entry)
    table = service.database.tables.outbox
    with service.database.transaction() as connection:
        connection.execute(table.update().where(table.c.id == entry.id).values(state=state, **values))
    return entry.id


def test_messages_are_those_of_the_tenant(service: Service, api: Api, stranger: Api):
    own = message(service, api, api.account(api.directory("People")), DEAD)
    foreign = message(service, stranger, stranger.account(stranger.directory("People")), DEAD)

    with service.database.write(api.tenant_id) as unit:
        messages = unit.tenant_messages
        assert [each.id for each in messages.entries()] == [own]
        assert [each.id for each in messages.entries(state=DEAD)] == [own]
        assert messages.counts() == {PENDING: 0, DEAD: 1}
        assert messages.entry(foreign) is None
        assert messages.content(foreign) is None
        assert not messages.retry(foreign, 1)
        assert messages.retry_dead(service._clock()) == 1
    with service.database.read(stranger.tenant_id) as unit:
        assert unit.tenant_messages.entry(foreign).state == DEAD


def test_what_is_sent_or_being_sent_is_not_sent_again(service: Service, api: Api):
    account = api.account(api.directory("People"))
    sent = message(service, api, account, SENT)
    leased = message(service, api, account, claim="someone", claim_seconds=60)
    waiting = message(service, api, account, attempts=2, due_at=service._clock() + 60_000)
    decoy = message(service, api, account, "DECOY")

    with service.database.write(api.tenant_id) as unit:
        now = service._clock()
        tried = [unit.tenant_messages.retry(each, now) for each in (sent, leased, waiting, decoy)]
        shown = {each.id for each in unit.tenant_messages.entries()}

    assert tried == [False, False, True, False]
    assert shown == {sent, leased, waiting}


def test_messages_are_counted_and_revived_up_to_a_bound(
    service: Service, api: Api, monkeypatch: pytest.MonkeyPatch
):
    account = api.account(api.directory("People"))
    for _ in range(4):
        message(service, api, account, DEAD)
    monkeypatch.setattr("stormpath.server.storage.tenant_messages.MOST_COUNTED", 3)

    with service.database.write(api.tenant_id) as unit:
        assert unit.tenant_messages.counts()[DEAD] == 3
        assert unit.tenant_messages.retry_dead(service._clock()) == 3
        assert unit.tenant_messages.retry_dead(service._clock()) == 1
        assert unit.tenant_messages.retry_dead(service._clock()) == 0
    assert tenant_messages.MOST_COUNTED == 1000


def test_the_last_hours_messages_are_counted_by_channel(service: Service, api: Api, stranger: Api):
    table, now = service.database.tables.mailings, service._clock()
    row = {"address_key": "a", "account_key": "b", "directory_key": "c"}
    rows = [
        {**row, "id": ids.new_id(), "tenant_id": tenant, "created_at": at, "channel": channel}
        for tenant, at, channel in (
            (api.tenant_id, now, EMAIL),
            (api.tenant_id, now, EMAIL),
            (api.tenant_id, now, SMS),
            (api.tenant_id, now - 5000, EMAIL),
            (stranger.tenant_id, now, EMAIL),
        )
    ]
    with service.database.transaction() as connection:
        connection.execute(sa.insert(table), rows)

    with service.database.read(api.tenant_id) as unit:
        assert unit.tenant_messages.messages_since(now - 1000) == {EMAIL: 2, SMS: 1}
        reached = unit.tenant_messages.reached_limits({"account": 2, "address": 9}, now - 1000, now, EMAIL)
    assert [(each.what, each.messages, each.tenant_id) for each in reached] == [("account", 2, api.tenant_id)]


def test_numbers_names_and_kinds_are_those_of_the_tenant(service: Service, api: Api, stranger: Api):
    directory = api.directory("People")
    account = api.account(directory, givenName="Ann", surname="Lee")
    foreign = stranger.directory("Others")

    with service.database.read(api.tenant_id) as unit, statements(service) as sent:
        reads = unit.console_reads
        sizes = reads.sizes()
        names = reads.names("account", [id_of(account), id_of(foreign), "nothing"])
        kinds = [reads.kind_of(id_of(each)) for each in (account, directory, foreign)]

    for plural, kind in (("accounts", "account"), ("directories", "directory"), ("groups", "group")):
        assert sizes[kind] == api.get(f"{api.tenant}/{plural}").ok["size"]
    assert names == {id_of(account): "Ann Lee"}
    assert kinds == ["account", "directory", None]
    assert len(sent) == 5
    with service.database.read(api.tenant_id) as unit:
        assert unit.console_reads.names("directory", [id_of(foreign)]) == {}
        assert unit.console_reads.names("directory", []) == {}


def test_tokens_are_the_latest_that_may_be_used(service: Service, api: Api, stranger: Api):
    place, people = api.application_with_directory("Shop")
    account = api.account(people, username="ada", email="ada@example.com")
    for _ in range(3):
        token_calls.log_in(api, place)
    now = service._clock()

    def tokens(tenant: Api, at: int = now, **query: Any) -> list[str]:
        with service.database.read(tenant.tenant_id) as unit:
            return [each.id for each in unit.console_reads.tokens("refreshToken", at, **query)]

    every = tokens(api)
    assert len(every) == 3
    assert every == sorted(every, reverse=True)
    assert tokens(api, before=every[0], limit=1) == every[1:2]
    assert tokens(api, account_id=id_of(account), application_id=id_of(place)) == every
    assert tokens(api, account_id=id_of(place)) == []
    assert tokens(api, at=now + 10**12) == []
    assert tokens(api, limit=10**9) == every
    assert tokens(stranger) == tokens(stranger, account_id=id_of(account)) == []


def test_counters_and_certificates_are_bounded_and_of_the_tenant(service: Service, api: Api, stranger: Api):
    now = service._clock()
    counters = [
        {"tenant_id": tenant, "key": f"{number}", "wrong": number, "pending": 0, "ends_at": now + each}
        for tenant, number, each in (
            *((api.tenant_id, number, 1000) for number in range(30)),
            (api.tenant_id, 99, -1),
            (stranger.tenant_id, 50, 1000),
        )
    ]
    with service.database.transaction() as connection:
        connection.execute(service.database.tables.guesses.insert(), counters)
    directory = api.post("/directories", {"name": "Partner", "provider": of_kind("saml")}).made
    stranger.post("/directories", {"name": "Partner", "provider": of_kind("saml")}).made  # Fails unless made.

    with service.database.read(api.tenant_id) as unit:
        highest = unit.console_reads.guess_counters(now)
        certificates = unit.console_reads.certificates()

    assert [each.wrong for each in highest] == list(range(29, 19, -1))
    assert [(each.resource, each.id) for each in certificates] == [("provider", id_of(directory))]
    assert certificates[0].pem.startswith("-----BEGIN")
    assert console_reads.MOST_CERTIFICATES == 500


def skipped(service: Service, api: Api, directory: Json, rows: list[tuple[str, str, str | None]]) -> None:
    """Store entries of a mirrored directory: their kinds, ids and problems."""
    common = {"dn_key": "dn:0", "digest": "0", "is_disabled": False, "seen_run": 1, "is_dirty": False}
    values = [
        {
            **common,
            "tenant_id": api.tenant_id,
            "directory_id": id_of(directory),
            "kind": kind,
            "entry_id": id,
            "dn": f"cn={id}",
            "problem": problem,
        }
        for kind, id, problem in rows
    ]
    with service.database.transaction() as connection:
        connection.execute(service.database.tables.mirror_entries.insert(), values)


def test_skipped_entries_are_paged_by_problem_and_are_those_of_the_directory(
    service: Service, api: Api, stranger: Api
):
    own, other = (mirror(api, kind) for kind in ("ldap", "ad"))
    skipped(service, api, own, [("account", f"{number}", "no_email") for number in range(4)])
    skipped(
        service, api, own, [("account", "a", "invalid"), ("group", "a", "invalid"), ("account", "b", None)]
    )
    skipped(service, api, other, [("account", "of another", "no_email")])

    with service.database.read(api.tenant_id) as unit:
        reads, id = unit.console_reads, id_of(own)
        found: list[console_reads.MirrorProblem] = []
        counts = reads.mirror_problem_counts(id)
        after = None
        while page := reads.mirror_problems(id, after=after, limit=2):
            found += page
            after = console_reads.MirrorPlace(*page[-1][:3])
        of_one = reads.mirror_problems(id, problem="invalid", limit=10**9)
    with service.database.read(stranger.tenant_id) as unit:
        foreign = unit.console_reads.mirror_problems(id), unit.console_reads.mirror_problem_counts(id)

    assert counts == {"no_email": 4, "invalid": 2}
    assert [(each.kind, each.entry_id) for each in found] == [
        ("account", "a"),
        ("group", "a"),
        *(("account", f"{number}") for number in range(4)),
    ]
    assert [each.problem for each in of_one] == ["invalid"] * 2
    assert foreign == ([], {})


def test_the_last_synchronization_is_that_of_the_agent(service: Service, api: Api, stranger: Api):
    agent = id_of(api.get(mirror(api, "ldap")["provider"]["href"]).ok["agent"])
    values = {"run": 3, "run_stage": "done", "run_seen_at": 7, "report": "{}"}
    flags = {"wants_run": False, "allows_deletions": False}
    with service.database.transaction() as connection:
        table = service.database.tables.agent_states
        connection.execute(table.delete().where(table.c.agent_id == agent))
        connection.execute(table.insert().values(tenant_id=api.tenant_id, agent_id=agent, **values, **flags))

    with service.database.read(api.tenant_id) as unit:
        assert unit.console_reads.mirror_run(agent) == ("done", 7, "{}", False)
        assert unit.console_reads.mirror_run("nothing") is None
    with service.database.read(stranger.tenant_id) as unit:
        assert unit.console_reads.mirror_run(agent) is None
