"""The program that runs Samba for the tests, as root: a domain controller has fixed ports.

It runs in a network namespace of its own, and passes connections from two free loopback ports of the tests on
to it: a socket belongs to the namespace in which it was made. The namespaces have no names and end with their
processes. Test processes share one domain controller: each holds a connection to the socket ``users``. When
the last of these has ended, as it does with a killed process too, Samba ends and its folder is removed.

    python samba_host.py FOLDER
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

REALM = "AD.EXAMPLE.TEST"
ADMINISTRATOR = "Administrator"
START_SECONDS = 60
PORTS = (389, 636)
#: Where Debian puts Samba, and only the superuser looks.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# LDAP alone: nothing else that a domain controller does is asked for. Nothing has to survive a power cut.
CONFIGURATION = """
[global]
netbios name = DC1
realm = {realm}
workgroup = EXAMPLE
server role = active directory domain controller
server services = ldap
interfaces = lo
bind interfaces only = yes
ldap server require strong auth = yes
tls certfile = {folder}/server.pem
tls keyfile = {folder}/server.pem
tls cafile = {folder}/server.pem
ldb:nosync = true
private dir = {folder}/private
state directory = {folder}/state
lock directory = {folder}
cache directory = {folder}/cache
pid directory = {folder}/pid
ncalrpc dir = {folder}/ncalrpc
log file = {folder}/log
panic action =
"""


def listen(folder: Path) -> None:
    """Make the sockets in the namespace of the tests; go on in the background, in namespaces of our own."""
    users = socket.socket(socket.AF_UNIX)
    users.bind(str(folder / "users"))
    # The tests need not be root.
    os.chmod(folder / "users", 0o666)  # noqa: S103  # The folder is closed to others.
    ports = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    for each in (users, *ports):
        each.listen()
        os.set_inheritable(each.fileno(), True)
    if os.fork():
        return
    os.setsid()
    numbers = [str(each.fileno()) for each in (users, *ports)]
    own = [program("unshare"), "--net", "--pid", "--fork", "--kill-child", sys.executable, "-I", __file__]
    os.execve(own[0], [*own, str(folder), *numbers], os.environ)  # noqa: S606  # No shell.


def serve(folder: Path, users: socket.socket, ports: list[socket.socket]) -> None:
    """Run Samba as long as a test process is connected."""
    count = Users(users)
    try:
        subprocess.run([program("ip"), "link", "set", "lo", "up"], check=True)
        password = provision(folder)
        start(folder)
        for listener, port in zip(ports, PORTS, strict=True):
            threading.Thread(target=accept, args=(listener, port), daemon=True).start()
        numbers = [each.getsockname()[1] for each in ports]
        count.greet({"ports": numbers, "user": f"{ADMINISTRATOR}@{REALM.lower()}", "password": password})
        count.wait()
    except Exception as problem:
        log = folder / "log"
        said = log.read_text(errors="replace")[-4000:] if log.exists() else ""
        count.greet({"problem": f"{problem}\n{said}"})
        count.wait()
    finally:
        remove(folder)


def remove(folder: Path) -> None:
    """Remove the folder, and the one of the test run when no other server is there."""
    parent = os.open(folder.parent, os.O_RDONLY)
    fcntl.flock(parent, fcntl.LOCK_EX)
    shutil.rmtree(folder, ignore_errors=True)
    if not any(each.is_dir() for each in folder.parent.iterdir()):
        shutil.rmtree(folder.parent, ignore_errors=True)


class Users:
    """The test processes that use the server."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._is_over = False
        self._greeting: bytes | None = None
        self._connected: set[socket.socket] = set()
        self._changed = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def greet(self, greeting: dict[str, object]) -> None:
        with self._changed:
            self._greeting = json.dumps(greeting).encode() + b"\n"
            for each in self._connected:
                send(each, self._greeting)

    def wait(self) -> None:
        """Return when all are gone. One that comes later is not taken, and starts another server."""
        with self._changed:
            self._changed.wait_for(lambda: not self._connected)
            self._is_over = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                if self._is_over:
                    client.close()
                    return
                self._connected.add(client)
                if self._greeting is not None:
                    send(client, self._greeting)
            threading.Thread(target=self._watch, args=(client,), daemon=True).start()

    def _watch(self, client: socket.socket) -> None:
        with suppress(OSError):
            while client.recv(64):
                pass
        with self._changed:
            self._connected.discard(client)
            self._changed.notify_all()


def program(name: str) -> str:
    return shutil.which(name, path=PATH) or name


def send(client: socket.socket, content: bytes) -> None:
    with suppress(OSError):
        client.sendall(content)


def provision(folder: Path) -> str:
    """Make the domain; return its administrator's password, which Samba chooses."""
    own = ["--targetdir", str(folder), "--host-name=dc1", "--host-ip=127.0.0.1", "--option=ldb:nosync=true"]
    kind = ["--realm", REALM, "--domain=EXAMPLE", "--server-role=dc", "--dns-backend=SAMBA_INTERNAL"]
    done = subprocess.run(
        [program("samba-tool"), "domain", "provision", *kind, *own, "--option=interfaces=lo"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        umask=0o077,
    )
    said = done.stdout + done.stderr
    if done.returncode or "Admin password:" not in said:
        raise RuntimeError(f"Samba made no domain:\n{said[-4000:]}")
    for each in ("cache", "pid", "ncalrpc"):
        (folder / each).mkdir(exist_ok=True)
    (folder / "own.conf").write_text(CONFIGURATION.format(realm=REALM, folder=folder))
    return said.partition("Admin password:")[2].split()[0]


def start(folder: Path) -> None:
    command = [program("samba"), "-s", str(folder / "own.conf"), "-F", "--no-process-group", "-M", "single"]
    with (folder / "log").open("ab") as output:
        samba = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder)
    deadline = time.monotonic() + START_SECONDS
    for port in PORTS:
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if samba.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Samba did not start")
            time.sleep(0.02)


def accept(listener: socket.socket, port: int) -> None:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=forward, args=(client, port), daemon=True).start()


def forward(client: socket.socket, port: int) -> None:
    with client, suppress(OSError), socket.create_connection(("127.0.0.1", port)) as server:
        back = threading.Thread(target=copy, args=(server, client), daemon=True)
        back.start()
        copy(client, server)
        back.join()


def copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(65536):
            target.sendall(content)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        listen(Path(sys.argv[1]))
    else:
        found = [socket.socket(fileno=int(each)) for each in sys.argv[2:]]
        serve(Path(sys.argv[1]), found[0], found[1:])
