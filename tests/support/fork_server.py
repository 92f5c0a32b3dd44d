"""A process that has imported what our programs import, and forks for each of them.

``python fork_server.py FD`` takes orders from the socket FD until it is closed: a JSON object, with three
standard streams and a pipe. It answers with the process id; the exit status goes through the pipe.

Most of the time of a start are imports, which a fork has behind it. All else is as in a program that Python
starts: its own process, environment, folder and streams, and the end of an interpreter.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import termios
import warnings
from typing import Any

#: What the programs of the tests import. Order is of no importance, and one that is missing costs time only.
MODULES = (
    "stormpath.cli.commands",
    "stormpath.cli.init",
    "stormpath.cli.outbox",
    "stormpath.cli.quickstart",
    "stormpath.cli.send_mail",
    "stormpath.cli.serve",
    "stormpath.cli.terminal",
    "stormpath.cli.worker",
    "stormpath.client",
    "stormpath.embedded",
    "stormpath.resources",
    "stormpath.server.app",
    "stormpath.server.mail.mail_server",
    "stormpath.server.rest.concurrency_limits",
    "stormpath.server.storage.migrate",
    "support.forking",
    "support.mail",
    "support.registering",
    "granian",
    "psycopg",
    "requests",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
)
#: The longest order: an environment and a short program.
MOST_BYTES = 2**18
STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))

Order = dict[str, Any]


def take_orders(control: socket.socket) -> tuple[Order, list[int]]:
    """Fork for each order; return in the children alone, with the order and its streams."""
    # The pipe for the exit status of each program, by a descriptor that tells when it has ended.
    running: dict[int, tuple[int, int]] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), *running], [], [])
        for each in running.keys() & set(ready):
            _tell_the_end(each, *running.pop(each))
        if control.fileno() not in ready:
            continue
        message, received, _, _ = socket.recv_fds(control, MOST_BYTES, len(STREAMS) + 1)
        if not message:
            os._exit(os.EX_OK)
        *streams, status = received
        child = os.fork()
        if child == 0:
            control.close()
            for descriptor, (_, pipe) in running.items():
                os.close(descriptor)
                os.close(pipe)
            os.close(status)
            return json.loads(message), streams
        for each in streams:
            os.close(each)
        running[os.pidfd_open(child)] = child, status
        control.send(str(child).encode())


def _tell_the_end(descriptor: int, child: int, pipe: int) -> None:
    os.close(descriptor)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(pipe, str(status).encode())
    os.close(pipe)


def become(order: Order, streams: list[int]) -> None:
    """Take the environment, the folder and the streams of the program that was ordered."""
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    if order["new_session"]:
        os.setsid()
    for number, (each, (name, mode)) in enumerate(zip(streams, STREAMS, strict=True)):
        os.dup2(each, number)
        os.close(each)
        before = getattr(sys, name)
        is_line_buffered = mode == "w" and (number == 2 or os.isatty(number))
        stream = open(  # noqa: SIM115  # for as long as the program runs
            number,
            mode,
            encoding=before.encoding,
            errors=before.errors,
            buffering=1 if is_line_buffered else -1,
            closefd=False,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    if order["takes_terminal"]:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    if order["warnings_are_errors"]:
        warnings.simplefilter("error")
    sys.argv = order["arguments"]


def main(control: socket.socket) -> Order:
    """Return the order of this process, once it is a program of its own."""
    # Whoever runs the tests in the background ignores Ctrl-C, and programs would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # The folder of this file, which is no place to import from.
    del sys.path[0]
    for each in MODULES:
        importlib.import_module(each)
    # A collection in a child would copy the memory that it shares with this process.
    gc.collect()
    gc.freeze()
    order, streams = take_orders(control)
    become(order, streams)
    return order


if __name__ == "__main__":
    # At the level of the module: the program ends as a program does, and its names are those of ``__main__``.
    _order = main(socket.socket(fileno=int(sys.argv[1])))
    __file__ = _order["name"]
    exec(compile(_order["code"], _order["name"], "exec"))  # noqa: S102  # a test's own program
