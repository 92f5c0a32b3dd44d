"""Logins whose password the agent of a mirrored directory tries (rest-auth 9.3)."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from service.calls import Api, link
from service.concurrency import at_once, outcomes
from service.guess_limits import limits
from service.provider_bodies import mirror
from service.stand_in_agent import PASSWORD, Place, agent
from service.token_calls import password_grant
from stormpath.server.app import Service
from stormpath.server.authentication import delegated, diagnosis
from stormpath.server.domain import agent_logins
from stormpath.server.outbound.slots import Slots
from stormpath.server.security.ldap_hashes import like
from stormpath.server.storage import agent_logins as stored_logins
from support.served import eventually

__all__ = ["limits"]

WRONG = (400, 7100)
NOT_CONNECTED = (502, 9000)


@pytest.fixture
def place(api: Api) -> Place:
    place = Place(api)
    place.account()
    return place


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logins wait for a moment only."""
    monkeypatch.setattr(agent_logins, "PATIENCE_MS", 200)


@pytest.mark.both_databases
class TestOutcomes:
    def test_the_agent_is_asked_and_its_word_decides(self, place: Place):
        with agent(place) as taken:
            assert place.log_in().status == 200
            assert place.log_in(password="wrong").error == WRONG

        assert [(each.entry_id, each.dn, each.password) for each in taken] == [
            ("entry of ada", "cn=ada,dc=example", PASSWORD),
            ("entry of ada", "cn=ada,dc=example", "wrong"),
        ]
        assert all(9 < each.seconds <= 10 for each in taken)
        assert place.rows() == []

    def test_an_agent_that_does_not_answer_in_time(self, place: Place, impatient: None):
        assert place.log_in().error == (504, 9002)
        with agent(place, lambda login: None) as taken:
            assert place.log_in().error == (504, 9002)

        assert len(taken) == 1
        assert place.rows() == []


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        ("refused", WRONG),
        ("unreachable", (502, 9001)),
        ("silent", (504, 9003)),
        ("anything", (502, 9004)),
        ("unusable", (502, 9005)),
        ("referral", (502, 9006)),
    ],
)
def test_what_the_agent_says_is_an_error_of_its_own(place: Place, outcome: str, error: tuple[int, int]):
    with agent(place, lambda login: outcome):
        answer = place.log_in()

    assert answer.error == error
    assert ("cannot be checked" in answer["message"]) == (error != WRONG)


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"last_seen_at": None}, NOT_CONNECTED),
        ({"ago": 46_000}, NOT_CONNECTED),
        ({"status": "OFFLINE"}, NOT_CONNECTED),
        ({"ago": 40_000}, None),
        # What is wrong may have nothing to do with logins: the search for entries, say.
        ({"status": "ERROR"}, None),
    ],
)
def test_an_agent_that_has_not_called_lately_is_not_waited_for(
    place: Place, state: dict[str, Any], error: tuple[int, int] | None
):
    place.is_called(**state)
    with agent(place) as taken:
        answer = place.log_in()

    assert (answer.status == 200) if error is None else (answer.error == error)
    assert len(taken) == (error is None)


@pytest.mark.parametrize("password", ["", "p" * 511, "nul\0"])
def test_what_is_no_password_is_wrong_without_a_question(place: Place, password: str):
    """An LDAP server takes an empty one for an anonymous login, which succeeds."""
    with agent(place, lambda login: "accepted") as taken:
        assert password_grant(place.api, place.application, password=password).status == 400
        if "\0" not in password:
            assert place.log_in(password=password).error == WRONG

    assert taken == []


def test_a_password_is_tried_once_and_as_it_was_typed(place: Place):
    """Each wrong one counts at the server, which locks the account after a few."""
    with agent(place) as taken:
        place.log_in(password="Gru\u0308n\u00a0")

    assert [each.password for each in taken] == ["Gru\u0308n\u00a0"]


def test_a_status_is_told_to_those_who_know_the_password(place: Place):
    bob = place.account("bob", status="DISABLED")
    with agent(place):
        assert place.log_in("bob", "wrong").error == WRONG
        assert place.log_in("bob").error == (400, 7101)
        place.api.post(bob["href"], {"status": "ENABLED"}).ok  # Fails unless granted.
        place.api.post(place.directory["href"], {"status": "DISABLED"}).ok  # Fails unless granted.
        assert place.log_in("bob").error == (400, 7106)


def test_an_account_without_an_entry_of_the_server_never_gets_in(place: Place):
    table = place.service.database.tables.mirror_entries
    with place.service.database.transaction() as connection:
        connection.execute(table.delete().where(table.c.tenant_id == place.api.tenant_id))

    with agent(place, lambda login: "accepted"):
        assert place.log_in().error == WRONG


def test_the_password_grant_asks_the_agent(place: Place):
    ask = partial(password_grant, place.api, place.application)
    with agent(place):
        assert ask(password=PASSWORD).status == 200
        assert ask(password="wrong").status == 400
    place.is_called(ago=60_000)
    assert ask(password=PASSWORD).status == 502


def test_linking_and_provisioning_follow_a_delegated_login(place: Place):
    home = place.api.directory("Home")
    place.api.mapping(place.application, home, isDefaultAccountStore=True)
    policy = place.application["accountLinkingPolicy"]
    linking = {"status": "ENABLED", "automaticProvisioning": "ENABLED", "matchingProperty": "email"}
    place.api.post(policy["href"], linking).ok  # Fails unless granted.

    with agent(place):
        answer = place.api.log_in(place.application, "ada", PASSWORD, expand="account").ok

    assert answer["account"]["directory"] == link(home)
    assert answer["account"]["email"] == "ada@example.com"


def test_failures_of_the_gateway_are_no_guesses_and_refusals_are(place: Place, limits: Callable[..., None]):
    limits(account=2)
    with agent(place, lambda login: "silent"):
        assert [place.log_in().error for _ in range(4)] == [(504, 9003)] * 4
    with agent(place):
        assert [place.log_in(password="wrong").error for _ in range(3)] == [WRONG, WRONG, (429, 429)]


class TestMirroredHashes:
    @pytest.fixture
    def place(self, api: Api) -> Place:
        place = Place(api, "ldap")
        # No agent is needed.
        place.is_called(last_seen_at=None)
        return place

    def test_a_hash_is_compared_here_and_renewed(self, service: Service, place: Place):
        for name, stored in HASHES.items():
            account = place.account(name, password_hash=stored)
            assert place.log_in(name, "wrong").error == WRONG
            assert place.log_in(name, "").error == WRONG
            assert place.log_in(name, "Tr0ub4dor").status == 200, stored
            with service.database.read(place.api.tenant_id) as unit:
                (renewed,) = unit.passwords.latest(account["href"].rpartition("/")[2], 1)
            assert renewed.startswith("$insecure-for-tests$")
            assert place.log_in(name, "Tr0ub4dor").status == 200

    def test_an_account_without_one_is_delegated(self, place: Place):
        place.account("ada")
        assert place.log_in().error == NOT_CONNECTED
        place.is_called()
        with agent(place):
            assert place.log_in().status == 200

    def test_what_cannot_be_verified_is_known_before_it_is_stored(self, place: Place):
        can_verify = place.context.passwords.can_verify

        assert all(map(can_verify, HASHES.values()))
        for each in (
            "secret",
            "{CLEARTEXT}secret",
            "{CRYPT}ab1cd2ef3gh4i",
            "{SSHA}x",
            like("{PBKDF2}2000000$"),
        ):
            assert not can_verify(each)


#: Hashes of ``Tr0ub4dor``.
HASHES = {
    "crypt1": "{CRYPT}$1$abcdefgh$wlyOG/ATUSA7/FHNQzM6B.",
    "crypt5": "{crypt}$5$abcdefgh$p2olcRVx7ofW9UQLlWfU9Q7gANHVjtZY7kPX91tEg1C",
    "bcrypt": "{CRYPT}$2b$04$abcdefghijklmnopqrstuuKC4nwQ/40pdVH.z4/reSqlzV4ZGMBQG",
}


class TestWaiting:
    def test_more_logins_than_may_wait_are_refused_at_once(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(stored_logins, "MOST_WAITING", 2)
        self._refuses_a_third(place)

    def test_so_it_is_for_those_of_one_process(self, place: Place, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(delegated, "_slots", Slots(2, 2))
        self._refuses_a_third(place)

    def _refuses_a_third(self, place: Place) -> None:
        go_on, are_taken = threading.Event(), threading.Semaphore(0)

        def says(login: delegated.TakenLogin) -> str:
            are_taken.release()
            go_on.wait(10)
            return "accepted"

        with agent(place, says), agent(place, says):
            threads = [threading.Thread(target=place.log_in) for _ in range(2)]
            for each in threads:
                each.start()
            assert are_taken.acquire(timeout=10)
            assert are_taken.acquire(timeout=10)
            answer = place.log_in()
            go_on.set()
            for each in threads:
                each.join()

        assert answer.error == (503, 503)
        assert answer.headers["retry-after"] == "2"

    def test_a_login_that_waits_holds_no_connection(self, service: Service, place: Place):
        def says(login: delegated.TakenLogin) -> str:
            # The thread that hears of changes keeps one; the others are taken for moments.
            eventually(lambda: service.database.engine.pool.checkedout() <= 1)
            return "accepted"

        with agent(place, says):
            assert place.log_in().status == 200

    @pytest.mark.both_databases
    def test_each_login_is_taken_once_whoever_asks(self, place: Place):
        with agent(place) as first, agent(place) as second, agent(place) as third:
            answers = at_once([place.log_in] * 12 + [partial(place.log_in, password="wrong")] * 4)

        assert outcomes(answers) == {200: 12, WRONG: 4}
        ids = [each.id for each in (*first, *second, *third)]
        assert len(ids) == len(set(ids)) == 16
        assert place.rows() == []


@pytest.mark.both_databases
class TestStorage:
    def _added(self, place: Place, id: str, *, ago: int = 0) -> bool:
        now = place.context.now_ms() - ago
        login = agent_logins.WaitingLogin(id, "entry", "cn=x", b"sealed", now + 10_000)
        return place.context.agent_logins.add(place.api.tenant_id, place.agent_id, login, now)

    def test_the_first_answer_stays_and_only_the_agents_own_counts(self, place: Place):
        logins, other = place.context.agent_logins, Place(place.api, "ldap").agent_id
        id = f"{place.agent_id}-1"
        assert self._added(place, id)

        assert not logins.answer(place.agent_id, id, "accepted"), "it was not taken"
        assert logins.take(other, "p", 5, place.context.now_ms()) == []
        assert [each.id for each in logins.take(place.agent_id, "p", 5, place.context.now_ms())] == [id]
        assert not logins.answer(other, id, "accepted")
        assert logins.outcome(id) is None
        assert logins.answer(place.agent_id, id, "refused")
        assert not logins.answer(place.agent_id, id, "accepted")
        assert logins.outcome(id) == "refused"
        logins.remove(id)
        assert not logins.answer(place.agent_id, id, "accepted")

    def test_the_oldest_are_taken_first_and_no_more_than_asked_for(self, place: Place):
        logins, now = place.context.agent_logins, place.context.now_ms()
        for number in range(3):
            assert self._added(place, f"{place.agent_id}-{number}")

        assert logins.waiting(place.agent_id, now) == 3
        assert logins.take(place.agent_id, "p", 0, now) == []
        taken = [logins.take(place.agent_id, "p", 2, now) for _ in range(3)]
        assert [[each.id[-1] for each in some] for some in taken] == [["0", "1"], ["2"], []]
        assert logins.waiting(place.agent_id, now) == 0

    def test_what_a_killed_process_left_is_removed_by_a_later_login(self, place: Place):
        assert self._added(place, f"{place.agent_id}-old", ago=80_000)
        assert [each.id for each in place.rows()] == [f"{place.agent_id}-old"]

        assert self._added(place, f"{place.agent_id}-new")

        assert [each.id for each in place.rows()] == [f"{place.agent_id}-new"]

    def test_logins_go_with_their_agent(self, place: Place):
        assert self._added(place, f"{place.agent_id}-1")
        place.api.delete(place.directory["href"])
        assert place.rows() == []


def test_the_diagnosis_tells_whether_the_agent_is_connected(place: Place):
    application_id = place.application["href"].rpartition("/")[2]

    def refusal() -> int | None:
        facts = diagnosis.facts_of(place.context, application_id, "ada")
        assert facts.candidates[0].scheme == diagnosis.BIND
        assert facts.agent is not None
        found = diagnosis.refusal_of(place.context, application_id, facts)
        return None if found is None else int(found.code)

    assert refusal() is None
    place.is_called(ago=50_000)
    assert refusal() == place.log_in().error[1] == 9000


def test_a_directory_of_another_kind_has_no_agent(api: Api):
    """An account without a password there has none, and no one is asked."""
    application = api.application()
    api.mapping(application, mirror(api, "google"))

    assert api.log_in(application, "ada", PASSWORD).error == (400, 7104)
