"""Our programs in processes of their own, with the interface of ``subprocess.Popen`` as far as it is used.

A usual run forks them from a process that has imported all they need, which saves half a second of each start
(see ``fork_server.py``). With another ``--depth`` each is started as its user starts it.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

#: The program that pip installed beside this interpreter, as a user runs it.
PROGRAM = str(Path(sys.executable).with_name("stormpath"))

_TESTS = Path(__file__).parents[1]
_PATH = [str(_TESTS.parent), str(_TESTS)]
_FORK_SERVER = Path(__file__).with_name("fork_server.py")


@dataclass(frozen=True)
class Program:
    """A program in Python: how a user starts it, and its text, for a fork."""

    command: list[str]
    name: str
    code: str
    arguments: list[str]
    #: Of the tests' own programs, which import the package and ``support`` from this checkout.
    is_test: bool = False


def command_line(*arguments: str) -> Program:
    """Return the ``stormpath`` command."""
    code = "import sys\nfrom stormpath.cli import main\nsys.exit(main())"
    return Program([PROGRAM, *arguments], PROGRAM, code, [PROGRAM, *arguments])


def script(path: Path, *arguments: str) -> Program:
    """Return a file of the tests, whose warnings are errors."""
    command = [sys.executable, "-W", "error", str(path), *arguments]
    return Program(command, str(path), path.read_text(), [str(path), *arguments], True)


def text(code: str, *arguments: str) -> Program:
    """Return a program whose text is given, and whose warnings are errors."""
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    return Program(command, "<string>", code, ["-c", *arguments], is_test=True)


class Forked:
    """A program that runs as a fork; ``stdin``, ``stdout`` and ``stderr`` are its pipes, if any."""

    def __init__(self, pid: int, status: int, streams: list[IO[Any] | None]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdin, self.stdout, self.stderr = streams
        self._status = status

    def poll(self) -> int | None:
        return self._await(0)

    def wait(self, timeout: float | None = None) -> int:
        status = self._await(timeout)
        if status is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return status

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:
        """Return what the program wrote until its end, and wait for that."""
        end = None if timeout is None else time.monotonic() + timeout
        written: dict[str, Any] = {}

        def read(name: str, stream: IO[Any]) -> None:
            written[name] = stream.read()
            stream.close()

        readers = [
            threading.Thread(target=read, args=(name, stream), daemon=True)
            for name in ("stdout", "stderr")
            if (stream := getattr(self, name)) is not None and not stream.closed
        ]
        for each in readers:
            each.start()
        if self.stdin is not None and not self.stdin.closed:
            try:
                self.stdin.write(input or "")
                self.stdin.close()
            except BrokenPipeError:
                pass  # As with ``subprocess.Popen``: its exit status says what happened.
        for each in readers:
            each.join(None if end is None else max(0, end - time.monotonic()))
            if each.is_alive():
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        self.wait(None if end is None else max(0, end - time.monotonic()))
        return written.get("stdout"), written.get("stderr")

    def send_signal(self, number: int) -> None:
        # Its number may be another process's as soon as the fork server has seen its end.
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __del__(self) -> None:
        if self.returncode is None:
            os.close(self._status)

    def _await(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], timeout)[0]:
            self.returncode = int(os.read(self._status, 20))
            os.close(self._status)
        return self.returncode


Process = subprocess.Popen[Any] | Forked


class Programs:
    """Starts programs: in new processes, or as forks of one that it starts for the first of them."""

    def __init__(self) -> None:
        self.are_forked = False
        self._control: socket.socket | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def start(
        self,
        program: Program,
        *,
        env: Mapping[str, str],
        stdin: Any = None,
        stdout: Any = None,
        stderr: Any = None,
        cwd: Path | None = None,
        text: bool = False,
        start_new_session: bool = False,
        takes_terminal: bool = False,
    ) -> Process:
        """Start a program; the arguments are those of ``subprocess.Popen``."""
        if program.is_test:
            env = {**env, "PYTHONPATH": os.pathsep.join(_PATH)}
        if not self.are_forked or not _has_our_interpreter(env):
            return subprocess.Popen(
                program.command,
                env=env,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                cwd=cwd,
                text=text,
                start_new_session=start_new_session,
                preexec_fn=_take_the_terminal if takes_terminal else None,
            )
        order = {
            "arguments": program.arguments,
            "code": program.code,
            "environment": dict(env),
            "folder": str(cwd or Path.cwd()),
            "name": program.name,
            "new_session": start_new_session,
            "takes_terminal": takes_terminal,
            "warnings_are_errors": program.is_test,
        }
        status, told = os.pipe()
        ours: list[IO[Any] | None] = []
        theirs: list[int] = []
        for number, wanted in enumerate((stdin, stdout, stderr)):
            if wanted == subprocess.PIPE:
                reads, writes = os.pipe()
                mine, other, mode = (reads, writes, "r") if number else (writes, reads, "w")
                ours.append(open(mine, mode if text else f"{mode}b"))  # noqa: SIM115  # the caller's
            else:
                ours.append(None)
                other = _descriptor(number, wanted, theirs)
            theirs.append(other)
        try:
            return Forked(self._order(order, [*theirs, told]), status, ours)
        finally:
            for each in (*theirs, told):
                os.close(each)

    def close(self) -> None:
        """End the process that forks; the programs go on."""
        if self._control is not None and self._server is not None:
            self._control.close()
            self._server.wait()
            self._control = self._server = None

    def _order(self, order: dict[str, Any], descriptors: list[int]) -> int:
        with self._lock:
            if self._control is None:
                self._control = self._begin()
            socket.send_fds(self._control, [json.dumps(order).encode()], descriptors)
            return int(self._control.recv(100))

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, str(_FORK_SERVER), str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(_PATH)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for pytest, which then closes the socket.
            )
        return ours


def _descriptor(number: int, wanted: Any, others: list[int]) -> int:
    if wanted is None:
        return os.dup(number)
    if wanted == subprocess.DEVNULL:
        return os.open(os.devnull, os.O_RDWR)
    if wanted == subprocess.STDOUT:
        return os.dup(others[1])
    return os.dup(wanted if isinstance(wanted, int) else wanted.fileno())


def _has_our_interpreter(env: Mapping[str, str]) -> bool:
    """Tell whether an interpreter with that environment is like the one that forks."""
    return all(
        env.get(each) == os.environ.get(each)
        for each in env.keys() | os.environ.keys()
        if each.startswith(("PYTHON", "LC_", "LANG")) and each != "PYTHONPATH"
    )


def _take_the_terminal() -> None:
    # Tests that run in the background ignore Ctrl-C, and what they start would inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


#: The ones that start the programs of all tests in this process.
PROGRAMS = Programs()
