"""Guesses at passwords: what a stranger cannot do with many of them, and what the limits tell nobody."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from service.calls import Api, Json
from service.concurrency import at_once, outcomes
from service.guess_limits import REFUSED, UNKNOWN, WRONG, application, at, limits, log_in, wrong
from service.security.test_request_authentication import signed
from service.tenant_rows import rows_of
from stormpath.server.app import Service, open_service
from stormpath.server.domain.guesses import SKEW_MS, WINDOW_MS
from stormpath.server.rest.end_user_addresses import HEADER
from support.mann_whitney import p_alike
from support.statements import statements, without_key_lookups

pytestmark = pytest.mark.either_database

__all__ = ["application", "limits"]


@pytest.fixture
def second_process(service: Service) -> Iterator[Service]:
    """Another service on the same database, with connections and locks of its own."""
    with closing(open_service(service.settings.database)) as other:
        yield other


@pytest.mark.both_databases
class TestParallelGuesses:
    def test_two_processes_compare_no_more_passwords_than_the_limit_together(
        self, api: Api, application: Json, second_process: Service
    ):
        there = Api(second_process, api.base_url, api.tenant_id, api.key_id, api.secret)
        tasks = [lambda: api.log_in(application, "ada", "a"), lambda: there.log_in(application, "ada", "b")]

        answers = at_once(tasks * 15)

        assert outcomes(answers) == {WRONG: 10, REFUSED: 20}
        assert log_in(there, application) == 429

    def test_the_right_password_among_many_at_once_is_found_by_luck_alone(
        self, api: Api, application: Json, limits: Callable[..., None]
    ):
        """It is one of those that are compared, or it is refused like the others."""
        limits(account=3)
        tasks = [lambda: api.log_in(application, "ada", "wrong")] * 19
        answers = at_once([*tasks, lambda: api.log_in(application, "ada")])

        found = outcomes(answers)
        assert found[WRONG] <= 3
        assert found[WRONG] + found[200] + found[REFUSED] == 20


class TestTheAddress:
    """Who says where an end user is, and how it is compared."""

    @pytest.fixture(autouse=True)
    def limited(self, limits: Callable[..., None]) -> None:
        limits(address=2)

    @pytest.mark.parametrize(
        ("first", "second", "is_one"),
        [
            ("192.0.2.1", "192.0.2.2", False),
            ("192.0.2.1", "::ffff:192.0.2.1", True),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
            ("2001:db8:0:1::1", "2001:DB8:0:1:ffff:ffff:ffff:ffff", True),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
            ("::1", "127.0.0.1", False),
        ],
    )
    def test_an_ipv4_address_counts_by_itself_and_an_ipv6_one_by_its_network(
        self, api: Api, application: Json, first: str, second: str, is_one: bool
    ):
        wrong(at(api, first), application, 2)

        assert wrong(at(api, second), application, 1) == [REFUSED if is_one else WRONG]

    def test_no_address_is_not_an_address_that_all_have(self, api: Api, application: Json):
        assert wrong(api, application, 5) == [WRONG] * 5

        assert wrong(at(api, "192.0.2.1"), application, 1) == [WRONG]

    @pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"])
    def test_no_other_header_names_it(self, api: Api, application: Json, name: str):
        def wsgi(environ, start_response):
            variable = f"HTTP_{name.upper().replace('-', '_')}"
            return api.wsgi({**environ, variable: "192.0.2.1"}, start_response)

        there = Api(wsgi, api.base_url, api.tenant_id, api.key_id, api.secret)

        assert wrong(there, application, 5) == [WRONG] * 5

    @pytest.mark.parametrize(
        "value",
        ["", " ", "unknown", "192.0.2.1:443", "192.0.2.1, 10.0.0.1", "192.0.2.1/24", "[::1]", "3221225985"],
    )
    def test_what_is_no_address_is_refused(self, api: Api, application: Json, value: str):
        """If it was ignored, a program that names all addresses wrongly would have no limit, and not know."""
        answer = at(api, value).log_in(application, "ada")

        assert answer.error == (400, 400)
        assert HEADER in answer["message"]

    def test_a_long_header_costs_nothing(self, api: Api, application: Json):
        there = at(api, "1:" * 500_000)
        log_in(there, application)

        begun = time.process_time()
        assert log_in(there, application) == 400
        assert time.process_time() - begun < 0.05

    def test_a_stranger_names_no_address(self, api: Api, application: Json):
        stranger = Api(at(api, "no address").wsgi, api.base_url, api.tenant_id, api.key_id, "wrong")

        assert stranger.log_in(application, "ada").error == (401, 401)
        assert Api(stranger.wsgi, api.base_url).get("/").status == 401

    def test_nobody_adds_it_to_a_signed_request(self, api: Api):
        added = api.request("GET", "/applications", credentials=signed(api) | {HEADER: "192.0.2.1"})
        own = signed(api, headers={HEADER: "192.0.2.1"})

        assert added.error == (400, 400)
        assert "not among the headers that the request signs" in added["message"]
        assert api.request("GET", "/applications", credentials=own).status == 200
        changed = signed(api, headers={HEADER: "192.0.2.1"}) | {HEADER: "192.0.2.2"}
        assert api.request("GET", "/applications", credentials=changed).status == 401


class TestWhatIsStored:
    def test_no_name_and_no_address_is_in_the_counts(self, service: Service, api: Api, application: Json):
        here = at(api, "192.0.2.77")
        wrong(here, application, 1)
        wrong(here, application, 1, "nobody@example.com")
        log_in(here, application)

        found = rows_of(service, api.tenant_id)
        stored = repr(found["guesses"]) + repr(found["known_addresses"])

        assert len(found["guesses"]) == 4
        assert len(found["known_addresses"]) == 1
        for each in ("ada", "nobody", "example", "192.0.2", api.key_id):
            # As a word: a digest may have these letters, too.
            assert not re.search(rf"\b{re.escape(each)}\b", stored), each

    def test_many_names_from_one_address_are_stopped(
        self, service: Service, api: Api, application: Json, limits: Callable[..., None]
    ):
        """Each name that is counted has a row: those that are refused have none."""
        limits(account=10, address=5, key=100)

        for number in range(30):
            wrong(at(api, "192.0.2.1"), application, 1, f"nobody{number}")

        # Five names, the address and the key.
        assert len(rows_of(service, api.tenant_id)["guesses"]) == 7

    def test_what_has_ended_does_not_stay(self, service: Service, api: Api, application: Json):
        table = service.database.tables.guesses
        old = table.update().where(table.c.tenant_id == api.tenant_id).values(ends_at=1)
        for number in range(60):
            wrong(api, application, 1, f"nobody{number}")
            with service.database.transaction() as connection:
                connection.execute(old)

        assert len(rows_of(service, api.tenant_id)["guesses"]) < 60

    def test_a_row_from_a_clock_that_was_wrong_shuts_nobody_out(
        self, service: Service, api: Api, application: Json
    ):
        wrong(api, application, 11)
        table = service.database.tables.guesses
        far = sa.update(table).where(table.c.tenant_id == api.tenant_id)
        with service.database.transaction() as connection:
            connection.execute(far.values(ends_at=table.c.ends_at + WINDOW_MS + SKEW_MS))

        assert log_in(api, application) == 200


class TestWhatTimeTells:
    """Unknown, wrong, disabled and limited logins: the same statements, and the same time."""

    LIMITED = ("limited", "no limited")

    @pytest.fixture
    def names(self, api: Api, application: Json, limits: Callable[..., None]) -> dict[str, list[str]]:
        """Logins by what they are; those that are limited have had their wrong passwords."""
        limits(account=1000, address=1000, key=100_000)
        for each in ("limited", "disabled", "wrong"):
            status = "DISABLED" if each == "disabled" else "ENABLED"
            api.account(application["directory"], each, status=status)
        limits(account=3)
        for each in self.LIMITED:
            wrong(api, application, 3, each)
        return {
            "wrong": ["wrong"],
            "disabled": ["disabled"],
            "unknown": ["nobody"],
            "limited": ["limited"],
            "limited and unknown": ["no limited"],
        }

    @pytest.mark.both_databases
    def test_all_send_the_same_statements_and_a_limited_one_the_first_of_them(
        self, service: Service, api: Api, application: Json, names: dict[str, list[str]], monkeypatch
    ):
        counted: list[str] = []
        place = service._guesses
        for method in ("take", "settle", "known_until", "know"):
            own = getattr(place, method)

            def noted(*given, own=own, method=method, **more):
                counted.append(method)
                return own(*given, **more)

            monkeypatch.setattr(place, method, noted)
        sent = {}
        for kind, (login,) in names.items():
            counted.clear()
            with statements(service) as found:
                api.log_in(application, login, "wrong")
            sent[kind] = (without_key_lookups(found), tuple(counted))

        assert sent["wrong"] == sent["unknown"] == sent["disabled"]
        assert sent["limited"] == sent["limited and unknown"]
        assert sent["wrong"][1] == ("take", "settle")
        assert sent["limited"][1] == ("take",)
        # The application, and the account.
        assert sent["limited"][0] == sent["wrong"][0][:2]

    @pytest.mark.sampled
    @pytest.mark.parametrize(
        ("left", "right"), [("wrong", "unknown"), ("disabled", "unknown"), ("limited", "limited and unknown")]
    )
    def test_their_times_are_alike(
        self,
        service: Service,
        api: Api,
        application: Json,
        names: dict[str, list[str]],
        limits: Callable[..., None],
        examples_of: Callable[[int], int],
        left: str,
        right: str,
    ):
        """By turns. A probability below 1 in 100,000 fails."""
        if "limited" not in left:
            limits(account=100_000)
        chance = random.Random(5)  # noqa: S311  # examples, not secrets
        times: dict[str, list[float]] = {left: [], right: []}
        for _ in range(examples_of(720)):
            for kind in chance.sample([left, right], 2):
                begun = time.process_time()
                answer = api.log_in(application, names[kind][0], "wrong")
                times[kind].append(time.process_time() - begun)
                assert (answer.status == 429) == ("limited" in left)

        assert p_alike(times[left], times[right]) > 0.00001


def test_an_attacker_gets_as_many_guesses_as_the_page_says(api: Api, application: Json):
    """``docs/limits.rst``: ten in five minutes are 2,880 a day."""
    per_day = 24 * 60 * 60 * 1000 // WINDOW_MS
    found = wrong(api, application, 11)

    assert found.count(WRONG) * per_day == 2880
    assert wrong(api, application, 1, "nobody") == [UNKNOWN]
