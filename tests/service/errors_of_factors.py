"""A real call for each error of second factors (rest-auth 8.4)."""

from __future__ import annotations

from service.calls import Answer, Api, Json, link
from service.errors_by_resource import Call, disable
from service.factor_calls import (
    NUMBER,
    account,
    answer,
    authenticator,
    challenge,
    new_factor,
    recovery_codes,
    set_columns,
    sms_factor,
)
from service.token_calls import grant


def phone(api: Api, owner: Json, number: str = NUMBER, **attributes: str) -> Answer:
    return api.post(owner["phones"]["href"], {"number": number, **attributes})


def changed_number(api: Api) -> Answer:
    made = phone(api, account(api), verificationStatus="VERIFIED").made
    return api.post(made["href"], {"number": "+12675555556"})


def phone_twice(api: Api) -> Answer:
    owner = account(api)
    phone(api, owner).made
    return phone(api, owner, "(267) 555-5555")


def factor_twice(api: Api) -> Answer:
    owner = account(api)
    sms_factor(api, owner)
    return new_factor(api, owner, "SMS", phone={"number": NUMBER})


def codes_twice(api: Api) -> Answer:
    owner = account(api)
    recovery_codes(api, owner)
    return new_factor(api, owner, "recovery-codes")


def other_number(api: Api) -> Answer:
    owner = account(api)
    both = {**link(phone(api, owner).made), "number": "+12675555556"}
    return new_factor(api, owner, "SMS", phone=both)


def other_kind(api: Api) -> Answer:
    return api.post(authenticator(api, account(api))["href"], {"type": "SMS"})


def of_disabled_phone(api: Api) -> Answer:
    factor = sms_factor(api, account(api))
    disable(api, factor["phone"])
    return challenge(api, factor)


def of_disabled_factor(api: Api) -> Answer:
    factor = sms_factor(api, account(api))
    disable(api, factor)
    return challenge(api, factor)


def message_without_code(api: Api) -> Answer:
    return challenge(api, sms_factor(api, account(api)), message="Here it is")


def without_code(api: Api) -> Answer:
    return api.post(challenge(api, authenticator(api, account(api))).made["href"], {})


def answered_again(api: Api) -> Answer:
    codes = recovery_codes(api, account(api))
    made = challenge(api, codes, code=codes["codes"][0]).made
    return answer(api, made, codes["codes"][1])


def too_late(api: Api) -> Answer:
    made = challenge(api, authenticator(api, account(api))).made
    set_columns(api.wsgi, "challenges", made, expires_at=1)  # type: ignore[arg-type]  # it is the service
    return answer(api, made, "123456")


def six_times(api: Api) -> Answer:
    made = challenge(api, sms_factor(api, account(api))).made
    for _ in range(5):
        assert answer(api, made, "no code").ok["status"] == "FAILED"
    return answer(api, made, "no code")


def of_another_key(api: Api) -> Answer:
    factor = authenticator(api, account(api))
    set_columns(api.wsgi, "factors", factor, secret=b"encrypted under another key")  # type: ignore[arg-type]
    return challenge(api, factor, code="123456")


def wrong_code(api: Api) -> Answer:
    owner = account(api)
    made = challenge(api, sms_factor(api, owner)).made
    return grant(
        api, owner["application"], "stormpath_factor_challenge", challenge=made["href"], code="no code"
    )


PRODUCED: dict[tuple[str, int], Call] = {
    ("phone", 13100): changed_number,
    ("phone", 13101): lambda api: phone(api, account(api), "12345"),
    ("phone", 13102): phone_twice,
    ("factor", 409): codes_twice,
    ("factor", 2002): lambda api: new_factor(api, account(api), "google-authenticator", accountName="a:b"),
    ("factor", 2017): other_kind,
    ("factor", 13105): factor_twice,
    ("factor", 13111): other_number,
    ("challenge", 1100): lambda api: api.delete(
        challenge(api, authenticator(api, account(api))).made["href"]
    ),
    ("challenge", 2000): without_code,
    ("challenge", 13103): message_without_code,
    ("challenge", 13107): of_another_key,
    ("challenge", 13108): too_late,
    ("challenge", 13109): of_disabled_factor,
    ("challenge", 13110): of_disabled_phone,
    ("challenge", 13112): answered_again,
    ("challenge", 13113): six_times,
    ("oauth/token", 13104): wrong_code,
}
