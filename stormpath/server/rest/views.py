"""The view that a request asks for: links expanded inline, and options that change how a kind is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import falcon

from stormpath.server.domain.context import Present, RequestContext
from stormpath.server.rest.expansion import Expansions, parse_expand
from stormpath.server.rest.messages import context_of
from stormpath.server.rest.paging import EXPAND
from stormpath.server.rest.parameters import Parameters, parse, unsupported
from stormpath.server.rest.rules import RulesOf
from stormpath.server.schema import Attribute, Collection, Link, Option, Resource

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """The expansions of a request, and the presenters of some kinds of resource, which change their JSON.

    ``query`` has the parameters that presenters were made from: links to further pages repeat them.
    Presenters that depend on the caller alone have none.
    """

    expansions: Expansions = ()
    presenters: Mapping[str, Present] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_tagged(self) -> bool:
        """Whether the JSON is the same each time: an encryption is not."""
        return not (self.presenters and self.query)

    def of(self, resource: str, body: Body) -> Body:
        """Return the JSON of a resource with presenters applied, also to the resources inline in it."""
        if not self.presenters:
            return body
        body = self._one(resource, body)
        for each in self.expansions:
            # Null, or of another variant.
            if (inside := body.get(each.attribute.name)) is None:
                continue
            if isinstance(each.attribute, Link):
                body[each.attribute.name] = self._linked(each.attribute, inside)
            elif isinstance(each.attribute, Collection):
                self._listed(each.attribute, inside)
        return body

    def _one(self, resource: str, body: Body) -> Body:
        present = self.presenters.get(resource)
        return body if present is None else present(body)

    def _linked(self, link: Link, inside: Body) -> Body:
        # A resource that was deleted meanwhile is still a link.
        return inside if set(inside) == {"href"} else self._one(link.to[0], inside)

    def _listed(self, collection: Collection, inside: Body) -> None:
        if collection.of not in self.presenters:
            return
        inside["items"] = [self._one(collection.of, each) for each in inside["items"]]
        if "next" in inside and self.query:
            inside["next"] = {"href": f"{inside['next']['href']}&{urlencode(self.query)}"}


_PLAIN: Final = View()


class ViewReader:
    """Reads the view that a query string asks for, by the declarations and the rules."""

    def __init__(self, resources: Mapping[str, Resource], rules: Mapping[str, RulesOf]) -> None:
        self._resources = resources
        self._rules = rules
        self._optional = {name for name, each in resources.items() if each.read_options}
        self._presented = self._optional | {name for name, each in rules.items() if each.presents}

    def read(self, req: falcon.Request, resource: Resource, refused: Sequence[str] = ()) -> View:
        """Return the view of a request whose answer is such a resource.

        Parameters that have no meaning are ignored; one that is ``refused`` is an error.
        """
        return self.read_with_options(req, resource, (), refused)[1]

    def read_with_options(
        self,
        req: falcon.Request,
        resource: Resource,
        known: Sequence[Option],
        refused: Sequence[str] = (),
    ) -> tuple[dict[str, Any], View]:
        """Return the values of ``known`` options that are given, and the view."""
        query, context = req.query_string, context_of(req)
        if not query and not context.caller_is_separate:
            return {}, _PLAIN
        # The expansions come first: they decide which other parameters have a meaning.
        expansions = parse_expand(parse(query, (EXPAND,)).get(EXPAND), resource)
        options = self.options_of(resource, expansions)
        every = (*known, *options)
        may_be_empty = [each.name for each in every if each.may_be_empty]
        parameters = parse(query, (*refused, *(each.name for each in every)), may_be_empty)
        for name in parameters:
            if name in refused:
                raise unsupported(name)
        return _given(parameters, known), self.view(context, parameters, expansions, options)

    def options_of(self, resource: Resource, expansions: Expansions) -> Sequence[Option]:
        """Return the options of all resources that are shown: this kind, and those that are inline in it."""
        shown = {resource.name, *(target for each in expansions for target in targets(each.attribute))}
        return [
            each for name in sorted(shown & self._optional) for each in self._resources[name].read_options
        ]

    def view(
        self,
        context: RequestContext,
        parameters: Parameters,
        expansions: Expansions,
        options: Sequence[Option],
    ) -> View:
        """Return the view of parameters, of which these are ``options``."""
        if not options and not context.caller_is_separate:
            return View(expansions)
        values = _given(parameters, options)
        presenters = {name: self._rules[name].presenter(context, values) for name in self._presented}
        return View(
            expansions,
            {name: each for name, each in presenters.items() if each is not None},
            {name: parameters[name] for name in values},
        )


def targets(attribute: Attribute) -> tuple[str, ...]:
    """Return the kinds of resource that an expanded attribute brings inline."""
    if isinstance(attribute, Link):
        return attribute.to
    return (attribute.of,) if isinstance(attribute, Collection) else ()


def _given(parameters: Parameters, options: Sequence[Option]) -> dict[str, Any]:
    return {each.name: each.parse(parameters[each.name]) for each in options if each.name in parameters}
