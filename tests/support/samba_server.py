"""A real domain controller of Active Directory for the tests: Samba, one for all processes of a test run."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support import certificates, samba_host
from support.postgresql import ServerMissing

SECONDS = 120
CURRENT = "current"
BASE = "DC=ad,DC=example,DC=test"


@dataclass
class SambaServer:
    """A running domain controller, reached on ports of 127.0.0.1. It takes passwords over TLS alone."""

    port: int
    tls_port: int
    #: The administrator, by its user principal name.
    user: str
    password: str = field(repr=False)
    #: Its certificate, which is its own CA.
    ca_file: Path
    base: str = BASE

    def own_base(self) -> str:
        """Return the DN of an organizational unit that does not exist yet."""
        return f"OU=t{secrets.token_hex(6)},{self.base}"


@contextmanager
def running_server(run: str) -> Iterator[SambaServer]:
    """Start the domain controller of this test run, or use it; the last process that leaves it ends it."""
    folder = Path(tempfile.gettempdir(), f"stormpath-samba-{run}")
    with _locked(folder):
        user = _connect(folder) or _start(folder)
        with user.makefile() as lines:
            greeting = json.loads(lines.readline())
    with user:
        if "problem" in greeting:
            raise RuntimeError(greeting["problem"])
        port, tls_port = greeting["ports"]
        certificate = (folder / CURRENT).resolve() / "server.pem"
        yield SambaServer(port, tls_port, greeting["user"], greeting["password"], certificate)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock the folder of the test run, which a server that ends may remove at any time."""
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        number = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            if folder.exists() and os.path.samestat(os.fstat(number), folder.stat()):
                yield
                return
        finally:
            os.close(number)


def _connect(folder: Path) -> socket.socket | None:
    """Become a user of the server that runs; ``None`` when there is none, or it is about to end."""
    user = socket.socket(socket.AF_UNIX)
    user.settimeout(SECONDS)
    try:
        user.connect(str(folder / CURRENT / "users"))
        if user.recv(1, socket.MSG_PEEK):
            return user
    except (FileNotFoundError, ConnectionError):
        pass
    user.close()
    return None


def _start(folder: Path) -> socket.socket:
    if shutil.which("samba", path=samba_host.PATH) is None:
        raise ServerMissing("Samba is not installed; `make test` installs it")
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if as_root and shutil.which("sudo") is None:
        raise ServerMissing("Samba runs in a network namespace: run the tests as root, or install sudo")
    # A folder for each server: the former one may be about to be removed.
    own = Path(tempfile.mkdtemp(dir=folder))
    certificates.self_signed(own).rename(own / "server.pem")
    (own / "server.pem").chmod(0o600)
    (folder / CURRENT).unlink(missing_ok=True)
    (folder / CURRENT).symlink_to(own.name)
    with (own / "log").open("wb") as log:
        started = subprocess.run(
            [*as_root, sys.executable, "-I", samba_host.__file__, str(own)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    user = None if started.returncode else _connect(folder)
    if user is None:
        said = (own / "log").read_text(errors="replace")
        shutil.rmtree(own, ignore_errors=True)
        raise RuntimeError(
            f"Samba runs in a network namespace: the tests start it as root or by sudo.\n{said}"
        )
    return user
