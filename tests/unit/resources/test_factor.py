"""Second factors, their challenges, and phones."""

from typing import Any

import pytest

from stormpath.resources import Account, Challenge, Factor, Phone
from unit.resources.exchange import BASE, Exchange, StubClient, link


def factor_json(**attributes: Any) -> dict[str, Any]:
    return {
        **link("/factors/f1"),
        "type": "SMS",
        "status": "ENABLED",
        "verificationStatus": "UNVERIFIED",
        "account": link("/accounts/a1"),
        "phone": link("/phones/t1"),
        "challenges": link("/factors/f1/challenges"),
        "mostRecentChallenge": None,
        **attributes,
    }


APP = {
    "type": "google-authenticator",
    "issuer": None,
    "accountName": "joe",
    "secret": "GEZDGNBV",
    "keyUri": "otpauth://totp/joe?secret=GEZDGNBV",
    "base64QRImage": "aW1hZ2U=",
}


def challenge_json(status: str, key: str = "c1") -> dict[str, Any]:
    return {
        **link(f"/challenges/{key}"),
        "status": status,
        "message": "Your code is ${code}",
        "account": link("/accounts/a1"),
        "factor": link("/factors/f1"),
    }


@pytest.fixture
def account(client: StubClient) -> Account:
    return client.accounts.get("a1")


@pytest.fixture
def factor(client: StubClient, exchange: Exchange) -> Factor:
    """A loaded SMS factor."""
    exchange.answers("POST", "/factors/f1/challenges", challenge_json("CREATED"))
    return Factor(client, properties=factor_json())


class TestCreatingAFactor:
    def test_a_factor_is_created_with_its_phone(self, account: Account, exchange: Exchange) -> None:
        exchange.answers("POST", "/accounts/a1/factors", factor_json())
        factor = account.factors.create(
            {"type": "SMS", "phone": {"number": "+1 555 0100"}, "challenge": {"message": "It is ${code}"}},
            challenge=True,
        )

        assert factor.is_sms()
        assert not factor.is_verified()
        assert factor.phone.href == f"{BASE}/phones/t1"
        assert exchange.lines == ["POST /accounts/a1/factors"]
        assert exchange.last[2:] == (
            {"challenge": True},
            {"type": "SMS", "phone": {"number": "+1 555 0100"}, "challenge": {"message": "It is ${code}"}},
        )

    def test_a_factor_can_be_created_for_an_existing_phone(
        self, account: Account, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.answers("POST", "/accounts/a1/factors", factor_json())
        phone = Phone(client, href=f"{BASE}/phones/t1")
        account.factors.create({"type": "SMS", "phone": phone})

        assert exchange.last[3] == {"type": "SMS", "phone": {"href": phone.href}}

    @pytest.mark.parametrize("kind", ["SMS", "sms"])
    def test_a_challenge_contradicts_challenge_false(
        self, account: Account, exchange: Exchange, kind: str
    ) -> None:
        with pytest.raises(ValueError, match="challenge=False"):
            account.factors.create({"type": kind, "challenge": {"message": "x"}}, challenge=False)

        assert exchange.count == 0

    def test_a_new_app_factor_has_its_secret_uri_and_qr_code(
        self, account: Account, exchange: Exchange
    ) -> None:
        exchange.answers("POST", "/accounts/a1/factors", factor_json(**APP))
        factor = account.factors.create({"type": Factor.TYPE_GOOGLE, "account_name": "joe"})

        assert exchange.last[3] == {"type": "google-authenticator", "accountName": "joe"}
        assert not factor.is_sms()
        assert (factor.secret, factor.base64_q_r_image) == ("GEZDGNBV", "aW1hZ2U=")
        assert factor.key_uri == factor["keyUri"] == APP["keyUri"]
        assert "GEZDGNBV" not in repr(factor) + factor.to_json()
        assert exchange.count == 1


class TestChallengingAFactor:
    def test_a_challenge_is_one_request(self, factor: Factor, exchange: Exchange) -> None:
        challenge = factor.challenge_factor("It is ${code}")

        assert type(challenge) is Challenge
        assert challenge.is_created()
        assert exchange.lines == ["POST /factors/f1/challenges"]
        assert exchange.last[3] == {"message": "It is ${code}"}

    def test_the_service_chooses_the_message_by_default(self, factor: Factor, exchange: Exchange) -> None:
        factor.challenge_factor()

        assert exchange.last[3] == {"message": None}

    def test_a_challenge_of_an_app_sends_the_code(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("POST", "/factors/f1/challenges", challenge_json("SUCCESS"))
        factor = Factor(client, properties=factor_json(**APP))

        assert factor.challenge_factor(code="123456").is_successful()
        assert exchange.last[3] == {"code": "123456"}

    def test_a_challenge_of_an_app_needs_the_code(self, client: StubClient, exchange: Exchange) -> None:
        factor = Factor(client, properties=factor_json(**APP))

        with pytest.raises(ValueError, match="needs a code"):
            factor.challenge_factor(message="It is ${code}")
        assert exchange.count == 0

    def test_the_verification_status_is_fetched_again_after_a_challenge(
        self, factor: Factor, exchange: Exchange
    ) -> None:
        assert not factor.is_verified()
        factor.challenge_factor()
        state = factor_json(verificationStatus="VERIFIED", mostRecentChallenge=link("/challenges/c1"))
        exchange.answers("GET", "/factors/f1", state)
        exchange.clear()

        assert factor.is_verified()
        assert factor.most_recent_challenge is not None
        assert factor.most_recent_challenge.href == f"{BASE}/challenges/c1"
        assert exchange.count == 1

    def test_a_challenge_keeps_unsaved_changes(self, factor: Factor, exchange: Exchange) -> None:
        exchange.answers("GET", "/factors/f1", factor_json())
        factor.status = "DISABLED"
        factor.challenge_factor()

        assert not factor.is_verified()
        assert factor.status == "DISABLED"


class TestChallenge:
    @pytest.fixture
    def challenge(self, client: StubClient, exchange: Exchange) -> Challenge:
        exchange.answers("POST", "/challenges/c1", challenge_json("SUCCESS"))
        return Challenge(client, properties=challenge_json("WAITING_FOR_VALIDATION"))

    def test_a_code_is_submitted_in_one_request(self, challenge: Challenge, exchange: Exchange) -> None:
        assert challenge.is_waiting()

        assert challenge.submit("123456") is challenge

        assert challenge.is_successful()
        assert not challenge.is_waiting()
        assert exchange.lines == ["POST /challenges/c1"]
        assert exchange.last[3] == {"code": "123456"}

    def test_a_submitted_code_is_dropped(self, challenge: Challenge, exchange: Exchange) -> None:
        challenge.submit("123456")
        challenge.save()

        assert "123456" not in challenge.to_json()
        assert exchange.last[3] == {}

    def test_a_code_is_submitted_in_one_request_to_an_unloaded_challenge(
        self, challenge: Challenge, client: StubClient, exchange: Exchange
    ) -> None:
        assert Challenge(client, href=challenge.href).submit("123456").is_successful()
        assert exchange.count == 1

    @pytest.mark.parametrize("status", ["WAITING_FOR_PROVIDER", "WAITING_FOR_VALIDATION", "WAITING FOR X"])
    def test_a_challenge_that_waits_is_waiting(self, client: StubClient, status: str) -> None:
        assert Challenge(client, properties={"status": status}).is_waiting()
        assert not Challenge(client, properties={"status": "FAILED"}).is_waiting()


def test_an_id_leads_to_the_path_of_its_kind(account: Account, factor: Factor) -> None:
    assert account.factors.get("f1").href == f"{BASE}/factors/f1"
    assert account.phones.get("t1").href == f"{BASE}/phones/t1"
    assert factor.challenges.get("c1").href == f"{BASE}/challenges/c1"


def test_the_verification_status_of_a_phone_can_be_set(account: Account, exchange: Exchange) -> None:
    state = {
        **link("/phones/t1"),
        "number": "+15550100",
        "verificationStatus": "UNVERIFIED",
        "status": "ENABLED",
    }
    exchange.answers("POST", "/accounts/a1/phones", state)
    exchange.answers("POST", "/phones/t1", {**state, "verificationStatus": "VERIFIED"})
    phone = account.phones.create({"number": "+15550100", "name": "mine"})
    assert not phone.is_verified()

    phone.verification_status = Phone.STATUS_VERIFIED
    phone.save()

    assert phone.is_verified()
    assert phone.is_enabled()
    assert exchange.last[3] == {"verificationStatus": "VERIFIED"}
    assert exchange.count == 2
