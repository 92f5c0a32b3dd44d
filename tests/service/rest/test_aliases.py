"""A service with aliases of its base URL: requests and hrefs under them, and what its log says."""

import json
import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Json
from service.proxied import Proxied
from stormpath.server.app import Service
from stormpath.server.logs import security
from stormpath.server.settings import Settings

PUBLIC = "https://id.example.com/users/v1"
BACKEND = "http://backend:8080/v1"
FORMER = "https://old.example.com/users/v1"


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    from support import databases

    template = request.getfixturevalue("sqlite_template")
    return databases.sqlite_copy(template, tmp_path_factory.mktemp("aliases"))


@pytest.fixture(scope="module")
def caller(database: str) -> Iterator[Proxied]:
    settings = Settings.from_environment(
        database=database, base_url=PUBLIC, base_url_aliases=f"{BACKEND},{FORMER}"
    )
    with closing(Service(settings)) as service:
        yield Proxied(service)


@pytest.fixture(scope="module")
def without_aliases(database: str) -> Iterator[Proxied]:
    settings = Settings.from_environment(database=database, base_url="https://id.example.com/v1")
    with closing(Service(settings)) as service:
        yield Proxied(service)


@pytest.mark.parametrize("host", ["backend:8080", "id.example.com:8443", "unix", "localhost"])
def test_a_signature_for_the_base_url_is_accepted_whatever_host_a_proxy_sends(
    without_aliases: Proxied, host: str
):
    url = "https://id.example.com/v1/applications"

    assert without_aliases.send("/v1/applications", without_aliases.signed(url) | {"Host": host})[0] == 200


def test_a_body_is_signed_for_the_base_url_too(without_aliases: Proxied):
    body = b'{"name": "Through a proxy"}'
    headers = without_aliases.signed("https://id.example.com/v1/applications", "POST", body)
    changed = headers | {"Host": "backend:8080"}

    assert without_aliases.send("/v1/applications", changed, "POST", body[:-2] + b'!"}')[0] == 401
    assert without_aliases.send("/v1/applications", changed, "POST", body)[0] == 201


@pytest.mark.parametrize("signed_for", [PUBLIC, BACKEND, FORMER])
@pytest.mark.parametrize("path", ["/users/v1", "/v1"])
@pytest.mark.parametrize("host", ["backend:8080", "id.example.com", "other"])
def test_each_address_may_be_signed_and_received(caller: Proxied, signed_for: str, path: str, host: str):
    headers = caller.signed(f"{signed_for}/applications?limit=1&name=*tlas*") | {"Host": host}

    status, found = caller.send(f"{path}/applications?limit=1&name=*tlas*", headers)

    assert status == 200
    # Answers have one spelling, whichever address was asked.
    assert found["href"].startswith(f"{PUBLIC}/")


@pytest.mark.parametrize("path", ["/users/v1", "/v1", "//v1"])
def test_basic_works_under_each_address(caller: Proxied, path: str):
    status, found = caller.send(f"{path}/tenants/current", caller.basic("backend:8080"))

    assert (status, found) == (302, {})


@pytest.mark.parametrize("base", [PUBLIC, BACKEND, FORMER])
def test_hrefs_in_bodies_may_begin_with_each_address(caller: Proxied, base: str):
    _, application = caller.send(
        "/v1/applications", caller.basic("a"), "POST", json.dumps({"name": f"Of {base}"}).encode()
    )
    _, directory = caller.send(
        "/v1/directories", caller.basic("a"), "POST", json.dumps({"name": f"Of {base}"}).encode()
    )
    body = {
        "application": {"href": application["href"].replace(PUBLIC, base)},
        "accountStore": {"href": directory["href"].replace(PUBLIC, base)},
    }

    status, mapping = caller.send(
        "/users/v1/accountStoreMappings", caller.basic("a"), "POST", json.dumps(body).encode()
    )

    assert status == 201
    assert mapping["accountStore"]["href"] == directory["href"]


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://id.example.com", 201),
        ("http://backend:8080", 201),
        ("https://OLD.example.com", 201),
        ("https://backend:8080", 403),
        ("https://evil.example.com", 403),
    ],
)
def test_a_page_of_each_address_may_change_something(caller: Proxied, origin: str, status: int):
    headers = caller.basic("a") | {"Origin": origin}
    body = json.dumps({"name": f"From {origin}"}).encode()

    assert caller.send("/v1/applications", headers, "POST", body)[0] == status


def test_pages_and_health_are_found_although_an_alias_has_no_path(database: str):
    settings = Settings.from_environment(
        database=database, base_url=PUBLIC, base_url_aliases="http://bare.internal"
    )
    with closing(Service(settings)) as service:
        caller = Proxied(service)

        for path in ("/health", "/health/", "/docs/errors.html"):
            assert caller.send(path, {"Host": "bare.internal"})[0] == 200
        # The page of a reset says that its token is missing; it is no 401 of the API.
        assert caller.send("/passwordReset", {"Host": "bare.internal"})[0] == 404
        assert caller.send("/applications", caller.basic("bare.internal"))[0] in (200, 302)
        assert caller.send("/applications", {"Host": "bare.internal"})[0] == 401


def test_the_description_names_the_base_url_alone(caller: Proxied):
    assert caller.send("/v1/openapi.json", {"Host": "backend:8080"})[1]["servers"] == [{"url": PUBLIC}]


@pytest.mark.parametrize("missing", ["Accept-Encoding", "Accept"])
def test_the_log_names_signed_headers_that_did_not_arrive(
    caller: Proxied, caplog: pytest.LogCaptureFixture, missing: str
):
    headers = caller.signed(f"{PUBLIC}/applications")
    del headers[missing]

    line = refused(caller, headers, caplog)

    assert f'reason="signed headers are absent: {missing.lower()}"' in line


def test_the_log_compares_the_host_that_came_with_those_that_are_known(
    without_aliases: Proxied, caplog: pytest.LogCaptureFixture
):
    headers = without_aliases.signed("https://users.example.org/v1/applications")
    changed = headers | {"Host": "backend:8080", "X-Forwarded-Host": "users.example.org"}

    line = refused(without_aliases, changed, caplog, "/v1/applications")

    assert 'reason="the signature does not match"' in line
    assert "signed_headers=accept,accept-encoding,content-type,host,x-stormpath-date" in line
    assert "host=backend:8080 forwarded_host=users.example.org own_hosts=id.example.com" in line
    assert f"key={without_aliases.key_id}" in line
    assert without_aliases.secret not in line


def test_the_log_says_that_a_path_is_not_below_the_base_url(
    without_aliases: Proxied, caplog: pytest.LogCaptureFixture
):
    headers = without_aliases.signed("https://id.example.com/v1/applications")

    assert 'path="not below a base URL"' in refused(without_aliases, headers, caplog, "/applications")


def test_the_answer_does_not_tell_what_the_log_does(caller: Proxied, caplog: pytest.LogCaptureFixture):
    headers = caller.signed("https://unknown.example.org/v1/applications") | {"Host": "backend:8080"}
    told = []
    for changed in (headers, headers | {"Host": ""}, {"Host": "backend:8080"}, {**headers, "Accept": "x"}):
        status, error = caller.send("/v1/applications", changed)
        if status == 401:
            told.append({name: value for name, value in error.items() if name != "requestId"})

    assert len(told) == 3
    assert told[1:] == told[:-1]
    assert "own_hosts" not in str(told)


def refused(
    caller: Proxied,
    headers: Json,
    caplog: pytest.LogCaptureFixture,
    path: str = "/users/v1/applications",
) -> str:
    """Send a request that is refused with 401, and return the line of the log with its request id."""
    caplog.set_level("WARNING", logger="stormpath.security")
    # Other tests may have used up the lines of this period.
    security.finish()
    status, error = caller.send(path, headers)
    assert (status, error["code"]) == (401, 401)
    (line,) = (each for each in caplog.messages if f"request={error['requestId']}" in each)
    assert re.match(r"event=authn_key_fail ", line)
    return line
