"""A program of the tests is the same process, forked or started by Python."""

import os
import signal
import subprocess

import pytest

from support.command import run
from support.programs import PROGRAMS, Forked, command_line, text


@pytest.fixture(params=[True, False], ids=["forked", "started"])
def are_forked(request, monkeypatch):
    monkeypatch.setattr(PROGRAMS, "are_forked", request.param)
    return request.param


def test_it_has_its_own_streams_environment_folder_and_status(are_forked, tmp_path):
    program = text(
        "import os, sys; print(input(), os.environ['WHO'], os.getcwd(), *sys.argv); sys.exit('no')",
        "one",
        "two",
    )

    done = run(program, stdin="hello\n", cwd=tmp_path, WHO="han")

    assert (done.returncode, done.stderr) == (1, "no\n")
    assert done.stdout == f"hello han {tmp_path} -c one two\n"


def test_it_ends_as_a_program_does(are_forked):
    done = run(text("import atexit; atexit.register(print, 'at the end'); print('before')"))

    assert (done.returncode, done.stdout, done.stderr) == (0, "before\nat the end\n", "")


def test_its_warnings_are_errors(are_forked):
    done = run(text("import warnings; warnings.warn('old')"))

    assert done.returncode == 1
    assert done.stderr.endswith("UserWarning: old\n")


def test_a_signal_ends_it(are_forked):
    program = text("print('ready', flush=True); input()")
    pipe = subprocess.PIPE
    process = PROGRAMS.start(program, env=os.environ, stdin=pipe, stdout=pipe, text=True)
    assert process.stdout.readline() == "ready\n"
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)

    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == -signal.SIGTERM
    process.communicate()


def test_programs_of_a_usual_run_are_forked(are_forked):
    process = PROGRAMS.start(command_line("--version"), env=os.environ, stdout=subprocess.DEVNULL)

    assert process.wait(10) == 0
    assert isinstance(process, Forked) is are_forked
