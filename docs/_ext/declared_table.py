"""The common part of directives that show declarations of the code as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

Row = Sequence[str]


class DeclaredTable(SphinxDirective):
    """A table whose ``rows`` are reStructuredText, below its ``head``; ``widths`` are in percent."""

    head: ClassVar[Row]
    widths: ClassVar[str]

    @classmethod
    def rows(cls) -> Iterable[Row]:
        """Return the rows, without the head."""
        raise NotImplementedError

    @classmethod
    def table(cls) -> list[str]:
        """Return the table, as lines of reStructuredText."""
        lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {cls.widths}", ""]
        for first, *others in (cls.head, *cls.rows()):
            lines += [f"   * - {first}", *(f"     - {each}".rstrip() for each in others)]
        return [*lines, ""]

    def run(self) -> list[nodes.Node]:
        """Return the table, parsed as if it stood in the page."""
        node = nodes.container()
        node.document = self.state.document
        lines = StringList(self.table(), source=self.get_location())
        self.state.nested_parse(lines, self.content_offset, node)
        return list(node.children)
