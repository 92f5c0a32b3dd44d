"""The mail server of a tenant (rest-core 5.19): stored when its check passes, its password never shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from service.calls import Api, Json, id_of
from service.database_access import stored_row
from stormpath.server.app import Service
from stormpath.server.domain.context import Values
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.storage.smtp_servers import smtp_server_of

BODY = {"host": "mail.example.com", "port": 587, "username": "us", "password": "Secret1word"}


class Trying:
    """A fake of the connection check: it records each attempt, and fails with ``code`` if that is set."""

    def __init__(self) -> None:
        self.tried: list[Values] = []
        self.code: Code | None = None
        self.meanwhile: Any = None

    def __call__(self, server: Values) -> None:
        self.tried.append(dict(server))
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        if self.code is not None:
            raise ApiError(self.code, "It does not let us in.")


@pytest.fixture
def trying(service: Service, monkeypatch: pytest.MonkeyPatch) -> Trying:
    trying = Trying()
    monkeypatch.setattr(service, "try_smtp", trying)
    return trying


@pytest.fixture
def server(api: Api) -> Json:
    return api.post("/smtpServers", BODY).made


@contextmanager
def unchanged(api: Api, server: Json) -> Iterator[None]:
    yield
    assert api.get(server["href"]).ok == server


def test_a_new_server_has_the_documented_defaults(api: Api, server: Json):
    assert server == {
        "href": f"{api.base_url}/smtpServers/{id_of(server)}",
        "createdAt": server["createdAt"],
        "modifiedAt": server["createdAt"],
        "name": None,
        "description": None,
        "host": "mail.example.com",
        "port": 587,
        "username": "us",
        "securityProtocol": None,
        "status": "ENABLED",
        "tenant": {"href": api.tenant},
    }
    assert api.get(server["href"]).ok == server
    assert api.get(f"{api.tenant}/smtpServers").items == [server]
    assert api.get(api.tenant, expand="smtpServers").ok["smtpServers"]["items"] == [server]


def test_a_tenant_has_at_most_one_mail_server(api: Api, stranger: Api, server: Json, trying: Trying):
    assert api.post("/smtpServers", BODY | {"host": "other.example.com"}).error == (409, 13003)
    assert trying.tried == []
    assert stranger.post("/smtpServers", BODY).status == 201

    assert api.delete(server["href"]).status == 204

    assert api.get(f"{api.tenant}/smtpServers").items == []
    assert api.post("/smtpServers", BODY).status == 201


def test_one_of_two_concurrent_creations_is_stored(api: Api, trying: Trying):
    trying.meanwhile = lambda: api.post("/smtpServers", BODY).made

    assert api.post("/smtpServers", BODY | {"host": "late.example.com"}).error == (409, 13003)

    assert [each["host"] for each in api.get(f"{api.tenant}/smtpServers").items] == ["mail.example.com"]


def test_servers_are_listed_with_their_tenant_only(api: Api):
    assert api.get("/smtpServers").error == (405, 1100)


def test_the_password_is_encrypted_and_shown_nowhere(service: Service, api: Api, server: Json):
    changed = api.post(server["href"], {"password": "Another1word"})

    for answer in (changed, api.get(server["href"]), api.get(f"{api.tenant}/smtpServers")):
        assert b"word" not in answer.raw
    assert b"word" not in stored_row(service, "smtp_servers", id_of(server))["password"]


@pytest.mark.parametrize(("word", "kept"), [("tls", "TLS"), ("Ssl", "SSL"), (None, None)])
def test_choices_are_taken_in_any_letter_case(api: Api, word: str | None, kept: str | None):
    assert api.post("/smtpServers", BODY | {"securityProtocol": word}).made["securityProtocol"] == kept


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"host": ""}, (400, 2000)),
        ({"host": "mail example.com"}, (400, 2006)),
        ({"host": "mail.example.com\r\nMAIL"}, (400, 2006)),
        ({"host": "http://mail.example.com"}, (400, 2006)),
        ({"port": 0}, (400, 2010)),
        ({"port": 65536}, (400, 2010)),
        ({"username": " "}, (400, 2000)),
        ({"password": None}, (400, 2000)),
        ({"password": ""}, (400, 2000)),
        ({"securityProtocol": "STARTTLS"}, (400, 2003)),
        ({"tenant": {"href": "/v1/tenants/0351A00000000000000000"}}, (400, 2017)),
    ],
)
def test_invalid_values_are_refused(api: Api, server: Json, trying: Trying, change: Json, error: Any):
    with unchanged(api, server):
        answer = api.post(server["href"], change)

    assert answer.status == error[0]
    assert answer["code"] in {error[1], 2013}
    assert trying.tried == []


class TestConnectionCheck:
    def test_a_new_server_is_tried_with_all_connection_settings(self, api: Api, trying: Trying):
        assert api.post("/smtpServers", BODY | {"name": "Ours"}).status == 201

        of_tenant = {"tenant_id": api.tenant_id}
        assert trying.tried == [BODY | {"security_protocol": None, "status": None} | of_tenant]

    @pytest.mark.parametrize("code", [Code.SMTP_UNREACHABLE, Code.SMTP_CREDENTIALS, Code.SMTP_PROTOCOL])
    def test_a_server_that_fails_the_check_is_not_stored(self, api: Api, trying: Trying, code: Code):
        trying.code = code

        assert api.post("/smtpServers", BODY).error == (400, code)

        assert api.get(f"{api.tenant}/smtpServers").items == []

    @pytest.mark.parametrize(
        "change",
        [
            {"host": "new.example.com"},
            {"port": 465},
            {"username": "we"},
            {"password": "Another1word"},
            {"securityProtocol": "SSL"},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_a_change_of_the_connection_is_tried_and_may_be_refused(
        self, api: Api, server: Json, trying: Trying, change: Json
    ):
        trying.code = Code.SMTP_UNREACHABLE

        with unchanged(api, server):
            assert api.post(server["href"], change).error == (400, 13000)

        column = {"securityProtocol": "security_protocol"}
        wanted = {column.get(name, name): value for name, value in change.items()}
        rest = {"security_protocol": None, "status": "ENABLED", "tenant_id": api.tenant_id}
        assert trying.tried == [BODY | rest | wanted]

    def test_changes_beside_the_connection_are_not_tried(self, api: Api, server: Json, trying: Trying):
        trying.code = Code.SMTP_UNREACHABLE

        named = api.post(server["href"], {"name": "Ours", "password": BODY["password"]}).ok
        echoed = api.post(server["href"], named).ok

        assert (echoed["name"], trying.tried) == ("Ours", [])

    def test_a_disabled_server_is_tried_when_it_is_enabled(self, api: Api, trying: Trying):
        trying.code = Code.SMTP_CREDENTIALS
        server = api.post("/smtpServers", BODY | {"status": "DISABLED"}).made
        assert api.post(server["href"], {"host": "new.example.com"}).status == 200
        assert trying.tried == []

        assert api.post(server["href"], {"status": "ENABLED"}).error == (400, 13001)

        assert [each["host"] for each in trying.tried] == ["new.example.com"]
        assert api.get(server["href"])["status"] == "DISABLED"

    def test_a_change_made_during_the_check_is_not_stored_untried(
        self, api: Api, server: Json, trying: Trying
    ):
        trying.meanwhile = lambda: api.post(server["href"], {"host": "first.example.com"}).ok

        assert api.post(server["href"], {"port": 465}).error == (409, 409)

        shown = api.get(server["href"]).ok
        assert (shown["host"], shown["port"]) == ("first.example.com", 587)

    def test_a_concurrent_enabling_and_change_are_not_stored_untried(self, api: Api, trying: Trying):
        server = api.post("/smtpServers", BODY | {"status": "DISABLED"}).made
        trying.meanwhile = lambda: api.post(server["href"], {"host": "untried.example.com"}).ok

        assert api.post(server["href"], {"status": "ENABLED"}).error == (409, 409)

        assert api.get(server["href"])["status"] == "DISABLED"


def test_the_sender_finds_the_server_of_any_tenant(service: Service, api: Api, stranger: Api, server: Json):
    found = smtp_server_of(service.database, api.tenant_id)

    assert found is not None
    assert (found["id"], found["host"], found["status"]) == (id_of(server), BODY["host"], "ENABLED")
    assert b"word" not in found["password"]
    assert smtp_server_of(service.database, stranger.tenant_id) is None
