"""A signature is for one request to one service, also where the service accepts several hosts and paths."""

from collections.abc import Iterator
from contextlib import closing
from unittest.mock import Mock

import pytest

from service.proxied import Proxied
from stormpath import sauthc1
from stormpath.server.app import Service
from stormpath.server.settings import MOST_ALIASES, Settings
from support import databases

PUBLIC = "https://id.example.com/v1"
ALIASES = [f"https://alias{number}.example.com/v1" for number in range(MOST_ALIASES)]
OTHER = "https://other.example.com/v1"


@pytest.fixture(scope="module")
def caller(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    template = request.getfixturevalue("sqlite_template")
    settings = Settings.from_environment(
        database=databases.sqlite_copy(template, tmp_path_factory.mktemp("hosts")),
        base_url=PUBLIC,
        base_url_aliases=",".join(ALIASES),
    )
    with closing(Service(settings)) as service:
        yield Proxied(service)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"X-Forwarded-Host": "other.example.com"},
        {"Forwarded": "host=other.example.com"},
        {"X-Original-Host": "other.example.com", "X-Host": "other.example.com"},
        {"X-Forwarded-Prefix": "/v1", "X-Original-URL": f"{OTHER}/applications"},
    ],
)
@pytest.mark.parametrize("host", ["id.example.com", "backend:8080", "alias0.example.com"])
def test_a_signature_for_another_service_is_refused(caller: Proxied, told: dict[str, str], host: str):
    headers = caller.signed(f"{OTHER}/applications") | told | {"Host": host}

    assert caller.send("/v1/applications", headers)[0] == 401


@pytest.mark.parametrize(
    "path", ["/v1/directories", "/v1//applications", "/v1/applications/x", "/applications"]
)
def test_a_signature_for_another_path_is_refused(caller: Proxied, path: str):
    headers = caller.signed(f"{PUBLIC}/applications") | {"Host": "backend:8080"}

    assert caller.send(path, headers)[0] == 401


@pytest.mark.parametrize("second", ["id.example.com", "backend:8080", "alias7.example.com"])
@pytest.mark.parametrize("first", ["id.example.com", "backend:8080"])
def test_a_request_is_accepted_once_whatever_its_host_becomes(caller: Proxied, first: str, second: str):
    headers = caller.signed(f"{PUBLIC}/applications")

    assert caller.send("/v1/applications", headers | {"Host": first})[0] == 200
    assert caller.send("/v1/applications", headers | {"Host": second})[0] == 401


@pytest.mark.parametrize("path", ["/v1/applications", "/v1/applications?q=%28*+%29&name=a+b", "/v1/a;b(c)"])
def test_an_unknown_key_costs_as_many_digests_as_a_wrong_signature_and_these_are_few(
    caller: Proxied, monkeypatch: pytest.MonkeyPatch, path: str
):
    signature_of, recoded_query = Mock(wraps=sauthc1.signature_of), Mock(wraps=sauthc1._recoded_query)
    monkeypatch.setattr(sauthc1, "signature_of", signature_of)
    monkeypatch.setattr(sauthc1, "_recoded_query", recoded_query)
    wrong = caller.signed(f"{OTHER}/x") | {"Host": "backend:8080"}
    unknown = wrong | {"Authorization": wrong["Authorization"].replace(caller.key_id, "NOSUCHKEY")}
    counted = []

    for headers in (wrong, unknown):
        signature_of.reset_mock()
        recoded_query.reset_mock()
        assert caller.send(path, headers)[0] == 401
        counted.append((signature_of.call_count, recoded_query.call_count))

    assert counted[0] == counted[1]
    # The host that was received, the base URL's, and the aliases', in three spellings at the most.
    assert 2 + MOST_ALIASES <= signature_of.call_count <= 3 * (2 + MOST_ALIASES)
    assert recoded_query.call_count <= 1
