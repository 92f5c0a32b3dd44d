"""The application of an app: found by its exact name or its href, made in a database of your own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_extension.sites import PASSWORD, NewSite, Site, Where
from flask_stormpath import ConfigurationError, StormpathManager
from stormpath import Client
from support import databases
from support.command import quiet_environment
from support.programs import PROGRAMS, text

_numbers = itertools.count(1)

EMBEDDED = pytest.mark.parametrize("where", ["embedded"], indirect=True)
SERVED = pytest.mark.parametrize("where", ["served"], indirect=True)
PERSON = {"given_name": "Joe", "surname": "Doe", "email": "joe@example.com", "password": PASSWORD}


def new_name() -> str:
    return f"Application {next(_numbers)}"


def id_of(resource: Any) -> str:
    """Return the last part of an href: the rest depends on where the service is reached."""
    return str(resource.href.rpartition("/")[2])


def bind(where: Where | None, application: str, **settings: Any) -> StormpathManager:
    """Return the manager of an app that names an application."""
    app = Flask("shop")
    app.config.update(SECRET_KEY="k", STORMPATH_APPLICATION=application, WTF_CSRF_ENABLED=False)
    app.config.update(where.config if where else {})
    app.config.update(settings)
    # The test holds the manager; the manager does not hold its app.
    bound = StormpathManager(app)
    bound.app = app
    return bound


def test_the_name_is_matched_exactly(where: Where):
    names = ("Long Shop of Joe", "Long Shop", "My Long Shop", "Long Shop*", "*Long Shop*")
    made = {name: id_of(where.client.applications.create({"name": name})) for name in names}

    for name in names:
        bound = bind(where, name)
        assert id_of(bound.application) == made[name]
        bound.client.close()


def test_an_application_may_be_named_by_its_href(where: Where):
    client = bind(where, "Anything").client  # As the app sees hrefs.
    href = client.applications.create({"name": new_name()}, create_directory=True).href

    bound = bind(where, href)

    assert bound.application.href == href
    assert bound.app.test_client().post("/register", data=PERSON).status_code == 302
    bound.client.close()
    client.close()


@SERVED
def test_a_served_application_that_is_missing_is_named(where: Where):
    bound = bind(where, "No such shop")

    with pytest.raises(ConfigurationError) as told:
        bound.application  # The access looks it up.

    assert "There is no application 'No such shop'" in str(told.value)
    assert "create it in the Admin Console" in str(told.value)
    assert not [each for each in where.client.applications if each.name == "No such shop"]
    bound.client.close()


def test_an_href_that_leads_nowhere_is_named_and_never_made(where: Where):
    base = where.config.get("STORMPATH_BASE_URL", where.client.BASE_URL)
    missing = f"{base}/applications/1p4R1r9UBMQz0eSEC7ZiZt"
    bound = bind(where, missing)

    with pytest.raises(ConfigurationError) as told:
        bound.application  # The access looks it up.

    assert missing in str(told.value)
    assert not [each for each in where.client.applications if "://" in each.name]
    bound.client.close()


def test_an_application_that_appears_later_is_found_without_a_restart(where: Where):
    name = new_name()
    served = "STORMPATH_BASE_URL" in where.config
    bound = bind(where, name)
    if served:
        with pytest.raises(ConfigurationError):
            bound.application  # It is not there yet.
        where.client.applications.create({"name": name}, create_directory=True)

    assert bound.application.name == name
    bound.client.close()


def test_in_a_database_of_your_own_the_application_and_its_directory_are_made(tmp_path: Path):
    url = databases.sqlite_url(tmp_path)
    bound = bind(None, "Shop", STORMPATH_DATABASE=url)

    assert bound.app.test_client().post("/register", data=PERSON).location == "/"

    (mapping,) = bound.application.account_store_mappings
    assert mapping.is_default_account_store
    assert [each.email for each in mapping.account_store.accounts] == ["joe@example.com"]
    bound.client.close()


#: One process that makes the first use when it is told to.
FIRST_USE = """
import sys
from flask import Flask
from flask_stormpath import StormpathManager

app = Flask("first")
app.config.update(STORMPATH_DATABASE=sys.argv[1], STORMPATH_APPLICATION="Shop")
manager = StormpathManager(app)
manager.client
print("ready", flush=True)
sys.stdin.readline()
print(manager.application.href, flush=True)
manager.client.close()
"""


def test_two_processes_that_make_it_at_once_get_one(initialized_database_url: str):
    running = [
        PROGRAMS.start(
            text(FIRST_USE, initialized_database_url), env=quiet_environment(), stdin=-1, stdout=-1, text=True
        )
        for _ in range(2)
    ]
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in running:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()

    hrefs = [each.communicate(timeout=60)[0].strip() for each in running]

    assert [each.wait() for each in running] == [0, 0]
    with Client(database=initialized_database_url) as client:
        (made,) = (each for each in client.applications if each.name == "Shop")
        assert hrefs == [made.href, made.href]
        assert len([each for each in client.directories if each.name.startswith("Shop")]) == 1


def test_stores_are_checked_at_the_first_use_if_the_app_asks_for_it(where: Where):
    without = where.client.applications.create({"name": new_name()})
    checked = bind(where, without.name, STORMPATH_CHECK_STORES=True)
    unchecked = bind(where, without.name)

    with pytest.raises(ConfigurationError, match="has no account store: map a directory to it"):
        checked.application  # The access looks it up.

    assert unchecked.application.name == without.name
    for each in (checked, unchecked):
        each.client.close()


def test_a_registration_needs_a_default_store(where: Where):
    name = new_name()
    shop = where.client.applications.create({"name": name})
    people = where.client.directories.create({"name": name})
    where.client.account_store_mappings.create({"application": shop, "account_store": people})
    checked = bind(where, name, STORMPATH_CHECK_STORES=True)
    closed = bind(where, name, STORMPATH_CHECK_STORES=True, STORMPATH_ENABLE_REGISTRATION=False)

    with pytest.raises(ConfigurationError, match="has no default account store, where registrations go"):
        checked.application  # The access looks it up.

    assert closed.application.name == name
    for each in (checked, closed):
        each.client.close()


def test_another_application_with_the_name_replaces_one_that_was_deleted(site: Site, where: Where):
    site.register()
    former = site.application
    _delete(site, where)

    where.client.applications.create({"name": former_name(site)}, create_directory=True)

    assert site.register().status_code == 302
    site.browser = site.other_browser()
    assert site.log_in().status_code == 302
    assert site.manager.application.href != former.href


def former_name(site: Site) -> str:
    return str(site.app.config["STORMPATH_APPLICATION"])


def _delete(site: Site, where: Where) -> None:
    """Delete the application, not through the app."""
    (found,) = where.client.applications.search({"name": former_name(site)})
    found.delete()


@SERVED
def test_a_login_at_an_application_that_was_deleted_fails_with_its_name(
    site: Site, where: Where, caplog: pytest.LogCaptureFixture
):
    site.register()
    _delete(site, where)

    assert site.log_in().status_code == 500
    assert f"ConfigurationError: There is no application {former_name(site)!r}" in caplog.text


@EMBEDDED
def test_in_a_database_of_your_own_an_application_that_was_deleted_is_made_again(site: Site, where: Where):
    site.register()
    _delete(site, where)

    assert site.log_in().status_code == 200
    site.register(email="ann@example.com")

    assert [each.email for each in site.application.accounts] == ["ann@example.com"]


def test_an_href_of_an_application_that_was_deleted_is_not_answered_by_a_cache(
    new_site: NewSite, where: Where, caplog: pytest.LogCaptureFixture
):
    first = new_site()
    href = first.application.href
    site = new_site(STORMPATH_APPLICATION=href)
    site.register()
    _delete(first, where)

    assert site.log_in().status_code == 500
    assert f"ConfigurationError: There is no application {href!r}" in caplog.text


def guessing(url: str) -> StormpathManager:
    app = Flask("shop")
    app.config.update(
        SECRET_KEY="k",
        STORMPATH_DATABASE=url,
        STORMPATH_GUESS_APPLICATION=True,
        STORMPATH_ENABLE_FACTORS=True,
        WTF_CSRF_ENABLED=False,
    )
    bound = StormpathManager(app)
    bound.app = app
    return bound


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[tuple[str, Client]]:
    """A tenant without applications, but the service's own: the URL of its database, and a client."""
    url = databases.sqlite_url(tmp_path)
    with Client(database=url) as client:
        for each in client.applications:
            if each.name != "Stormpath":
                each.delete()
        yield url, client


def test_the_only_application_of_a_tenant_can_be_guessed(empty: tuple[str, Client]):
    url, client = empty
    href = client.applications.create({"name": "Anything"}, create_directory=True).href
    bound = guessing(url)

    assert bound.application.href == href
    browser = bound.app.test_client()
    assert browser.post("/register", data=PERSON).location == "/"
    assert browser.get("/factors").status_code == 200, "the person is logged in"

    bound.client.close()


@pytest.mark.parametrize("others", [0, 2])
def test_none_and_several_applications_cannot_be_guessed(empty: tuple[str, Client], others: int):
    url, client = empty
    for number in range(others):
        client.applications.create({"name": f"Shop {number}"})
    bound = guessing(url)

    with pytest.raises(ConfigurationError, match=f"has {others} applications.*STORMPATH_APPLICATION"):
        bound.application  # It is looked up.

    bound.client.close()
