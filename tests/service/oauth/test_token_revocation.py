"""What ends tokens, and what only suspends them: the whole table of rest-auth 3.8."""

from collections.abc import Callable

import pytest

from service.calls import Api, Json, id_of, link
from service.clock import Clock
from service.tenant_setup import new_api_key
from service.token_calls import (
    claims_of,
    client_credentials,
    is_valid,
    log_in,
    oauth_error,
    refresh,
    resigned,
    revoke,
    set_policy,
    validate,
)
from stormpath.server.app import Service

DAY = 86_400


def href_of_refresh(api: Api, tokens: Json) -> str:
    return f"{api.base_url}/refreshTokens/{claims_of(tokens['refresh_token'])['jti']}"


def is_refreshable(api: Api, application: Json, tokens: Json) -> bool:
    answer = refresh(api, application, tokens["refresh_token"])
    assert answer.status == 200 or oauth_error(answer)[1] == "invalid_grant"
    return answer.status == 200


def code_of(api: Api, application: Json, tokens: Json) -> tuple[int, int]:
    """Return the codes with which both tokens are refused."""
    access = validate(api, application, tokens["access_token"]).error[1]
    return access, oauth_error(refresh(api, application, tokens["refresh_token"]))[2]


Revoke = Callable[[Api, Json, Json], object]

ACCESS: dict[str, Revoke] = {
    "deleted": lambda api, application, it: api.delete(it["stormpath_access_token_href"]),
    "revoked": lambda api, application, it: revoke(api, application, it["access_token"]),
    "revoked with a scope": lambda api, application, it: revoke(
        api, application, resigned(api, it["access_token"], scope="read")
    ),
}
REFRESH: dict[str, Revoke] = {
    "deleted": lambda api, application, it: api.delete(href_of_refresh(api, it)),
    "revoked": lambda api, application, it: revoke(api, application, it["refresh_token"]),
    "revoked with a scope": lambda api, application, it: revoke(
        api, application, resigned(api, it["refresh_token"], scope="read")
    ),
}


@pytest.mark.usefixtures("ada")
class TestRevocation:
    def test_an_access_token_ends_alone(self, api: Api, application: Json):
        other = log_in(api, application)
        for how, end in ACCESS.items():
            tokens = log_in(api, application)
            sibling = refresh(api, application, tokens["refresh_token"]).ok

            end(api, application, tokens)

            assert validate(api, application, tokens["access_token"]).error == (404, 10013), how
            assert api.get(tokens["stormpath_access_token_href"]).error == (404, 10013), how
            for each in (sibling, other):
                assert is_valid(api, application, each["access_token"]), how
            assert is_refreshable(api, application, tokens), how

    def test_a_refresh_token_ends_with_all_that_came_of_it(self, api: Api, application: Json):
        other = log_in(api, application)
        for how, end in REFRESH.items():
            tokens = log_in(api, application)
            later = refresh(api, application, tokens["refresh_token"]).ok

            end(api, application, tokens)

            assert api.get(href_of_refresh(api, tokens)).error == (404, 10013), how
            for each in (tokens, later):
                assert code_of(api, application, each) == (10013, 10013), how
            assert is_valid(api, application, other["access_token"]), how
            assert is_refreshable(api, application, other), how

    def test_a_revocation_can_be_repeated(self, api: Api, application: Json):
        tokens = log_in(api, application)

        for href in (tokens["stormpath_access_token_href"], href_of_refresh(api, tokens)):
            assert [api.delete(href).status for _ in range(3)] == [204, 204, 204]
        for kind in ("access_token", "refresh_token"):
            answers = [revoke(api, application, tokens[kind]) for _ in range(2)]
            assert [(each.status, each.raw) for each in answers] == [(200, b"")] * 2
        # What has ended with another one is gone, as what has expired is.
        second = log_in(api, application)
        assert revoke(api, application, second["refresh_token"]).status == 200
        assert api.delete(second["stormpath_access_token_href"]).error == (404, 404)

    def test_another_application_revokes_nothing(self, api: Api, application: Json, directory: Json):
        tokens, other = log_in(api, application), api.application("Other")
        api.mapping(other, directory)

        for kind in ("access_token", "refresh_token"):
            assert revoke(api, other, tokens[kind]).status == 200
            assert revoke(api, other, resigned(api, tokens[kind], iss=other["href"])).status == 200

        assert is_valid(api, application, tokens["access_token"])
        assert is_refreshable(api, application, tokens)

    def test_what_no_key_has_signed_revokes_nothing(self, api: Api, application: Json):
        tokens = log_in(api, application)

        for kind in ("access_token", "refresh_token"):
            text, _, signature = tokens[kind].rpartition(".")
            for forged in (
                f"{text}.{signature[::-1]}",
                f"{text}.",
                resigned(api, tokens[kind], {"alg": "none"}),
            ):
                assert revoke(api, application, forged).status == 200

        assert is_valid(api, application, tokens["access_token"])
        assert is_refreshable(api, application, tokens)

    def test_an_expired_token_is_revoked_without_an_error(self, api: Api, application: Json, clock: Clock):
        tokens = log_in(api, application)
        clock.moves(61 * DAY)

        for kind in ("access_token", "refresh_token"):
            assert revoke(api, application, tokens[kind]).status == 200


class TestSuspended:
    """Tokens that are refused for now, and good again when the reason is gone."""

    def test_a_disabled_resource_suspends_tokens(
        self, api: Api, application: Json, directory: Json, ada: Json
    ):
        tokens = log_in(api, application)
        for resource, status, code in (
            (ada, "DISABLED", 10010),
            (ada, "UNVERIFIED", 10010),
            (application, "DISABLED", 10015),
            (directory, "DISABLED", 10016),
        ):
            api.post(resource["href"], {"status": status})
            assert code_of(api, application, tokens) == (code, code), (resource["href"], status)
            # They are there all the same.
            assert api.get(tokens["stormpath_access_token_href"]).status == 200
            assert api.get(ada["accessTokens"]["href"])["size"] == 1

            api.post(resource["href"], {"status": "ENABLED"})
            assert is_valid(api, application, tokens["access_token"])
        assert is_refreshable(api, application, tokens)

    @pytest.mark.usefixtures("ada")
    def test_a_mapping_that_is_removed_suspends_tokens(self, api: Api, application: Json, directory: Json):
        tokens = log_in(api, application)
        mapping = api.get(application["href"]).ok["defaultAccountStoreMapping"]

        api.delete(mapping["href"])
        assert code_of(api, application, tokens) == (10016, 10016)

        api.mapping(application, directory)
        assert is_valid(api, application, tokens["access_token"])

    def test_an_account_that_leaves_a_group_is_suspended(self, api: Api, directory: Json, ada: Json):
        application, group = api.application("Of a group"), api.group(directory)
        api.mapping(application, group)
        membership = api.membership(ada, group)
        tokens = log_in(api, application)

        api.delete(membership["href"])
        assert code_of(api, application, tokens) == (10016, 10016)
        api.membership(ada, group)
        assert is_valid(api, application, tokens["access_token"])

        api.post(group["href"], {"status": "DISABLED"})
        assert code_of(api, application, tokens) == (10016, 10016)

    @pytest.mark.usefixtures("ada")
    def test_an_organization_that_leaves_suspends_tokens_that_it_alone_reaches(
        self, api: Api, directory: Json
    ):
        application, organization = api.application("Of an organization"), api.organization()
        api.organization_mapping(organization, directory)
        mapping = api.mapping(application, organization)
        tokens = log_in(api, application, organizationNameKey="acme")

        for leave, come_back in (
            (
                lambda: api.post(organization["href"], {"status": "DISABLED"}),
                lambda: api.post(organization["href"], {"status": "ENABLED"}),
            ),
            (lambda: api.delete(mapping["href"]), lambda: api.mapping(application, organization)),
        ):
            leave()
            assert code_of(api, application, tokens) == (10016, 10016)
            come_back()
            assert is_valid(api, application, tokens["access_token"])
        # The claim alone is of no importance here (rest-auth 9.4).
        api.mapping(application, directory)
        api.post(organization["href"], {"status": "DISABLED"})
        assert is_valid(api, application, tokens["access_token"])


class TestKeyOfTheCaller:
    @pytest.fixture
    def other_key(self, api: Api, service: Service) -> Api:
        directory = next(each for each in api.get("/directories").items if "Administrators" in each["name"])
        (owner,) = api.get(directory["accounts"]["href"]).items
        key = new_api_key(service, api.tenant_id, id_of(owner))
        return Api(api.wsgi, api.base_url, api.tenant_id, key.id, key.secret)

    @pytest.mark.usefixtures("ada")
    def test_tokens_follow_the_status_of_the_key_that_signed_them(
        self, api: Api, application: Json, other_key: Api
    ):
        mine, tokens = log_in(api, application), log_in(other_key, application)
        key = f"{api.base_url}/apiKeys/{other_key.key_id}"

        api.post(key, {"status": "DISABLED"})
        assert code_of(api, application, tokens) == (10017, 10017)
        assert is_valid(api, application, mine["access_token"])
        api.post(key, {"status": "ENABLED"})
        assert is_valid(api, application, tokens["access_token"])
        assert is_refreshable(api, application, tokens)
        api.delete(key)
        assert code_of(api, application, tokens) == (10017, 10017)
        assert is_valid(api, application, mine["access_token"])

    @pytest.mark.usefixtures("ada")
    def test_a_token_of_a_disabled_key_can_be_revoked(self, api: Api, application: Json, other_key: Api):
        tokens = log_in(other_key, application)
        key = f"{api.base_url}/apiKeys/{other_key.key_id}"
        api.post(key, {"status": "DISABLED"})

        assert revoke(api, application, tokens["access_token"]).status == 200

        api.post(key, {"status": "ENABLED"})
        assert validate(api, application, tokens["access_token"]).error == (404, 10013)


class TestKeyOfTheAccount:
    def test_what_a_key_has_obtained_ends_with_it(self, api: Api, application: Json, ada: Json):
        for end in (
            lambda key: api.post(key["href"], {"status": "DISABLED"}),
            lambda key: api.delete(key["href"]),
        ):
            key, other = api.api_key(ada), api.api_key(ada)
            token = client_credentials(api, application, key).ok["access_token"]
            spared = client_credentials(api, application, other).ok["access_token"]
            by_password = log_in(api, application)["access_token"]

            end(key)

            assert validate(api, application, token).error == (404, 10013)
            assert is_valid(api, application, spared)
            assert is_valid(api, application, by_password)

    def test_other_changes_of_a_key_end_nothing(self, api: Api, application: Json, ada: Json):
        key = api.api_key(ada)
        token = client_credentials(api, application, key).ok["access_token"]

        api.post(key["href"], {"name": "Laptop", "status": "ENABLED"})

        assert is_valid(api, application, token)

    def test_a_key_enabled_again_does_not_revive_tokens(self, api: Api, application: Json, ada: Json):
        key = api.api_key(ada)
        token = client_credentials(api, application, key).ok["access_token"]

        for status in ("DISABLED", "ENABLED"):
            api.post(key["href"], {"status": status})

        assert validate(api, application, token).error == (404, 10013)
        assert is_valid(api, application, client_credentials(api, application, key).ok["access_token"])


class TestDeletion:
    def test_the_tokens_of_a_deleted_account_are_gone(
        self, api: Api, application: Json, directory: Json, ada: Json
    ):
        api.account(directory, "eve")
        for owner, name in ((ada, "ada"), (directory, "eve")):
            tokens = log_in(api, application, username=name)

            api.delete(owner["href"])

            assert code_of(api, application, tokens) == (10013, 10013)
            assert api.get(tokens["stormpath_access_token_href"]).error == (404, 10013)
            assert api.get(href_of_refresh(api, tokens)).error == (404, 10013)

    def test_the_tokens_of_a_deleted_application_are_gone(self, api: Api, application: Json, ada: Json):
        tokens = log_in(api, application)

        api.delete(application["href"])

        assert validate(api, application, tokens["access_token"]).error == (404, 404)
        refused = refresh(api, application, tokens["refresh_token"])
        assert oauth_error(refused) == (404, "invalid_request", 404)
        assert api.get(tokens["stormpath_access_token_href"]).error == (404, 10013)
        for kind in ("accessTokens", "refreshTokens"):
            assert api.get(ada[kind]["href"])["size"] == 0


class TestPassword:
    @pytest.fixture(autouse=True)
    def later(self, ada: Json, clock: Clock) -> None:
        """The password of ada was not set in this very millisecond."""
        clock.moves(60)

    def reset(self, api: Api, application: Json) -> None:
        token = api.post(application["passwordResetTokens"]["href"], {"email": "ada@example.com"}).ok
        assert api.post(token["href"], {"password": "Otherwise2!"}).status == 200

    def change(self, api: Api, ada: Json) -> None:
        assert api.post(ada["href"], {"password": "Otherwise2!"}).status == 200

    @pytest.mark.parametrize("how", ["reset", "change"])
    def test_a_new_password_ends_all_tokens_of_the_account(
        self, api: Api, application: Json, directory: Json, ada: Json, how: str
    ):
        tokens, key = log_in(api, application), api.api_key(ada)
        by_key = client_credentials(api, application, key).ok["access_token"]
        api.account(directory, "eve")
        of_eve = log_in(api, application, username="eve")

        self.reset(api, application) if how == "reset" else self.change(api, ada)

        assert code_of(api, application, tokens) == (10013, 10013)
        assert validate(api, application, by_key).error == (404, 10013)
        assert is_valid(api, application, of_eve["access_token"])
        # By the new one, the account gets new tokens; its key still gets some.
        assert log_in(api, application, password="Otherwise2!")["access_token"]
        assert client_credentials(api, application, key).status == 200

    def test_the_policy_of_each_application_decides(
        self, api: Api, application: Json, directory: Json, ada: Json
    ):
        keeping = api.application("Keeping")
        api.mapping(keeping, directory)
        set_policy(api, keeping, revokeTokensOnPasswordChange="DISABLED")
        ended, kept = log_in(api, application), log_in(api, keeping)

        self.change(api, ada)

        assert code_of(api, application, ended) == (10013, 10013)
        assert is_valid(api, keeping, kept["access_token"])
        assert is_refreshable(api, keeping, kept)

    def test_other_changes_of_an_account_end_nothing(self, api: Api, application: Json, ada: Json):
        tokens = log_in(api, application)

        api.post(ada["href"], {"givenName": "Ada", "email": "countess@example.com", "username": "countess"})

        assert is_valid(api, application, tokens["access_token"])
        assert is_refreshable(api, application, tokens)


class TestExpiry:
    def test_lists_hold_live_tokens_only(self, api: Api, application: Json, ada: Json, clock: Clock):
        set_policy(api, application, accessTokenTtl="PT1M", refreshTokenTtl="PT2M")
        tokens = log_in(api, application)

        def sizes() -> tuple[int, int]:
            return tuple(api.get(ada[kind]["href"])["size"] for kind in ("accessTokens", "refreshTokens"))

        assert sizes() == (1, 1)
        clock.moves(61)
        assert sizes() == (0, 1)
        assert len(api.get(ada["href"], expand="accessTokens").ok["accessTokens"]["items"]) == 0
        later = refresh(api, application, tokens["refresh_token"]).ok
        assert sizes() == (1, 1)
        (shown,) = api.get(ada["href"], expand="accessTokens").ok["accessTokens"]["items"]
        assert shown["jwt"] == later["access_token"]
        clock.moves(60)
        assert sizes() == (0, 0)
        assert api.get(href_of_refresh(api, tokens)).error == (404, 10013)

    def test_the_account_of_a_token_is_the_one_of_its_list(
        self, api: Api, application: Json, directory: Json, ada: Json
    ):
        eve = api.account(directory, "eve")
        log_in(api, application)
        log_in(api, application, username="eve")

        for account in (ada, eve):
            for kind in ("accessTokens", "refreshTokens"):
                (item,) = api.get(account[kind]["href"]).items
                assert item["account"] == link(account)
