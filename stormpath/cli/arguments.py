"""The arguments of this process: every user of the machine can read them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Final

from stormpath.cli.urls import has_password

#: The environment variable of each option that may hold a password.
VARIABLES: Final = {"--database": "STORMPATH_DATABASE", "--smtp": "STORMPATH_SMTP_URL"}


#: Names the options that were moved into the environment, with commas between.
MOVED: Final = "STORMPATH_MOVED_OPTIONS"


def hide_passwords() -> None:
    """Execute this program again without the options whose URLs hold a password, if there are any.

    The URLs are passed in the environment instead, which only its owner can read. To be called before
    anything else is imported: until then, every user can read the passwords.
    """
    values = dict(given(VARIABLES, sys.orig_argv))
    hidden = {option for option, url in given(VARIABLES, sys.orig_argv) if has_password(url)}
    if hidden:
        os.environ |= {VARIABLES[option]: values[option] for option in hidden}
        os.environ[MOVED] = ",".join(sorted(hidden))
        os.execv(sys.executable, list(without(hidden, sys.orig_argv)))  # noqa: S606 - this program itself


def given(options: Iterable[str], arguments: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield these options with their values, in the order of a command line."""
    names = set(options)
    remaining = iter(arguments)
    for each in remaining:
        name, is_joined, value = each.partition("=")
        if name in names and is_joined:
            yield name, value
        elif each in names and (following := next(remaining, None)) is not None:
            yield each, following


def without(options: Iterable[str], arguments: Iterable[str]) -> Iterator[str]:
    """Yield the arguments of a command line without these options and their values."""
    beginnings = tuple(f"{each}=" for each in options)
    names = set(options)
    remaining = iter(arguments)
    for each in remaining:
        if each in names:
            next(remaining, None)
        elif not each.startswith(beginnings):
            yield each
