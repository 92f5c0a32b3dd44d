"""The terminal and the user at it, if there is one."""

from __future__ import annotations

import getpass
import sys

from stormpath.cli.errors import CommandError


class Terminal:
    """Standard input and output. Questions are asked only where a user can answer them."""

    @property
    def is_attended(self) -> bool:
        """Whether a user types the input and reads the output."""
        return sys.stdin.isatty() and sys.stdout.isatty()

    def say(self, line: str = "") -> None:
        """Print a line."""
        print(line, flush=True)

    def ask(self, question: str) -> str:
        """Return the answer to a question, without the spaces around it."""
        return input(f"{question}: ").strip()

    def ask_hidden(self, question: str) -> str:
        """Return an answer that is not shown while it is typed."""
        return getpass.getpass(f"{question}: ")

    def read_line(self) -> str:
        """Return the first line of standard input, from a file or a pipe."""
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise CommandError(
                "--password-stdin: standard input holds no password; write it there on one line."
            )
        return line
