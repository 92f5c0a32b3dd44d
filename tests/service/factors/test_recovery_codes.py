"""Recovery codes: ten for an account, shown once, each good for one use."""

import re

from service.calls import Api, Json
from service.factor_calls import answer, challenge, new_factor, recovery_codes
from service.tenant_rows import rows_of
from stormpath.server.app import Service


def test_a_new_set_has_ten_codes_and_is_verified(api: Api, ada: Json):
    factor = recovery_codes(api, ada)

    assert {name for name in factor} == {
        *("href", "createdAt", "modifiedAt", "type", "status", "verificationStatus", "codes", "remaining"),
        *("account", "challenges", "mostRecentChallenge"),
    }
    assert (factor["type"], factor["verificationStatus"]) == ("recovery-codes", "VERIFIED")
    assert (len(set(factor["codes"])), factor["remaining"]) == (10, 10)
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", each) for each in factor["codes"])


def test_the_codes_are_in_no_other_answer_and_not_in_the_database(service: Service, api: Api, ada: Json):
    made = new_factor(api, ada, "RECOVERY-CODES")
    factor = made.made
    assert made.headers["cache-control"] == "no-store"

    assert api.get(factor["href"]).ok == factor | {"codes": None}
    assert api.post(factor["href"], {"status": "ENABLED"}).ok["codes"] is None
    assert api.get(ada["factors"]["href"]).items[0]["codes"] is None
    rows = repr(rows_of(service, api.tenant_id))
    assert not any(code in rows or code.replace("-", "") in rows for code in factor["codes"])


def test_each_is_accepted_once(api: Api, ada: Json):
    factor = recovery_codes(api, ada)

    for used, code in enumerate(factor["codes"], start=1):
        assert challenge(api, factor, code=code).made["status"] == "SUCCESS"
        assert api.get(factor["href"]).ok["remaining"] == 10 - used
    assert [challenge(api, factor, code=each).made["status"] for each in factor["codes"][:3]] == [
        "FAILED"
    ] * 3
    assert api.get(factor["href"]).ok["remaining"] == 0


def test_letter_case_blanks_and_dashes_do_not_matter(api: Api, ada: Json):
    factor = recovery_codes(api, ada)
    first, second, third, fourth = factor["codes"][:4]

    for typed in (first.lower(), second.replace("-", ""), f"  {third.replace('-', ' ')} ", "-".join(fourth)):
        assert challenge(api, factor, code=typed).made["status"] == "SUCCESS", typed


def test_letters_that_look_like_digits_are_read_as_these(api: Api, ada: Json):
    factor = recovery_codes(api, ada)
    typed = [each.replace("0", "o").replace("1", "l") for each in factor["codes"]]

    assert {challenge(api, factor, code=each).made["status"] for each in typed} == {"SUCCESS"}


def test_a_challenge_can_be_answered_later(api: Api, ada: Json):
    factor = recovery_codes(api, ada)
    made = challenge(api, factor).made
    assert made["status"] == "CREATED"

    assert answer(api, made, "00000-00000").ok["status"] == "FAILED"
    assert answer(api, made, factor["codes"][0]).ok["status"] == "SUCCESS"
    assert answer(api, made, factor["codes"][1]).error == (400, 13112)
    # The code of the last try was not used up.
    assert challenge(api, factor, code=factor["codes"][1]).made["status"] == "SUCCESS"


def test_an_account_has_one_set_and_a_new_one_ends_the_old(api: Api, ada: Json):
    old = recovery_codes(api, ada)
    assert new_factor(api, ada, "recovery-codes").error == (409, 409)

    assert api.delete(old["href"]).status == 204
    new = recovery_codes(api, ada)

    assert set(old["codes"]).isdisjoint(new["codes"])
    assert challenge(api, new, code=old["codes"][0]).made["status"] == "FAILED"
    assert challenge(api, old, code=old["codes"][0]).error == (404, 404)


def test_a_creation_that_is_sent_again_shows_the_factor_without_its_codes(api: Api, ada: Json):
    headers = {"Idempotency-Key": "once", "Content-Type": "application/json"}
    body = b'{"type": "recovery-codes"}'

    first, second = (
        api.request("POST", ada["factors"]["href"], body, headers=headers).made for _ in range(2)
    )

    assert second == first | {"codes": None}


def test_a_disabled_set_takes_no_code(api: Api, ada: Json):
    factor = recovery_codes(api, ada)
    api.post(factor["href"], {"status": "DISABLED"}).ok

    assert challenge(api, factor, code=factor["codes"][0]).error == (400, 13109)
    api.post(factor["href"], {"status": "ENABLED"}).ok
    assert challenge(api, factor, code=factor["codes"][0]).made["status"] == "SUCCESS"
