"""Programs that send e-mails, run by tests in processes of their own: to be killed, and to run in numbers.

Where the URL is one of HTTP, they send text messages.

``python sending.py NAME ARGUMENTS`` calls the function of that name with the arguments, all of them JSON.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Self

from support.command import quiet_environment
from support.programs import PROGRAMS, Process, script

SECONDS = 60

#: The steps at which a sender may die by itself; at the others the mail server kills it.
DEATHS = ("in the lease", "leased", "accepted", "written")


class Senders:
    """Starts senders on one outbox, each a process of its own: forked, for Python takes long to start."""

    def __init__(self, database: str, url: str) -> None:
        self._driver = _begin("drive", database, url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        _end(self._driver)

    def send(
        self,
        deaths: list[str | None],
        prepare: Callable[[list[int]], object] = lambda pids: None,
        lease_seconds: int = SECONDS,
    ) -> list[list[int]]:
        """Let as many send at once; return the exit status of each, and how many e-mails it sent.

        ``deaths`` are where they die by themselves, ``prepare`` is given their process ids before they begin.
        """
        prepare(self._order([deaths, lease_seconds]))
        answer: list[list[int]] = self._order("go")
        return answer

    def _order(self, order: Any) -> Any:
        assert self._driver.stdin
        assert self._driver.stdout
        self._driver.stdin.write(f"{json.dumps(order)}\n")
        self._driver.stdin.flush()
        return json.loads(self._driver.stdout.readline())


def run(name: str, *arguments: Any) -> None:
    """Run one of the programs below to its end; it must print no error."""
    _end(_begin(name, *arguments))


def _begin(name: str, *arguments: Any) -> Process:
    return PROGRAMS.start(
        script(Path(__file__), name, *map(json.dumps, arguments)),
        env=quiet_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(process: Process) -> None:
    _, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (0, ""), errors


def drive(database: str, url: str) -> None:
    """Fork senders as each line of the input says."""
    from support import forking, mail, sms  # noqa: F401  # Loaded once, here, and not in each child.

    while line := sys.stdin.readline():
        deaths, lease_seconds = json.loads(line)
        gate, results = os.pipe(), os.pipe()
        send = partial(_send, database, url, lease_seconds, gate, results)
        children = [forking.fork(partial(send, each)) for each in deaths]
        print(json.dumps(children), flush=True)
        sys.stdin.readline()
        os.close(gate[1])
        statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        os.close(results[1])
        with os.fdopen(results[0]) as written:
            sent = dict(json.loads(each) for each in written)
        ends = [[status, sent.get(child, 0)] for child, status in zip(children, statuses, strict=True)]
        print(json.dumps(ends), flush=True)
        os.close(gate[0])


def _send(
    database: str,
    url: str,
    lease_seconds: int,
    gate: tuple[int, int],
    results: tuple[int, int],
    death: str | None,
) -> None:
    from stormpath.server.app import open_service
    from support import mail, sms

    service = open_service(database, create=False)
    new_sender: Any = sms.sms_sender if url.startswith("http") else mail.sender
    sender = new_sender(service, url, outbox=_mortal(service.database, death), lease_seconds=lease_seconds)
    os.close(gate[1])
    os.read(gate[0], 1)
    os.write(results[1], f"{json.dumps([os.getpid(), sender.run().sent])}\n".encode())
    service.close()


def leave(database: str, url: str) -> None:
    """Add e-mails and end at once, as short scripts do."""
    from stormpath.server.app import open_service
    from support import mail

    service = open_service(database, create=False, smtp_url=url)
    atexit.register(service.close)
    service.start_sender()
    mail.put(service, 5)


def fork(database: str, url: str) -> None:
    """Add e-mails before a fork, in the child, and after it: each process sends its own."""
    from stormpath.server.app import open_service
    from support import forking, mail

    service = open_service(database, create=False)
    # It does not look for e-mails of other processes.
    sender = mail.sender(service, url, poll=3600, lease_seconds=SECONDS)
    mail.wake_on_email(service, sender)
    looks: list[float] = []
    idle = sender._idle

    def count_looks() -> float:
        pause = idle()
        looks.append(pause)
        return pause

    sender._idle = count_looks  # type: ignore[method-assign]  # of this one alone
    sender.start()

    def send() -> None:
        mail.eventually(lambda: bool(looks))
        looks.clear()
        [id] = mail.put(service)
        # It looks once more when it has sent one, and would find what the other process puts there meanwhile.
        mail.eventually(lambda: mail.entry(service, id).state == "SENT" and bool(looks))

    def child() -> None:
        send()
        send()
        sender.stop()
        service.close()

    send()
    forking.wait_for(forking.fork(child))
    send()
    sender.stop()
    service.close()


def _mortal(database: Any, death: str | None) -> Any:
    """Return an outbox whose sender dies at that point, as if the power failed."""
    from stormpath.server.storage.outbox import Outbox

    def die_at(point: str) -> None:
        if point == death:
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(SECONDS)

    class Mortal(Outbox):
        def _first_due(self, *arguments: Any) -> Any:
            found = super()._first_due(*arguments)
            die_at("in the lease")
            return found

        def lease(self, *arguments: Any) -> Any:
            found = super().lease(*arguments)
            die_at("leased")
            return found

        def finish(self, *arguments: Any) -> bool:
            die_at("accepted")
            is_finished = super().finish(*arguments)
            die_at("written")
            return is_finished

    return Mortal(database)


if __name__ == "__main__":
    globals()[sys.argv[1]](*map(json.loads, sys.argv[2:]))
