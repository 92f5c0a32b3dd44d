"""The arguments of this process, which everybody on the machine may read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from stormpath.cli.urls import has_password

#: The variable that says the same as each option that may hold a password.
VARIABLES: Final = {"--database": "STORMPATH_DATABASE", "--smtp": "STORMPATH_SMTP_URL"}


def hide_passwords(given: Mapping[str, str | None]) -> None:
    """Begin again without the URLs of these options among the arguments when one of them holds a password.

    The environment, which tells them instead, is its owner's to read.
    """
    values = {option: url for option, url in given.items() if url is not None}
    arguments = list(without(values, sys.orig_argv))
    if arguments != sys.orig_argv and any(map(has_password, values.values())):
        os.environ |= {VARIABLES[option]: url for option, url in values.items()}
        os.execv(sys.executable, arguments)  # noqa: S606 - this program itself


def without(options: Iterable[str], arguments: Iterable[str]) -> Iterator[str]:
    """Leave options and their values out of a command line."""
    beginnings = tuple(f"{each}=" for each in options)
    names = set(options)
    remaining = iter(arguments)
    for each in remaining:
        if each in names:
            next(remaining, None)
        elif not each.startswith(beginnings):
            yield each
