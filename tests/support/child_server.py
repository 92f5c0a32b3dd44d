"""A server program on a loopback port that a test may kill, pause and restart."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from support.ports import free_port
from support.postgresql import ServerMissing

START_SECONDS = 30
START_ATTEMPTS = 5
PATIENCE_SECONDS = 10

# The shell outlives a test process that is killed: its standard input is a pipe that ends with that process,
# even when it is killed. Then the server ends too, even a paused one, and its folder is removed.
WATCHDOG = """
folder="$1"
shift
"$@" &
echo $!
read -r asked
kill -KILL $!
wait $!
[ "$asked" = stop ] || rm -rf "$folder"
"""


#: Where Debian puts some programs, and only the superuser looks.
SBIN = "/usr/sbin"


class ChildServer:
    """A server in a temporary folder of its own, on a free port of 127.0.0.1.

    It runs from its creation to the end of its ``with`` block, or of this process.
    """

    program: str
    # The names of the timeout options of its stores.
    timeouts: tuple[str, str]

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"stormpath-{self.program}-"))
        self._log = self.folder / "log"
        self._watchdog: subprocess.Popen[bytes] | None = None
        try:
            self._start_somewhere()
        except BaseException:
            self._remove()
            raise

    @property
    def store_opts(self) -> dict[str, Any]:
        """The options of a cache store for this server, with long timeouts: the machine may be busy."""
        return {"host": "127.0.0.1", "port": self.port, **dict.fromkeys(self.timeouts, PATIENCE_SECONDS)}

    def flush(self) -> None:
        """Flush the server, as another client may do at any time."""
        raise NotImplementedError

    def kill(self) -> None:
        """End the server as ``kill -9`` does: nothing is saved and no connection is closed properly."""
        self._end()

    def stop(self) -> None:
        """End the server, which saves what it holds if it can, for ``restart(with_data=True)``."""
        self._save()
        self._end()

    def pause(self) -> None:
        """Let the server hang: connections are accepted (by the kernel), questions get no answer."""
        os.kill(self.pid, signal.SIGSTOP)
        # Each of its threads stops at its own time, and may answer until then.
        deadline = time.monotonic() + START_SECONDS
        while not self._is_stopped():
            assert time.monotonic() < deadline, f"{self.program} did not stop"
            time.sleep(0.001)

    def _is_stopped(self) -> bool:
        states = [each.read_text().rpartition(")")[2].split()[0] for each in self._threads()]
        return set(states) == {"T"}

    def _threads(self) -> list[Path]:
        return list(Path(f"/proc/{self.pid}/task").glob("*/stat"))

    def resume(self) -> None:
        """Let the server continue with the requests received meanwhile."""
        os.kill(self.pid, signal.SIGCONT)

    def restart(self, with_data: bool = False) -> None:
        """Start the server again on its port: empty, or with what the last ``stop`` saved."""
        self._end()
        if not with_data:
            self._forget_saved()
        if not self._start():
            raise RuntimeError(f"{self.program} does not start again:\n{self._log.read_text()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._remove()

    def _start_somewhere(self) -> None:
        for _ in range(START_ATTEMPTS):
            self.port = free_port()
            if self._start():
                return
        raise RuntimeError(f"{self.program} found no free port:\n{self._log.read_text()}")

    def _start(self) -> bool:
        """Start the server; False when it ends at once, as it does when another process took its port."""
        if self._path() is None:
            raise ServerMissing(f"{self.program} is not installed; `make test` installs it")
        with self._log.open("ab") as output:
            self._watchdog = subprocess.Popen(
                ["/bin/sh", "-c", WATCHDOG, f"{self.program}-watchdog", self.folder, *self._command()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is for pytest, which then closes the pipe.
            )
        assert self._watchdog.stdout is not None
        self.pid = int(self._watchdog.stdout.readline())
        return self._is_ready()

    def _is_ready(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            # Compare process ids: another server on the port may answer alike.
            if self._answering_pid() == self.pid:
                return True
            if self._has_ended():
                self._end()
                return False
            time.sleep(0.01)
        raise RuntimeError(f"{self.program} did not start:\n{self._log.read_text()}")

    def _has_ended(self) -> bool:
        # Its watchdog may or may not have noticed yet.
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    def _end(self) -> None:
        if self._watchdog is not None:
            self._watchdog.communicate(b"stop\n", timeout=START_SECONDS)
            self._watchdog = None

    def _remove(self) -> None:
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self) -> str | None:
        """Return the path of the program, or ``None`` where it is not installed."""
        return shutil.which(self.program) or shutil.which(self.program, path=SBIN)

    def _command(self) -> list[str]:
        """Return the program and its arguments; it stays in the foreground."""
        raise NotImplementedError

    def _answering_pid(self) -> int | None:
        """Return the number of the process that answers on the port; None when there is none yet."""
        raise NotImplementedError

    def _save(self) -> None:
        """Save what the server holds."""

    def _forget_saved(self) -> None:
        """Remove what was saved."""
