"""The settings created with an application: its OAuth policy and its web config (rest-core 5.20, 5.21)."""

import re
from functools import partial

import pytest

from service.calls import Answer, Api, Json, id_of, link
from service.concurrency import CALLERS, at_once, outcomes


@pytest.fixture
def application(api: Api) -> Json:
    return api.application()


class TestOAuthPolicy:
    @pytest.fixture
    def policy(self, api: Api, application: Json) -> Json:
        return api.get(application["oAuthPolicy"]["href"]).ok

    def test_a_policy_is_created_with_its_application(self, api: Api, application: Json, policy: Json):
        assert policy == {
            "href": f"{api.base_url}/oAuthPolicies/{id_of(application)}",
            "createdAt": application["createdAt"],
            "modifiedAt": application["createdAt"],
            "accessTokenTtl": "PT1H",
            "refreshTokenTtl": "P60D",
            "refreshTokenRotation": "DISABLED",
            "revokeTokensOnPasswordChange": "ENABLED",
            "tokenEndpoint": {"href": f"{application['href']}/oauth/token"},
            "application": link(application),
            "tenant": {"href": api.tenant},
        }

    @pytest.mark.parametrize("ttl", ["PT1S", "PT30M", "P7D", "P1M", "P10Y", "P3653D", "PT1H30M"])
    def test_periods_are_stored_as_written(self, api: Api, policy: Json, ttl: str):
        body = {"accessTokenTtl": ttl, "refreshTokenTtl": ttl}

        assert api.post(policy["href"], body).ok.items() >= body.items()
        assert api.get(policy["href"]).ok.items() >= body.items()

    @pytest.mark.parametrize("zero", ["PT0M", "PT0S", "P0D"])
    def test_only_refresh_tokens_may_have_a_lifetime_of_zero(self, api: Api, policy: Json, zero: str):
        assert api.post(policy["href"], {"refreshTokenTtl": zero}).ok["refreshTokenTtl"] == zero
        assert api.post(policy["href"], {"accessTokenTtl": zero}).error == (400, 2013)

    @pytest.mark.parametrize("name", ["accessTokenTtl", "refreshTokenTtl"])
    @pytest.mark.parametrize(
        ("ttl", "code"),
        [
            ("1 hour", 2002),
            ("", 2002),
            ("P", 2002),
            ("P11Y", 2013),
            ("P3654D", 2013),
            ("-PT1H", 2013),
            ("PT0.5S", 2013),
            (3600, 2004),
            (None, 2000),
        ],
    )
    def test_malformed_and_out_of_range_periods_are_refused(
        self, api: Api, policy: Json, name: str, ttl: object, code: int
    ):
        assert api.post(policy["href"], {name: ttl}).error == (400, code)
        assert api.get(policy["href"]).ok == policy

    def test_links_are_expanded_and_cannot_be_changed(self, api: Api, application: Json, policy: Json):
        other = api.application("Other")

        expanded = api.get(policy["href"], expand="application,tenant").ok
        assert expanded["application"] == application
        assert expanded["tenant"]["key"]
        assert api.get(application["href"], expand="oAuthPolicy")["oAuthPolicy"] == policy
        assert api.get(policy["href"], expand="tokenEndpoint").error == (400, 2107)
        assert api.post(policy["href"], {"application": link(other)}).error == (400, 2017)
        assert api.post(policy["href"], policy).ok == policy

    def test_a_policy_is_deleted_with_its_application_only(self, api: Api, application: Json, policy: Json):
        assert api.delete(policy["href"]).error == (405, 1100)
        assert api.post("/oAuthPolicies", {}).error == (405, 1100)
        assert api.get("/oAuthPolicies").error == (405, 1100)

        api.delete(application["href"])

        assert api.get(policy["href"]).error == (404, 404)


class TestWebConfig:
    @pytest.fixture
    def config(self, api: Api, application: Json) -> Json:
        return api.get(application["webConfig"]["href"]).ok

    def test_a_web_config_is_created_with_its_application(self, api: Api, application: Json, config: Json):
        on, following = {"enabled": True}, {"enabled": None}
        assert config == {
            "href": f"{api.base_url}/applicationWebConfigs/{id_of(application)}",
            "createdAt": application["createdAt"],
            "modifiedAt": application["createdAt"],
            "dnsLabel": config["dnsLabel"],
            "domainName": f"{config['dnsLabel']}.apps.localhost",
            "status": "ENABLED",
            "login": on,
            "register": on,
            "oauth2": on,
            "verifyEmail": following,
            "forgotPassword": following,
            "changePassword": following,
            "me": {
                "enabled": True,
                "expand": {
                    "apiKeys": False,
                    "applications": False,
                    "customData": False,
                    "directory": False,
                    "groupMemberships": False,
                    "groups": False,
                    "providerData": False,
                    "tenant": False,
                },
            },
            "signingApiKey": {"href": f"{api.base_url}/apiKeys/{api.key_id}"},
            "application": link(application),
            "tenant": {"href": api.tenant},
        }
        assert re.fullmatch(r"[a-z]+-[a-z]+(-[0-9a-f]{6})?", config["dnsLabel"])

    def test_partial_objects_are_merged(self, api: Api, config: Json):
        api.post(config["href"], {"me": {"expand": {"groups": True}}, "login": {"enabled": False}})
        changed = api.post(config["href"], {"me": {"expand": {"tenant": "true"}, "enabled": False}}).ok

        expected = dict.fromkeys(config["me"]["expand"], False) | {"groups": True, "tenant": True}
        assert changed["me"] == {"enabled": False, "expand": expected}
        assert changed["login"] == {"enabled": False}
        assert changed["register"] == config["register"]
        assert api.get(config["href"]).ok == changed

    def test_only_the_switches_of_a_workflow_may_be_null(self, api: Api, config: Json):
        for name in ("verifyEmail", "forgotPassword", "changePassword"):
            assert api.post(config["href"], {name: {"enabled": False}}).ok[name] == {"enabled": False}
            assert api.post(config["href"], {name: {"enabled": None}}).ok[name] == {"enabled": None}
        assert api.post(config["href"], {"login": {"enabled": None}}).error == (400, 2000)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"dnsLabel": "-a"}, 2006),
            ({"dnsLabel": "a-"}, 2006),
            ({"dnsLabel": "a.b"}, 2006),
            ({"dnsLabel": "größe"}, 2006),
            ({"dnsLabel": "a" * 64}, 2008),
            ({"dnsLabel": None}, 2000),
            ({"dnsLabel": ""}, 2000),
            ({"status": "OFF"}, 2003),
            ({"login": {"enabled": "maybe"}}, 2004),
            ({"login": True}, 2004),
            ({"login": {"on": True}}, 2015),
            ({"login": None}, 2000),
            ({"me": {"expand": {"password": True}}}, 2015),
            ({"signingApiKey": {"href": "/v1/apiKeys/NONE"}}, 2016),
        ],
    )
    def test_invalid_values_are_refused(self, api: Api, config: Json, body: Json, code: int):
        assert api.post(config["href"], body).error == (400, code)
        assert api.get(config["href"]).ok == config

    def test_the_label_names_the_host(self, api: Api, config: Json):
        label = f"A{id_of(config)[-12:]}"

        changed = api.post(config["href"], {"dnsLabel": label, "domainName": "x"}).ok

        assert (changed["dnsLabel"], changed["domainName"]) == (label, f"{label}.apps.localhost")

    def test_a_label_is_unique_on_the_server(self, api: Api, stranger: Api, config: Json):
        other = api.get(api.application("Other")["webConfig"]["href"]).ok
        theirs = stranger.get(stranger.application()["webConfig"]["href"]).ok

        taken = {"dnsLabel": config["dnsLabel"].upper()}
        assert api.post(other["href"], taken).error == (409, 2001)
        assert stranger.post(theirs["href"], taken).error == (409, 2001)
        assert api.post(config["href"], taken).ok["dnsLabel"] == taken["dnsLabel"]

    def test_one_of_many_concurrent_requests_gets_a_label(self, api: Api):
        configs = [api.application(f"A{n}")["webConfig"]["href"] for n in range(CALLERS)]
        label = f"w{api.tenant_id[-12:]}".lower()

        answers = at_once(partial(api.post, each, {"dnsLabel": label}) for each in configs)

        assert outcomes(answers) == {200: 1, (409, 2001): CALLERS - 1}

    def test_new_applications_find_a_free_label(self, api: Api, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(
            "stormpath.server.resources.applications.web_config.random_name", lambda: "same-words"
        )

        def create(number: int) -> Answer:
            return api.post("/applications", {"name": f"A{number}"}, expand="webConfig")

        answers = at_once(partial(create, number) for number in range(CALLERS))

        labels = {each.made["webConfig"]["dnsLabel"] for each in answers}

        assert len(labels) == CALLERS
        assert all(each.startswith("same-words") for each in labels)

    def test_a_web_config_is_deleted_with_its_application_only(
        self, api: Api, application: Json, config: Json
    ):
        assert api.delete(config["href"]).error == (405, 1100)
        assert api.get("/applicationWebConfigs").error == (405, 1100)

        api.delete(application["href"])

        assert api.get(config["href"]).error == (404, 404)


class TestSigningKey:
    @pytest.fixture
    def owner(self, api: Api) -> Json:
        return api.get("/accounts", username="administrator").items[0]

    def test_the_key_of_another_administrator_may_sign(self, api: Api, application: Json, owner: Json):
        key = api.api_key(owner)

        changed = api.post(application["webConfig"]["href"], {"signingApiKey": link(key)}).ok

        assert changed["signingApiKey"] == link(key)
        assert api.get(changed["href"], expand="signingApiKey")["signingApiKey"] == key

    def test_keys_of_ordinary_accounts_and_of_other_tenants_may_not_sign(
        self, api: Api, stranger: Api, application: Json
    ):
        key = api.api_key(api.account(api.directory()))
        (their_owner,) = stranger.get("/accounts", username="administrator").items
        theirs = stranger.api_key(their_owner)

        href = application["webConfig"]["href"]
        assert api.post(href, {"signingApiKey": link(key)}).error == (400, 2014)
        assert api.post(href, {"signingApiKey": link(theirs)}).error == (400, 2016)
        assert api.post(href, {"signingApiKey": link(application)}).error == (400, 2014)

    def test_a_deleted_key_signs_no_more_and_the_config_stays(self, api: Api, application: Json, owner: Json):
        key = api.api_key(owner)
        config = api.post(application["webConfig"]["href"], {"signingApiKey": link(key)}).ok

        api.delete(key["href"])

        assert api.get(config["href"]).ok == config | {"signingApiKey": None}

    def test_the_signing_key_may_be_cleared(self, api: Api, application: Json):
        assert api.post(application["webConfig"]["href"], {"signingApiKey": None}).ok["signingApiKey"] is None
