"""The samples of password hashes that a login takes, to know of which kinds they are."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from service.calls import Api, Json, id_of
from stormpath.server.app import Service
from stormpath.server.schema import ids
from stormpath.server.storage import hash_samples
from support.statements import statements

SEED = "seed"


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
            connection.execute(accounts.insert(), [{**row, **named(*each)} for each in hashes.items()])

    def named(name: str, stored: str | None) -> dict[str, Any]:
        email = f"{name}@example.com"
        names = {"email": email, "email_key": email, "username": name, "username_key": name}
        return {**names, "id": ids.new_id(), "password_hash": stored}

    return fill


def sample(
    service: Service, api: Api, application: Json, store: tuple[str, str] | None = None, seed: str = SEED
) -> list[tuple[str, float]]:
    with service.database.read(api.tenant_id) as unit:
        return unit.logins.sample_hashes(id_of(application), store, seed)


def shares(found: list[tuple[str, float]]) -> dict[str, float]:
    weights: Counter[str] = Counter()
    for stored, weight in found:
        weights[stored] += weight  # type: ignore[assignment]  # a weight may be a fraction
    return {each: weights[each] / sum(weights.values()) for each in weights}


def test_a_small_directory_is_read_whole(service: Service, api: Api, fill: Callable[..., None]):
    application, directory = api.application_with_directory()
    fill(directory, {"a": "$2b$04$x", "b": "$2b$04$x", "c": "own", "d": None})

    assert sorted(sample(service, api, application)) == [("$2b$04$x", 1), ("$2b$04$x", 1), ("own", 1)]


def test_a_large_directory_is_sampled_by_a_bounded_number_of_rows(
    service: Service, api: Api, fill: Callable[..., None]
):
    application, directory = api.application_with_directory()
    # An import of one time and of one kind of name, and people who came by themselves.
    old = {f"member{number:04}": "old" for number in range(1200)}
    new = {f"{chr(97 + number % 26)}{number}": "new" for number in range(1200)}
    fill(directory, old | new)

    with statements(service) as sent:
        found = sample(service, api, application)

    # The directories, the number of their accounts; and of each the first and last address, and the hashes.
    assert len(sent) == 5
    assert 100 < len(found) <= hash_samples.ROWS
    assert sum(weight for _, weight in found) == pytest.approx(2400)
    assert sample(service, api, application) == found
    # It is a sample, by addresses that are not spread evenly.
    of_seeds = [shares(sample(service, api, application, seed=str(seed)))["old"] for seed in range(20)]
    assert 0.3 < sum(of_seeds) / len(of_seeds) < 0.7


def test_directories_weigh_what_they_hold(service: Service, api: Api, fill: Callable[..., None]):
    application, directory = api.application_with_directory()
    other = api.directory("Other")
    api.mapping(application, other)
    fill(directory, {f"a{number:03}": "old" for number in range(600)})
    fill(other, {f"b{number}": "new" for number in range(200)})

    assert shares(sample(service, api, application)) == pytest.approx({"old": 0.75, "new": 0.25})


def test_no_more_than_sixteen_directories_are_read(service: Service, api: Api, fill: Callable[..., None]):
    application = api.application()
    for number in range(18):
        directory = api.directory(f"Directory {number}")
        fill(directory, {"a": "own"})
        api.mapping(application, directory)

    with statements(service) as sent:
        assert len(sample(service, api, application)) == hash_samples.MOST_DIRECTORIES

    assert len(sent) == 2 + hash_samples.MOST_DIRECTORIES


def test_the_directories_are_those_that_a_login_searches(
    service: Service, api: Api, stranger: Api, fill: Callable[..., None]
):
    application = api.application()
    place, of_group, of_organization, unused = (
        api.directory(each) for each in ("Mapped", "Of a group", "Of an organization", "Unused")
    )
    for directory, name in ((place, "d"), (of_group, "g"), (of_organization, "o"), (unused, "u")):
        fill(directory, {name: name})
    group = api.group(of_group)
    organization = api.organization()
    api.mapping(application, place)
    api.mapping(application, group)
    api.mapping(application, organization)
    api.organization_mapping(organization, of_organization)

    def names(store: tuple[str, str] | None = None, caller: Api = api) -> list[str]:
        return sorted(stored for stored, _ in sample(service, caller, application, store))

    assert names() == ["d", "g", "o"]
    assert names(("directory", id_of(place))) == ["d"]
    assert names(("group", id_of(group))) == ["g"]
    assert names(("organization", id_of(organization))) == ["o"]
    # No other tenant finds any of them.
    for store in (None, ("directory", id_of(place)), ("group", id_of(group)), ("organization", "x")):
        assert names(store, stranger) == []


@pytest.mark.parametrize(
    ("low", "high"),
    [("a@x", "z@x"), ("user0000@x", "user9999@x"), ("a", "a"), ("", "\U0010ffff"), ("ß", "漢字")],
)
def test_places_lie_between_the_first_and_the_last_address(low: str, high: str):
    keys = hash_samples.keys_between(low, high, SEED)

    assert keys == sorted(keys)
    assert "\0" not in "".join(keys)
    if (low, high) == ("user0000@x", "user9999@x"):
        # All over the directory, and not only where the letters begin.
        assert len({each[:5] for each in keys}) == 10
