"""Errors of commands: exit statuses, and the one line on standard error."""

import pytest
import typer

from stormpath.cli.errors import CommandError, exit_status, explain
from stormpath.error import Error
from stormpath.server.app import CannotOpen
from stormpath.server.domain.storage import Busy
from stormpath.server.schema.errors import ApiError, Code


def failing_with(error):
    def action():
        raise error

    return action


@pytest.mark.parametrize(
    "error",
    [
        CommandError("Too bad: do better."),
        CannotOpen("Too bad: do better."),
        Busy("Too bad: do better."),
        ApiError(Code.INVALID, "Too bad: do better."),
        Error({"developerMessage": "Too bad: do better."}),
    ],
)
def test_an_error_that_a_user_can_fix_is_one_line_and_status_2(error, capsys):
    status = exit_status(failing_with(error), verbose=False)

    assert (status, capsys.readouterr().err) == (2, "stormpath: Too bad: do better.\n")


def test_a_message_of_several_lines_becomes_one(capsys):
    exit_status(failing_with(CommandError("One.\n   Two.\n")), verbose=False)

    assert capsys.readouterr().err == "stormpath: One. Two.\n"


def test_a_bug_is_one_line_without_its_text_which_may_hold_a_secret(capsys):
    status = exit_status(failing_with(KeyError("hunter2")), verbose=False)

    said = capsys.readouterr().err
    assert status == 1
    assert said == "stormpath: something unexpected went wrong (KeyError). Add --verbose to see where.\n"


def test_verbose_shows_the_trace(capsys):
    exit_status(failing_with(KeyError("where")), verbose=True)

    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), typer.Abort()])
def test_an_interruption_has_status_130_as_in_a_shell(interruption, capsys):
    assert exit_status(failing_with(interruption), verbose=False) == 130


def test_an_action_that_returns_has_status_0_and_prints_nothing(capsys):
    assert exit_status(lambda: "anything", verbose=False) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("module", "extra"), [("psycopg", "postgresql"), ("granian.server", "server")])
def test_a_missing_package_is_reported_with_the_extra_that_installs_it(module, extra):
    status, line = explain(ModuleNotFoundError(f"No module named {module!r}", name=module))

    assert status == 2
    assert line.endswith(f"is not installed: pip install 'stormpath[{extra}]'")


def test_a_missing_module_of_stormpath_is_a_bug():
    assert explain(ModuleNotFoundError("No module", name="stormpath.cli.nothing"))[0] == 1
