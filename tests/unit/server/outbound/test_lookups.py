"""Look-ups of names: within a time, and few at a time."""

import socket
import threading
import time
from typing import Any

import pytest

from stormpath.server.outbound.lookups import Lookups, look_up
from stormpath.server.outbound.slots import Slots, TooMany

FOUND: list[Any] = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]


def test_an_address_needs_no_thread_and_no_slot(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(threading.Thread, "start", None)
    none = Lookups(Slots(0, 0), "a")

    assert look_up("127.0.0.1", 80, 1, none)[0][4] == ("127.0.0.1", 80)
    assert look_up("::1", 80, 1, none)[0][4][0] == "::1"


def test_a_name_is_looked_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: FOUND)

    assert look_up("a.example", 80, 1) == FOUND


def test_what_a_look_up_raises_is_raised():
    with pytest.raises(socket.gaierror):
        look_up("a.invalid", 80, 5)


def test_a_slow_look_up_is_left_alone_and_holds_its_slot_until_it_ends(monkeypatch: pytest.MonkeyPatch):
    answered = threading.Event()

    def slow(*_: Any, **__: Any) -> list[Any]:
        answered.wait(10)
        return FOUND

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    lookups = Lookups(Slots(2, 1), "a")
    begun = time.monotonic()

    with pytest.raises(TimeoutError):
        look_up("slow.example", 80, 0.05, lookups)
    with pytest.raises(TooMany):
        look_up("slow.example", 80, 0.05, lookups)

    assert time.monotonic() - begun < 1
    answered.set()
    (left,) = [each for each in threading.enumerate() if each.name == "stormpath-lookup"]
    left.join(5)
    assert look_up("slow.example", 80, 1, lookups) == FOUND


def test_a_process_without_threads_gives_its_slot_back(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    lookups = Lookups(Slots(1, 1), "a")
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(OSError, match="no thread"):
            look_up("a.example", 80, 1, lookups)

    lookups.begin()
