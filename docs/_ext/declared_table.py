"""The common part of directives that show declarations of the code as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

Row = Sequence[str]


def list_table(head: Row, widths: str, rows: Iterable[Row]) -> list[str]:
    """Return a table, as lines of reStructuredText; ``widths`` are in percent."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for first, *others in (head, *rows):
        lines += [f"   * - {first}", *(f"     - {each}".rstrip() for each in others)]
    return [*lines, ""]


def parsed(directive: SphinxDirective, text: Sequence[str]) -> list[nodes.Node]:
    """Return lines of reStructuredText, parsed as if they stood in the page of a directive."""
    node = nodes.container()
    node.document = directive.state.document
    lines = StringList(text, source=directive.get_location())
    directive.state.nested_parse(lines, directive.content_offset, node)
    return list(node.children)


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
        return list_table(cls.head, cls.widths, cls.rows())

    def run(self) -> list[nodes.Node]:
        """Return the table, parsed as if it stood in the page."""
        return parsed(self, self.table())
