"""The time of a failed login does not tell whether the account exists.

An exact count comes first: a failed login computes one hash, of the same kinds, and sends the same
statements, whether its name is known or not. Measured before the kinds were equal: 1.3 ms for an account with
an imported hash of bcrypt's lowest cost, 254 ms for one of cost 12, 22 ms for an unknown name.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable

import bcrypt
import pytest

from service.calls import Api, Json, id_of
from service.guess_limits import limits
from stormpath.server.app import Service
from stormpath.server.domain.hash_kinds import kind_of
from stormpath.server.security import imported_hashes
from stormpath.server.security.passwords import InsecureForTests
from support.mann_whitney import p_alike
from support.statements import statements, without_key_lookups

__all__ = ["limits"]

OWN = InsecureForTests.PREFIX
BCRYPT = bcrypt.hashpw(b"Changeme1!", b"$2b$04$abcdefghijklmnopqrstuu").decode()
STORMPATH2 = "$stormpath2$SHA-256$2000$c2FsdHNhbHQ=$aEY8AJhFaDR1Bpi2ri59aFmU+ul6Qyc/oP+6pCtGmxA="
IMPORTED = {"$2b$04$": BCRYPT, "$stormpath2$SHA-256$2000$": STORMPATH2}


@pytest.fixture(autouse=True)
def many_guesses(limits: Callable[..., None]) -> None:
    """Many logins fail here: they are counted, and none is limited."""
    limits(account=100_000, address=100_000, key=100_000)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The growing list of the kinds of all hashes that are computed."""
    computed: list[str] = []
    own, imported = InsecureForTests.verify, imported_hashes.verify

    def verify_own(self: InsecureForTests, password: str, stored: str) -> bool:
        computed.append(kind_of(stored))
        return own(self, password, stored)

    def verify_imported(password: str, stored: str) -> bool:
        computed.append(kind_of(stored))
        return imported(password, stored)

    monkeypatch.setattr(InsecureForTests, "verify", verify_own)
    monkeypatch.setattr(imported_hashes, "verify", verify_imported)
    return computed


@pytest.fixture
def application(service: Service, api: Api) -> Json:
    """An application whose directory has accounts of every kind, also below a group and an organization.

    Their names: ``own``, ``disabled``, ``unverified`` (hashes of the service's own), ``bcrypt0`` to
    ``bcrypt2`` and ``stormpath0`` to ``stormpath2`` (imported), ``nothing`` (no password).
    """
    application, directory = api.application_with_directory()
    api.account(directory, "own")
    api.account(directory, "disabled", status="DISABLED")
    api.account(directory, "unverified", status="UNVERIFIED")
    for number in range(3):
        for name, stored in (("bcrypt", BCRYPT), ("stormpath", STORMPATH2)):
            body = {"email": f"{name}{number}@example.com", "username": f"{name}{number}", "password": stored}
            assert api.post(directory["accounts"]["href"], body, passwordFormat="mcf").status == 201
    without = api.account(directory, "nothing")
    accounts = service.database.tables.of["account"]
    with service.database.transaction() as connection:
        of_account = accounts.update().where(accounts.c.id == id_of(without))
        connection.execute(of_account.values(password_hash=None))
    return application


KNOWN = {
    "own": OWN,
    "disabled": OWN,
    "unverified": OWN,
    "bcrypt0": "$2b$04$",
    "stormpath0": "$stormpath2$SHA-256$2000$",
    "nothing": OWN,
}


@pytest.mark.both_databases
class TestWork:
    @pytest.fixture
    def fail(self, service: Service, api: Api, hashed: list[str]) -> Callable[..., tuple[str, list[str]]]:
        def fail(
            application: Json, name: str, store: Json | None = None, code: int | None = None
        ) -> tuple[str, list[str]]:
            """Log in with a wrong password; return the kind of its one hash, and its statements."""
            hashed.clear()
            with statements(service) as sent:
                answer = api.log_in(application, name, "wrong", store)
            assert answer.error == (400, code or answer["code"])
            (kind,) = hashed
            return kind, without_key_lookups(sent)

        return fail

    def test_an_account_costs_its_own_hash_and_as_many_statements_as_an_unknown_login(
        self, application: Json, fail: Callable[..., tuple[str, list[str]]]
    ):
        fail(application, "first")  # The proportions are known from now on.
        _, expected = fail(application, "nobody", code=7104)

        for name, kind in KNOWN.items():
            assert fail(application, name, code=7100) == (kind, expected)
        # The application, the account, and whether there is any account store.
        assert len(expected) == 3

    def test_unknown_logins_cost_hashes_in_the_proportions_of_the_accounts(
        self, application: Json, fail: Callable[..., tuple[str, list[str]]]
    ):
        names = [f"nobody{number}" for number in range(150)]

        kinds = [fail(application, each)[0] for each in names]

        found = Counter(kinds)
        # Of ten accounts; five standard deviations of 150 draws.
        for kind, share in ((OWN, 0.4), *((each, 0.3) for each in IMPORTED)):
            assert abs(found[kind] / len(names) - share) < 0.2
        # One name has one, however often it is tried.
        assert [fail(application, each.upper())[0] for each in names[:10]] == kinds[:10]

    def test_the_first_login_for_a_minute_costs_the_same_statements_for_all(
        self, service: Service, application: Json, fail: Callable[..., tuple[str, list[str]]]
    ):
        found = []
        for name in ("nobody", *KNOWN):
            service._passwords._stand_ins._places.clear()
            found.append(fail(application, name)[1])

        assert all(each == found[0] for each in found)
        # The directories, their sizes, and the hashes of each.
        assert len(found[0]) == len(fail(application, "nobody")[1]) + 3

    @pytest.mark.parametrize("kind", ["directory", "group", "organization"])
    def test_so_it_is_in_one_store(
        self, api: Api, application: Json, kind: str, fail: Callable[..., tuple[str, list[str]]]
    ):
        mapping = api.get(application["defaultAccountStoreMapping"]["href"], expand="accountStore").ok
        directory = store = mapping["accountStore"]
        if kind == "group":
            store = api.group(directory)
            for each in api.get(directory["accounts"]["href"]).items:
                api.membership(each, store)
        if kind == "organization":
            store = api.organization()
            api.organization_mapping(store, directory)
            api.mapping(application, store)
        fail(application, "first", store)
        _, expected = fail(application, "nobody", store, code=7104)

        for name, kind in KNOWN.items():
            assert fail(application, name, store, code=7100) == (kind, expected)
        kinds = {fail(application, f"nobody{number}", store)[0] for number in range(40)}
        assert kinds == {OWN, *IMPORTED}

    def test_an_application_without_stores_costs_a_hash(
        self, api: Api, fail: Callable[..., tuple[str, list[str]]]
    ):
        application = api.application()

        assert fail(application, "nobody", code=5105)[0] == OWN

    def test_a_password_costs_as_many_hashes_for_an_unknown_login_as_for_an_account(
        self, service: Service, api: Api, application: Json, hashed: list[str]
    ):
        """More than one for what other keyboards write as other characters, and three at most."""
        api.log_in(application, "first", "wrong")
        for password, number in (
            ("wrong", 1),
            ("\u5bc6\u7801", 1),
            ("Gr\u00fcn", 2),
            ("Gru\u0308n", 2),
            ("Gr\u00fcn\u00a0", 3),
            ("u\u0308\u00fc", 3),
        ):
            found = set()
            for name in ("nobody", *KNOWN):
                hashed.clear()
                with statements(service) as sent:
                    api.log_in(application, name, password)
                found.add((len(hashed), len(set(hashed)), len(without_key_lookups(sent))))

            assert found == {(number, 1, 3)}, password

    def test_where_a_login_is_split_tells_nothing(
        self, service: Service, api: Api, application: Json, hashed: list[str]
    ):
        """Names with colons that exist and names that do not, and every way to put a password behind them."""
        (directory,) = api.get("/directories", name="Atlas People").items
        for name in ("00:1B:44:11", "own:x", "own:\u00fc", "own:\u00fc:y"):
            api.account(directory, str(len(name)) + name[-1], username=name)
        api.log_in(application, "first", "wrong")
        rests = ["wrong", "x:wrong", "\u00fc:wrong", "\u00fc:y:\u00fc", "1B:44:11:z", " x :z"]
        rests += [":".join("ab" * 20), "x:" + "\u00fc" * 600, "\u00fc" * 300 + ":x"]
        work: dict[str, set[tuple[int, int]]] = {}
        for rest in rests:
            for name in ("own", "00", "nobody", "bcrypt0"):
                hashed.clear()
                with statements(service) as sent:
                    answer = api.log_in(application, name, rest)
                assert answer.status == 400
                work.setdefault(rest, set()).add((len(hashed), len(without_key_lookups(sent))))

        assert {rest: len(each) for rest, each in work.items()} == dict.fromkeys(rests, 1), work
        # One more statement where there are several names, and more hashes for what is not ASCII.
        assert {each for (each,) in work.values()} == {(1, 3), (1, 4), (2, 3), (2, 4)}

    def test_importing_hashes_nothing(self, application: Json, hashed: list[str]):
        assert hashed == []


@pytest.mark.sampled
def test_the_processor_time_of_failed_logins_is_alike(
    api: Api, application: Json, examples_of: Callable[[int], int]
):
    """Known and unknown names by turns. A probability below 1 in 100,000 fails."""
    chance = random.Random(4)  # noqa: S311  # examples, not secrets
    known: list[float] = []
    unknown: list[float] = []
    names = [f"{name}{number}" for name in ("bcrypt", "stormpath") for number in range(3)]
    names += ["own", "disabled", "unverified", "nothing"]
    api.log_in(application, "first", "wrong")
    for number in range(examples_of(720)):
        pair = [(known, chance.choice(names)), (unknown, f"nobody{number}")]
        # In any order: what comes second finds the processor's caches filled by the first.
        for times, name in chance.sample(pair, 2):
            begun = time.process_time()
            api.log_in(application, name, "wrong")
            times.append(time.process_time() - begun)

    assert p_alike(known, unknown) > 0.00001
