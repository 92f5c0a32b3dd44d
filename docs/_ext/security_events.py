"""The Sphinx directive ``.. security-events::``: a table of the events of the log from their declarations."""

from __future__ import annotations

import logging

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from stormpath.server.logs.security import Event


def table() -> list[str]:
    """Return the table, as lines of reStructuredText."""
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 34 14 52", ""]
    rows = ((f"``{each.value}``", logging.getLevelName(each.level), each.meaning) for each in Event)
    for event, level, meaning in (("Event", "Level", "Meaning"), *rows):
        lines += [f"   * - {event}", f"     - {level}", f"     - {meaning}"]
    return [*lines, ""]


class SecurityEvents(SphinxDirective):
    """The table of events."""

    def run(self) -> list[nodes.Node]:
        """Return the table, parsed as if it stood in the page."""
        node = nodes.container()
        node.document = self.state.document
        self.state.nested_parse(StringList(table(), source=self.get_location()), self.content_offset, node)
        return list(node.children)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive."""
    app.add_directive("security-events", SecurityEvents)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
