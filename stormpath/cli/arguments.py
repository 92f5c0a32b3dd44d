"""The arguments of this process: every user of the machine can read them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from stormpath.cli.urls import has_password

#: The environment variable of each option that may hold a password.
VARIABLES: Final = {"--database": "STORMPATH_DATABASE", "--smtp": "STORMPATH_SMTP_URL"}


def hide_passwords(given: Mapping[str, str | None]) -> None:
    """Execute this program again without these options if one of their URLs holds a password.

    The URLs are passed in the environment instead, which only its owner can read.
    """
    values = {option: url for option, url in given.items() if url is not None}
    arguments = list(without(values, sys.orig_argv))
    if arguments != sys.orig_argv and any(map(has_password, values.values())):
        os.environ |= {VARIABLES[option]: url for option, url in values.items()}
        os.execv(sys.executable, arguments)  # noqa: S606 - this program itself


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
