"""What is cached between requests: where, for how long, and what is never."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from flask_extension.sites import ADDRESS, NAMES_OF_COOKIES, PASSWORD, NewSite, Site, Where
from stormpath.cache.memcached_store import MemcachedStore
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.redis_store import RedisStore
from support.memcached_server import MemcachedServer
from support.redis_server import RedisServer

STORES = ("default", "memory", "redis", "memcached")
SHARED = ("redis", "memcached")
OTHER_PASSWORD = "Otherwise2!"
SOON = timedelta(seconds=0.2)

#: ``cache_of("redis", ttl=5)`` is the value of `STORMPATH_CACHE`, as the guide writes it.
CacheOf = Callable[..., dict[str, Any] | None]


@pytest.fixture
def cache_of(request: pytest.FixtureRequest) -> Iterator[CacheOf]:
    used: list[RedisServer | MemcachedServer] = []

    def options(name: str, **more: Any) -> dict[str, Any] | None:
        if name == "default":
            return {**more} or None
        if name == "memory":
            return {"store": MemoryStore, **more}
        server = request.getfixturevalue(f"{name}_server")
        used.append(server)
        store = RedisStore if name == "redis" else MemcachedStore
        return {"store": store, "store_opts": {"host": "localhost", "port": server.port}, **more}

    yield options
    for each in used:
        each.flush()


def visit_elsewhere(site: Site, elsewhere: Site) -> bool:
    """Tell whether the browser of one app is logged in at another process of the same app."""
    browser = elsewhere.other_browser()
    for name in NAMES_OF_COOKIES:
        cookie = site.browser.get_cookie(name)
        assert cookie is not None
        browser.set_cookie(name, cookie.value)
    return elsewhere.is_logged_in(browser)


def second_process(site: Site, new_site: NewSite) -> Site:
    """Return an app with the settings of another one, and with a client of its own."""
    given = {key: value for key, value in site.app.config.items() if key.startswith("STORMPATH_")}
    return new_site(**given)


@pytest.mark.parametrize("name", STORES)
def test_a_page_of_a_person_who_is_logged_in_costs_no_request(
    new_site: NewSite, cache_of: CacheOf, name: str
):
    site = new_site(STORMPATH_CACHE=cache_of(name))
    site.register()
    count = site.count()

    assert [site.browser.get("/secret").status_code for _ in range(3)] == [200] * 3

    assert count == 0


@pytest.mark.parametrize("name", STORES)
def test_without_an_age_each_page_asks_for_the_account(new_site: NewSite, cache_of: CacheOf, name: str):
    site = new_site(STORMPATH_CACHE=cache_of(name), STORMPATH_ACCOUNT_MAX_AGE=None)
    site.register()
    count = site.count()

    assert [site.browser.get("/secret").status_code for _ in range(3)] == [200] * 3

    assert [method for method, _ in count.sent] == ["GET"] * 3


@pytest.mark.parametrize(
    ("name", "change"),
    [*((each, "password") for each in STORES), ("default", "status"), ("default", "deleted")],
)
def test_what_happens_to_an_account_elsewhere_ends_its_logins_after_the_age(
    new_site: NewSite, where: Where, cache_of: CacheOf, name: str, change: str
):
    site = new_site(STORMPATH_CACHE=cache_of(name, ttl=600), STORMPATH_ACCOUNT_MAX_AGE=SOON)
    site.register()
    assert site.is_logged_in()

    (account,) = where.client.applications.search({"name": site.application.name})[0].accounts
    if change == "deleted":
        account.delete()
    else:
        setattr(account, change, OTHER_PASSWORD if change == "password" else "DISABLED")
        account.save()
    time.sleep(SOON.total_seconds())

    assert not site.is_logged_in()
    assert not site.is_logged_in()


@pytest.mark.parametrize("name", STORES)
def test_what_this_process_does_to_an_account_ends_its_logins_at_once(
    new_site: NewSite, cache_of: CacheOf, name: str
):
    site = new_site(STORMPATH_CACHE=cache_of(name))
    site.register()
    other = site.browser
    site.browser = site.other_browser()
    site.log_in()
    assert site.is_logged_in(other)

    (account,) = site.application.accounts
    account.password = OTHER_PASSWORD
    account.save()

    assert not site.is_logged_in(other)
    assert not site.is_logged_in()


@pytest.mark.parametrize("name", SHARED)
def test_processes_with_one_cache_share_what_they_know(new_site: NewSite, cache_of: CacheOf, name: str):
    site = new_site(STORMPATH_CACHE=cache_of(name))
    site.register()
    elsewhere = second_process(site, new_site)
    count = elsewhere.count()

    assert visit_elsewhere(site, elsewhere)
    assert count == 0

    (account,) = elsewhere.application.accounts
    account.password = OTHER_PASSWORD
    account.save()
    assert not site.is_logged_in()


def test_a_process_with_a_cache_of_its_own_asks_once(new_site: NewSite):
    site = new_site()
    site.register()
    elsewhere = second_process(site, new_site)
    count = elsewhere.count()

    assert visit_elsewhere(site, elsewhere)
    assert visit_elsewhere(site, elsewhere)

    assert len(count.sent) == 1


def test_secrets_are_not_cached(new_site: NewSite, redis_server: RedisServer, cache_of: CacheOf):
    site = new_site(STORMPATH_CACHE=cache_of("redis"), STORMPATH_ENABLE_FORGOT_PASSWORD=True)
    site.register()
    site.browser.post("/forgot", data={"email": ADDRESS})
    (account,) = site.application.accounts
    key = account.api_keys.create()
    assert site.application.api_keys.get_key(key.id).secret == key.secret
    site.browser.get("/logout")
    assert site.log_in().status_code == 302
    assert site.is_logged_in()

    with redis_server.connect() as client:
        kept: dict[bytes, Any] = {each: client.get(each) or b"" for each in client.scan_iter()}

    assert account.href.encode() in b" ".join(kept)  # What was looked at is what is cached.
    content: bytes = b" ".join([*kept, *kept.values()])
    assert ADDRESS.encode() in content
    for secret in (PASSWORD, key.secret, site.app.config["SECRET_KEY"], site.manager.client.auth.secret):
        assert str(secret).encode() not in content
    assert b"sptoken" not in content


def test_the_age_holds_for_each_store_that_an_app_names_for_accounts(new_site: NewSite):
    hour: dict[str, Any] = {"store": MemoryStore, "ttl": 3600}
    given = {**hour, "regions": {"accounts": hour, "groups": hour, "directories": {"ttl": 5}}}
    before = {name: dict(value) for name, value in given["regions"].items()}

    site = new_site(STORMPATH_CACHE=given)

    regions = site.manager.client.data_store.cache_manager.caches
    assert [regions[each].ttl for each in ("accounts", "customData")] == [30, 30]
    assert [regions[each].ttl for each in ("groups", "directories", "tenants")] == [3600, 5, 3600]
    assert given["regions"] == before


@pytest.mark.parametrize("ttl", [5, 3600])
def test_a_shorter_time_of_the_app_counts(new_site: NewSite, ttl: int):
    site = new_site(STORMPATH_CACHE={"ttl": ttl, "regions": {"customData": {"ttl": 2}}})

    regions = site.manager.client.data_store.cache_manager.caches
    assert regions["accounts"].ttl == min(ttl, 30)
    assert regions["customData"].ttl == 2


@pytest.mark.parametrize("where", ["embedded"], indirect=True)
def test_with_a_database_in_this_process_nothing_else_is_cached_by_default(site: Site):
    site.register()
    directory = site.directory
    count = site.count()

    for _ in range(2):
        assert site.manager.client.directories.get(directory.href).name
        assert site.manager.client.accounts.get(next(iter(site.application.accounts)).href).email == ADDRESS

    assert [path for _, path in count.sent if "directories" in path] == [
        directory.href.removeprefix(site.manager.client.BASE_URL)
    ] * 2


def test_people_log_in_while_the_cache_is_down(new_site: NewSite, own_redis: Callable[[], RedisServer]):
    server = own_redis()
    options = {"store": RedisStore, "store_opts": {"host": "localhost", "port": server.port}}
    site = new_site(STORMPATH_CACHE=options)
    site.register()

    server.kill()

    assert site.is_logged_in()
    site.browser.get("/logout")
    assert not site.is_logged_in()
    assert site.log_in().status_code == 302
    assert site.is_logged_in()
