"""Challenges of phones: a code is sent with the change that causes it, and proves the phone."""

import re

import pytest

from service.calls import Api, Json, link
from service.clock import Clock
from service.factor_calls import (
    NUMBER,
    account,
    answer,
    challenge,
    last_code,
    messages,
    new_factor,
    sms_factor,
    stored,
    wrong_for,
)
from service.tenant_rows import rows_of
from stormpath.server.app import Service
from stormpath.server.factors import challenge as challenge_rules
from stormpath.server.schema.errors import ApiError, Code

DEFAULT = "Your verification code is ${code}"


class TestFactors:
    def test_a_new_factor_has_a_new_phone(self, api: Api, ada: Json):
        factor = sms_factor(api, ada, "(267) 555-5555")

        assert {name for name in factor} == {
            *("href", "createdAt", "modifiedAt", "type", "status", "verificationStatus"),
            *("phone", "account", "challenges", "mostRecentChallenge"),
        }
        assert (factor["type"], factor["verificationStatus"]) == ("SMS", "UNVERIFIED")
        (phone,) = api.get(ada["phones"]["href"]).items
        assert (link(phone), phone["number"]) == (factor["phone"], NUMBER)

    def test_a_phone_of_the_account_is_used_by_its_href_or_its_number(self, api: Api, ada: Json):
        first = api.post(ada["phones"]["href"], {"number": NUMBER, "name": "mine"}).made
        second = api.post(ada["phones"]["href"], {"number": "+12675555556"}).made

        assert new_factor(api, ada, "sms", phone={"number": "267 555 5555"}).made["phone"] == link(first)
        both = {**link(second), "number": "267 555 5556"}
        assert new_factor(api, ada, "sms", phone=both).made["phone"] == link(second)

    def test_a_phone_has_one_factor(self, api: Api, ada: Json):
        factor = sms_factor(api, ada)

        for phone in ({"number": NUMBER}, factor["phone"]):
            assert new_factor(api, ada, "SMS", phone=phone).error == (409, 13105)

    @pytest.mark.parametrize("phone", [None, {}, {"name": "mine"}])
    def test_it_needs_a_phone(self, api: Api, ada: Json, phone: Json | None):
        assert new_factor(api, ada, "SMS", **({} if phone is None else {"phone": phone})).error[1] == 2000

    def test_a_new_phone_takes_its_other_attributes_and_a_bad_number_leaves_nothing(
        self, api: Api, ada: Json
    ):
        assert new_factor(api, ada, "SMS", phone={"number": "12"}).error == (400, 13101)
        assert api.get(ada["phones"]["href"]).items == api.get(ada["factors"]["href"]).items == []

        factor = new_factor(api, ada, "SMS", phone={"number": NUMBER, "name": "mine"}).made
        assert api.get(factor["phone"]["href"]).ok["name"] == "mine"

    def test_the_phone_is_accepted_unchanged_and_no_other(self, api: Api, ada: Json):
        factor = sms_factor(api, ada)
        other = api.post(ada["phones"]["href"], {"number": "+12675555556"}).made

        for same in (factor["phone"], {"number": NUMBER}, api.get(factor["phone"]["href"]).ok):
            assert api.post(factor["href"], {"phone": same, "type": "sms"}).ok == factor
        for another in (link(other), {"number": "+12675555556"}):
            assert api.post(factor["href"], {"phone": another}).error == (400, 2017)
        assert api.post(factor["href"], {"issuer": "Atlas"}).error == (400, 2017)


class TestSending:
    @pytest.mark.parametrize(
        ("body", "sent"),
        [
            ({}, DEFAULT),
            ({"message": None}, DEFAULT),
            ({"message": "${code} is it, ${code}"}, "${code} is it, ${code}"),
            ({"code": "123456"}, DEFAULT),
        ],
    )
    def test_a_challenge_sends_the_code_in_its_message(
        self, service: Service, api: Api, ada: Json, body: Json, sent: str
    ):
        made = challenge(api, sms_factor(api, ada), **body).made

        assert (made["status"], made["message"]) == ("CREATED", sent)
        (text,) = messages(service, api.tenant_id)
        pattern = re.escape(sent).replace(r"\$\{code\}", "([0-9]{6})")
        assert len(set(re.fullmatch(pattern, text).groups())) == 1

    @pytest.mark.parametrize(
        ("query", "body", "number"),
        [
            ({}, {}, 0),
            ({"_challenge": "true"}, {}, 1),
            ({"_challenge": "True"}, {}, 1),
            ({"_challenge": "False"}, {}, 0),
            ({}, {"challenge": {}}, 1),
            ({}, {"challenge": {"message": "It is ${code}"}}, 1),
            ({"_challenge": "true"}, {"challenge": {"message": "It is ${code}"}}, 1),
            ({}, {"challenge": None}, 0),
        ],
    )
    def test_a_new_factor_is_challenged_where_that_is_asked_for(
        self, service: Service, api: Api, ada: Json, query: Json, body: Json, number: int
    ):
        factor = sms_factor(api, ada, **query, **body)

        assert len(messages(service, api.tenant_id)) == number
        assert (factor["mostRecentChallenge"] is not None) == bool(number)
        assert "challenge" not in factor
        if body.get("challenge"):
            assert messages(service, api.tenant_id)[0].startswith("It is ")

    def test_a_challenge_that_is_refused_leaves_no_factor(self, service: Service, api: Api, ada: Json):
        phone = {"number": NUMBER}
        for more in ({"challenge": {"message": "no place"}}, {"challenge": {"text": 1}}, {"challenge": 1}):
            assert new_factor(api, ada, "SMS", phone=phone, **more).status == 400
        both = {"challenge": {}, "_challenge": "false"}
        assert new_factor(api, ada, "SMS", phone=phone, **both).error == (400, 2103)
        disabled = {"number": NUMBER, "status": "DISABLED"}
        assert new_factor(api, ada, "SMS", phone=disabled, challenge={}).error == (400, 13110)
        assert new_factor(api, ada, "SMS", phone=phone, status="DISABLED", challenge={}).error == (400, 13109)

        assert api.get(ada["phones"]["href"]).items == api.get(ada["factors"]["href"]).items == []
        assert messages(service, api.tenant_id) == []

    def test_a_message_that_cannot_be_queued_leaves_no_challenge(
        self, service: Service, api: Api, ada: Json, monkeypatch: pytest.MonkeyPatch
    ):
        """As where the number, or the account, got too many."""
        factor = sms_factor(api, ada)

        def full(*_: object) -> None:
            raise ApiError(Code.TOO_MANY_REQUESTS, "Too many messages.", retry_after=60)

        monkeypatch.setattr(challenge_rules.queue, "enqueue", full)

        assert challenge(api, factor).error == (429, 429)
        assert new_factor(api, ada, "SMS", phone={"number": "+12675555556"}, _challenge="true").status == 429
        assert api.get(factor["challenges"]["href"]).items == []
        assert api.get(ada["factors"]["href"]).items == [factor]

    def test_a_request_that_is_sent_again_sends_one_message(self, service: Service, api: Api, ada: Json):
        factor = sms_factor(api, ada)
        headers = {"Idempotency-Key": "once", "Content-Type": "application/json"}

        answers = [
            api.request("POST", factor["challenges"]["href"], b"{}", headers=headers) for _ in range(3)
        ]

        assert [each.made for each in answers] == [answers[0].json] * 3
        assert len(messages(service, api.tenant_id)) == 1


class TestCodes:
    def test_the_right_code_verifies_the_factor_and_its_phone(self, service: Service, api: Api, ada: Json):
        factor = sms_factor(api, ada)
        made = challenge(api, factor).made
        code = last_code(service, api.tenant_id)

        assert answer(api, made, wrong_for(code)).ok["status"] == "FAILED"
        assert api.get(factor["href"]).ok["verificationStatus"] == "UNVERIFIED"
        assert answer(api, made, code).ok["status"] == "SUCCESS"

        assert api.get(factor["href"]).ok["verificationStatus"] == "VERIFIED"
        assert api.get(factor["phone"]["href"]).ok["verificationStatus"] == "VERIFIED"
        assert answer(api, made, code).error == (400, 13112)

    def test_the_message_is_ignored_beside_a_code(self, service: Service, api: Api, ada: Json):
        made = challenge(api, sms_factor(api, ada)).made

        body = {"message": "no place", "code": last_code(service, api.tenant_id)}
        done = api.post(made["href"], body).ok

        assert (done["status"], done["message"]) == ("SUCCESS", DEFAULT)

    def test_a_new_challenge_leaves_earlier_ones_as_they_are(self, service: Service, api: Api, ada: Json):
        factor = sms_factor(api, ada)
        first, second = challenge(api, factor).made, challenge(api, factor).made
        of_first, of_second = (each[-6:] for each in messages(service, api.tenant_id))

        assert api.get(factor["href"]).ok["mostRecentChallenge"] == link(second)
        if of_first != of_second:
            assert answer(api, second, of_first).ok["status"] == "FAILED"
        assert answer(api, first, of_first).ok["status"] == "SUCCESS"
        assert answer(api, second, of_second).ok["status"] == "SUCCESS"

    def test_a_code_is_for_the_number_that_got_it(self, service: Service, api: Api, ada: Json):
        factor = sms_factor(api, ada)
        made = challenge(api, factor).made
        api.post(factor["phone"]["href"], {"number": "+12675555556"}).ok

        assert answer(api, made, last_code(service, api.tenant_id)).ok["status"] == "FAILED"
        assert api.get(factor["phone"]["href"]).ok["verificationStatus"] == "UNVERIFIED"

    def test_codes_have_six_digits_and_are_stored_as_digests(self, service: Service, api: Api, ada: Json):
        factor = sms_factor(api, ada)
        made = [challenge(api, factor).made for _ in range(5)]

        found = [each[-6:] for each in messages(service, api.tenant_id)]
        assert all(re.fullmatch("[0-9]{6}", each) for each in found)
        assert len(set(found)) > 1
        for each, code in zip(made, found, strict=True):
            assert code not in str(stored(service, "challenges", each)["code_digest"]) or len(code) != 6
            assert len(stored(service, "challenges", each)["code_digest"]) == 64
        assert not any(code in repr(rows_of(service, api.tenant_id)["outbox"]) for code in found)

    def test_a_disabled_factor_or_phone_takes_no_code(self, service: Service, api: Api, ada: Json):
        factor = sms_factor(api, ada)
        made = challenge(api, factor).made
        code = last_code(service, api.tenant_id)

        api.post(factor["phone"]["href"], {"status": "DISABLED"}).ok
        assert answer(api, made, code).error == (400, 13110)
        api.post(factor["href"], {"status": "DISABLED"}).ok
        assert answer(api, made, code).error == (400, 13109)
        for each in (factor, factor["phone"]):
            api.post(each["href"], {"status": "ENABLED"}).ok

        assert answer(api, made, code).ok["status"] == "SUCCESS"

    def test_it_is_good_for_five_minutes(self, service: Service, api: Api, ada: Json, clock: Clock):
        factor = sms_factor(api, ada)
        first, second = challenge(api, factor).made, challenge(api, factor).made
        of_first, of_second = (each[-6:] for each in messages(service, api.tenant_id))

        clock.moves(299.999)
        assert answer(api, first, of_first).ok["status"] == "SUCCESS"
        clock.moves(0.001)
        assert answer(api, second, of_second).error == (400, 13108)

        assert api.get(second["href"]).ok["status"] == "EXPIRED"
        assert api.get(first["href"]).ok["status"] == "SUCCESS"


def test_a_factor_of_another_account_takes_no_phone_of_this_one(api: Api, ada: Json):
    eve = account(api, "eve")
    phone = sms_factor(api, ada)["phone"]

    assert new_factor(api, eve, "SMS", phone=phone).error == (400, 2016)
