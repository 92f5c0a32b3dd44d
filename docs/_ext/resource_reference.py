"""Sphinx directives that render the service's declarations, so that no page repeats them.

``.. resource:: account`` renders the paths, attributes and queries of a resource. ``.. endpoint::
application.loginAttempts`` renders the body and the answer of an endpoint, and the tokens that it makes.
``.. errors:: 2000 2001`` renders the meanings of error codes, and ``.. errors:: all`` those of all codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docutils import nodes
from docutils.statemachine import StringList
from resource_facts import (
    BY_NAME,
    Row,
    attribute_rows,
    body_rows,
    class_of,
    endpoint_named,
    error_rows,
    expansion_line,
    label,
    list_lines,
    option_lines,
    plain,
)
from resource_paths import operations_on
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from stormpath.server.schema import Attribute, Link, OneTimeTokens, Resource


class _Reference(SphinxDirective):
    """A directive whose content is the reStructuredText that ``_text`` returns for its one argument."""

    required_arguments = 1
    final_argument_whitespace = True

    def _text(self, named: str) -> list[str]:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        try:
            lines = self._text(self.arguments[0])
        except KeyError as unknown:
            raise self.error(f"the service declares no {self.name} {unknown}") from None
        node = nodes.container()
        node.document = self.state.document
        self.state.nested_parse(StringList(lines, source=self.get_location()), self.content_offset, node)
        return list(node.children)


def resource_text(name: str) -> list[str]:
    """Return the reference of a resource, as lines of reStructuredText."""
    resource = BY_NAME[name]
    lines = [f".. _{label(name)}:", "", _introduction(resource), ""]
    operations = operations_on(resource)
    requests = [(f"``{each.method} {each.path}``", each.does, each.query) for each in operations]
    lines += _table(("Request", "What it does", "Query"), (46, 32, 22), requests)
    lines += _attribute_table("Set by", attribute_rows(resource))
    asked = list_lines(resource) if any(each.lists for each in operations) else []
    asked += expansion_line(resource) + option_lines((*resource.options, *resource.read_options))
    return [*lines, *(f"* {each}" for each in asked), ""]


def endpoint_text(path: str) -> list[str]:
    """Return the reference of an endpoint, as lines of reStructuredText."""
    resource, endpoint = endpoint_named(path)
    lines = [f"``POST {resource.path}/{endpoint.name}``: {plain(endpoint.about)}", "", "The body:", ""]
    lines += _attribute_table("Presence", body_rows(endpoint.body))
    if endpoint.accepted:
        return [*lines, "Answers 202, without a body.", ""]
    if endpoint.tokens is None:
        return [*lines, _answer(endpoint.returns), ""]
    return [*lines, _answer(endpoint.tokens.returns, "href"), "", *_tokens_text(endpoint.tokens)]


def _tokens_text(tokens: OneTimeTokens) -> list[str]:
    verbs = " and ".join([*(["GET"] if tokens.readable else []), "POST"])
    lines = [f"``{verbs} {tokens.path}``: {plain(tokens.about)}", "", "The body of the POST:", ""]
    lines += _attribute_table("Presence", body_rows(tokens.body))
    return [*lines, _answer(tokens.returns, "href"), ""]


def _introduction(resource: Resource) -> str:
    kind = class_of(resource)
    known = f" In Python it is a :class:`~{kind.__module__}.{kind.__name__}`." if kind else ""
    return f"{plain(resource.about)}{known}"


def _answer(returns: Sequence[Attribute], *others: str) -> str:
    names = [*others, *(each.name for each in returns)]
    links = [each.name for each in returns if isinstance(each, Link)]
    which = "which" if links == names else f"of which {_listed(links)}"
    return f"Answers 200 with {_listed(names)}{f', {which} can be expanded' if links else ''}."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"``{each}``" for each in names)


def _attribute_table(set_by: str, rows: Iterable[Row]) -> list[str]:
    cells = [(each.name, each.type, each.set_by, each.notes) for each in rows]
    return _table(("Attribute", "Type", set_by, "Notes"), (24, 20, 21, 35), cells) if cells else []


def _table(header: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {' '.join(map(str, widths))}", ""]
    for row in (header, *rows):
        for position, cell in enumerate(row):
            bullet = "   * - " if position == 0 else "     - "
            first, *others = cell.splitlines() or [""]
            lines += [f"{bullet}{first}".rstrip(), *(f"       {each}" for each in others)]
    return [*lines, ""]


class ResourceReference(_Reference):
    """The directive ``resource``: the reference of a resource."""

    def _text(self, named: str) -> list[str]:
        return resource_text(named)


class EndpointReference(_Reference):
    """The directive ``endpoint``: the reference of an endpoint."""

    def _text(self, named: str) -> list[str]:
        return endpoint_text(named)


class ErrorCodes(_Reference):
    """The directive ``errors``: a table of error codes with their statuses and meanings."""

    def _text(self, named: str) -> list[str]:
        return _table(("Status", "Code", "Meaning"), (10, 10, 80), error_rows(named))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directives with Sphinx."""
    app.add_directive("resource", ResourceReference)
    app.add_directive("endpoint", EndpointReference)
    app.add_directive("errors", ErrorCodes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
