"""Second factors under attack: codes that are guessed, repeated, raced for, or taken from somebody else."""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from service.calls import Answer, Api, Json, link
from service.concurrency import at_once, outcomes
from service.factor_calls import (
    account,
    answer,
    authenticator,
    challenge,
    last_code,
    messages,
    new_factor,
    recovery_codes,
    sms_factor,
    stored,
    totp,
    wrong_for,
)
from service.guess_limits import REFUSED, at, limits
from service.sms_limits import sms_limits
from service.tenant_rows import rows_of
from service.tenant_setup import context_of
from service.token_calls import grant, oauth_error
from stormpath.server.app import Service
from stormpath.server.domain.events import Event
from stormpath.server.factors import codes
from stormpath.server.sms.queue import SmsRequest
from support.log_lines import Lines
from support.processor_time import within

__all__ = ["limits", "sms_limits"]

pytestmark = pytest.mark.either_database

#: As many as begin with one code at the same moment.
THREADS = 50


@pytest.fixture
def ada(api: Api) -> Json:
    return account(api)


def statuses(answers: list[Answer]) -> Counter[str]:
    """Count challenges by their status, and errors by their code."""
    return Counter(each["status"] if each.status < 400 else str(each["code"]) for each in answers)


def compared(found: Counter[object]) -> int:
    """Return how many of the outcomes are not refusals by a limit."""
    return sum(number for each, number in found.items() if each not in (REFUSED, "429"))


@pytest.mark.both_databases
class TestRaces:
    @pytest.fixture(autouse=True)
    def _unlimited(self, limits: Callable[..., None], sms_limits: Callable[..., None]) -> None:
        limits()
        sms_limits()

    def test_one_code_of_an_authenticator_has_one_winner(self, api: Api, ada: Json):
        factor = authenticator(api, ada)

        answers = at_once([partial(challenge, api, factor, code=totp(factor["secret"]))] * THREADS)

        assert statuses(answers) == {"SUCCESS": 1, "FAILED": THREADS - 1}

    def test_one_code_over_challenges_and_grants_has_one_winner(self, api: Api, ada: Json):
        factor = authenticator(api, ada)
        made = [challenge(api, factor).made for _ in range(THREADS)]
        code = totp(factor["secret"])

        def exchange(each: Json) -> Answer:
            fields = {"challenge": each["href"], "code": code}
            return grant(api, ada["application"], "stormpath_factor_challenge", **fields)

        answers = at_once(
            [partial(exchange, each) for each in made[::2]]
            + [partial(answer, api, each, code) for each in made[1::2]]
        )

        won = [
            each for each in answers if "access_token" in each.json or each.json.get("status") == "SUCCESS"
        ]
        assert len(won) == 1
        assert len(api.every(f"{ada['href']}/accessTokens")) <= 1

    def test_one_challenge_of_a_phone_is_answered_once(self, service: Service, api: Api, ada: Json):
        made = challenge(api, sms_factor(api, ada)).made
        code = last_code(service, api.tenant_id)

        answers = at_once([partial(answer, api, made, code)] * THREADS)

        assert statuses(answers) == {"SUCCESS": 1, "13112": THREADS - 1}

    def test_a_recovery_code_has_one_winner(self, service: Service, api: Api, ada: Json):
        factor = recovery_codes(api, ada)

        answers = at_once([partial(challenge, api, factor, code=factor["codes"][0])] * THREADS)

        assert statuses(answers) == {"SUCCESS": 1, "FAILED": THREADS - 1}
        assert api.get(factor["href"]).ok["remaining"] == 9
        assert len(rows_of(service, api.tenant_id)["recovery_codes"]) == 9

    def test_parallel_wrong_codes_are_no_more_than_five(self, service: Service, api: Api, ada: Json):
        made = challenge(api, sms_factor(api, ada)).made

        answers = at_once([partial(answer, api, made, "no code")] * 20)

        assert statuses(answers) == {"FAILED": 5, "13113": 15}

    def test_an_account_gets_one_set_and_a_phone_one_factor(self, service: Service, api: Api, ada: Json):
        sets = at_once([partial(new_factor, api, ada, "recovery-codes")] * 8)
        phone = {"number": "+12675555555"}
        factors = at_once([partial(new_factor, api, ada, "SMS", phone=phone)] * 8)

        assert outcomes(sets) == {201: 1, (409, 409): 7}
        assert outcomes(factors) == {201: 1, (409, 13105): 7}
        rows = rows_of(service, api.tenant_id)
        assert [len(rows[each]) for each in ("phones", "factors", "recovery_codes")] == [1, 2, 10]

    def test_answers_and_deletions_that_meet_leave_nothing_behind(
        self, service: Service, api: Api, ada: Json
    ):
        """They lock in one order: none fails, and none waits for ever."""
        for number, victim in enumerate(("factor", "phone", "account")):
            owner = account(api, f"eve{number}")
            factor = sms_factor(api, owner)
            made = [challenge(api, factor).made for _ in range(4)]
            code = last_code(service, api.tenant_id)
            href = {"factor": factor, "phone": factor["phone"], "account": owner}[victim]["href"]
            tasks = [*(partial(answer, api, each, code) for each in made), partial(api.delete, href)]
            tasks.append(partial(challenge, api, factor))
            random.Random(number).shuffle(tasks)  # noqa: S311  # examples, not secrets

            answers = at_once(tasks)

            assert all(each.status < 500 for each in answers), [each.raw for each in answers]
            assert api.get(factor["href"]).error == (404, 404)
        assert rows_of(service, api.tenant_id)["challenges"] == []


class TestGuessing:
    @pytest.mark.both_databases
    def test_many_guesses_end_at_the_cap_whatever_challenges_they_are_made_for(
        self, api: Api, ada: Json, sms_limits: Callable[..., None]
    ):
        """Each after the tenth is refused."""
        sms_limits()
        factors = [authenticator(api, ada), sms_factor(api, ada), recovery_codes(api, ada)]
        found: Counter[object] = Counter()

        for number in range(45):
            factor = factors[number % 3]
            code = wrong_for(totp(factors[0]["secret"]))
            if number % 2:
                fields = {"challenge": challenge(api, factor).made["href"], "code": code}
                given = grant(api, ada["application"], "stormpath_factor_challenge", **fields)
                found[given["code"]] += 1
            elif factor["type"] == "SMS":
                given = answer(api, challenge(api, factor).made, code)
                found[given["status"]] += 1
            else:
                found[challenge(api, factor, code=code)["status"]] += 1

        assert found["FAILED"] + found[13104] == 10
        assert found[429] == 35

    @pytest.mark.sampled
    def test_ten_thousand_guesses_compare_ten_codes(
        self,
        service: Service,
        api: Api,
        ada: Json,
        monkeypatch: pytest.MonkeyPatch,
        examples_of: Callable[[int], int],
    ):
        factor = authenticator(api, ada)
        seen: list[str] = []
        own = codes._codes

        def noted(*given):
            seen.append("compared")
            return own(*given)

        monkeypatch.setattr(codes, "_codes", noted)
        for number in range(examples_of(examples_of(10_000))):
            assert challenge(api, factor, code=f"{number:06d}").status in (201, 429)

        assert len(seen) == 10
        assert api.get(factor["challenges"]["href"])["size"] == 10

    @pytest.mark.both_databases
    def test_parallel_guesses_are_no_more_than_others(self, api: Api, ada: Json):
        factor = authenticator(api, ada)

        found = outcomes(at_once([partial(challenge, api, factor, code="no code")] * 40))

        assert found == {201: 10, REFUSED: 30}

    def test_beyond_the_cap_the_right_code_is_refused_and_not_used_up(
        self, service: Service, api: Api, ada: Json, limits: Callable[..., None]
    ):
        factor = authenticator(api, ada)
        for _ in range(10):
            challenge(api, factor, code="no code").made

        refused = challenge(api, factor, code=totp(factor["secret"]))

        assert refused.error == REFUSED
        assert 1 <= int(refused.headers["retry-after"]) <= 300
        limits()
        assert challenge(api, factor, code=totp(factor["secret"])).made["status"] == "SUCCESS"

    def test_a_right_code_begins_no_fresh_count_and_takes_no_guess(self, api: Api, ada: Json):
        factor, extra = recovery_codes(api, ada), iter(range(100))
        assert [challenge(api, factor, code=each).made["status"] for each in factor["codes"][:5]] == [
            "SUCCESS"
        ] * 5

        for _ in range(9):
            challenge(api, factor, code=f"wrong{next(extra)}").made
        assert challenge(api, factor, code=factor["codes"][5]).made["status"] == "SUCCESS"
        challenge(api, factor, code="wrong").made

        assert challenge(api, factor, code=factor["codes"][6]).error == REFUSED

    def test_a_new_password_or_a_new_factor_begins_no_fresh_count(self, api: Api, ada: Json):
        factor = authenticator(api, ada)
        for _ in range(10):
            challenge(api, factor, code="no code").made

        api.post(ada["href"], {"password": "An0ther1!"}).ok
        assert challenge(api, factor, code="no code").error == REFUSED
        assert api.delete(factor["href"]).status == 204
        assert challenge(api, authenticator(api, ada), code="no code").error == REFUSED

    def test_accounts_have_counts_of_their_own_and_so_have_passwords(self, api: Api, ada: Json):
        eve, factor = account(api, "eve"), authenticator(api, ada)
        for _ in range(11):
            challenge(api, factor, code="no code")

        assert challenge(api, authenticator(api, eve), code="no code").status == 201
        assert api.log_in(ada["application"], "ada").status == 200

    def test_guesses_from_elsewhere_do_not_shut_out_a_known_address(self, api: Api, ada: Json):
        codes_of_ada = recovery_codes(api, ada)
        home, elsewhere = at(api, "192.0.2.1"), at(api, "198.51.100.7")
        assert challenge(home, codes_of_ada, code=codes_of_ada["codes"][0]).made["status"] == "SUCCESS"

        found = outcomes([challenge(elsewhere, codes_of_ada, code="no code") for _ in range(12)])

        assert found == {201: 10, REFUSED: 2}
        assert challenge(home, codes_of_ada, code=codes_of_ada["codes"][1]).made["status"] == "SUCCESS"

    def test_a_repeated_request_tells_nothing_about_another_code(self, service: Service, api: Api, ada: Json):
        """With its idempotency key no other code is compared: a right one would be found without a count."""
        factor = authenticator(api, ada)
        headers = {"Idempotency-Key": "again", "Content-Type": "application/json"}

        def send(code: str) -> Answer:
            body = json.dumps({"code": code}).encode()
            return api.request("POST", factor["challenges"]["href"], body, headers=headers)

        first = send("no code").made
        right = totp(factor["secret"])

        assert send("no code").made == first
        assert send(right).status >= 400
        assert stored(service, "factors", factor)["last_step"] is None
        assert challenge(api, factor, code=right).made["status"] == "SUCCESS"


class TestReplays:
    def test_a_code_that_was_used_is_wrong_everywhere(self, api: Api, ada: Json):
        factor = authenticator(api, ada)
        earlier, code = challenge(api, factor).made, totp(factor["secret"])
        assert challenge(api, factor, code=code).made["status"] == "SUCCESS"

        assert answer(api, earlier, code).ok["status"] == "FAILED"
        later = challenge(api, factor).made
        fields = {"challenge": later["href"], "code": code}
        given = grant(api, ada["application"], "stormpath_factor_challenge", **fields)
        assert oauth_error(given) == (400, "invalid_grant", 13104)

    def test_the_code_of_a_message_answers_its_own_challenge_alone(
        self, service: Service, api: Api, ada: Json
    ):
        eve = account(api, "eve")
        own = challenge(api, sms_factor(api, ada)).made
        code = last_code(service, api.tenant_id)
        others = [
            challenge(api, sms_factor(api, eve)).made,
            challenge(api, sms_factor(api, ada, "+12675555556")).made,
        ]
        sent = [each[-6:] for each in messages(service, api.tenant_id)[1:]]

        for each, right in zip(others, sent, strict=True):
            assert answer(api, each, code).ok["status"] == ("SUCCESS" if code == right else "FAILED")
        assert answer(api, own, code).ok["status"] == "SUCCESS"


class TestOthers:
    def test_a_caller_of_another_tenant_finds_nothing(
        self, service: Service, api: Api, stranger: Api, ada: Json
    ):
        factor = sms_factor(api, ada)
        made = challenge(api, factor).made
        code = last_code(service, api.tenant_id)

        for each in (factor, made, factor["phone"]):
            assert stranger.get(each["href"]).error == (404, 404)
            assert stranger.post(each["href"], {"code": code}).error == (404, 404)
        for each in (factor, factor["phone"]):
            assert stranger.delete(each["href"]).error == (404, 404)
        for each in ("factors", "phones"):
            assert stranger.get(ada[each]["href"]).error == (404, 404)
            assert stranger.post(ada[each]["href"], {"type": "recovery-codes"}).error == (404, 404)
        assert challenge(stranger, factor).error == (404, 404)
        assert answer(api, made, code).ok["status"] == "SUCCESS"

    def test_no_factor_is_made_for_a_phone_of_another_account_or_tenant(
        self, api: Api, stranger: Api, ada: Json
    ):
        eve, mallory = account(api, "eve"), account(stranger, "mallory")
        phone = api.post(ada["phones"]["href"], {"number": "+12675555555"}).made

        for caller, owner in ((api, eve), (stranger, mallory)):
            for given in (link(phone), {**link(phone), "number": "+12675555555"}):
                answered = new_factor(caller, owner, "SMS", phone=given)
                assert answered.error == (400, 2016)
                assert caller.get(owner["phones"]["href"]).items == []

    def test_a_body_names_no_other_owner_and_no_outcome(self, api: Api, ada: Json):
        eve = account(api, "eve")

        factor = new_factor(
            api,
            ada,
            "google-authenticator",
            account=link(eve),
            verificationStatus="VERIFIED",
            secret="AAAA",
            keyUri="x",
            remaining=5,
        )
        assert factor.made["account"] == link(ada)
        assert factor["verificationStatus"] == "UNVERIFIED"
        assert factor["secret"] != "AAAA"
        assert new_factor(api, ada, "recovery-codes", codes=["AAAAA-AAAAA"]).made["codes"] != ["AAAAA-AAAAA"]


class TestSecrets:
    def test_no_secret_is_in_the_log_or_in_an_event(
        self, service: Service, api: Api, ada: Json, lines: Lines, caplog: pytest.LogCaptureFixture
    ):
        caplog.set_level(logging.DEBUG)
        told: list[object] = []
        stop = service.events.after(Event, told.append)
        try:
            app, phone, recovery = authenticator(api, ada), sms_factor(api, ada), recovery_codes(api, ada)
            code = totp(app["secret"])
            for _ in range(2):
                challenge(api, app, code=code).made
            made = challenge(api, phone, message="Secret text ${code}").made
            sent = last_code(service, api.tenant_id)
            answer(api, made, sent).ok
            used = recovery["codes"][0]
            fields = {"challenge": challenge(api, recovery).made["href"], "code": used}
            grant(api, ada["application"], "stormpath_factor_challenge", **fields).ok
        finally:
            stop()

        text = "".join(map(str, lines.written)) + caplog.text + repr(told)
        assert len(told) > 10
        for secret in (
            app["secret"],
            *recovery["codes"],
            f" {sent}",
            f"={sent}",
            f"={code}",
            f"'{code}'",
            used,
        ):
            assert secret not in text

    def test_a_message_shows_neither_its_text_nor_its_account(self):
        shown = repr(SmsRequest({"email": "ada@example.com"}, "+12675555555", "Your code is 123456", "c", 0))

        assert "123456" not in shown
        assert "ada@" not in shown

    def test_a_stolen_table_tells_no_code(self, service: Service, api: Api, ada: Json):
        """All codes of six digits are tried in a second, but not without the key of the digests."""
        made = challenge(api, sms_factor(api, ada)).made
        row = stored(service, "challenges", made)
        code = last_code(service, api.tenant_id)

        again = codes.digest_of_sms_code(context_of(service, api.tenant_id), row["id"], "+12675555555", code)
        assert row["code_digest"] == again
        for id, number in (("other", "+12675555555"), (row["id"], "+12675555556")):
            assert codes.digest_of_sms_code(context_of(service, api.tenant_id), id, number, code) != again


class TestHugeInput:
    def test_what_is_no_code_is_refused_and_is_no_guess(self, service: Service, api: Api, ada: Json):
        made = challenge(api, sms_factor(api, ada)).made
        cases: list[tuple[object, int]] = [
            *(("1" * 65, 2008), ("1" * 50_000, 2008), ("", 2000), (" ", 2000), (None, 2000)),
            *(([], 2004), ({}, 2004), (True, 2004), (1.5, 2004), ("a\x00b", 2005)),
        ]

        for code, expected in cases:
            assert within(0.1, partial(answer, api, made, code)).error == (400, expected), code

        assert api.get(made["href"]).ok["status"] == "CREATED"
        assert rows_of(service, api.tenant_id)["guesses"] == []

    def test_other_numbers_are_wrong_codes(self, api: Api, ada: Json):
        factor = authenticator(api, ada)
        # Digits of other scripts are no digits of a code.
        arabic, wide = "\u0664\u0662\u0661\u0663\u0665\u0666", "\uff11\uff12\uff13\uff14\uff15\uff16"

        for code in (-1, 10**6, 10**18, arabic, wide, "+12345", "1_2345"):
            assert challenge(api, factor, code=code).made["status"] == "FAILED", code

    def test_a_long_number_is_not_parsed(self, api: Api, ada: Json):
        for number in ("1" * 41, "+" * 41, "1" * 50_000, "(" * 50_000):
            as_phone = partial(api.post, ada["phones"]["href"], {"number": number})
            assert within(0.1, as_phone).error == (400, 2008)
            in_factor = partial(new_factor, api, ada, "SMS", phone={"number": number})
            assert within(0.1, in_factor).error == (400, 2008)

    def test_a_long_message_is_refused(self, service: Service, api: Api, ada: Json):
        factor = sms_factor(api, ada)

        assert challenge(api, factor, message="${code}" * 1000).error == (400, 2008)
        assert messages(service, api.tenant_id) == []

    def test_a_list_of_a_hundred_keys_costs_no_more_than_their_images(self, api: Api, ada: Json):
        """Images are drawn for what is shown: of a usual key in a few milliseconds, of a long one never."""
        for _ in range(3):
            authenticator(api, ada, accountName="x" * 255, issuer="é" * 255)
        items = within(0.1, partial(api.get, ada["factors"]["href"])).items

        assert [each["base64QRImage"] for each in items] == [None] * 3
