"""Argon2id in memory of the thread's own."""

import threading
from unittest import mock

import argon2
import pytest

from stormpath.server.security import argon2id
from stormpath.server.security.argon2id import Argon2id

PASSWORDS = ["Changeme1", "", "Pässwörd 漢字", "x" * 5000]


@pytest.fixture(params=["own memory", "memory of the library"])
def scheme(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Argon2id:
    """The scheme, also where the system lets no program make functions for callbacks."""
    if request.param == "memory of the library":
        hardened = mock.Mock(callback=mock.Mock(side_effect=MemoryError))
        with mock.patch.object(argon2id, "ffi", hardened):
            callbacks = argon2id._callbacks.__wrapped__()
        monkeypatch.setattr(argon2id, "_callbacks", lambda: callbacks)
    return Argon2id()


@pytest.mark.parametrize("password", PASSWORDS)
def test_its_hashes_are_those_of_argon2_cffi(scheme: Argon2id, password: str):
    library = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

    assert library.verify(scheme.hash(password), password)
    assert scheme.verify(password, library.hash(password))
    assert not scheme.verify(f"{password}.", library.hash(password))
    assert not library.check_needs_rehash(scheme.hash(password))


def test_hashes_of_other_parameters_verify():
    other = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=2, salt_len=8, hash_len=20)

    assert Argon2id().verify("x", other.hash("x"))
    assert not Argon2id().verify("y", other.hash("x"))


def test_the_memory_holds_nothing_of_the_password_afterwards():
    Argon2id().hash("Changeme1")

    assert not any(bytes(argon2id._memory.bytes))


def test_a_thread_uses_the_same_memory_for_all_its_hashes_and_no_other_thread_does():
    used: dict[str, set[int]] = {"a": set(), "b": set()}

    def hash_twice(name: str) -> None:
        for _ in range(2):
            Argon2id().hash("x")
            used[name].add(int(argon2id.ffi.cast("uintptr_t", argon2id._memory.bytes)))

    both = threading.Barrier(2)
    threads = [
        threading.Thread(target=lambda name=name: (both.wait(), hash_twice(name), both.wait()))
        for name in used
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert [len(each) for each in used.values()] == [1, 1]
    assert used["a"] != used["b"]
