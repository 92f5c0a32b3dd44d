"""A browser that remembers an API key is no tool of other sites; a request names one host."""

import io
from typing import Any

import pytest

from service.calls import Api, Json
from stormpath.server.app import Service

pytestmark = pytest.mark.either_database

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain")


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


@pytest.mark.parametrize("kind", [*FORM_TYPES, None])
def test_a_form_of_another_site_deletes_nothing(api: Api, directory: Json, kind: str | None):
    headers = {} if kind is None else {"Content-Type": kind}

    answer = api.request("POST", directory["href"], query="_method=DELETE", headers=headers)

    assert answer.error == (403, 403)
    assert api.get(directory["href"]).ok == directory


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"X-Requested-With": "XMLHttpRequest"},
        {"X-Stormpath-Agent": "sdk/1.0", "Content-Type": "text/plain"},
    ],
)
def test_a_program_can_name_the_method_in_the_query(api: Api, directory: Json, headers: dict[str, str]):
    answer = api.request("POST", directory["href"], query="_method=DELETE", headers=headers)

    assert answer.status == 204


def test_what_proxies_add_is_no_sign_of_a_program(api: Api, directory: Json):
    added = {"X-Forwarded-For": "192.0.2.1", "X-Real-IP": "192.0.2.1"}

    assert api.request("POST", directory["href"], query="_method=DELETE", headers=added).error == (403, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Origin": "http://localhost:80800"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_change_that_another_site_caused_is_refused(api: Api, directory: Json, headers: dict[str, str]):
    json = {"Content-Type": "application/json", **headers}

    for method, query in (("POST", ""), ("DELETE", ""), ("POST", "_method=DELETE")):
        body = b'{"name": "Theirs"}' if not query and method == "POST" else b""
        assert api.request(method, directory["href"], body, query=query, headers=json).error == (403, 403)

    assert api.get(directory["href"]).ok == directory
    assert api.request("GET", directory["href"], headers=headers).status == 200


def test_the_service_s_own_pages_and_people_s_own_browsers_may(api: Api, directory: Json):
    origin = api.base_url.removesuffix("/v1")

    for headers in ({"Origin": origin, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        changed = api.request(
            "POST",
            directory["href"],
            b'{"name": "Ours"}',
            headers=headers | {"Content-Type": "application/json"},
        )
        assert changed.ok["name"] == "Ours"


def test_without_credentials_the_answer_is_401_in_any_case(api: Api, directory: Json):
    answer = api.request(
        "POST", directory["href"], query="_method=DELETE", headers={"Origin": "null"}, credentials={}
    )

    assert answer.error == (401, 401)


def status_with_host(service: Service, host: str | None, protocol: str = "HTTP/1.1") -> int:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/health",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": protocol,
        "HTTP_HOST": host,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    told: list[str] = []
    list(service(environ, lambda status, headers, *_: told.append(status)))
    return int(told[0].split()[0])


@pytest.mark.parametrize("host", ["", "a,b", "a b", "a/b", "user@a", "a:b", "a:1:2", "[::1", "a" * 300])
def test_a_request_names_one_valid_host(service: Service, host: str):
    assert status_with_host(service, host) == 400


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "[::1]:8080", "192.0.2.1", "a.example.com:"])
def test_valid_hosts_are_accepted(service: Service, host: str):
    assert status_with_host(service, host) == 200


def test_http_1_0_needs_no_host(service: Service):
    assert status_with_host(service, "", "HTTP/1.0") == 200
