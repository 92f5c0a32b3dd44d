"""While tests run, no request to another system is sent inside a unit of work.

It would wait for that system, and others would wait for its locks and its connection to the database. The
service itself does not check this: a read is so fast that a check would be noticed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any

from stormpath.server.mail import smtp_check
from stormpath.server.outbound import sockets
from stormpath.server.outbound.client import Client
from stormpath.server.storage.database import Database


class _OpenUnits(threading.local):
    count = 0


_open = _OpenUnits()


@cache
def forbid_requests_inside() -> None:
    """Fail each request, look-up of a name and trial of a mail server where its thread has a unit open.

    From now on, in this process.
    """
    for opening in ("read", "transaction", "connect"):
        setattr(Database, opening, _counted(getattr(Database, opening)))
    for owner, sending in ((Client, "send"), (sockets, "look_up"), (smtp_check, "try_smtp")):
        setattr(owner, sending, _outside(getattr(owner, sending)))


def _counted(opening: Callable[..., Any]) -> Callable[..., Any]:
    @contextmanager
    @wraps(opening)
    def counted(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with opening(*args, **kwargs) as opened:
            _open.count += 1
            try:
                yield opened
            finally:
                _open.count -= 1

    return counted


def _outside(sending: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(sending)
    def outside(*args: Any, **kwargs: Any) -> Any:
        assert not _open.count, "A request to another system is sent inside a unit of work."
        return sending(*args, **kwargs)

    return outside
