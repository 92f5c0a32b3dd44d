"""The Sphinx directive ``.. settings::``, a table of the service's settings made of their declarations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, fields

from declared_table import DeclaredTable, Row
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from stormpath.server.settings import SETTINGS, Settings, variable_of


class SettingsReference(DeclaredTable):
    """The table of settings."""

    head = ("Variable", "Default", "Meaning")
    widths = "36 18 46"

    @classmethod
    def rows(cls) -> Iterable[Row]:
        """Return variable, default and meaning of each setting.

        A default that is none, or differs from machine to machine, is left to the meaning.
        """
        return [
            (
                f"``{variable_of(each.name)}``",
                "" if each.default in (None, MISSING, "") else f"``{each.default}``",
                SETTINGS[each.name].help,
            )
            for each in fields(Settings)
        ]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive."""
    app.add_directive("settings", SettingsReference)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
