"""The authentication of requests: HTTP Basic and SAuthc1 with a tenant's API key (rest-auth 1)."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest

from service.calls import Answer, Api, basic, id_of
from service.tenant_setup import new_api_key
from stormpath import sauthc1
from stormpath.server.app import Service
from stormpath.server.logs import security

PATH = "/applications"
JSON_TYPE = {"Content-Type": "application/json"}


def encoded(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def signed(
    api: Api,
    method: str = "GET",
    path: str = PATH,
    body: bytes = b"",
    *,
    headers: dict[str, str] | None = None,
    age: float = 0,
    nonce: str | None = None,
    secret: str | None = None,
) -> dict[str, str]:
    """Return the headers of a request signed ``age`` seconds ago."""
    headers = headers or {}
    return headers | sauthc1.sign(
        method,
        api.base_url + path,
        headers.items(),
        body,
        key_id=api.key_id,
        secret=secret or api.secret,
        timestamp=sauthc1.timestamp_at(time.time() - age),
        nonce=nonce or str(uuid4()),
    )


def ask(api: Api, credentials: dict[str, str], path: str = PATH) -> Answer:
    return api.request("GET", path, credentials=credentials)


class TestBasic:
    def test_the_right_id_and_secret_are_accepted(self, api: Api):
        assert ask(api, basic(api.key_id, api.secret)).status == 200

    @pytest.mark.parametrize("scheme", ["basic", "BASIC", "Basic  "])
    def test_the_scheme_is_read_in_any_case(self, api: Api, scheme: str):
        value = basic(api.key_id, api.secret)["Authorization"].removeprefix("Basic ")

        assert ask(api, {"Authorization": f"{scheme} {value}"}).status == 200

    def test_the_date_header_of_the_other_scheme_is_ignored(self, api: Api):
        stale = {"X-Stormpath-Date": "20010101T000000Z"}

        assert ask(api, basic(api.key_id, api.secret) | stale).status == 200


class TestSAuthc1:
    def test_a_signed_read_is_accepted(self, api: Api):
        assert ask(api, signed(api)).status == 200

    def test_a_signed_query_is_accepted(self, api: Api):
        path = f"{PATH}?orderBy=name%20desc&limit=1&q=my%2Ba"

        assert ask(api, signed(api, path=path), path).status == 200

    def test_a_signed_body_is_accepted(self, api: Api):
        body = json.dumps({"name": "Bücherei"}, ensure_ascii=False).encode()
        headers = signed(api, "POST", body=body, headers=JSON_TYPE)

        assert api.request("POST", PATH, body, credentials=headers).made["name"] == "Bücherei"

    def test_the_method_is_signed_as_it_was_sent(self, api: Api):
        directory = api.directory()
        path = f"/directories/{id_of(directory)}?_method=DELETE"

        assert api.request("POST", path, credentials=signed(api, "POST", path)).status == 204

    def test_the_path_is_signed_as_it_was_sent(self, api: Api):
        assert ask(api, signed(api, path="//applications/"), "//applications/").status == 200

    @pytest.mark.parametrize(
        "path", ["/accounts/a%20b", "/accounts/a~b", "/accounts/a+b", "/accounts/%C3%BC"]
    )
    def test_an_escaped_path_can_be_signed(self, api: Api, path: str):
        assert ask(api, signed(api, path=path), path).status == 404

    @pytest.mark.parametrize("age", [14 * 60, -14 * 60])
    def test_clocks_may_differ_by_minutes(self, api: Api, age: float):
        assert ask(api, signed(api, age=age)).status == 200

    @pytest.mark.parametrize("age", [16 * 60, -16 * 60, 86400, -86400])
    def test_a_date_too_far_away_is_refused(self, api: Api, age: float):
        assert ask(api, signed(api, age=age)).error == (401, 401)

    def test_a_signed_request_is_accepted_once(self, api: Api):
        headers = signed(api)

        assert ask(api, headers).status == 200
        assert ask(api, headers).error == (401, 401)

    def test_a_nonce_is_accepted_once_whatever_it_signs(self, api: Api):
        nonce = str(uuid4())

        assert ask(api, signed(api, nonce=nonce)).status == 200
        assert ask(api, signed(api, path="/directories", nonce=nonce), "/directories").error == (401, 401)

    def test_a_wrong_signature_does_not_use_the_nonce_up(self, api: Api):
        nonce = str(uuid4())

        assert ask(api, signed(api, nonce=nonce, secret="guessed")).error == (401, 401)
        assert ask(api, signed(api, nonce=nonce)).status == 200

    def test_another_caller_may_use_the_same_nonce(self, api: Api, stranger: Api):
        nonce = str(uuid4())

        assert ask(api, signed(api, nonce=nonce)).status == 200
        assert ask(stranger, signed(stranger, nonce=nonce)).status == 200

    def test_one_of_many_concurrent_copies_of_a_request_is_accepted(self, api: Api):
        crowd = 8
        headers, ready = signed(api), Barrier(crowd)

        def send(_: int) -> int:
            ready.wait()
            return ask(api, headers).status

        with ThreadPoolExecutor(crowd) as threads:
            statuses = sorted(threads.map(send, range(crowd)))

        assert statuses == [200] + [401] * (crowd - 1)

    def test_a_signed_request_cannot_be_changed(self, api: Api):
        headers = signed(api, "POST", body=b'{"name": "A"}', headers=JSON_TYPE)

        def send(
            method: str = "POST",
            path: str = PATH,
            body: bytes = b'{"name": "A"}',
            kind: str = "application/json",
        ) -> int:
            return api.request(method, path, body, credentials=headers | {"Content-Type": kind}).status

        assert send(body=b'{"name": "B"}') == 401
        assert send(path="/directories") == 401
        assert send(path=f"{PATH}?createDirectory=true") == 401
        assert send(path=f"{PATH}?_method=DELETE") == 401
        assert send("PUT") == 401
        assert send(kind="text/plain") == 401
        assert send() == 201


def malformed(api: Api) -> dict[str, dict[str, str]]:
    good = signed(api)["Authorization"]
    date = {"X-Stormpath-Date": sauthc1.timestamp_at(time.time())}
    return {
        "nothing": {},
        "an empty header": {"Authorization": ""},
        "no credentials": {"Authorization": "Basic"},
        "not Base64": {"Authorization": "Basic %%%"},
        "not UTF-8": {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
        "no colon": encoded("onlyanid"),
        "an empty secret": encoded(f"{api.key_id}:"),
        "a wrong secret": basic(api.key_id, "wrong"),
        "a secret beyond ASCII": basic(api.key_id, "ünïcödé"),
        "an unknown key": basic("NOSUCHKEY", api.secret),
        "a key with a NUL": encoded(f"\x00{api.key_id}:{api.secret}"),
        "a key beyond Unicode's first plane": encoded("🗝:🗝"),
        "another scheme": {"Authorization": f"Bearer {api.secret}"},
        "a signature without its date": {"Authorization": good},
        "a signature in pieces": date | {"Authorization": "SAuthc1 sauthc1Id=a/b/c"},
        "a signature by another secret": signed(api, secret="guessed"),
        "a signature by an unknown key": {
            **signed(api),
            "Authorization": signed(api)["Authorization"].replace(api.key_id, "NOSUCHKEY"),
        },
        "a stale signature": signed(api, age=3600),
        "a signature of an impossible date": signed(api) | {"X-Stormpath-Date": "20260230T000000Z"},
    }


class TestRefusals:
    def test_every_cause_gets_the_same_answer(self, service: Service, api: Api):
        told = set()
        for cause, credentials in malformed(api).items():
            answer = ask(api, credentials)
            assert answer.error == (401, 401), cause
            assert answer.headers["www-authenticate"] == 'SAuthc1, Basic realm="Stormpath"'
            told.add(answer.raw.replace(answer["requestId"].encode(), b""))

        told |= {
            answer.raw.replace(answer["requestId"].encode(), b"") for answer in self.by_state(service, api)
        }

        assert len(told) == 1

    def by_state(self, service: Service, api: Api) -> list[Answer]:
        """Return the answers to callers with valid keys that may not call the API."""
        (administrators,) = api.get("/directories", name="Stormpath Administrators").items
        disabled = api.account(administrators, "disabled", status="DISABLED")
        locked = api.account(administrators, "locked", status="LOCKED")
        unverified = api.account(administrators, "unverified", status="UNVERIFIED")
        ordinary = api.account(api.directory(), "ordinary")
        admin = api.account(administrators, "admin")
        keys = [
            new_api_key(service, api.tenant_id, id_of(account))
            for account in (disabled, locked, unverified, ordinary)
        ]
        keys.append(new_api_key(service, api.tenant_id, id_of(admin), status="DISABLED"))
        answers = [ask(api, basic(each.id, each.secret)) for each in keys]
        assert [each.error for each in answers] == [(401, 401)] * 5
        return answers

    def test_every_administrator_has_full_access(self, service: Service, api: Api):
        (administrators,) = api.get("/directories", name="Stormpath Administrators").items
        key = new_api_key(service, api.tenant_id, id_of(api.account(administrators)))

        assert ask(api, basic(key.id, key.secret)).status == 200

    @pytest.mark.parametrize("status", ["DISABLED", "LOCKED"])
    def test_an_administrator_who_is_kept_out_is_refused_at_once(
        self, service: Service, api: Api, status: str
    ):
        (administrators,) = api.get("/directories", name="Stormpath Administrators").items
        account = api.account(administrators)
        key = new_api_key(service, api.tenant_id, id_of(account))
        credentials = basic(key.id, key.secret)
        assert ask(api, credentials).status == 200

        api.post(account["href"], {"status": status})
        assert ask(api, credentials).error == (401, 401)

        api.post(account["href"], {"status": "ENABLED"})
        assert ask(api, credentials).status == 200

        api.delete(account["href"])
        assert ask(api, credentials).error == (401, 401)

    def test_the_answer_says_nothing_about_the_key(self, api: Api):
        answer = ask(api, basic(api.key_id, "wrong"))

        assert api.key_id not in answer.raw.decode()
        assert "wrong" not in answer.json["message"]

    def test_the_log_says_why_and_never_the_secret(self, api: Api, caplog: pytest.LogCaptureFixture):
        caplog.set_level("DEBUG", logger="stormpath")
        # Other tests may have used up the lines of this period.
        security.finish()

        ask(api, basic(api.key_id, "a-guessed-secret"))
        ask(api, signed(api, age=3600))

        assert "wrong API key id or secret" in caplog.text
        assert "too far" in caplog.text
        assert "a-guessed-secret" not in caplog.text
        assert api.secret not in caplog.text
