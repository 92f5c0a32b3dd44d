"""A real PostgreSQL for the tests: one cluster a test process, one fresh database a test."""

import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from support.ports import free_port

START_SECONDS = 60
START_ATTEMPTS = 5
SUPERUSER = "stormpath_tests"

# The shell outlives a test process that is killed: its standard input is a pipe that ends with that process,
# even when it is killed. Then the shell stops the server and removes its folder, as no other process can.
WATCHDOG = """
"$1" -D "$2/data" -p "$3" &
read -r asked
kill -QUIT $!
wait $!
[ "$asked" = stop ] || rm -rf "$2"
"""

# Nothing here has to survive a power cut.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
shared_buffers = 64MB
"""

READY = re.compile("ready to accept (read-only )?connections")

Admin = psycopg.Connection[tuple[Any, ...]]


class ServerMissing(RuntimeError):
    """A server that the tests start themselves is not installed."""


@dataclass
class PostgreSQLServer:
    """A running cluster; databases are named by their URLs."""

    address: str = field(repr=False)  # It holds the password.
    _admin: Admin = field(repr=False)
    #: Where its Unix socket lies, its configuration and its data.
    folder: Path

    def create_database(self, template: str | None = None) -> str:
        """Create a database, empty or a copy of the one at the URL ``template``, and return its URL."""
        name = f"t{secrets.token_hex(8)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, _name(template) if template else "template0")
        return f"{self.address}/{name}"

    def drop_database(self, url: str) -> None:
        """Drop the database at ``url``, also when a test left connections to it open."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", _name(url))

    def _run(self, statement: LiteralString, *names: str) -> None:
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def running_server(
    configuration: str = "", files: Mapping[str, bytes] | None = None, *, is_standby: bool = False
) -> Iterator[PostgreSQLServer]:
    """Start a cluster in a temporary folder on a free loopback port; stop and remove it at the end.

    ``files`` are written beside its data. A standby waits for changes of a primary, which never come.
    """
    programs = find_programs()
    # PostgreSQL refuses to run as root; Debian's package brings the user it runs as.
    owner = "postgres" if os.geteuid() == 0 else None
    # Not below pytest's own temporary folder: that one is closed to this other user.
    folder = Path(tempfile.mkdtemp(prefix="stormpath-postgresql-"))
    try:
        password = _initialize(programs, folder, owner)
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(f"unix_socket_directories = '{folder}'\n{configuration}")
        for name, content in {**(files or {}), **({"standby.signal": b""} if is_standby else {})}.items():
            file = folder / "data" / name
            file.touch(mode=0o600)
            file.write_bytes(content)
            if owner:
                shutil.chown(file, owner)
        address, admin, watchdog = _start(programs, folder, owner, password)
        try:
            yield PostgreSQLServer(address, admin, folder)
        finally:
            admin.close()
            _stop(watchdog)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """Return the folder with ``initdb`` and ``postgres``: Debian's newest, else the PATH's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    if on_path := shutil.which("initdb"):
        found.insert(0, Path(on_path).resolve())
    if not found:
        raise ServerMissing("PostgreSQL is not installed; `make test` installs it")
    return found[-1].parent


def _initialize(programs: Path, folder: Path, owner: str | None) -> str:
    """Make the cluster; return its superuser's password: others on this machine reach loopback too."""
    password, password_file = secrets.token_urlsafe(), folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if owner:
        shutil.chown(folder, owner)
        shutil.chown(password_file, owner)
    where = [f"--pgdata={folder}/data", f"--username={SUPERUSER}", f"--pwfile={password_file}"]
    how = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    command = [str(programs / "initdb"), *where, *how]
    done = subprocess.run(
        command, **_identity(owner), cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")
    password_file.unlink()
    with (folder / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)
    return password


def _start(
    programs: Path, folder: Path, owner: str | None, password: str
) -> tuple[str, Admin, subprocess.Popen[bytes]]:
    log = folder / "log"
    for _ in range(START_ATTEMPTS):
        port = free_port()
        with log.open("wb") as output:
            watchdog = subprocess.Popen(
                ["/bin/sh", "-c", WATCHDOG, "postgresql-watchdog", programs / "postgres", folder, str(port)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                **_identity(owner),
                cwd=folder,
                start_new_session=True,  # Ctrl-C is for pytest, which then closes the pipe.
            )
        address = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}"
        if admin := _connect(f"{address}/postgres", log):
            return address, admin, watchdog
        _stop(watchdog)
    raise RuntimeError(f"PostgreSQL found no free port:\n{log.read_text()}")


def _connect(url: str, log: Path) -> Admin | None:
    """Return a connection as soon as the server is ready; None when another process had taken its port."""
    deadline = time.monotonic() + START_SECONDS
    # Its own log and not a connection: another process on the port may answer that, or let it hang.
    while not READY.search(said := log.read_text()):
        if "could not create any TCP/IP sockets" in said:
            return None
        if time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{said}")
        time.sleep(0.02)
    return psycopg.connect(url, autocommit=True)


def _stop(watchdog: subprocess.Popen[bytes]) -> None:
    watchdog.communicate(b"stop\n", timeout=START_SECONDS)


def _identity(owner: str | None) -> dict[str, Any]:
    return {"user": owner, "group": owner, "extra_groups": []} if owner else {}


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
