"""Logins that an agent decides, and those who have no business with them.

A stranger must not learn which accounts exist, neither by an error nor by the work that a login costs; must
not read a password, and must not hold more of the service open than is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from service.calls import Api
from service.guess_limits import limits
from service.stand_in_agent import PASSWORD, Place, agent
from stormpath.server.app import Service
from stormpath.server.authentication import delegated
from stormpath.server.domain import agent_logins
from stormpath.server.domain.hash_kinds import bind_kind
from stormpath.server.security.passwords import InsecureForTests
from support.log_lines import Lines
from support.statements import statements, without_key_lookups

__all__ = ["limits"]

pytestmark = pytest.mark.both_databases

SECRET = "Tr0ub4dor-of-ada"


@pytest.fixture(autouse=True)
def many_guesses(limits: Callable[..., None]) -> None:
    limits(account=100_000, address=100_000, key=100_000)


@pytest.fixture
def place(api: Api) -> Place:
    place = Place(api)
    place.account()
    place.log_in("first", "")  # The kinds of hashes are known from now on.
    return place


def work(service: Service, place: Place, name: str, password: str = "wrong") -> tuple[int, list[str]]:
    """Return the status of a login, and its statements."""
    with statements(service) as sent:
        answer = place.log_in(name, password)
    # How often a login looks for its outcome depends on when the agent answers.
    return answer.status, [each for each in without_key_lookups(sent) if "agent_logins" not in each]


class TestUnknownNames:
    def test_a_name_that_no_account_has_is_tried_as_one_that_an_account_has(
        self, service: Service, place: Place
    ):
        with agent(place) as taken:
            known, unknown = (work(service, place, name) for name in ("ada", "nobody"))

        assert known == unknown
        assert [each.entry_id for each in taken] == ["entry of ada", None]
        assert [each.password for each in taken] == ["wrong", "wrong"]
        beginning, _, base = taken[1].dn.partition(",")
        assert beginning.startswith("cn=")
        assert base == "dc=example,dc=com"

    def test_no_word_of_an_agent_lets_such_a_name_in(self, place: Place):
        with agent(place, lambda login: "accepted"):
            assert place.log_in("nobody").error == (400, 7104)

    @pytest.mark.parametrize("outcome", ["unreachable", "silent", "unusable", "referral", "anything"])
    def test_what_goes_wrong_goes_wrong_for_both(self, service: Service, place: Place, outcome: str):
        with agent(place, lambda login: outcome):
            first, second = place.log_in("ada"), place.log_in("nobody")

        assert first.status >= 502
        assert [first[each] for each in ("code", "message", "developerMessage")] == [
            second[each] for each in ("code", "message", "developerMessage")
        ]

    def test_so_it_is_without_an_agent_and_where_the_password_is_none(self, service: Service, place: Place):
        with agent(place) as taken:
            assert work(service, place, "ada", "") == work(service, place, "nobody", "")
            place.is_called(ago=60_000)
            known, unknown = (work(service, place, name) for name in ("ada", "nobody"))
        assert known == unknown
        assert known[0] == 502
        assert taken == []

    def test_in_a_mixed_directory_they_are_of_both_kinds_in_the_proportions_of_the_accounts(
        self, service: Service, api: Api
    ):
        place = Place(api, "ldap")
        for number in range(4):
            place.account(f"bound{number}")
            place.account(f"renewed{number}", password_hash=InsecureForTests().hash("x"))
            place.account(f"mirrored{number}", password_hash="{SSHA}hWBDynTLy6KgcV0hNjLIJfZYy3z0NZwa")
        with service.database.read(api.tenant_id) as unit:
            kinds = unit.logins.hash_kinds(place.application["href"].rpartition("/")[2], None)
        directory_id = place.directory["href"].rpartition("/")[2]

        assert dict(kinds) == {"{SSHA}": 4, bind_kind(directory_id): 4, None: 4}
        with agent(place) as taken:
            errors = Counter(place.log_in(f"nobody{number}", "wrong").error for number in range(60))
        assert errors == {(400, 7104): 60}
        # A third of them; four standard deviations.
        assert 5 < len(taken) < 35


class TestPasswords:
    def test_it_is_sealed_in_the_database_and_gone_after_the_login(self, service: Service, place: Place):
        seen: list[bytes] = []

        def says(login: delegated.TakenLogin) -> str:
            (row,) = place.rows()
            seen.append(bytes(row.password))
            assert SECRET not in repr(login)
            return "accepted"

        with agent(place, says):
            assert place.log_in(password=SECRET).status == 200

        assert SECRET.encode() not in seen[0]
        assert place.rows() == []
        if (file := service.database.file) is not None:
            for each in Path(file.path).parent.glob(f"{file.path.name}*"):
                assert SECRET.encode() not in each.read_bytes()

    def test_no_log_has_it_and_no_error(self, place: Place, lines: Lines):
        with agent(place, lambda login: "silent"):
            answers = [place.log_in(password=SECRET)]
        with agent(place):
            answers.append(place.log_in(password=SECRET))
        place.is_called(ago=60_000)
        answers.append(place.log_in(password=SECRET))

        assert [each.error for each in answers] == [(504, 9003), (400, 7100), (502, 9000)]
        assert SECRET not in lines.text
        assert not any(SECRET.encode() in each.raw for each in answers)
        found = [each for each in lines.events() if each["event"] == "authn_login_fail"]
        assert [each["reason"] for each in found] == ["9003", "7100", "9000"]
        assert all("account" in each for each in found)

    def test_it_is_sealed_for_its_own_row(self, place: Place):
        """Another row's password cannot be put in its place."""
        context = place.context
        sealed = context.secrets.seal(SECRET, "one")
        now = context.now_ms()
        login = agent_logins.WaitingLogin("another", "entry", "cn=x", sealed, now + 10_000)
        assert context.agent_logins.add(place.api.tenant_id, place.agent_id, login, now)

        with pytest.raises(ValueError, match="secret"):
            delegated.take(context, place.agent_id, "p", 1)
        context.agent_logins.remove("another")


class TestOtherAgents:
    def test_an_agent_gets_and_answers_the_logins_of_its_own_directory_alone(
        self, place: Place, stranger: Api, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(agent_logins, "PATIENCE_MS", 300)
        other = Place(stranger)

        def accepts_all_that_it_sees(login: delegated.TakenLogin) -> None:
            assert not other.context.agent_logins.answer(other.agent_id, login.id, "accepted")

        with agent(other, lambda login: "accepted") as taken_by_other, agent(place, accepts_all_that_it_sees):
            assert place.log_in().error == (504, 9002)

        assert taken_by_other == []

    @pytest.mark.parametrize(
        "name",
        [
            "*",
            "ada)(uid=*",
            "cn=ada,dc=example",
            "\\2a",
            "ada\\00",
            "ada,dc=example+x=y",
            "\u202eada",
            "#ada",
        ],
    )
    def test_a_name_is_never_a_part_of_a_dn(self, place: Place, name: str):
        with agent(place, lambda login: "accepted") as taken:
            assert place.log_in(name, PASSWORD).error == (400, 7104)

        assert all(each.entry_id is None and name not in each.dn for each in taken)
