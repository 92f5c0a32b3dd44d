"""The Sphinx directive ``.. security-events::``: a table of the events of the log from their declarations."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from declared_table import DeclaredTable, Row
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from stormpath.server.logs.security import Event


class SecurityEvents(DeclaredTable):
    """The table of events."""

    head = ("Event", "Level", "Meaning")
    widths = "34 14 52"

    @classmethod
    def rows(cls) -> Iterable[Row]:
        """Return name, level and meaning of each event."""
        return ((f"``{each.value}``", logging.getLevelName(each.level), each.meaning) for each in Event)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive."""
    app.add_directive("security-events", SecurityEvents)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
