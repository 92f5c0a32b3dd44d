"""The WSGI callable itself, called as correct and incorrect servers call it (PEP 3333)."""

import io
import json
from typing import Any

import pytest

from service.calls import Api, basic
from stormpath.server.app import Service


def call(service: Service, api: Api | None = None, **changes: Any) -> tuple[int, dict[str, Any]]:
    """Call with the minimal environment of a server, and return the status and the body."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/v1/applications",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    if api is not None:
        environ["HTTP_AUTHORIZATION"] = basic(api.key_id, api.secret)["Authorization"]
    environ = {name: value for name, value in (environ | changes).items() if value is not None}
    told: list[str] = []
    body = b"".join(service(environ, lambda status, headers, *_: told.append(status)))
    return int(told[0].split()[0]), json.loads(body) if body else {}


def test_a_minimal_environment_is_answered(service: Service, api: Api):
    status, body = call(service, api)

    assert (status, body["size"]) == (200, 2)


def test_a_missing_path_is_not_found(service: Service, api: Api):
    assert call(service, api, PATH_INFO=None)[0] == 404


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "1 2"])
def test_an_invalid_content_length_is_refused(service: Service, api: Api, length: str):
    status, body = call(
        service, api, REQUEST_METHOD="POST", CONTENT_LENGTH=length, CONTENT_TYPE="application/json"
    )

    assert (status, body["code"]) == (400, 400)


def test_a_body_in_chunks_is_read_to_its_end(service: Service, api: Api):
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b'{"name": "Atlas"}')}

    status, body = call(service, api, REQUEST_METHOD="POST", CONTENT_TYPE="application/json", **chunked)

    assert (status, body["name"]) == (201, "Atlas")


def test_a_body_in_chunks_has_a_limit_too(service: Service, api: Api):
    endless = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b" " * (12 * 1024 * 1024))}

    assert call(service, api, REQUEST_METHOD="POST", CONTENT_TYPE="application/json", **endless)[0] == 413


@pytest.mark.parametrize("method", ["PURGE", "CONNECT", "get", "", "💥"])
def test_an_unknown_method_is_refused(service: Service, api: Api, method: str):
    status, body = call(service, api, REQUEST_METHOD=method)

    assert status in (400, 405)
    assert body["requestId"]


def test_a_path_that_is_not_utf8_is_not_found(service: Service, api: Api):
    assert call(service, api, PATH_INFO="/v1/applications/\xff\xfe")[0] == 404


def test_the_host_a_request_names_changes_no_href(service: Service, api: Api):
    _, body = call(service, api, HTTP_HOST="evil.example", HTTP_X_FORWARDED_HOST="evil.example")

    assert body["href"].startswith(service.base_url)
    assert "evil" not in json.dumps(body)
