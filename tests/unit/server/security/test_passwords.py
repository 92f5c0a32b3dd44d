"""Password hashing, and the gate that bounds it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security import passwords
from stormpath.server.security.passwords import Argon2id, HashGate, InsecureForTests, scheme_named


@pytest.mark.parametrize("scheme", [Argon2id(), InsecureForTests()], ids=["argon2id", "for tests"])
class TestSchemes:
    def test_the_right_password_verifies_and_no_other(self, scheme: passwords.Scheme):
        stored = scheme.hash("Pässword 1")

        assert scheme.verify("Pässword 1", stored)
        for wrong in ("pässword 1", "Pässword 1 ", "", "Pa\u0308ssword 1"):
            assert not scheme.verify(wrong, stored)

    def test_the_same_password_is_hashed_differently_each_time(self, scheme: passwords.Scheme):
        assert scheme.hash("x") != scheme.hash("x")

    def test_the_hash_does_not_hold_the_password(self, scheme: passwords.Scheme):
        assert "Changeme1" not in scheme.hash("Changeme1")

    @pytest.mark.parametrize("stored", ["", "x", "$2a$10$abc", "$argon2id$v=19$m=8,t=1,p=1$"])
    def test_a_text_that_is_no_hash_of_the_scheme_never_verifies(self, scheme: passwords.Scheme, stored: str):
        assert scheme.verify("x", stored) is False


def test_argon2id_has_the_parameters_that_owasp_recommends():
    assert "$m=19456,t=2,p=1$" in Argon2id().hash("x")


def test_a_hash_of_other_parameters_is_outdated():
    scheme = Argon2id()

    assert not scheme.is_outdated(scheme.hash("x"))
    assert scheme.is_outdated("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b6dWRWJTmaaJObG")


class TestNames:
    def test_argon2id_names_its_scheme(self):
        assert isinstance(scheme_named("argon2id"), Argon2id)

    def test_the_insecure_scheme_is_an_error_outside_of_tests(self, monkeypatch: pytest.MonkeyPatch):
        assert isinstance(scheme_named("insecure-for-tests"), InsecureForTests)
        monkeypatch.delenv("PYTEST_CURRENT_TEST")
        with pytest.raises(ValueError, match="unset it"):
            scheme_named("insecure-for-tests")

    @pytest.mark.parametrize("name", ["", "md5", "Argon2id"])
    def test_any_other_name_is_an_error(self, name: str):
        with pytest.raises(ValueError, match="must be argon2id"):
            scheme_named(name)


class Recording:
    """A slow scheme that records the hashes it verified, and the most calls at once."""

    def __init__(self) -> None:
        self.verified: list[str] = []
        self.running = self.most = 0
        self._lock = threading.Lock()

    def hash(self, password: str) -> str:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.01)
        with self._lock:
            self.running -= 1
        return f"hash of {password}"

    def verify(self, password: str, stored: str) -> bool:
        self.verified.append(stored)
        return stored == f"hash of {password}"

    def is_outdated(self, stored: str) -> bool:
        return False

    def stand_in(self) -> str:
        return "hash of nothing"


class TestGate:
    def test_no_more_run_at_once_than_there_are_slots(self):
        scheme = Recording()
        gate = HashGate(scheme, slots=2)

        with ThreadPoolExecutor(12) as threads:
            hashes = list(threads.map(gate.hash, map(str, range(12))))

        assert hashes == [f"hash of {number}" for number in range(12)]
        assert scheme.most == 2

    def test_beyond_the_number_that_may_wait_a_hash_is_an_error_at_once(self):
        gate = HashGate(Recording(), slots=1, waiting=2)

        def attempt(_: int) -> Code | None:
            try:
                gate.hash("x")
            except ApiError as error:
                assert error.retry_after is not None  # noqa: PT017  # Both outcomes are counted below.
                return error.code
            return None

        with ThreadPoolExecutor(8) as threads:
            outcomes = list(threads.map(attempt, range(8)))

        assert outcomes.count(None) >= 3
        assert Code.UNAVAILABLE in outcomes
        assert gate.hash("x") == "hash of x"

    def test_a_failed_hash_gives_its_slot_back(self):
        class Failing(Recording):
            def verify(self, password: str, stored: str) -> bool:
                raise MemoryError

        gate = HashGate(Failing(), slots=1, waiting=0)
        for _ in range(3):
            with pytest.raises(MemoryError):
                gate.verify("x", "y")

        assert gate.hash("x") == "hash of x"

    def test_without_a_hash_a_stand_in_is_verified_and_no_password_matches(self):
        scheme = Recording()
        gate = HashGate(scheme, slots=1)

        assert gate.verify("x", None) is False
        assert scheme.verified == ["hash of nothing"]
        # Not even one that would match it.
        assert gate.verify("nothing", None) is False
        assert gate.verify("x", "hash of x") is True
