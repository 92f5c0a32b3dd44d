"""The ``stormpath`` command at a terminal: its output is read and answers are typed."""

import os
import pty
import select
import subprocess
from types import TracebackType
from typing import Self

from support.command import SECONDS
from support.programs import PROGRAMS, command_line


class Terminal:
    """A pseudo-terminal that runs the command. ``output`` holds its output and the echoed input."""

    def __init__(self, *arguments: str, environment: dict[str, str]) -> None:
        self.output = ""
        self._unread = ""
        self._terminal, inner = pty.openpty()
        self._process = PROGRAMS.start(
            command_line(*arguments),
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=environment,
            start_new_session=True,
            takes_terminal=True,
        )
        os.close(inner)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._terminal)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def wait_for(self, text: str) -> None:
        """Wait until the command prints a text."""
        while text not in self._unread:
            assert self._read(), f"The command ended before it said {text!r}:\n{self.output}"
        self._unread = self._unread.partition(text)[2]

    def answer(self, question: str, answer: str) -> None:
        """Wait for a question and type the answer."""
        self.wait_for(question)
        os.write(self._terminal, f"{answer}\n".encode())

    def interrupt(self) -> None:
        """Press Ctrl-C, and once more when nothing happens.

        Python misses it between its last check for signals and its read of the terminal.
        """
        for _ in range(SECONDS):
            os.write(self._terminal, b"\x03")
            try:
                self._process.wait(1)
            except subprocess.TimeoutExpired:
                continue
            return

    def exit_status(self) -> int:
        """Read to the end and return the exit status."""
        while self._read():
            pass
        return self._process.wait(SECONDS)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], SECONDS)
        assert ready, f"The command waits for something:\n{self.output}"
        try:
            more = os.read(self._terminal, 1000).decode()
        except OSError:  # The other side has closed it.
            return False
        self.output += more
        self._unread += more
        return bool(more)
