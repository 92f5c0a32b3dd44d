"""How a request wants what it is shown: the links it wants inline, and what its query says of some kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from stormpath.server.domain.context import Present
from stormpath.server.rest.expansion import Expansions
from stormpath.server.schema import (
    Attribute,
    Collection,
    Link,
)

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """The expansions of a request, and for some kinds of resource what turns their JSON into what was asked.

    ``query`` are the parameters that asked for the latter: links to further pages repeat them.
    """

    expansions: Expansions = ()
    presents: Mapping[str, Present] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    def of(self, resource: str, body: Body) -> Body:
        """Return the JSON of a resource as it was asked for, what is inline in it included."""
        if not self.presents:
            return body
        body = self._one(resource, body)
        for each in self.expansions:
            inside = body[each.attribute.name]
            if isinstance(each.attribute, Link) and inside is not None:
                body[each.attribute.name] = self._linked(each.attribute, inside)
            elif isinstance(each.attribute, Collection):
                self._listed(each.attribute, inside)
        return body

    def _one(self, resource: str, body: Body) -> Body:
        present = self.presents.get(resource)
        return body if present is None else present(body)

    def _linked(self, link: Link, inside: Body) -> Body:
        # What was deleted meanwhile stayed a link.
        return inside if set(inside) == {"href"} else self._one(link.to[0], inside)

    def _listed(self, collection: Collection, inside: Body) -> None:
        if collection.of not in self.presents:
            return
        inside["items"] = [self._one(collection.of, each) for each in inside["items"]]
        if "next" in inside:
            inside["next"] = {"href": f"{inside['next']['href']}&{urlencode(self.query)}"}


def targets(attribute: Attribute) -> tuple[str, ...]:
    """Return the kinds of resource that an expanded attribute brings inline."""
    if isinstance(attribute, Link):
        return attribute.to
    return (attribute.of,) if isinstance(attribute, Collection) else ()
