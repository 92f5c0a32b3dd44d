"""Idempotency keys: a creation happens once, however often it is sent."""

import json
import secrets
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from service.calls import Answer, Api, Json, query_string
from service.concurrency import CALLERS, at_once, outcomes
from service.tenant_setup import SECRET_KEY
from stormpath.server.app import Service, now_ms
from stormpath.server.domain.context import REMEMBERED_MS
from stormpath.server.settings import Settings
from stormpath.server.storage import idempotency

pytestmark = pytest.mark.both_databases


def create(api: Api, path: str, body: Json | None, key: str, **query: object) -> Answer:
    raw = b"" if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return api.request("POST", path, raw, query=query_string(query), headers=headers)


@pytest.fixture
def key() -> str:
    return secrets.token_urlsafe(24)


class TestRepeat:
    def test_a_repeat_returns_what_the_first_request_created(self, api: Api, key: str):
        first = create(api, "/directories", {"name": "People"}, key)
        again = create(api, "/directories", {"name": "People"}, key)

        assert first.made == again.made
        assert first.headers["location"] == again.headers["location"] == first["href"]
        assert api.get("/directories", name="People").ok["size"] == 1

    def test_a_repeat_returns_the_resource_as_it_is_now(self, api: Api, key: str):
        first = create(api, "/directories", {"name": "People"}, key).made
        api.post(first["href"], {"description": "All of them"})

        assert create(api, "/directories", {"name": "People"}, key).made["description"] == "All of them"

    def test_a_repeat_reports_a_resource_that_was_deleted(self, api: Api, key: str):
        first = create(api, "/directories", {"name": "People"}, key).made
        api.delete(first["href"])

        assert create(api, "/directories", {"name": "People"}, key).error == (404, 404)
        assert api.get("/directories", name="People").ok["size"] == 0

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("/applications", {"name": "Atlas"}),
            ("accounts", {"email": "ada@example.com", "password": "Changeme1!"}),
            ("groups", {"name": "Readers"}),
            ("apiKeys", None),
            ("/groupMemberships", "membership"),
            ("/accountStoreMappings", "mapping"),
        ],
    )
    def test_every_creation_can_be_repeated(self, api: Api, key: str, kind: str, body: Any):
        directory = api.directory()
        other = api.account(directory, "grace")
        links = {
            "membership": lambda: {"account": other, "group": api.group(directory, "Writers")},
            "mapping": lambda: {"application": api.application("Other"), "accountStore": directory},
        }
        if isinstance(body, str):
            body = {name: {"href": each["href"]} for name, each in links[body]().items()}
        path = kind if kind.startswith("/") else {**directory, **other, **_lists(directory)}[kind]["href"]

        answers = [create(api, path, body, key) for _ in range(3)]

        assert len({each.made["href"] for each in answers}) == 1

    def test_an_application_and_its_directory_are_made_once(self, api: Api, key: str):
        answers = [
            create(api, "/applications", {"name": "Atlas"}, key, createDirectory="true", expand="tenant")
            for _ in range(2)
        ]

        assert answers[0].made == answers[1].made
        assert answers[1]["tenant"]["key"]
        assert api.get("/directories", name="Atlas*").ok["size"] == 1

    def test_a_repeat_encrypts_a_secret_anew(self, api: Api, key: str):
        href = api.account(api.directory())["apiKeys"]["href"]
        asked = {"encryptSecret": "true", "encryptionKeySalt": "AAECAwQFBgcICQoLDA0ODw"}

        first, again = (create(api, href, None, key, **asked).made for _ in range(2))

        assert first["id"] == again["id"]
        assert first["secret"] != again["secret"]


def _lists(directory: Json) -> Json:
    return {name: directory[name] for name in ("accounts", "groups")}


class TestKey:
    def test_another_request_may_not_use_the_key(self, api: Api, key: str):
        create(api, "/directories", {"name": "People"}, key)

        for other in (
            create(api, "/directories", {"name": "Others"}, key),
            create(api, "/applications", {"name": "People"}, key),
            create(api, "/directories", {"name": "People"}, key, expand="tenant"),
        ):
            assert other.error == (400, 400)
            assert "idempotency key" in other["message"]
        assert api.get("/directories", name="Others").ok["size"] == 0

    def test_another_tenant_may_use_the_same_key(self, api: Api, stranger: Api, key: str):
        mine = create(api, "/directories", {"name": "People"}, key).made
        theirs = create(stranger, "/directories", {"name": "People"}, key).made

        assert mine["href"] != theirs["href"]

    def test_a_refused_request_does_not_use_the_key_up(self, api: Api, key: str):
        assert create(api, "/directories", {"name": ""}, key).error == (400, 2000)
        assert create(api, "/directories", {"name": "People"}, key).status == 201

    def test_a_repeat_without_a_key_is_another_request(self, api: Api):
        api.directory("People")

        assert api.post("/directories", {"name": "People"}).error == (409, 2001)

    @pytest.mark.parametrize("wrong", ["", " ", "a b", "größe", "x" * 256, "a\x7f"])
    def test_a_key_is_visible_ascii(self, api: Api, wrong: str):
        assert create(api, "/directories", {"name": "People"}, wrong).error == (400, 400)
        assert api.get("/directories", name="People").ok["size"] == 0

    @pytest.mark.parametrize("right", ["!", "~", "x" * 255, "8e03978e-40d5-43e8-bc93-6894a57f9324"])
    def test_a_key_may_have_255_characters(self, api: Api, right: str):
        assert create(api, "/directories", {"name": "People"}, right).status == 201

    def test_posts_that_create_nothing_ignore_the_key(self, api: Api, key: str):
        directory = create(api, "/directories", {"name": "People"}, key).made

        assert create(api, directory["href"], {"name": "Crew"}, key).ok["name"] == "Crew"


class TestConcurrentRequests:
    @pytest.mark.parametrize("kind", ["named", "keys"])
    def test_one_of_many_concurrent_requests_creates_and_all_get_the_answer(
        self, api: Api, key: str, kind: str
    ):
        """With a unique name, which would refuse a second creation, and without one."""
        account = api.account(api.directory())
        path = "/directories" if kind == "named" else account["apiKeys"]["href"]

        answers = at_once([partial(create, api, path, {"name": "Crew"}, key)] * CALLERS)

        assert outcomes(answers) == {201: CALLERS}
        assert len({each["href"] for each in answers}) == 1
        assert api.get(path, name="Crew").ok["size"] == 1

    def test_one_of_many_different_requests_with_one_key_is_granted(self, api: Api, key: str):
        bodies = [{"name": f"D{number}"} for number in range(CALLERS)]

        answers = at_once(partial(create, api, "/directories", each, key) for each in bodies)

        assert outcomes(answers) == {201: 1, (400, 400): CALLERS - 1}
        assert api.get("/directories", name="D*").ok["size"] == 1


class TestStoredKeys:
    @pytest.fixture
    def clock(self) -> list[int]:
        return [now_ms()]

    @pytest.fixture
    def timed(self, initialized_database_url: str, clock: list[int]) -> Iterator[Api]:
        """A caller of a service whose clock the test sets."""
        settings = Settings(initialized_database_url, secret_key=SECRET_KEY, password_hashing="argon2id")
        with closing(Service(settings, clock=lambda: clock[0])) as service:
            key_id, secret = service.local_api_key()
            yield Api(service, service.base_url, service.tenant_id, key_id, secret)

    def test_a_key_is_remembered_for_a_day(self, timed: Api, clock: list[int], key: str):
        account = timed.get("/accounts").items[0]
        first = create(timed, account["apiKeys"]["href"], None, key).made

        clock[0] += REMEMBERED_MS - 1
        assert create(timed, account["apiKeys"]["href"], None, key).made == first
        clock[0] += 1
        later = create(timed, account["apiKeys"]["href"], None, key).made
        assert later["id"] != first["id"]
        assert create(timed, account["apiKeys"]["href"], None, key).made == later

    def test_expired_keys_are_removed_now_and_then(
        self, timed: Api, clock: list[int], monkeypatch: pytest.MonkeyPatch
    ):
        for number in range(3):
            create(timed, "/directories", {"name": f"D{number}"}, f"key-{number}")
        clock[0] += REMEMBERED_MS
        monkeypatch.setattr(idempotency, "REMOVE_EXPIRED_EVERY", 1)

        create(timed, "/directories", {"name": "Later"}, "later")

        assert self.remembered(timed) == ["later"]

    def test_neither_secrets_nor_bodies_are_stored(self, timed: Api, key: str):
        directory = timed.directory()
        body = {"email": "ada@example.com", "password": "Changeme1!"}
        made = create(timed, directory["accounts"]["href"], body, key).made

        with timed.wsgi.database.engine.connect() as connection:
            table = timed.wsgi.database.tables.idempotency_keys
            (row,) = connection.execute(table.select()).all()

        assert row.key == key
        assert row.resource == "account"
        assert made["href"].endswith(row.resource_id)
        assert len(row.fingerprint) == 64
        assert set(row._fields) == {
            "tenant_id",
            "key",
            "fingerprint",
            "resource",
            "resource_id",
            "expires_at",
        }

    def remembered(self, api: Api) -> list[str]:
        database = api.wsgi.database
        with database.engine.connect() as connection:
            return list(connection.execute(database.tables.idempotency_keys.select()).scalars("key"))


def test_a_creation_that_fails_later_removes_its_key(api: Api, key: str, monkeypatch: pytest.MonkeyPatch):
    from stormpath.server.resources import RULES

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as broken:
        # The last row written for an application, long after its own row and the key.
        broken.setattr(RULES["webConfig"], "insert_companion", fail)
        assert create(api, "/applications", {"name": "Atlas"}, key).status == 500

    made = create(api, "/applications", {"name": "Atlas"}, key).made
    assert api.get("/applications", name="Atlas").items == [made]
