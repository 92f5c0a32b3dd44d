"""Resources as JSON: representations, expanded links, collections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import DamagedRow, Row, Unit
from stormpath.server.rest import conditional
from stormpath.server.rest.expansion import Expansion, Expansions
from stormpath.server.rest.hrefs import Hrefs
from stormpath.server.rest.messages import existing
from stormpath.server.rest.paging import next_query, parse_query
from stormpath.server.rest.parameters import Parameters
from stormpath.server.schema import (
    Address,
    Attribute,
    Collection,
    CustomData,
    Endpoint,
    ExpiringChoice,
    HostName,
    Link,
    Object,
    OfId,
    OfSecret,
    Resource,
    Secret,
    SecretLookup,
    ShownOnce,
    TokenCheck,
    TokenLink,
    json_text,
    snake_case,
)
from stormpath.server.schema.query import Between, Match, Page, Query
from stormpath.server.schema.timestamps import timestamp

Body = dict[str, Any]
_Render = Callable[[Row, str], Any]

_NO_PARAMETERS: Final[Parameters] = {}


class Renderer:
    """Renders rows as JSON bodies, by one prepared function for each attribute.

    ``unseal`` decrypts a stored secret: it is called with the ciphertext and the name it was encrypted for.
    ``now_ms`` is the clock, by which resources expire.
    """

    def __init__(
        self,
        hrefs: Hrefs,
        resources: Sequence[Resource],
        unseal: Callable[[bytes, str], str],
        now_ms: Callable[[], int],
    ) -> None:
        self.hrefs = hrefs
        self._now_ms = now_ms
        self.resources = {each.name: each for each in resources}
        self._unseal = unseal
        self._expiring = {
            each.name: {one.column: one for one in each.own if isinstance(one, ExpiringChoice)}
            for each in resources
        }
        self._renderers = {each.name: self._prepare(each) for each in resources if not each.variant}
        self._variants = {
            each.name: (each.variant, self._prepare_variants(each)) for each in resources if each.variant
        }

    def render(self, resource: str, row: Row) -> Body:
        """Return the representation of a row, nothing expanded."""
        href = self.hrefs.of(resource, row["id"])
        body: Body = {"href": href}
        name = ""
        try:
            for name, render in self._renderers.get(resource) or self._of_variant(resource, row):
                body[name] = render(row, href)
        except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise self._damaged(resource, row["id"], name, error) from None
        return body

    def _damaged(self, resource: str, id: str, member: str, error: Exception) -> DamagedRow:
        table = snake_case(self.resources[resource].plural)
        return DamagedRow(table, id, f"its {member} cannot be shown ({type(error).__name__})")

    def _of_variant(self, resource: str, row: Row) -> list[tuple[str, _Render]]:
        column, variants = self._variants[resource]
        return variants.get(row[column]) or variants[""]

    def custom_data(self, resource: str, owner: Row, stored: Row | None) -> Body:
        """Return the custom data of an owner; it is as old as the owner until it is first written."""
        times = stored or {"created_at": owner["created_at"], "modified_at": owner["created_at"]}
        try:
            return {
                "href": self.hrefs.custom_data(resource, owner["id"]),
                "createdAt": timestamp(times["created_at"]),
                "modifiedAt": timestamp(times["modified_at"]),
                **(json_text.members(stored["document"]) if stored else {}),
            }
        except (TypeError, ValueError, ArithmeticError, msgspec.DecodeError) as error:
            raise DamagedRow(
                f"{snake_case(self.resources[resource].plural)}_custom_data",
                owner["id"],
                f"it cannot be shown ({type(error).__name__})",
            ) from None

    def expanded(self, unit: Unit, resource: str, rows: Sequence[Row], expansions: Expansions) -> list[Body]:
        """Return the representations of rows of one kind with links expanded.

        A link or custom data costs one query for all rows together, a collection one or two for each row.
        """
        bodies = [self.render(resource, row) for row in rows]
        for each in expansions:
            if isinstance(each.attribute, Link):
                self._expand_link(unit, rows, bodies, each.attribute)
            elif isinstance(each.attribute, CustomData):
                self._expand_custom_data(unit, resource, rows, bodies)
            else:
                self._expand_collection(unit, resource, rows, bodies, each, each.attribute)
        return bodies

    def unexpired(self, item: Resource, query: Query) -> Query:
        """Return a query of items without those that have expired, and for words that they have now."""
        if item.expires:
            is_live = Between(item.expires, low=self._now_ms(), low_included=False)
            query = replace(query, filters=(*query.filters, is_live))
        expiring = self._expiring.get(item.name) if query.filters else None
        if not expiring:
            return query
        now = self._now_ms()
        filters = (
            expiring[each.column].filters(each.value, now)
            if isinstance(each, Match) and each.column in expiring
            else (each,)
            for each in query.filters
        )
        return replace(query, filters=tuple(one for several in filters for one in several))

    def is_expired(self, resource: Resource, row: Row) -> bool:
        """Tell whether a resource has expired."""
        return bool(resource.expires) and row[resource.expires] <= self._now_ms()

    def collection(
        self,
        unit: Unit,
        href: str,
        item: str,
        page: Page,
        parameters: Parameters = _NO_PARAMETERS,
        expansions: Expansions = (),
    ) -> Body:
        """Return a page as JSON; ``parameters`` are those of the request, for its ``next`` link."""
        body: Body = {"href": href, "offset": page.offset, "limit": page.limit, "size": page.size}
        if page.next is not None:
            body["next"] = {"href": f"{href}?{next_query(parameters, page.next)}"}
        body["items"] = self.expanded(unit, item, page.rows, expansions)
        return body

    def answer(
        self,
        context: RequestContext,
        attributes: Iterable[Attribute],
        values: Mapping[str, Any],
        expansions: Expansions,
    ) -> Body:
        """Return the answer of an endpoint: these attributes, their values by column, links expanded."""
        body: Body = {each.name: self._returned(each, values) for each in attributes}
        if expansions:
            with context.read() as unit:
                for each in expansions:
                    if isinstance(link := each.attribute, Link):
                        target = link.to[0]
                        row = existing(unit, target, values[link.column_of(target)])
                        body[link.name] = self.render(target, row)
        return body

    def _returned(self, attribute: Attribute, values: Mapping[str, Any]) -> Any:
        if isinstance(attribute, Link):
            target = attribute.to[0]
            return {"href": self.hrefs.of(target, values[attribute.column_of(target)])}
        return attribute.render(values[attribute.column])

    def _prepare(self, resource: Resource, variant: str = "") -> list[tuple[str, _Render]]:
        return [
            (each.name, self._prepare_attribute(each))
            for each in resource.attributes
            if each.shown and (not each.only_for or variant in each.only_for)
        ]

    def _prepare_variants(self, resource: Resource) -> dict[str, list[tuple[str, _Render]]]:
        """Return the renderers of each variant; under the empty name, those that all have."""
        named = {variant for each in resource.attributes for variant in each.only_for}
        return {variant: self._prepare(resource, variant) for variant in (*named, "")}

    def _prepare_attribute(self, attribute: Attribute) -> _Render:
        if isinstance(attribute, Link):
            return self._prepare_link(attribute)
        if isinstance(attribute, Collection | CustomData | Endpoint | TokenCheck):
            suffix = f"/{attribute.name}"
            return lambda row, href: {"href": href + suffix}
        if isinstance(attribute, Address):
            path = attribute.path
            return lambda row, href: {"href": self.hrefs.at(path, row["id"])}
        if isinstance(attribute, OfId):
            return lambda row, href: attribute.of(row["id"])
        if isinstance(attribute, OfSecret):
            return self._prepare_of_secret(attribute)
        if isinstance(attribute, ShownOnce):
            return _prepare_shown_once(attribute)
        column = attribute.column
        if isinstance(attribute, ExpiringChoice):
            return lambda row, href: attribute.at(row, self._now_ms())
        if isinstance(attribute, TokenLink):
            return self._prepare_token_link(attribute)
        if isinstance(attribute, Secret | SecretLookup):
            return self._prepare_secret(attribute)
        if isinstance(attribute, HostName):
            return lambda row, href: row.get(attribute.column) or self.hrefs.default_host(attribute, row)
        if isinstance(attribute, Object) and attribute.pages:
            return self._prepare_pages(attribute)
        if type(attribute).render is Attribute.render:
            return lambda row, href: row[column]
        return lambda row, href: attribute.render(row[column])

    def _prepare_link(self, link: Link) -> _Render:
        places = [(link.column_of(target), *self.hrefs.around_id(target)) for target in link.to]

        def render(row: Row, href: str) -> Body | None:
            for column, before, after in places:
                if (id := row[column]) is not None:
                    return {"href": f"{before}{id}{after}"}
            return None

        return render

    def _prepare_secret(self, secret: Secret | SecretLookup) -> _Render:
        def render(row: Row, href: str) -> Any:
            sealed = row[secret.column]
            return secret.default if sealed is None else self._revealed(sealed, secret.belongs_to(row["id"]))

        if isinstance(secret, SecretLookup) or secret.shown_while is None:
            return render
        is_shown = secret.is_shown_in
        return lambda row, href: render(row, href) if is_shown(row) else None

    def _prepare_of_secret(self, attribute: OfSecret) -> _Render:
        secret, read = attribute.secret, attribute.read

        def render(row: Row, href: str) -> Any:
            if not secret.is_shown_in(row):
                return None
            return read(self._revealed(row[secret.column], secret.belongs_to(row["id"])), row)

        return render

    def _revealed(self, sealed: bytes, belongs_to: str) -> str:
        conditional.note_secret()
        return self._unseal(sealed, belongs_to)

    def _prepare_token_link(self, link: TokenLink) -> _Render:
        def render(row: Row, href: str) -> Body | None:
            sealed = row[link.column]
            if sealed is None:
                return None
            token = self._revealed(sealed, link.belongs_to(row["id"]))
            return {"href": self.hrefs.token(link.tokens.path, token)}

        return render

    def _prepare_pages(self, attribute: Object) -> _Render:
        def render(row: Row, href: str) -> Body:
            body: Body = attribute.render(row[attribute.column])
            return body | {name: self.hrefs.page(body[name]) for name in attribute.pages if body[name]}

        return render

    def _expand_link(self, unit: Unit, rows: Sequence[Row], bodies: list[Body], link: Link) -> None:
        for target in link.to:
            column = link.column_of(target)
            ids = {row[column] for row in rows if row[column] is not None}
            found = unit.get_many(target, ids) if ids else {}
            for row, body in zip(rows, bodies, strict=True):
                if (linked := found.get(row[column])) is not None:
                    body[link.name] = self.render(target, linked)

    def _expand_custom_data(self, unit: Unit, resource: str, rows: Sequence[Row], bodies: list[Body]) -> None:
        stored = unit.custom_data.get(resource, [row["id"] for row in rows])
        for row, body in zip(rows, bodies, strict=True):
            body["customData"] = self.custom_data(resource, row, stored.get(row["id"]))

    def _expand_collection(
        self,
        unit: Unit,
        resource: str,
        rows: Sequence[Row],
        bodies: list[Body],
        expansion: Expansion,
        collection: Collection,
    ) -> None:
        item = self.resources[collection.of]
        order = parse_query(_NO_PARAMETERS, item, collection).order
        query = self.unexpired(item, Query(order=order, offset=expansion.offset, limit=expansion.limit))
        window = {"limit": str(expansion.limit)}
        for row, body in zip(rows, bodies, strict=True):
            page = unit.page(resource, row["id"], collection.name, collection.of, query)
            href = body[collection.name]["href"]
            body[collection.name] = self.collection(unit, href, collection.of, page, window)


def _prepare_shown_once(attribute: ShownOnce) -> _Render:
    def render(row: Row, href: str) -> Any:
        if (texts := row.get(attribute.column)) is not None:
            conditional.note_secret()
        return texts

    return render
