"""Phones: their numbers in one spelling, unique in an account, and fixed once they are verified."""

import pytest

from service.calls import Api, Json, link
from service.factor_calls import NUMBER, account, sms_factor
from stormpath.server.app import Service, open_service
from stormpath.server.domain.storage import CannotOpen


def phone(api: Api, owner: Json, number: str = NUMBER, **attributes: str) -> Json:
    return api.post(owner["phones"]["href"], {"number": number, **attributes}).made


def test_a_new_phone_has_its_number_in_e164_and_the_defaults_of_the_rest(api: Api, ada: Json):
    made = phone(api, ada, "(267) 555-5555")

    assert {name: made[name] for name in made.keys() - {"href", "createdAt", "modifiedAt"}} == {
        "number": "+12675555555",
        "name": None,
        "description": None,
        "status": "ENABLED",
        "verificationStatus": "UNVERIFIED",
        "account": link(ada),
    }
    assert api.get(made["href"], expand="account").ok["account"]["username"] == "ada"
    assert api.get(ada["phones"]["href"]).items == [made]


def test_one_number_has_one_spelling(api: Api, ada: Json):
    for text in (
        *("2675555555", "267 555 5555", "267.555.5555"),
        *("+1 267 555 5555", "(267)5555555", " 1-267-555-5555 "),
    ):
        made = phone(api, ada, text)
        assert made["number"] == "+12675555555", text
        assert api.delete(made["href"]).status == 204


def test_a_text_that_is_no_number_is_refused(api: Api, ada: Json):
    for text in (
        *("12345", "+1", "abc", "+", "911", "267 555 5555 ext 7", "+999 267 555 5555"),
        "+12675555555;+12675555556",
    ):
        answer = api.post(ada["phones"]["href"], {"number": text})
        assert answer.error == (400, 13101), text
        assert text in answer["developerMessage"]
    assert api.get(ada["phones"]["href"]).items == []


def test_a_number_of_another_country_needs_its_prefix_or_the_setting(
    database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STORMPATH_PHONE_REGION", "DE")
    service = open_service(database_url)
    try:
        api = Api(service, service.base_url, service.tenant_id, *service.local_api_key())
        owner = account(api)
        assert phone(api, owner, "030 123456")["number"] == "+4930123456"
        assert phone(api, owner, NUMBER)["number"] == NUMBER
    finally:
        service.close()


@pytest.mark.parametrize("region", ["de", "XX", "1", "Germany"])
def test_a_country_that_is_none_does_not_start(region: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STORMPATH_PHONE_REGION", region)

    with pytest.raises(CannotOpen, match=f"STORMPATH_PHONE_REGION.*{region}"):
        open_service("sqlite://")


class TestUniqueness:
    def test_an_account_has_a_number_once_however_it_is_written(self, api: Api, ada: Json):
        phone(api, ada)
        other = phone(api, ada, "+12675555556")

        assert api.post(ada["phones"]["href"], {"number": "267-555-5555"}).error == (409, 13102)
        assert api.post(other["href"], {"number": "267-555-5555"}).error == (409, 13102)
        assert api.post(other["href"], {"number": "267-555-5556"}).ok["number"] == "+12675555556"

    def test_two_accounts_may_have_one_number(self, api: Api, ada: Json):
        eve = account(api, "eve")

        assert phone(api, ada)["number"] == phone(api, eve)["number"]


class TestVerifiedNumbers:
    def test_the_number_is_fixed_and_may_be_sent_back(self, api: Api, ada: Json):
        made = phone(api, ada, verificationStatus="VERIFIED")

        assert api.post(made["href"], {"number": "+12675555556"}).error == (400, 13100)
        # Also with what would make it free afterwards.
        both = {"number": "+12675555556", "verificationStatus": "UNVERIFIED"}
        assert api.post(made["href"], both).error == (400, 13100)
        assert api.post(made["href"], {**made, "name": "mine"}).ok["name"] == "mine"
        assert api.post(made["href"], {"number": "267 555 5555"}).ok["number"] == "+12675555555"

    def test_another_number_takes_the_proof_from_its_factor(self, service: Service, api: Api, ada: Json):
        from service.factor_calls import answer, challenge, last_code

        factor = sms_factor(api, ada)
        made = challenge(api, factor).made
        assert answer(api, made, last_code(service, api.tenant_id)).ok["status"] == "SUCCESS"
        api.post(factor["phone"]["href"], {"verificationStatus": "UNVERIFIED"}).ok
        assert api.get(factor["href"]).ok["verificationStatus"] == "VERIFIED"

        api.post(factor["phone"]["href"], {"number": "+12675555556"}).ok

        assert api.get(factor["href"]).ok["verificationStatus"] == "UNVERIFIED"


def test_a_list_is_searched_by_number_and_statuses(api: Api, ada: Json):
    first, second = (
        phone(api, ada),
        phone(api, ada, "+12675555556", status="DISABLED", verificationStatus="verified"),
    )
    where = ada["phones"]["href"]

    assert api.get(where, number="+12675555556").items == [second]
    assert api.get(where, number="+1267555555*").items == [first, second]
    assert api.get(where, status="enabled").items == [first]
    assert api.get(where, verificationStatus="VERIFIED").items == [second]
    assert api.get(f"{ada['href']}x/phones").error == (404, 404)


def test_a_phone_is_deleted_with_its_factor_and_a_factor_without_its_phone(api: Api, ada: Json):
    first, second = sms_factor(api, ada), sms_factor(api, ada, "+12675555556")

    assert api.delete(first["href"]).status == 204
    assert api.get(first["phone"]["href"]).status == 200
    assert api.delete(second["phone"]["href"]).status == 204

    assert api.get(second["href"]).error == (404, 404)
    assert api.get(ada["factors"]["href"]).items == []
    assert [each["href"] for each in api.get(ada["phones"]["href"]).items] == [first["phone"]["href"]]
    # The number is free again.
    assert sms_factor(api, ada)["phone"] == first["phone"]


def test_an_account_takes_all_of_it_along(service: Service, api: Api, ada: Json):
    from service.factor_calls import authenticator, challenge, recovery_codes
    from service.tenant_rows import rows_of

    for factor in (sms_factor(api, ada), authenticator(api, ada), recovery_codes(api, ada)):
        challenge(api, factor).made
    tables = ("phones", "factors", "challenges", "recovery_codes")
    before = rows_of(service, api.tenant_id)
    assert [len(before[each]) for each in tables] == [1, 3, 3, 10]

    assert api.delete(ada["href"]).status == 204

    after = rows_of(service, api.tenant_id)
    assert [len(after[each]) for each in tables] == [0, 0, 0, 0]
