"""Mapping rules from the data of a login to account attributes (rest-core 5.7.2, 5.7.3; rest-auth 6.2)."""

from typing import Any

import pytest

from service.calls import Api, Json
from service.provider_bodies import mirror, provider_of

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
