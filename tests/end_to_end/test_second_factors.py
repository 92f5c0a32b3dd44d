"""Second factors through the SDK: enrolment, login, recovery, and what is sent back to the service."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

import pyotp
import pytest

from stormpath import Client
from stormpath.api_auth import JwtAuthenticator
from stormpath.error import Error
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from stormpath.resources.factor import Factor
from stormpath.resources.phone import Phone
from support.accounts import PASSWORD
from support.request_counts import RequestCount


@pytest.fixture
def account(new_account: Callable[..., Account]) -> Account:
    return new_account("leia")


def code_of(secret: str, steps: int = 0) -> str:
    """Return the code of an app, or one of the steps after it."""
    return str(pyotp.TOTP(secret).at(int(time.time()) + 30 * steps))


class TestAnAuthenticator:
    def test_it_is_enrolled_and_asked_for_at_the_next_login(self, app: Application, account: Account) -> None:
        factor = account.factors.create({"type": Factor.TYPE_GOOGLE, "issuer": "Atlas"})
        secret = factor.secret
        assert secret is not None
        assert factor.key_uri == f"otpauth://totp/leia?secret={secret}&issuer=Atlas"
        assert base64.b64decode(factor.base64_q_r_image or "").startswith(b"\x89PNG")
        assert not factor.is_verified()

        assert factor.challenge_factor(code=code_of(secret)).is_successful()

        assert factor.is_verified()
        assert [factor.secret, factor.key_uri, factor.base64_q_r_image] == [None] * 3
        logged_in = app.authenticate_account("leia", PASSWORD).account
        (found,) = logged_in.factors.search({"status": "ENABLED", "verification_status": "VERIFIED"})
        assert found == factor
        assert found.challenge_factor(code=code_of(secret, 1)).is_successful()
        assert found.challenge_factor(code=code_of(secret, 1)).status == "FAILED"

    def test_a_challenge_is_one_request(self, account: Account, requests_made: RequestCount) -> None:
        factor = account.factors.create({"type": "google-authenticator"})
        requests_made.reset()

        assert factor.challenge_factor(code="000 000x").status == "FAILED"

        assert requests_made == 1

    def test_what_was_read_can_be_saved(self, account: Account) -> None:
        factor = account.factors.create({"type": "google-authenticator", "account_name": "Leia"})
        factor.type = factor.type
        factor.issuer = "Rebels"
        factor.status = "DISABLED"

        factor.save()

        assert (factor.issuer, factor.account_name, factor.is_disabled()) == ("Rebels", "Leia", True)
        with pytest.raises(Error) as caught:
            factor.challenge_factor(code="123456")
        assert (caught.value.status, caught.value.code) == (400, 13109)


class TestAPhone:
    def test_it_is_created_challenged_and_answered(self, account: Account) -> None:
        properties = {
            "type": Factor.TYPE_SMS,
            "phone": {"number": "267 555 5555"},
            "challenge": {"message": "It is ${code}"},
        }
        factor = account.factors.create(properties, challenge=True)
        assert factor.is_sms()
        assert factor.phone.number == "+12675555555"
        challenge = factor.most_recent_challenge
        assert challenge is not None
        assert challenge.message == "It is ${code}"
        assert challenge.is_created() or challenge.is_waiting()

        assert challenge.submit("no code") is challenge

        assert challenge.status == "FAILED"
        assert not challenge.is_successful()

    def test_a_phone_of_the_account_is_used_by_its_object(self, account: Account) -> None:
        phone = account.phones.create({"number": "+12675555555", "name": "mine"})

        factor = account.factors.create({"type": "SMS", "phone": phone})

        assert factor.phone == phone
        assert factor.most_recent_challenge is None
        factor.phone = phone
        factor.save()
        with pytest.raises(Error) as caught:
            account.factors.create({"type": "SMS", "phone": phone})
        assert caught.value.code == 13105

    def test_a_verified_number_is_fixed(self, account: Account) -> None:
        phone = account.phones.create({"number": "+12675555555"})
        phone.verification_status = Phone.STATUS_VERIFIED
        phone.save()
        assert phone.is_verified()

        phone.number = "+12675555556"
        with pytest.raises(Error) as caught:
            phone.save()

        assert (caught.value.status, caught.value.code) == (400, 13100)


class TestRecoveryCodes:
    def test_they_are_shown_once_and_used_once(self, account: Account) -> None:
        factor = account.factors.create({"type": Factor.TYPE_RECOVERY_CODES})
        codes = list(factor.codes)
        assert (len(set(codes)), factor.remaining) == (10, 10)
        assert codes[0] not in repr(factor) + factor.to_json()

        assert factor.challenge_factor(code=codes[0].lower()).is_successful()

        assert factor.remaining == 9
        assert factor.challenge_factor(code=codes[0]).status == "FAILED"
        (again,) = account.factors
        assert again.codes is None

    def test_a_set_is_replaced_by_deleting_it(self, account: Account) -> None:
        old = account.factors.create({"type": "recovery-codes"})
        with pytest.raises(Error) as caught:
            account.factors.create({"type": "recovery-codes"})
        assert caught.value.status == 409

        old.delete()

        assert set(account.factors.create({"type": "recovery-codes"}).codes).isdisjoint(old.codes)


def test_a_code_is_exchanged_for_tokens(client: Client, app: Application, account: Account) -> None:
    factor = account.factors.create({"type": "recovery-codes"})
    challenge = factor.challenges.create({})
    form = {
        "grant_type": "stormpath_factor_challenge",
        "challenge": challenge.href,
        "code": factor.codes[0],
    }

    answer = client.data_store.executor.request("POST", f"{app.href}/oauth/token", data=form)

    token = JwtAuthenticator(app).authenticate(answer["access_token"])
    assert token is not None
    assert token.account == account
    challenge.refresh()
    assert challenge.is_successful()


def test_the_factors_end_with_the_account(account: Account) -> None:
    factor = account.factors.create({"type": "google-authenticator"})
    account.delete()

    with pytest.raises(Error) as caught:
        factor.refresh()
    assert caught.value.status == 404
