"""``stormpath serve``: checks the options, then lets Granian serve the API."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import socket
import sys
import time
from functools import partial
from threading import Event, Thread
from typing import Any, Final
from urllib.parse import urlsplit

from stormpath.cli.access_log import LOGGER as ACCESS
from stormpath.cli.address import Address
from stormpath.cli.errors import CommandError
from stormpath.cli.worker import AGENTS_GRACE, MAIL_GRACE, load
from stormpath.server.logs.loggers import OneLineFormatter
from stormpath.server.logs.security import LOGGER as SECURITY
from stormpath.server.rest.console_path import console_url

DATABASE: Final = "STORMPATH_DATABASE"
BASE_URL: Final = "STORMPATH_BASE_URL"
HASH_SLOTS: Final = "STORMPATH_HASH_SLOTS"
SMTP_URL: Final = "STORMPATH_SMTP_URL"
MAIL_FROM: Final = "STORMPATH_MAIL_FROM"
CONSOLE: Final = "STORMPATH_CONSOLE"
AGENTS: Final = "STORMPATH_AGENTS"

_OFF: Final = ("off", "0", "false")

# More than WRITES, READS and POLLS (worker.py) together: neither /health nor a refusal waits for a thread.
# They are started when they are needed, and end when they are idle.
THREADS: Final = 352

# Granian counts connections here, including idle ones that are kept open.
CONNECTIONS: Final = 4096

#: File descriptors for everything else: databases, mail servers, and the watch over the connections.
OTHER_FILES: Final = 256

#: How long a worker may go on after SIGTERM, in seconds: with requests, and then with messages. An e-mail
#: that takes longer is cut off, which may take two more seconds; as long a text message is waited for.
GRACE: Final = 10 + AGENTS_GRACE + 2 + MAIL_GRACE + 2 + 2

LOGGING: Final[dict[str, Any]] = {
    "formatters": {
        "line": {"()": OneLineFormatter, "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "access": {"()": OneLineFormatter, "fmt": "%(asctime)s %(message)s"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "access": {"class": "logging.StreamHandler", "formatter": "access"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Changes of keys, accounts and settings, too.
        SECURITY: {"level": "INFO"},
        ACCESS: {"handlers": ["access"], "level": "INFO", "propagate": False},
    },
}


def serve(
    database: str,
    bind: str,
    workers: int,
    base_url: str | None,
    *,
    smtp: str | None,
    mail_from: str | None,
    no_console: bool,
    agents: bool,
    access_log: bool,
    verbose: bool,
) -> None:
    """Serve a database until SIGTERM or SIGINT; returns when every request under way is answered."""
    # Until Granian handles them: a service that is stopped while it starts must end cleanly, too.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: sys.exit(0))
    mail = check_options(workers, base_url, smtp)
    wanted = Address.parse(bind)
    address = wanted.bindable()
    base_url = base_url or Address(wanted.host, address.port).base_url
    os.environ |= variables(
        database, base_url, workers, smtp, mail_from, no_console=no_console, agents=agents
    )
    base_url = base_url.rstrip("/")
    also = f"{_console(base_url)}{mail}"
    _run(address, base_url, also, workers, access_log=access_log, verbose=verbose)


def check_options(workers: int, base_url: str | None, smtp: str | None) -> str:
    """Return a sentence about where e-mails go; `CommandError` if an option makes no sense."""
    if workers < 1:
        raise CommandError(f"--workers must be 1 or more, not {workers}.")
    if base_url:
        _check_base_url(base_url)
    return _destination(smtp)


def variables(
    database: str,
    base_url: str,
    workers: int,
    smtp: str | None,
    mail_from: str | None,
    *,
    no_console: bool,
    agents: bool,
) -> dict[str, str]:
    """Return the environment variables in which the workers find what the options say."""
    # One password hash per core runs at a time, independent of the number of workers.
    slots = os.environ.get(HASH_SLOTS) or str(max(1, (os.cpu_count() or 1) // workers))
    return {
        DATABASE: database,
        BASE_URL: base_url,
        SMTP_URL: smtp or "",
        MAIL_FROM: mail_from or "",
        HASH_SLOTS: slots,
        **({CONSOLE: "off"} if no_console else {}),
        **({AGENTS: "on"} if agents else {}),
    }


def _check_base_url(base_url: str) -> None:
    try:
        parts = urlsplit(base_url)
        is_one = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or parts.query or parts.fragment or parts.username is not None:
        # The URL is not shown: it may hold a password.
        raise CommandError(
            "--base-url is no address that clients can use: write it like https://id.example.com/v1."
        )


def _destination(smtp: str | None) -> str:
    if not smtp:
        return "E-mails of tenants without a mail server of their own wait in the outbox."
    from stormpath.server.mail.mail_server import MailServer

    try:
        return f"E-mails go to {MailServer.parse(smtp)}."
    except ValueError as error:
        raise CommandError(str(error)) from error


def _console(base_url: str) -> str:
    """Return a sentence about where the console is, if it is served."""
    if os.environ.get(CONSOLE, "").lower() in _OFF:
        return ""
    return f"The Admin Console is at {console_url(base_url)}. "


def _run(
    address: Address, base_url: str, also: str, workers: int, *, access_log: bool, verbose: bool
) -> None:
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    connections = _raise_file_limit()
    server = Granian(
        "stormpath",
        address.host,
        address.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=connections,
        workers_kill_timeout=GRACE,
        respawn_failed_workers=True,
        # Its warnings are about the number of threads, which is deliberate (see THREADS).
        log_level=LogLevels.error,
        log_dictconfig=LOGGING,
        # The workers write it: Granian does not know the ids of requests.
        log_access=False,
    )
    has_ended = Event()
    Thread(target=_print_when_ready, args=(address, base_url, also, has_ended), daemon=True).start()
    complaints, complain = multiprocessing.Pipe(duplex=False)
    try:
        # This process does not import the service, which keeps it small: a worker reports what is wrong.
        target = partial(load, complain, verbose, access_log, address.port, connections)
        server.serve(target_loader=target)
    finally:
        has_ended.set()
        if complaints.poll():
            status, line = complaints.recv()
            raise CommandError(line, status)


def _raise_file_limit() -> int:
    """Allow a file descriptor for each connection, and return how many connections a worker may hold."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(CONNECTIONS, soft - OTHER_FILES))


def _print_when_ready(address: Address, base_url: str, also: str, has_ended: Event) -> None:
    # Sleeps while the workers are forked: a lock held here would stay locked in them.
    time.sleep(0.05)
    while not _is_healthy(address):
        if has_ended.is_set():
            return
        time.sleep(0.02)
    print(f"Stormpath serves {base_url} on {address}. {also} Ctrl-C or SIGTERM stops it.", flush=True)


def _is_healthy(address: Address) -> bool:
    # Without a library, which would need more memory than the rest of this process.
    try:
        with socket.create_connection((address.host, address.port), timeout=GRACE) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.recv(100).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False
