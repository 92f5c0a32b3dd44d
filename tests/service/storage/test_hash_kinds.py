"""The kinds of password hashes in the directories that a login searches, and their numbers."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from service.calls import Api, Json, id_of
from stormpath.server.app import Service
from stormpath.server.schema import ids
from stormpath.server.security.stand_ins import like
from stormpath.server.storage.hash_kinds import MOST_DIRECTORIES, MOST_KINDS, part_before
from stormpath.server.storage.service_tables import IS_IMPORTED
from support.statements import statements

UNSALTED = "$stormpath2$MD5$1$$2TobIzbEdvrF0owCO2Nw2g=="


@pytest.fixture
def fill(service: Service, api: Api) -> Callable[..., None]:
    """``fill(directory, {"name": "hash"})`` stores accounts with these names and hashes, many at a time."""
    accounts = service.database.tables.of["account"]

    def fill(directory: Json, hashes: dict[str, str | None]) -> None:
        model = api.account(directory, "model")
        with service.database.transaction() as connection:
            found = connection.execute(sa.select(accounts).where(accounts.c.id == id_of(model)))
            row = dict(found.mappings().one())
            connection.execute(accounts.delete().where(accounts.c.id == id_of(model)))
            connection.execute(accounts.insert(), [{**row, **of_name(*each)} for each in hashes.items()])

    def of_name(name: str, stored: str | None) -> dict[str, Any]:
        email = f"{name}@example.com"
        names = {"email": email, "email_key": email, "username": name, "username_key": name}
        return {**names, "id": ids.new_id(), "password_hash": stored}

    return fill


def kinds(
    service: Service, api: Api, application: Json, store: tuple[str, str] | None = None
) -> dict[str | None, float]:
    with service.database.read(api.tenant_id) as unit:
        found: Counter[str | None] = Counter()
        for kind, number in unit.logins.hash_kinds(id_of(application), store):
            found[kind] += number  # type: ignore[assignment]  # an estimate may be a fraction
    return dict(found)


def bcrypts(number: int, cost: str = "04") -> list[str]:
    """Return texts that look like hashes of bcrypt, with random salts."""
    return [like(f"$2b${cost}$") for _ in range(number)]


def named(prefix: str, hashes: list[str]) -> dict[str, str]:
    return {f"{prefix}{number:05}": each for number, each in enumerate(hashes)}


def test_hashes_are_counted_by_scheme_and_cost(service: Service, api: Api, fill: Callable[..., None]):
    application, directory = api.application_with_directory()
    imported = bcrypts(3) + bcrypts(2, "10") + [like("$stormpath2$MD5$9$"), UNSALTED, UNSALTED]
    fill(directory, named("a", imported) | {"own": "$argon2id$x", "without": None})

    assert kinds(service, api, application) == {
        "$2b$04$": 3,
        "$2b$10$": 2,
        "$stormpath2$MD5$9$": 1,
        "$stormpath2$MD5$1$": 2,
        None: 2,
    }


def test_a_large_directory_costs_a_statement_or_two_for_each_kind(
    service: Service, api: Api, fill: Callable[..., None]
):
    """However its names and times are: here a whole import stands between people who came by themselves."""
    application, directory = api.application_with_directory()
    # Salts as bcrypt makes them, and one salt for all, as some systems had.
    salted = [f"$stormpath2$SHA-256$1$c2FsdHNhbHQ=${like('$stormpath2$MD5$1$')[-24:]}" for _ in range(700)]
    imported = named("member", bcrypts(1500) + salted + bcrypts(5, "12"))
    fill(directory, imported | named("z", ["$argon2id$x"] * 1000))

    with statements(service) as sent:
        found = kinds(service, api, application)

    # The directories, and the numbers of their accounts; two for each large kind, one for the small one that
    # stands between them, and one to see the end.
    assert len(sent) == 2 + 2 + 1 + 2 + 1
    # Three deviations of what 256 hashes tell.
    assert found["$2b$04$"] == pytest.approx(1500, rel=0.2)
    assert found["$stormpath2$SHA-256$1$"] == pytest.approx(700, rel=0.2)
    assert found["$2b$12$"] == 5
    assert sum(found.values()) == pytest.approx(3205)


def test_the_cost_does_not_depend_on_the_number_of_accounts(
    service: Service, api: Api, fill: Callable[..., None]
):
    """It reads the index of imported hashes, in its order."""
    _, directory = api.application_with_directory()
    fill(directory, named("a", bcrypts(600)))
    accounts = service.database.tables.of["account"].c
    query = (
        sa.select(accounts.password_hash)
        .where(accounts.directory_id == id_of(directory), sa.text(IS_IMPORTED), accounts.password_hash > "")
        .order_by(accounts.password_hash)
        .limit(256)
    )
    with service.database.transaction() as connection:
        if service.database.dialect == "postgresql":
            connection.execute(sa.text("ANALYZE accounts"))
        sql = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
        explain = "EXPLAIN QUERY PLAN" if service.database.dialect == "sqlite" else "EXPLAIN"
        plan = str(connection.exec_driver_sql(f"{explain} {sql}").all())

    assert "ix_accounts_imported_hash" in plan
    assert "SORT" not in plan.upper()
    assert "TEMP B-TREE" not in plan.upper()


def test_no_more_than_sixteen_directories_are_read(service: Service, api: Api, fill: Callable[..., None]):
    application = api.application()
    for number in range(18):
        directory = api.directory(f"Directory {number}")
        fill(directory, named("a", bcrypts(1)))
        api.mapping(application, directory)

    with statements(service) as sent:
        assert kinds(service, api, application) == {"$2b$04$": MOST_DIRECTORIES, None: 0}

    assert len(sent) == 2 + MOST_DIRECTORIES


def test_the_number_of_kinds_is_bounded(service: Service, api: Api, fill: Callable[..., None]):
    application, directory = api.application_with_directory()
    fill(directory, named("a", [like(f"$stormpath2$MD5${rounds}$") for rounds in range(1, 100)]))

    found = kinds(service, api, application)

    assert len(found) == MOST_KINDS + 1
    assert sum(found.values()) == 99


def test_the_directories_are_those_that_a_login_searches(
    service: Service, api: Api, stranger: Api, fill: Callable[..., None]
):
    application = api.application()
    place, of_group, of_organization, unused = (
        api.directory(each) for each in ("Mapped", "Of a group", "Of an organization", "Unused")
    )
    for cost, directory in enumerate((place, of_group, of_organization, unused), 4):
        fill(directory, named("a", bcrypts(1, f"{cost:02}")))
    group = api.group(of_group)
    organization = api.organization()
    api.mapping(application, place)
    api.mapping(application, group)
    api.mapping(application, organization)
    api.organization_mapping(organization, of_organization)

    def costs(store: tuple[str, str] | None = None, caller: Api = api) -> list[str]:
        return sorted(each for each in kinds(service, caller, application, store) if each)

    assert costs() == ["$2b$04$", "$2b$05$", "$2b$06$"]
    assert costs(("directory", id_of(place))) == ["$2b$04$"]
    assert costs(("group", id_of(group))) == ["$2b$05$"]
    assert costs(("organization", id_of(organization))) == ["$2b$06$"]
    # No other tenant finds any of them.
    for store in (None, ("directory", id_of(place)), ("group", id_of(group)), ("organization", "x")):
        assert costs(store, stranger) == []


@pytest.mark.parametrize("prefix", ["$2b$10$", "$stormpath2$MD5$1$c2FsdA==$", "$stormpath2$MD5$1$$"])
@pytest.mark.parametrize("number", [300, 20_000])
def test_the_place_of_one_hash_tells_how_many_there_are(prefix: str, number: int):
    hashes = sorted(prefix + like("$2b$04$")[-53:] for _ in range(number))

    part = part_before(hashes[256], hashes[0], hashes[-1])

    assert 256 / part == pytest.approx(number, rel=0.3)


def test_hashes_that_are_all_the_same_are_counted_once_read():
    assert part_before(UNSALTED, UNSALTED, UNSALTED) == 1
