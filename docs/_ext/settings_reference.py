"""The Sphinx directive ``.. settings::``, a table of the service's settings made of their declarations."""

from __future__ import annotations

from dataclasses import MISSING, fields

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from stormpath.server.settings import SETTINGS, Settings, variable_of


def setting_rows() -> list[tuple[str, str, str]]:
    """Return variable, default and meaning of each setting, in reStructuredText.

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


def table() -> list[str]:
    """Return the table, as lines of reStructuredText."""
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 36 18 46", ""]
    for variable, default, meaning in (("Variable", "Default", "Meaning"), *setting_rows()):
        lines += [f"   * - {variable}", f"     - {default}".rstrip(), f"     - {meaning}"]
    return [*lines, ""]


class SettingsReference(SphinxDirective):
    """The table of settings."""

    def run(self) -> list[nodes.Node]:
        """Return the table, parsed as if it stood in the page."""
        node = nodes.container()
        node.document = self.state.document
        self.state.nested_parse(StringList(table(), source=self.get_location()), self.content_offset, node)
        return list(node.children)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive."""
    app.add_directive("settings", SettingsReference)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
