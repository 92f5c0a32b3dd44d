"""Invalid verification tokens: the answer does not reveal what is wrong with them (rest-core 6.12)."""

from collections.abc import Callable

import pytest

from service.calls import Api, Json
from service.registration import TOKENS, VERIFICATION, now, register, spend, switch, token_of
from stormpath.server.app import Service
from support.statements import on_table, statements, without_key_lookups

pytestmark = pytest.mark.either_database


@pytest.fixture
def application_and_directory(api: Api) -> tuple[Json, Json]:
    """An application and its directory, whose new accounts have to verify their address."""
    application, directory = api.application_with_directory()
    switch(api, directory, VERIFICATION)
    return application, directory


@pytest.fixture
def directory(application_and_directory: tuple[Json, Json]) -> Json:
    return application_and_directory[1]


@pytest.fixture
def account(api: Api, directory: Json) -> Json:
    return register(api, directory).made


def used(api: Api, directory: Json) -> str:
    account = register(api, directory, "used").made
    spend(api, account)
    return token_of(account)


def revoked_by_a_new_address(api: Api, directory: Json) -> str:
    account = register(api, directory, "moved").made
    api.post(account["href"], {"email": "elsewhere@example.com"})
    return token_of(account)


def revoked_by_hand(api: Api, directory: Json) -> str:
    account = register(api, directory, "enabled").made
    api.post(account["href"], {"status": "ENABLED"})
    return token_of(account)


def of_a_deleted_account(api: Api, directory: Json) -> str:
    account = register(api, directory, "deleted").made
    assert api.delete(account["href"]).status == 204
    return token_of(account)


def made_up(api: Api, directory: Json) -> str:
    return "4fT0k3nOfNobody1234567"


def in_another_case(api: Api, directory: Json) -> str:
    return token_of(register(api, directory, "case").made).swapcase()


def with_a_tail(api: Api, directory: Json) -> str:
    return token_of(register(api, directory, "tail").made) + "0"


def without_its_end(api: Api, directory: Json) -> str:
    return token_of(register(api, directory, "end").made)[:-1]


def of_the_wrong_form(form: str) -> Callable[[Api, Json], str]:
    return lambda api, directory: form


FORMS = ("x", "x" * 4000, "%00", "%ff", "é", "%20", "..%2e", "'--", "None")

BAD: list[Callable[[Api, Json], str]] = [
    used,
    revoked_by_a_new_address,
    revoked_by_hand,
    of_a_deleted_account,
    made_up,
    in_another_case,
    with_a_tail,
    without_its_end,
    *(of_the_wrong_form(each) for each in FORMS),
]


class TestAnswer:
    def answer(self, api: Api, token: str) -> tuple[int, Json, Json]:
        found = api.post(f"{TOKENS}/{token}")
        assert found.error == (404, 404)
        body = {name: value for name, value in found.json.items() if name != "requestId"}
        kept = {
            name: value
            for name, value in found.headers.items()
            if name not in ("stormpath-request-id", "date")
        }
        return found.status, body, kept

    @pytest.mark.parametrize("bad", BAD)
    def test_all_invalid_tokens_get_the_same_answer(
        self, api: Api, directory: Json, bad: Callable[[Api, Json], str]
    ):
        token = bad(api, directory)

        assert self.answer(api, token) == self.answer(api, "4fT0k3nOfNobody1234567")

    def test_a_token_of_another_tenant_gets_the_same_answer(self, api: Api, stranger: Api, account: Json):
        theirs = stranger.directory()
        switch(stranger, theirs, VERIFICATION)
        token = token_of(register(stranger, theirs).made)

        assert self.answer(api, token) == self.answer(api, "4fT0k3nOfNobody1234567")

        assert stranger.post(f"{TOKENS}/{token}").status == 200

    def test_a_token_for_a_new_password_verifies_nothing(
        self, api: Api, application_and_directory: tuple[Json, Json], account: Json
    ):
        href = api.post(
            application_and_directory[0]["passwordResetTokens"]["href"], {"email": account["email"]}
        ).ok["href"]
        token = href.rpartition("/")[2]

        assert self.answer(api, token) == self.answer(api, "4fT0k3nOfNobody1234567")

        assert now(api, account) == account
        assert api.get(href).status == 200

    def test_all_invalid_tokens_cost_one_and_the_same_statement(
        self, service: Service, api: Api, stranger: Api, directory: Json, account: Json
    ):
        theirs = stranger.directory()
        switch(stranger, theirs, VERIFICATION)
        foreign = token_of(register(stranger, theirs).made)
        tokens = [foreign, *(bad(api, directory) for bad in BAD)]

        costs = []
        for token in tokens:
            with statements(service) as asked:
                self.answer(api, token)
            costs.append(without_key_lookups(asked))

        assert len(costs[0]) == len(on_table(costs[0], "workflow_tokens")) == 1
        assert all(each == costs[0] for each in costs)

    def test_the_token_is_checked_before_the_attributes_of_the_body(self, api: Api):
        # rest-core 6.22: existence is checked before unknown attributes, and after the JSON syntax.
        assert api.post(f"{TOKENS}/unknown", {"bogus": 1}).error == (404, 404)
        assert api.post(f"{TOKENS}/unknown", {}, expand="bogus").error == (400, 2107)
        assert api.request(
            "POST", f"{TOKENS}/unknown", b"{", headers={"Content-Type": "application/json"}
        ).error == (400, 400)

    def test_a_path_without_a_token_is_not_found(self, api: Api):
        for path in (TOKENS, f"{TOKENS}/", f"{TOKENS}/a/b"):
            assert api.post(path).error == (404, 404)
            assert api.get(path).error == (404, 404)
