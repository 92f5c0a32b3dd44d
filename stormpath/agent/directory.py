"""The server that an agent reads and binds at: what its program needs of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final, Protocol

from stormpath.agent.configuration import Configuration, Login
from stormpath.agent.contract import Tracker

#: The outcomes of a login, as the protocol has them.
ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
UNREACHABLE: Final = "unreachable"
SILENT: Final = "silent"
UNUSABLE: Final = "unusable"
REFERRAL: Final = "referral"


class DirectoryError(Exception):
    """The server could not be used. The message is a sentence for an administrator, without secrets."""


class Directory(Protocol):
    """A server under one configuration. Threads share it; each call has connections of its own."""

    def bind(self, login: Login) -> str:
        """Try the password of a login there, and return the outcome; no answer of the server raises."""

    def reader(self) -> AbstractContextManager[Tracker]:
        """Connect as the agent's user, to read. Raises `DirectoryError`, as the tracker's ``run`` does."""

    def checks(self) -> Iterator[str]:
        """Try what the agent needs, step by step; yield what was found. Raises `DirectoryError`."""


#: Makes the directory of a configuration; raises `DirectoryError` for one that no server can have.
OpenDirectory = Callable[[Configuration], Directory]
