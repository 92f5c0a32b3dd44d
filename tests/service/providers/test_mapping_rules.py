"""Mapping rules from the data of a login to account attributes (rest-core 5.7.2, 5.7.3; rest-auth 6.2)."""

from typing import Any

import pytest

from service.calls import Api, Json
from service.provider_bodies import mirror, of_kind, provider_of

USER_INFO, STATEMENTS = "userInfoMappingRules", "attributeStatementMappingRules"


def rules_of(api: Api, kind: str, name: str) -> Json:
    return api.get(provider_of(api, mirror(api, kind))[name]["href"]).ok


@pytest.fixture(params=[("google", USER_INFO), ("amazon", USER_INFO), ("saml", STATEMENTS)])
def rules(request: pytest.FixtureRequest, api: Api) -> Json:
    return rules_of(api, *request.param)


def test_mapping_rules_start_empty(api: Api, rules: Json):
    assert set(rules) == {"href", "createdAt", "modifiedAt", "items"}
    assert rules["items"] == []


def test_the_whole_list_is_replaced(api: Api, rules: Json):
    first = {"name": "a.b", "accountAttributes": ["email", "username", "customData.a-b_C1"]}
    second = {"name": "c", "accountAttributes": ["givenName", "middleName", "surname"]}
    api.post(rules["href"], {"items": [first]})

    changed = api.post(rules["href"], {"items": [second, first]}).ok["items"]

    assert [{name: each[name] for name in first} for each in changed] == [second, first]
    assert api.get(rules["href"]).ok["items"] == changed
    assert api.post(rules["href"], {"items": []}).ok["items"] == []


@pytest.mark.parametrize(
    "target", ["password", "status", "Email", "customData", "customData.", "customData.a b", ""]
)
def test_a_target_that_accounts_do_not_have_is_refused(api: Api, rules: Json, target: str):
    answer = api.post(rules["href"], {"items": [{"name": "a", "accountAttributes": ["email", target]}]})

    assert answer.error == (400, 2002)
    assert api.get(rules["href"]).ok == rules


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([{"name": "", "accountAttributes": ["email"]}], 2000),
        ([{"name": " ", "accountAttributes": ["email"]}], 2000),
        ([{"accountAttributes": ["email"]}], 2000),
        ([{"name": "a"}], 2000),
        ([{"name": "a", "accountAttributes": "email"}], 2004),
        ([{"name": 1, "accountAttributes": ["email"]}], 2004),
        ([{"name": "a", "accountAttributes": ["email"], "bogus": 1}], 2015),
        ({"name": "a"}, 2004),
        (["a"], 2004),
    ],
)
def test_malformed_rules_are_refused(api: Api, rules: Json, items: Any, code: int):
    assert api.post(rules["href"], {"items": items}).error == (400, code)


def test_a_saml_attribute_may_be_named_by_its_format_alone(api: Api):
    rules = rules_of(api, "saml", STATEMENTS)
    urn = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"

    (rule,) = api.post(rules["href"], {"items": [{"nameFormat": urn, "accountAttributes": ["email"]}]}).ok[
        "items"
    ]

    assert rule == {"name": None, "nameFormat": urn, "accountAttributes": ["email"]}


def test_rules_for_user_info_take_no_name_format(api: Api):
    rules = rules_of(api, "google", USER_INFO)
    item = {"name": "a", "nameFormat": "urn:x", "accountAttributes": ["email"]}

    assert api.post(rules["href"], {"items": [item]}).error == (400, 2015)


def test_rules_are_not_deleted_on_their_own(api: Api, rules: Json):
    assert api.delete(rules["href"]).error == (405, 1100)


class TestInsideOfTheirOwner:
    """Old clients send the rules within the provider that they belong to."""

    BY_KIND = pytest.mark.parametrize(
        ("kind", "name", "other"),
        [
            ("saml", STATEMENTS, USER_INFO),
            ("google", USER_INFO, STATEMENTS),
            ("amazon", USER_INFO, STATEMENTS),
        ],
    )

    @staticmethod
    def items(api: Api, provider: Json, name: str) -> list[str]:
        """Return the names of the rules that are stored for a provider."""
        return [each["name"] for each in api.get(provider[name]["href"]).ok["items"]]

    @BY_KIND
    def test_rules_of_a_new_provider_are_stored(self, api: Api, kind: str, name: str, other: str):
        rules = {"items": [{"name": "mail", "accountAttributes": ["email", "customData.mail"]}]}

        directory = api.directory(provider=of_kind(kind) | {name: rules})

        stored = api.get(provider_of(api, directory)[name]["href"]).ok
        assert stored["items"][0]["accountAttributes"] == ["email", "customData.mail"]
        assert provider_of(api, directory)[name] == {"href": stored["href"]}

    @BY_KIND
    def test_rules_of_a_provider_are_replaced(self, api: Api, kind: str, name: str, other: str):
        directory = mirror(api, kind)
        provider = provider_of(api, directory)
        one, two = ({"items": [{"name": each, "accountAttributes": ["email"]}]} for each in ("one", "two"))

        assert api.post(provider["href"], {name: one}).ok == provider
        assert self.items(api, provider, name) == ["one"]
        body = {"provider": {"providerId": kind, name: two}}
        assert api.post(directory["href"], body).status == 200
        assert self.items(api, provider, name) == ["two"]
        # A link, an expanded resource that is sent back, nothing: no change.
        expanded = api.get(provider["href"], expand=name).ok
        echoes: tuple[Json, ...] = (provider, expanded, {name: {}}, {name: None})
        for echo in echoes:
            assert api.post(provider["href"], echo).ok == provider
        assert self.items(api, provider, name) == ["two"]

    @BY_KIND
    def test_wrong_rules_change_nothing(self, api: Api, kind: str, name: str, other: str):
        provider = provider_of(api, mirror(api, kind))
        good = {"items": [{"name": "a", "accountAttributes": ["email"]}]}
        wrong = {"items": [{"name": "a", "accountAttributes": ["password"]}]}

        for rules, code in (
            ({name: wrong}, 2002),
            ({name: {"items": [{"name": "a"}]}}, 2000),
            ({name: {"items": "a"}}, 2004),
            ({name: {"bogus": 1}}, 2015),
            ({other: good}, 2017),
        ):
            assert api.post(provider["href"], rules).error == (400, code)
            body = {"name": "Fresh", "provider": of_kind(kind) | rules}
            assert api.post("/directories", body).error == (400, code)
        assert self.items(api, provider, name) == []
        assert "Fresh" not in [each["name"] for each in api.get("/directories").items]

    def test_rules_of_a_samls_identity_provider_are_replaced(self, api: Api):
        policy = api.get(api.application()["samlPolicy"]["href"]).ok
        identity = api.get(policy["identityProvider"]["href"]).ok
        rules = {"items": [{"name": "mail", "accountAttributes": ["email"]}]}

        changed = api.post(identity["href"], {STATEMENTS: rules, "status": "DISABLED"}).ok

        assert changed["status"] == "DISABLED"
        assert self.items(api, identity, STATEMENTS) == ["mail"]
