"""``stormpath quickstart``: runs the tour step by step, and shows the results."""

from __future__ import annotations

import ast
import io
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.pretty import pretty_repr
from rich.syntax import Syntax
from rich.text import Text

from stormpath.cli import tour
from stormpath.cli.address import Address
from stormpath.cli.errors import CommandError
from stormpath.server.logs.security import LOGGER as SECURITY

FILE: Final = Path("stormpath-quickstart.db")
DATABASE: Final = f"sqlite:///{FILE}"

#: The default address of clients and the service.
_USUAL: Final = Address("127.0.0.1", 8080)

_COMMAND: Final = (sys.executable, "-c", "from stormpath.cli import main; main()")

_FAREWELL: Final = """
All of it is still there, in {file}:

  $ python
  >>> from stormpath import Client
  >>> client = Client(database="{database}")

For your own application, a database, an administrator and an API key of its own:

  $ stormpath init --database sqlite:///users.db --admin-email you@example.com
  $ stormpath serve --database sqlite:///users.db

docs/quickstart.rst goes on from here."""


def quickstart() -> None:
    """Show user management at work on a database in the current folder, embedded first and then served."""
    address = _free_address()
    _clear_environment()
    # The tour tries a wrong password, which is a warning: without a handler it would be printed.
    logging.getLogger(SECURITY).addHandler(logging.NullHandler())
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # Not every terminal has an arrow.
    show = Show(Console(highlight=False))
    show.say("User management in one pip install. Each line below runs as you read it.")
    show.chapter(tour.opening(DATABASE, None if address == _USUAL else address.base_url))
    with show.names["client"] as client:
        if any(client.applications.search({"name": tour.NAME})):
            show.chapter(tour.AGAIN)
        for each in tour.CHAPTERS:
            show.chapter(each)
        _confirm_an_address(show)
        with _served(address, show):
            show.chapter(tour.served(address.base_url))
            show.names["remote"].close()
    show.say(_FAREWELL.format(file=FILE.absolute(), database=DATABASE))


def _confirm_an_address(show: Show) -> None:
    show.chapter(tour.REGISTRATION)
    mail = show.command(tour.READING_MAIL.format(database=DATABASE))
    show.chapter(tour.confirmation(mail.partition("sptoken=")[2].split()[0]))


def _free_address() -> Address:
    try:
        return _USUAL.bindable()
    except CommandError:
        return Address(_USUAL.host, 0).bindable()


def _clear_environment() -> None:
    # The user's settings for other purposes must not change the tour. Those for secrets and passwords stay:
    # the database opens the next time only with the same ones.
    for name in ("STORMPATH_BASE_URL", "STORMPATH_CLIENT_BASEURL", "STORMPATH_DATABASE"):
        os.environ.pop(name, None)
    # A proxy does not lead to this machine.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1"


_NOTHING: Final = Text()


class Show:
    """Runs Python source, and prints it together with its results.

    ``names`` are the variables of the program so far.
    """

    def __init__(self, console: Console) -> None:
        self.names: dict[str, Any] = {}
        self._console = console
        self._needs_space = False

    def chapter(self, chapter: tour.Chapter) -> None:
        """Show a title and its steps."""
        self.title(chapter.title)
        for each in chapter.steps:
            self.step(each)

    def title(self, title: str) -> None:
        """Show a title."""
        self._print()
        self._print(Text(title, "bold"))
        self._print()
        self._needs_space = False

    def step(self, source: str) -> None:
        """Show a piece of Python, run it, and show its output and the value of its last expression."""
        self._print_code(source, "python")
        printed, value = self._run(source)
        self.result(printed + ("" if value is None else pretty_repr(value, max_width=100)))

    def announce(self, line: str) -> None:
        """Show a command line that another process runs."""
        self._print_code(f"$ {line}", "console")

    def command(self, line: str) -> str:
        """Show a command line of this program, run it, and show and return its output."""
        from stormpath.cli.commands import run

        self.announce(line)
        output = io.StringIO()
        with redirect_stdout(output):
            status = run(line.split()[1:])
        if status != 0:
            raise CommandError(f"{line} ended with status {status}.", status)
        self.result(output.getvalue())
        return output.getvalue()

    def result(self, text: str) -> None:
        """Show a result."""
        for line in text.splitlines():
            self._print(Text.assemble(("  → ", "dim"), (line, "green")))
            self._needs_space = True

    def say(self, text: str) -> None:
        """Show a sentence."""
        self._print(Text(text))

    def _print_code(self, source: str, language: str) -> None:
        code = Syntax(source, language, theme="ansi_dark", background_color="default").highlight(source)
        code.rstrip()
        if self._needs_space:
            self._print()
            self._needs_space = False
        for line in code.split("\n", allow_blank=True):
            self._print(Text.assemble("  ", line) if line.plain else line)

    def _print(self, text: Text = _NOTHING) -> None:
        # Long lines are left to the terminal to wrap: text copied from it must be complete.
        self._console.print(text, soft_wrap=True)

    def _run(self, source: str) -> tuple[str, Any]:
        program = ast.parse(source)
        last = program.body.pop() if isinstance(program.body[-1], ast.Expr) else None
        output, value = io.StringIO(), None
        with redirect_stdout(output):
            exec(compile(program, "<quickstart>", "exec"), self.names)  # noqa: S102 - our own text
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), "<quickstart>", "eval"), self.names)  # noqa: S307 - as above
        return output.getvalue(), value


@contextmanager
def _served(address: Address, show: Show) -> Iterator[None]:
    """Show ``stormpath serve``, which runs as long as the block, and its end."""
    options = ["serve", "--database", DATABASE, "--bind", str(address)]
    show.title("The same database, served to everybody else")
    show.announce(" ".join(["stormpath", *options]))
    process = subprocess.Popen(  # noqa: S603 - this program itself
        [*_COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        show.result(_first_line(process))
        yield
        show.title("The service stops, after finishing what it has begun")
        show.announce(f"kill {process.pid}")
        process.send_signal(signal.SIGTERM)
        show.result(f"exit status {process.wait()}")
    finally:
        process.kill()
        process.communicate()


def _first_line(process: subprocess.Popen[str]) -> str:
    """Return the line that the service prints once it answers."""
    line = process.stdout.readline().rstrip() if process.stdout else ""
    if not line:
        complaint = process.communicate()[1].strip().rpartition("stormpath: ")[2]
        raise CommandError(complaint or "The service did not start.", process.returncode)
    return line
