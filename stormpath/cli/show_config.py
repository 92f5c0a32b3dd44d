"""``stormpath serve --show-config``: every setting that the service would run with, and its source."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stormpath.cli import serve
from stormpath.cli.address import Address
from stormpath.cli.arguments import MOVED
from stormpath.cli.errors import CommandError
from stormpath.cli.printable import escape_unencodable_output, printable
from stormpath.cli.urls import without_password

if TYPE_CHECKING:
    from stormpath.server.settings import Settings

#: The option of each setting that has one; it goes before the environment.
_OPTIONS: Final = {
    "database": "--database",
    "base_url": "--base-url",
    "smtp_url": "--smtp",
    "mail_from": "--mail-from",
    "console": "--no-console",
    "agents": "--agents",
}

#: The options on which the default of a setting depends.
_DEFAULTS: Final = {"base_url": "--bind", "hash_slots": "--workers"}

_MASK: Final = "***"
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PARAMETERS: Final = re.compile(r"\?.+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the settings come from: ``is_given`` tells whether a parameter of the command line is given.

    ``files`` are those that hold the value of a setting, if they are given.
    """

    is_given: Callable[[str], bool]
    files: Mapping[str, Path | None]

    def of(self, name: str, variable: str) -> str:
        """Return the source of a setting, with the option or the file that it is."""
        if (file := self.files.get(name)) is not None:
            return f"file {file}"
        if self._is_on_command_line(_OPTIONS.get(name)):
            return f"option {_OPTIONS[name]}"
        if os.environ.get(variable):
            return "environment"
        return f"option {_DEFAULTS[name]}" if self._is_on_command_line(_DEFAULTS.get(name)) else "default"

    def _is_on_command_line(self, option: str | None) -> bool:
        if option is None:
            return False
        # One with a password is in the environment by now.
        is_moved = option in os.environ.get(MOVED, "").split(",")
        return is_moved or self.is_given(option.removeprefix("--").replace("-", "_"))


def show_config(
    database: str,
    bind: str,
    workers: int,
    base_url: str | None,
    *,
    smtp: str | None,
    mail_from: str | None,
    no_console: bool,
    agents: bool,
    sources: Sources,
) -> None:
    """Print the settings with which ``serve`` would run, one a line: ``NAME=value  # source``.

    Values are quoted as a shell reads them; secrets, and passwords in URLs, are ``***``. Settings with which
    the service cannot start are refused as ``serve`` refuses them. The database is not touched.
    """
    from stormpath.server.app import check
    from stormpath.server.settings import Settings

    serve.check_options(workers, base_url, smtp)
    address = Address.parse(bind)
    variables = serve.variables(
        database,
        base_url or address.base_url,
        workers,
        smtp,
        mail_from,
        no_console=no_console,
        agents=agents,
    )
    try:
        settings = Settings.from_environment({**os.environ, **variables})
    except ValueError as error:
        raise CommandError(str(error)) from error
    check(settings)
    escape_unencodable_output()
    print("\n".join(_lines(settings, sources)))


def _lines(settings: Settings, sources: Sources) -> Iterator[str]:
    from stormpath.server.settings import variable_of

    for each in fields(settings):
        variable = variable_of(each.name)
        value = _shown(getattr(settings, each.name), is_secret=not each.repr)
        yield f"{variable}={value}  # {printable(sources.of(each.name, variable))}"


def _shown(value: object, *, is_secret: bool) -> str:
    if value is None or value == "":
        return ""
    # A secret that is no URL has no part that may be shown.
    text = _MASK if is_secret and not _URL.match(str(value)) else without_password(str(value))
    if is_secret and text.startswith("http"):
        # Some gateways take their key there.
        text = _PARAMETERS.sub("?***", text)
    return shlex.quote(printable(text)) if text != _MASK else _MASK
