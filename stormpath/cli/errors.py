"""Errors of commands: one line on standard error, and an exit status."""

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

#: The extra that installs a missing module.
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

# The base class of all usage errors; Typer and Click have had it under several names.
_USAGE_ERROR: Final = next(each for each in typer.BadParameter.__mro__ if each.__name__ == "UsageError")


class CommandError(Exception):
    """An error that ends a command: one line that says what is wrong and what to do, and an exit status."""

    def __init__(self, message: str, status: int = REFUSED) -> None:
        super().__init__(message)
        self.status = status


def exit_status(action: Callable[[], object], *, verbose: bool) -> int:
    """Return the exit status of an action; print one line to standard error if it fails.

    Unexpected errors are one line, too: a traceback may contain secrets. ``verbose`` prints it.
    """
    try:
        action()
    except (KeyboardInterrupt, typer.Abort):
        return _print_error(INTERRUPTED, "stopped.")
    except BrokenPipeError:
        # The reader of the output is gone; Python would print an error when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if verbose:
            traceback.print_exc()
        return _print_error(*explain(error))
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
        return REFUSED, getattr(error, "text_for_people", str(error))
    return FAILED, f"something unexpected went wrong ({type(error).__name__}). Add --verbose to see where."


def _refusals() -> tuple[type[Exception], ...]:
    """Return the expected errors of the SDK and the service; they are imported only after a failure."""
    from stormpath.error import Error

    try:
        from stormpath.server.app import CannotOpen
        from stormpath.server.domain.storage import StorageError
        from stormpath.server.schema.errors import ApiError
    except ModuleNotFoundError:
        return (Error,)
    return Error, CannotOpen, StorageError, ApiError


def _explain_usage(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    command = "stormpath" if context is None else context.command_path
    message = getattr(error, "format_message", error.__str__)().rstrip(".")
    return f"{message}. See {command} --help."


def _print_error(status: int, message: str) -> int:
    print(f"stormpath: {' '.join(message.split())}", file=sys.stderr)
    return status
