"""Requests of the e-mail flows that are sent again because the answer was lost have no second effect."""

import json
import secrets
from functools import partial

import pytest

from service.calls import Answer, Api, Json, link
from service.concurrency import CALLERS, at_once, outcomes
from service.registration import VERIFICATION, now, register, sent_kinds, switch, token_of
from stormpath.server.storage.password_hashes import PasswordHashes

pytestmark = pytest.mark.both_databases

NEW = "Another1one"


def post(api: Api, href: str, body: Json, key: str) -> Answer:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return api.request("POST", href, json.dumps(body).encode(), headers=headers)


@pytest.fixture
def key() -> str:
    return secrets.token_urlsafe(24)


@pytest.fixture
def application(api: Api) -> Json:
    application, directory = api.application_with_directory()
    api.account(directory)
    switch(api, directory, VERIFICATION)
    return application


def ask(api: Api, application: Json, key: str, email: str = "ada@example.com") -> Answer:
    return post(api, application["passwordResetTokens"]["href"], {"email": email}, key)


class TestAskingForANewPassword:
    def test_a_repeat_sends_nothing_more_and_has_a_good_token(self, api: Api, application: Json, key: str):
        first, again = ask(api, application, key), ask(api, application, key)

        assert (first.status, again.status) == (200, 200)
        assert again["account"] == first["account"]
        assert api.get(again["href"]).status == 200
        assert sent_kinds(api) == ["reset"]

    def test_another_key_is_another_request(self, api: Api, application: Json, key: str):
        ask(api, application, key)
        ask(api, application, f"{key}2")

        assert sent_kinds(api) == ["reset", "reset"]

    def test_a_key_that_another_request_used_is_refused(self, api: Api, application: Json, key: str):
        ask(api, application, key)
        answer = post(api, application["verificationEmails"]["href"], {"login": "ada@example.com"}, key)

        assert answer.error == (400, 400)

    def test_a_refused_request_does_not_use_its_key_up(self, api: Api, application: Json, key: str):
        assert ask(api, application, key, "bob@example.com").error == (400, 2016)

        register(api, application, "bob", workflow="false")
        assert ask(api, application, key, "bob@example.com").status == 200

    def test_concurrent_repeats_send_one_e_mail(self, api: Api, application: Json, key: str):
        answers = at_once([partial(ask, api, application, key)] * CALLERS)

        assert set(outcomes(answers)) <= {200, (503, 503)}
        assert sent_kinds(api) == ["reset"]


class TestSpendingAToken:
    def test_a_repeated_reset_gets_the_same_answer_and_one_confirmation(
        self, api: Api, application: Json, key: str
    ):
        asked = ask(api, application, f"{key}1").ok

        first = post(api, asked["href"], {"password": NEW}, key)
        again = post(api, asked["href"], {"password": NEW}, key)

        assert first.ok == again.ok == asked
        assert sent_kinds(api) == ["reset", "resetSuccess"]

    def test_a_repeat_without_the_key_finds_the_token_spent(self, api: Api, application: Json, key: str):
        asked = ask(api, application, f"{key}1").ok
        post(api, asked["href"], {"password": NEW}, key)

        assert post(api, asked["href"], {"password": NEW}, f"{key}2").error == (404, 404)
        assert api.post(asked["href"], {"password": NEW}).error == (404, 404)

    def test_the_key_with_another_password_is_another_request(self, api: Api, application: Json, key: str):
        asked = ask(api, application, f"{key}1").ok
        post(api, asked["href"], {"password": NEW}, key)

        assert post(api, asked["href"], {"password": "Changeme2"}, key).error == (400, 400)

    def test_a_refused_password_does_not_use_the_key_up(self, api: Api, application: Json, key: str):
        asked = ask(api, application, f"{key}1").ok

        assert post(api, asked["href"], {"password": "short"}, key).error == (400, 2007)
        assert post(api, asked["href"], {"password": "short"}, key).error == (400, 2007)
        assert api.get(asked["href"]).status == 200

    def test_a_repeated_verification_gets_the_account_again(self, api: Api, application: Json, key: str):
        account = register(api, application, "grace").made
        href = account["emailVerificationToken"]["href"]

        first, again = post(api, href, {}, key), post(api, href, {}, key)

        assert first.ok == again.ok == link(account)
        assert again.headers["location"] == account["href"]
        assert now(api, account)["status"] == "ENABLED"

    def test_concurrent_repeats_with_one_key_all_get_the_answer(self, api: Api, application: Json, key: str):
        account = register(api, application, "grace").made
        href = account["emailVerificationToken"]["href"]

        answers = at_once([partial(post, api, href, {}, key)] * CALLERS)

        assert set(outcomes(answers)) <= {200, (503, 503)}
        assert 200 in outcomes(answers)


def test_a_repeated_request_sends_the_verification_e_mail_again_once(api: Api, application: Json, key: str):
    account = register(api, application, "grace").made
    href = application["verificationEmails"]["href"]

    answers = [post(api, href, {"login": "grace"}, key) for _ in range(3)]

    assert [each.status for each in answers] == [202, 202, 202]
    assert sent_kinds(api) == ["verification", "verification"]
    assert token_of(now(api, account)) == token_of(account)


def test_a_repeat_gets_the_answer_of_a_request_that_was_retried(
    api: Api, application: Json, key: str, monkeypatch: pytest.MonkeyPatch
):
    href = ask(api, application, f"{key}1")["href"]
    read, seen = PasswordHashes.latest, []

    def overtaken_once(self: PasswordHashes, account_id: str, limit: int) -> list[str]:
        seen.append(account_id)
        return ["another hash"] if len(seen) == 2 else read(self, account_id, limit)

    monkeypatch.setattr(PasswordHashes, "latest", overtaken_once)

    first, again = (post(api, href, {"password": NEW}, key) for _ in range(2))

    assert len(seen) > 2
    assert first.ok == again.ok
