"""What goes wrong on the command line: one line on standard error, and an exit status."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Final

import typer

DONE: Final = 0
FAILED: Final = 1
REFUSED: Final = 2
INTERRUPTED: Final = 130

#: The extra that brings a module which is missing.
_EXTRAS: Final = {"psycopg": "postgresql"} | dict.fromkeys(
    (
        "alembic",
        "argon2",
        "bcrypt",
        "cryptography",
        "falcon",
        "granian",
        "limits",
        "msgspec",
        "rich",
        "sqlalchemy",
    ),
    "server",
)

# The base of every "no such option", under each of the names it has had in Typer and Click.
_USAGE_ERROR: Final = next(each for each in typer.BadParameter.__mro__ if each.__name__ == "UsageError")


class CommandError(Exception):
    """What ends a command: one line that says what is wrong and what to do, and an exit status."""

    def __init__(self, message: str, status: int = REFUSED) -> None:
        super().__init__(message)
        self.status = status


def exit_status(action: Callable[[], object], *, verbose: bool) -> int:
    """Return the exit status of an action; complain on standard error when it fails.

    A bug of ours is one line, too: a trace may hold what nobody should read. ``verbose`` shows it.
    """
    try:
        action()
    except (KeyboardInterrupt, typer.Abort):
        return _complain(INTERRUPTED, "stopped.")
    except BrokenPipeError:
        # Whoever reads has seen enough; Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if verbose:
            traceback.print_exc()
        return _complain(*explain(error))
    return DONE


def explain(error: Exception) -> tuple[int, str]:
    """Return the exit status and the line for an exception."""
    if isinstance(error, ModuleNotFoundError) and error.name is not None:
        package = error.name.partition(".")[0]
        if extra := _EXTRAS.get(package):
            return REFUSED, f"{package} is not installed: pip install 'stormpath[{extra}]'"
    if isinstance(error, _USAGE_ERROR):
        return REFUSED, _explain_usage(error)
    if isinstance(error, CommandError):
        return error.status, str(error)
    if isinstance(error, _refusals()):
        return REFUSED, str(error)
    return FAILED, f"something unexpected went wrong ({type(error).__name__}). Add --verbose to see where."


def _refusals() -> tuple[type[Exception], ...]:
    """Return what the SDK and the service say no with; which only a failure has time to import."""
    from stormpath.error import Error

    try:
        from stormpath.server.app import CannotOpen
        from stormpath.server.contract import StorageError
        from stormpath.server.refusals import Refusal
    except ModuleNotFoundError:
        return (Error,)
    return Error, CannotOpen, StorageError, Refusal


def _explain_usage(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    command = "stormpath" if context is None else context.command_path
    message = getattr(error, "format_message", error.__str__)().rstrip(".")
    return f"{message}. See {command} --help."


def _complain(status: int, message: str) -> int:
    print(f"stormpath: {' '.join(message.split())}", file=sys.stderr)
    return status
