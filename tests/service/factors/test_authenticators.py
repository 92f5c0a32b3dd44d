"""Authenticator apps: their keys, and the codes of RFC 6238."""

import base64
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest

from service.calls import Api, Json, id_of, link
from service.clock import Clock
from service.factor_calls import (
    answer,
    authenticator,
    challenge,
    new_factor,
    set_columns,
    stored,
    totp,
    wrong_for,
)
from stormpath.server.app import Service

#: The key of RFC 6238, appendix B, for SHA-1; and times with their codes (the last six of eight digits).
KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}

OF_THE_KEY = ("secret", "keyUri", "base64QRImage")


def with_key(service: Service, api: Api, owner: Json) -> Json:
    """Return a factor with the key of the vectors."""
    factor = authenticator(api, owner)
    sealed = service._box.seal(KEY, f"{id_of(factor)}/secret")
    set_columns(service, "factors", factor, secret=sealed)
    return factor


class TestCreation:
    def test_a_new_factor_has_what_an_app_needs_and_nothing_of_other_types(self, api: Api, ada: Json):
        factor = authenticator(api, ada, accountName="jakub@stormpath.com")

        assert {name for name in factor} == {
            *("href", "createdAt", "modifiedAt", "type", "status", "verificationStatus"),
            *("accountName", "issuer", *OF_THE_KEY, "account", "challenges", "mostRecentChallenge"),
        }
        assert (factor["type"], factor["status"]) == ("google-authenticator", "ENABLED")
        assert factor["verificationStatus"] == "UNVERIFIED"
        assert factor["issuer"] is factor["mostRecentChallenge"] is None
        assert len(base64.b32decode(factor["secret"])) == 20
        assert factor["keyUri"] == f"otpauth://totp/jakub%40stormpath.com?secret={factor['secret']}"
        assert base64.b64decode(factor["base64QRImage"], validate=True).startswith(b"\x89PNG\r\n")
        assert api.get(factor["href"]).ok == factor

    def test_the_type_is_read_in_any_letter_case(self, api: Api, ada: Json):
        for kind in ("google-authenticator", "Google-Authenticator", "GOOGLE-AUTHENTICATOR"):
            assert new_factor(api, ada, kind).made["type"] == "google-authenticator"

    def test_an_account_may_have_several_with_different_keys(self, api: Api, ada: Json):
        assert len({authenticator(api, ada)["secret"] for _ in range(3)}) == 3

    @pytest.mark.parametrize(
        ("name", "shown"), [("joe", "joe"), ("urn:joe:1", "urnjoe1"), (None, "ada@example.com")]
    )
    def test_the_name_is_the_username_unless_it_is_given(self, api: Api, name: str | None, shown: str):
        application, _ = api.application_with_directory()
        owner = api.account(application, username=name)

        assert authenticator(api, owner)["accountName"] == shown
        assert authenticator(api, owner, accountName="Mine")["accountName"] == "Mine"

    def test_an_issuer_is_in_the_uri_and_the_label_stays(self, api: Api, ada: Json):
        factor = authenticator(api, ada, issuer="Zoë & Söhne")

        parts = urlsplit(factor["keyUri"])
        assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/ada")
        assert parse_qs(parts.query) == {"secret": [factor["secret"]], "issuer": ["Zoë & Söhne"]}

    @pytest.mark.parametrize("name", ["accountName", "issuer"])
    def test_no_label_has_a_colon(self, api: Api, ada: Json, name: str):
        assert new_factor(api, ada, "google-authenticator", **{name: "a:b"}).error == (400, 2002)
        assert api.post(authenticator(api, ada)["href"], {name: "a:b"}).error == (400, 2002)

    def test_what_other_types_have_is_refused(self, api: Api, ada: Json):
        for name, value in (("phone", {"number": "+12675555555"}), ("challenge", {})):
            assert new_factor(api, ada, "google-authenticator", **{name: value}).error == (400, 2017)

    def test_a_key_too_long_for_a_camera_has_no_image(self, api: Api, ada: Json):
        factor = authenticator(api, ada, accountName="李" * 255, issuer="é" * 255)

        assert factor["base64QRImage"] is None
        assert len(parse_qs(urlsplit(factor["keyUri"]).query)["issuer"][0]) == 255

    def test_another_name_changes_the_uri_and_not_the_key(self, api: Api, ada: Json):
        factor = authenticator(api, ada)

        changed = api.post(factor["href"], {"accountName": "joe", "issuer": "Atlas"}).ok

        assert changed["secret"] == factor["secret"]
        assert changed["keyUri"] == f"otpauth://totp/joe?secret={factor['secret']}&issuer=Atlas"
        assert changed["base64QRImage"] != factor["base64QRImage"]

    def test_the_type_and_what_the_sdk_sends_back_are_accepted(self, api: Api, ada: Json):
        factor = authenticator(api, ada)

        sent = {name: factor[name] for name in ("type", "status", "issuer", "accountName")}
        assert api.post(factor["href"], {**sent, "type": "GOOGLE-AUTHENTICATOR"}).ok == factor
        assert api.post(factor["href"], {"type": "sms"}).error == (400, 2017)
        assert api.post(factor["href"], {"status": "disabled"}).ok["status"] == "DISABLED"
        assert api.post(factor["href"], {"status": "off"}).error == (400, 2003)


class TestCodes:
    def test_the_codes_are_those_of_the_rfc(self, service: Service, api: Api, ada: Json, clock: Clock):
        factor = with_key(service, api, ada)
        for seconds, code in VECTORS.items():
            clock.now = seconds * 1000
            assert challenge(api, factor, code=code).made["status"] == "SUCCESS", seconds
            assert totp(KEY, seconds) == code

    def test_an_independent_generator_has_the_same(self, api: Api, ada: Json, clock: Clock):
        factor = authenticator(api, ada)

        at = f"@{clock.now // 1000}"
        command = ["oathtool", "--totp", "--base32", "--now", at, factor["secret"]]
        code = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

        assert challenge(api, factor, code=code).made["status"] == "SUCCESS"

    def test_a_clock_may_be_one_step_off(self, api: Api, ada: Json, clock: Clock):
        for steps, status in {-2: "FAILED", -1: "SUCCESS", 0: "SUCCESS", 1: "SUCCESS", 2: "FAILED"}.items():
            factor = authenticator(api, ada)
            code = totp(factor["secret"], clock.now // 1000 + 30 * steps)
            assert challenge(api, factor, code=code).made["status"] == status, steps

    def test_each_step_is_accepted_once_and_none_before_it_afterwards(
        self, api: Api, ada: Json, clock: Clock
    ):
        factor = authenticator(api, ada)
        now = clock.now // 1000
        before, present, after = (totp(factor["secret"], now + 30 * each) for each in (-1, 0, 1))

        outcomes = [
            challenge(api, factor, code=each).made["status"] for each in (present, present, before, after)
        ]

        assert outcomes == ["SUCCESS", "FAILED", "FAILED", "SUCCESS"]

    @pytest.mark.parametrize(("ahead", "status"), [(24 * 60 * 60, "SUCCESS"), (5 * 60, "FAILED")])
    def test_a_clock_that_was_far_ahead_keeps_no_person_out(
        self, api: Api, ada: Json, clock: Clock, ahead: int, status: str
    ):
        """One that was a little ahead does: until then, an earlier code may be one that was seen."""
        factor = authenticator(api, ada)
        now = clock.now
        clock.moves(ahead)
        code = totp(factor["secret"], clock.now // 1000)
        assert challenge(api, factor, code=code).made["status"] == "SUCCESS"
        clock.now = now

        found = [
            challenge(api, factor, code=totp(factor["secret"], now // 1000)).made["status"] for _ in "ab"
        ]

        assert found == [status, "FAILED"]

    def test_a_step_of_one_factor_is_not_spent_for_another(
        self, service: Service, api: Api, ada: Json, clock: Clock
    ):
        factors = [with_key(service, api, ada) for _ in range(2)]
        code = totp(KEY, clock.now // 1000)

        assert [challenge(api, each, code=code).made["status"] for each in factors] == ["SUCCESS"] * 2

    def test_leading_zeros_are_restored(self, service: Service, api: Api, ada: Json, clock: Clock):
        for code in (5924, "5924", "005 924", " 005924 ", "005924"):
            factor = with_key(service, api, ada)
            clock.now = 1234567890_000
            assert challenge(api, factor, code=code).made["status"] == "SUCCESS", code


class TestVerification:
    def test_the_first_right_code_verifies_it_and_hides_the_key(
        self, service: Service, api: Api, ada: Json, clock: Clock
    ):
        factor = authenticator(api, ada)
        code = totp(factor["secret"], clock.now // 1000)

        failed = challenge(api, factor, code=wrong_for(code)).made
        assert failed["status"] == "FAILED"
        assert api.get(factor["href"]).ok == factor | {"mostRecentChallenge": link(failed)}
        done = challenge(api, factor, code=code).made

        after = api.get(factor["href"]).ok
        assert (after["verificationStatus"], after["mostRecentChallenge"]) == ("VERIFIED", link(done))
        assert [after[each] for each in OF_THE_KEY] == [None] * 3
        for place in (
            ada["factors"]["href"],
            f"{ada['href']}?expand=factors",
            f"{done['href']}?expand=factor",
        ):
            assert factor["secret"] not in api.get(place).raw.decode()
        # It goes on working.
        clock.moves(60)
        later = totp(factor["secret"], clock.now // 1000)
        assert challenge(api, factor, code=later).made["status"] == "SUCCESS"

    def test_it_is_encrypted_at_rest(self, service: Service, api: Api, ada: Json):
        factor = authenticator(api, ada)

        row = stored(service, "factors", factor)
        assert factor["secret"].encode() not in row["secret"]
        assert factor["secret"] not in repr(row)
        assert service._box.open(row["secret"], f"{id_of(factor)}/secret") == factor["secret"]

    def test_no_cache_may_keep_a_key(self, api: Api, ada: Json, clock: Clock):
        factor = authenticator(api, ada)

        assert api.get(factor["href"]).headers["cache-control"] == "no-store"
        challenge(api, factor, code=totp(factor["secret"], clock.now // 1000)).made
        assert "no-store" not in api.get(factor["href"]).headers.get("cache-control", "")

    def test_a_challenge_without_a_code_is_answered_later(self, api: Api, ada: Json, clock: Clock):
        factor = authenticator(api, ada)
        made = challenge(api, factor).made
        assert {name for name in made} == {
            *("href", "createdAt", "modifiedAt", "status", "factor", "account")
        }
        assert made["status"] == "CREATED"

        code = totp(factor["secret"], clock.now // 1000)
        assert answer(api, made, wrong_for(code)).ok["status"] == "FAILED"
        assert answer(api, made, code).ok["status"] == "SUCCESS"
        assert api.get(factor["href"]).ok["verificationStatus"] == "VERIFIED"

    def test_a_password_reset_removes_no_factor(self, api: Api, ada: Json, clock: Clock):
        factor = authenticator(api, ada)
        challenge(api, factor, code=totp(factor["secret"], clock.now // 1000)).made
        token = api.post(ada["application"]["passwordResetTokens"]["href"], {"email": ada["email"]}).ok

        assert api.post(token["href"], {"password": "An0ther1!"}).status == 200

        (kept,) = api.get(ada["factors"]["href"]).items
        assert (kept["href"], kept["verificationStatus"]) == (factor["href"], "VERIFIED")
        clock.moves(60)
        assert (
            challenge(api, factor, code=totp(factor["secret"], clock.now // 1000)).made["status"] == "SUCCESS"
        )


def test_a_challenge_with_the_factor_waits_for_a_code(api: Api, ada: Json):
    factor = new_factor(api, ada, "google-authenticator", _challenge="True").made

    assert api.get(factor["mostRecentChallenge"]["href"]).ok["status"] == "CREATED"
    assert (
        new_factor(api, ada, "google-authenticator", _challenge="false").made["mostRecentChallenge"] is None
    )
    assert new_factor(api, ada, "google-authenticator", _challenge="maybe").error == (400, 2103)


def test_factors_are_searched_and_expanded(api: Api, ada: Json):
    from service.factor_calls import recovery_codes, sms_factor

    app, phone, codes = authenticator(api, ada), sms_factor(api, ada), recovery_codes(api, ada)
    where = ada["factors"]["href"]

    def found(**query: str) -> list[str]:
        return [each["href"] for each in api.get(where, **query).items]

    assert found() == [app["href"], phone["href"], codes["href"]]
    assert found(type="google-authenticator") == [app["href"]]
    assert found(type="sms") == [phone["href"]]
    assert found(verificationStatus="VERIFIED") == [codes["href"]]
    assert found(status="DISABLED") == []
    inline = api.get(where, expand="phone,challenges,mostRecentChallenge,account", type="SMS").items[0]
    assert inline["phone"]["number"] == "+12675555555"
    assert inline["account"]["username"] == "ada"
    assert inline["challenges"]["size"] == 0
