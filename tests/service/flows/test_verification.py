"""Verification by the one-time token of the e-mail (rest-core 5.24, 6.12)."""

from dataclasses import replace

import pytest

from service.calls import Api, Json
from service.registration import (
    SUCCESS,
    SWITCHES,
    TOKENS,
    VERIFICATION,
    VERIFIED,
    WELCOME,
    now,
    register,
    sent,
    sent_kinds,
    spend,
    state,
    switch,
    token_of,
)
from stormpath.server.app import Service


@pytest.fixture
def application_and_directory(api: Api) -> tuple[Json, Json]:
    """An application and its directory, whose new accounts have to verify their address."""
    application, directory = api.application_with_directory()
    switch(api, directory, VERIFICATION)
    return application, directory


@pytest.fixture
def directory(application_and_directory: tuple[Json, Json]) -> Json:
    return application_and_directory[1]


class TestSpending:
    def test_a_token_verifies_and_enables_its_account(self, api: Api, account: Json):
        answer = spend(api, account)

        assert answer.ok == {"href": account["href"]}
        assert answer.headers["location"] == account["href"]
        assert state(now(api, account)) == VERIFIED
        assert now(api, account)["modifiedAt"] >= account["modifiedAt"]

    def test_a_verified_account_can_log_in(
        self, api: Api, application_and_directory: tuple[Json, Json], account: Json
    ):
        application, _ = application_and_directory
        assert api.log_in(application, "ada").error == (400, 7102)
        assert api.log_in(application, "ada", "Wrong1word").error == (400, 7100)

        spend(api, account)

        assert api.log_in(application, "ada").ok["account"]["href"] == account["href"]

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (b"", None),
            (b"", "application/json"),
            (b"{}", "application/json"),
            (b" {} ", "application/json;charset=UTF-8"),
            (b'{"href": "x"}', "application/json"),
        ],
    )
    def test_a_token_is_spent_without_a_body(
        self, api: Api, account: Json, body: bytes, content_type: str | None
    ):
        headers = {"Content-Type": content_type} if content_type else {}

        answer = api.request("POST", f"{TOKENS}/{token_of(account)}", body, headers=headers)

        assert answer.ok == {"href": account["href"]}

    @pytest.mark.parametrize(
        ("body", "content_type", "error"),
        [
            (b'{"bogus": 1}', "application/json", (400, 2015)),
            (b'{"status": "ENABLED"}', "application/json", (400, 2015)),
            (b"[]", "application/json", (400, 400)),
            (b"{", "application/json", (400, 400)),
            (b"{}", "text/plain", (415, 1101)),
            (b"a=1", "application/x-www-form-urlencoded", (415, 1101)),
        ],
    )
    def test_a_refused_body_does_not_spend_the_token(
        self, api: Api, account: Json, body: bytes, content_type: str, error: tuple[int, int]
    ):
        path = f"{TOKENS}/{token_of(account)}"

        answer = api.request("POST", path, body, headers={"Content-Type": content_type})

        assert answer.error == error
        assert now(api, account) == account
        assert spend(api, account).status == 200

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
    def test_only_post_spends_a_token(self, api: Api, account: Json, method: str):
        path = f"{TOKENS}/{token_of(account)}"

        answer = api.request(method, path)

        assert answer.status == 405
        assert answer.headers["allow"] == "POST"
        assert method == "HEAD" or answer.error == (405, 1100)
        assert now(api, account) == account
        assert spend(api, account).status == 200

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_a_post_that_overrides_its_method_does_not_spend_a_token(
        self, api: Api, account: Json, method: str
    ):
        assert api.post(f"{TOKENS}/{token_of(account)}", {}, _method=method).error == (405, 1100)

        assert now(api, account) == account
        assert spend(api, account).status == 200

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"expand": "account"}, 2107),
            ({"expand": "("}, 2103),
            ({"expand": ""}, 2101),
        ],
    )
    def test_a_refused_query_does_not_spend_the_token(
        self, api: Api, application_and_directory: tuple[Json, Json], account: Json, query: Json, code: int
    ):
        resend = application_and_directory[0]["verificationEmails"]["href"]

        assert api.post(f"{TOKENS}/{token_of(account)}", None, **query).error == (400, code)

        assert api.post(resend, {"login": "ada"}, **query).error == (400, code)
        assert now(api, account) == account
        assert spend(api, account).status == 200

    def test_a_request_without_the_tenants_credentials_does_not_spend_the_token(
        self, api: Api, stranger: Api, account: Json
    ):
        href = account["emailVerificationToken"]["href"]

        assert api.request("POST", href, credentials={}).error == (401, 401)
        assert stranger.post(href).error == (404, 404)

        assert now(api, account) == account
        assert spend(api, account).status == 200

    def test_a_token_verifies_no_other_account(self, api: Api, directory: Json, account: Json):
        other = register(api, directory, "grace").made

        spend(api, account)

        assert now(api, other) == other
        assert spend(api, other).ok == {"href": other["href"]}


class TestEmails:
    """The switches at the time of the verification decide which e-mails are sent."""

    @pytest.mark.parametrize(
        ("switches", "mails"),
        [
            ((), []),
            ((VERIFICATION,), []),
            ((VERIFICATION, SUCCESS), [SUCCESS]),
            ((VERIFICATION, WELCOME), [WELCOME]),
            (SWITCHES, [SUCCESS, WELCOME]),
            ((SUCCESS, WELCOME), [SUCCESS, WELCOME]),
        ],
    )
    def test_success_and_welcome_are_sent_where_they_are_switched_on(
        self, api: Api, directory: Json, account: Json, switches: tuple[str, ...], mails: list[str]
    ):
        switch(api, directory, *switches)

        spend(api, account)

        assert state(now(api, account)) == VERIFIED
        assert sent_kinds(api) == [VERIFICATION, *mails]
        assert {each.address for each in sent(api)} == {account["email"]}

    def test_success_and_welcome_are_sent_once(self, api: Api, directory: Json, account: Json):
        switch(api, directory, *SWITCHES)

        for _ in range(3):
            spend(api, account)

        assert sent_kinds(api) == [VERIFICATION, SUCCESS, WELCOME]

    def test_success_and_welcome_are_sent_beyond_the_limit(
        self, service: Service, api: Api, directory: Json, account: Json, monkeypatch: pytest.MonkeyPatch
    ):
        switch(api, directory, *SWITCHES)
        monkeypatch.setattr(service, "settings", replace(service.settings, mails_per_account=1))

        assert spend(api, account).status == 200

        # They are limited already: they need a token, which works once.
        assert sent_kinds(api) == [VERIFICATION, SUCCESS, WELCOME]

    def test_success_and_welcome_contain_no_token(self, api: Api, directory: Json, account: Json):
        switch(api, directory, *SWITCHES)

        spend(api, account)

        for each in sent(api)[1:]:
            assert token_of(account) not in each.body
            assert "sptoken" not in each.body
