"""What an agent, or a server behind it, could try with what it sends; and what another tenant could."""

from typing import Any

import pytest

from service.mirrors import Mirror, new_mirror, person, team
from service.tenant_setup import new_tenant
from stormpath.server.agents import runs
from stormpath.server.app import Service
from stormpath.server.schema.errors import ApiError
from stormpath.server.storage import mirror_runs
from support.statements import statements


@pytest.fixture
def mirror(service: Service) -> Mirror:
    return new_mirror(new_tenant(service))


def refusal(body: dict[str, Any]) -> ApiError:
    with pytest.raises(ApiError) as raised:
        runs.batch_of(body)
    return raised.value


@pytest.mark.parametrize(
    "body",
    [
        {"accounts": {}},
        {"accounts": [1]},
        {"accounts": [person("a", id=None)]},
        {"accounts": [person("a", id="x" * 129)]},
        {"accounts": [person("a", id="a b")]},
        {"accounts": [person("a", id="a\x00")]},
        {"accounts": [person("a") | {"dn": 5}]},
        {"accounts": [person("a") | {"dn": None}]},
        {"accounts": [person("a", dnKey="uid:joe")]},
        {"accounts": [person("a", email=["a@example.com"])]},
        {"accounts": [person("a", surname="x" * 4001)]},
        {"accounts": [person("a", isDisabled="yes")]},
        {"accounts": [person(f"a{number}") for number in range(501)]},
        {
            "accounts": [person(f"a{number}") for number in range(250)],
            "groups": [team(f"g{n}") for n in range(251)],
        },
        {"members": [{"group": "g", "keys": "id:a"}]},
        {"members": [{"group": "g", "keys": [1]}]},
        {"members": [{"group": "g", "keys": ["id:a"] * 5001}]},
        {"members": [{"group": "g", "keys": [f"id:{n}" for n in range(3000)]} for _ in range(2)]},
        {"members": [{"group": "g", "keys": [], "isFirst": 1}]},
        {"present": {"other": []}},
        {"present": {"account": "id"}},
        {"gone": {"account": [str(number) for number in range(20_001)]}},
        {"present": {"account": ["a"] * 20_001}},
    ],
)
def test_a_malformed_or_oversized_batch_is_refused_before_anything_is_stored(body: dict[str, Any]):
    assert refusal(body).code == 400


def test_a_refusal_repeats_no_secret():
    error = refusal({"accounts": [person("a", passwordHash="{SSHA}" + "s3cret" * 1000)]})

    assert "s3cret" not in f"{error!r} {error}"
    batch = runs.batch_of({"accounts": [person("a", passwordHash="{SSHA}s3cret")]})
    assert "s3cret" not in repr(batch)


@pytest.mark.parametrize(
    "name",
    [
        "*",
        "(uid=*)",
        "a\\2a",
        "'; DROP TABLE accounts; --",
        "<script>",
        "%",
        "_",
        "${x}",
        "{{7*7}}",
        "ü ß ﬁ",
        "a\tb",
    ],
)
def test_metacharacters_in_names_are_characters(mirror: Mirror, name: str):
    entry = person("ada", username=name, givenName=name, dn=f"cn={name}")
    mirror.synchronize([entry, person("joe")], {"g": [f"uid:{name.casefold()}"]})

    assert mirror.members() == {"g": {name}}
    ada = mirror.accounts()[name]
    assert ada["givenName"] == name


def test_what_no_database_stores_stops_no_run(mirror: Mirror):
    bad = person("bad", surname="\x00", username="bad\ud800")
    mirror.synchronize(
        [bad | {"dn": "cn=\x00\ud800"}, person("ada")], {"g": ["uid:\x00", "uid:\ud800", "uid:ada"]}
    )

    assert mirror.members() == {"g": {"ada"}}
    assert mirror.problems() == {"invalid": 1}


def test_an_agent_reaches_no_directory_but_its_own(service: Service):
    mine, other = new_mirror(new_tenant(service)), new_mirror(new_tenant(service))
    other.synchronize([person("ada"), person("joe")], {"g": ["uid:ada", "uid:joe"]})
    before = other.accounts()

    mine.synchronize([person("ada", surname="Mallory")], {"g": ["id:id-joe", "uid:joe"]})
    run = mine.begin("incremental")
    mine.take(run, gone={"account": ["id-joe"], "group": ["gid-g"]})
    mine.end(run, is_complete=False)

    assert other.accounts() == before
    assert other.members() == {"g": {"ada", "joe"}}
    assert mine.members() == {}


def test_the_run_of_another_tenants_agent_cannot_be_continued(service: Service):
    mine, other = new_mirror(new_tenant(service)), new_mirror(new_tenant(service))
    run = other.begin()

    with pytest.raises(ApiError) as raised:
        runs.take(mine.context, other.agent, run, runs.batch_of({"accounts": [person("eve")]}))

    assert raised.value.code.status == 404
    assert other.accounts() == {}


def test_members_of_unknown_groups_are_not_stored(mirror: Mirror):
    run = mirror.begin()

    with pytest.raises(ApiError) as raised:
        mirror.take(run, members=[{"group": "gid-none", "keys": ["id:a"], "isFirst": True}])

    assert raised.value.code == 400


def test_reports_and_cursors_have_a_largest_size(mirror: Mirror):
    run = mirror.begin()
    for name in ("cursor", "report"):
        with pytest.raises(ApiError) as raised:
            mirror.end(run, **{name: {"a": "x" * runs.LONGEST_JSON}})
        assert raised.value.code == 400


def test_many_entries_that_want_one_value_cost_a_bounded_number_of_statements(
    mirror: Mirror, service: Service
):
    people = [person(f"p{number}", email="same@example.com") for number in range(300)]
    mirror.synchronize(people)
    assert len(mirror.accounts()) == 1

    with statements(service) as counted:
        mirror.synchronize([], is_complete=False)

    assert len(counted) < 60


def test_many_full_runs_do_not_let_the_database_look_at_its_tables_each_time(postgresql_service: Service):
    mirror = new_mirror(new_tenant(postgresql_service))
    mirror.synchronize([person("ada")])

    with statements(postgresql_service) as sent:
        for _ in range(5):
            mirror.synchronize([person("ada")])

    assert sum("n_mod_since_analyze" in each for each in sent) == 5
    assert not [each for each in sent if each.startswith("ANALYZE")]


def test_after_many_changes_the_database_looks_at_its_tables(
    postgresql_service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mirror_runs, "_LEAST_CHANGES", -1_000_000)
    mirror = new_mirror(new_tenant(postgresql_service))

    with statements(postgresql_service) as sent:
        mirror.synchronize([person("ada")])

    (found,) = [each for each in sent if each.startswith("ANALYZE")]
    assert {"accounts", "mirror_entries"} <= set(found.removeprefix("ANALYZE ").split(", "))
