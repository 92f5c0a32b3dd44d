"""The ``stormpath`` command, run in a process of its own as people and scripts do."""

import contextlib
import io
import os
import re
import subprocess
from pathlib import Path
from unittest import mock

from support.programs import PROGRAMS, Program, command_line

SECONDS = 60

Done = subprocess.CompletedProcess[str]


def stormpath(*arguments: str, stdin: str = "", cwd: Path | None = None, **variables: str) -> Done:
    """Run the command to its end, not at a terminal, at home in ``cwd``."""
    home = {} if cwd is None else {"HOME": str(cwd)}
    return run(command_line(*arguments), stdin=stdin, cwd=cwd, **home, **variables)


def run(program: Program, stdin: str = "", cwd: Path | None = None, **variables: str) -> Done:
    """Run a program to its end."""
    process = PROGRAMS.start(
        program,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**quiet_environment(), **variables},
        cwd=cwd,
        text=True,
    )
    try:
        output, errors = process.communicate(stdin, timeout=SECONDS)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return Done(program.arguments, process.wait(), output, errors)


def in_this_process(*arguments: str, stdin: str = "", cwd: Path | None = None) -> Done:
    """Run the command as ``stormpath`` does, without the second that a new process takes to begin."""
    from stormpath.cli.commands import run

    output, errors = io.StringIO(), io.StringIO()
    with contextlib.ExitStack() as around:
        around.enter_context(contextlib.redirect_stdout(output))
        around.enter_context(contextlib.redirect_stderr(errors))
        around.enter_context(mock.patch("sys.stdin", io.StringIO(stdin)))
        if cwd is not None:
            around.enter_context(contextlib.chdir(cwd))
            around.enter_context(mock.patch.dict(os.environ, HOME=str(cwd)))
        status = run(list(arguments))
    return Done(arguments, status, output.getvalue(), errors.getvalue())


def quiet_environment() -> dict[str, str]:
    """Return the environment without the tests' password scheme, of which the service warns."""
    return {name: value for name, value in os.environ.items() if name != "STORMPATH_PASSWORD_HASHING"}


def assert_refused(done: Done, *words: str) -> None:
    """One line on standard error that has these words, nothing else, and exit status 2."""
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert re.fullmatch(r"stormpath: [^\n]+\n", done.stderr), done.stderr
    for each in words:
        assert each in done.stderr
