"""The reader of request bodies: JSON objects, checked against a declaration (rest-core 1.7, 1.9, 1.11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from stormpath.server.domain.context import Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.rest.hrefs import Hrefs, no_target
from stormpath.server.schema import (
    Attribute,
    Choice,
    HostName,
    Link,
    Object,
    ObjectList,
    OneTimeTokens,
    Resource,
    Text,
    TextList,
    check_encoding,
    json_text,
    required,
    snake_case,
    unknown_attribute,
    wrong_type,
)
from stormpath.server.schema.custom_data_keys import without_own
from stormpath.server.schema.errors import ApiError, AttributeFault, Code, shown
from stormpath.server.schema.query import fold

Json = dict[str, Any]

#: Clients echo these back; they have no effect.
_ECHOED: Final = frozenset({"href"})


def parse_object(body: bytes) -> Json:
    """Return the JSON object in a body; an empty body is an empty object."""
    if not body.strip():
        return {}
    json_text.check(body)
    try:
        value = json_text.decode(body)
    except UnicodeDecodeError as error:
        raise ApiError(Code.BAD_ENCODING, "The request body is not UTF-8.") from error
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise ApiError(
            Code.BAD_REQUEST, "The request body is not valid JSON.", f"The body is not valid JSON: {error}."
        ) from error
    if not isinstance(value, dict):
        raise ApiError(
            Code.BAD_REQUEST,
            "The request body is not a JSON object.",
            "The body must be a JSON object.",
        )
    return value


class BodyReader:
    """Checks bodies against declared attributes and returns what to store, by column name."""

    def __init__(self, hrefs: Hrefs, resources: Mapping[str, Resource]) -> None:
        self._hrefs = hrefs
        self._resources = resources

    def for_creation(
        self, unit: Unit, attributes: Iterable[Attribute], body: Json, subject: str = ""
    ) -> Values:
        """Return the values of a new resource, without attributes that callers may not set.

        ``subject`` is the title of the resource, for messages; a request that makes none has no subject.
        """
        attributes = tuple(attributes)
        body = _canonical(attributes, body)
        _check_known(attributes, body)
        wanted = [each for each in attributes if each.creatable]
        return self._collect(unit, wanted, body, subject, creating=True)

    def for_token(self, unit: Unit, tokens: OneTimeTokens, body: Json) -> Values:
        """Return the values that a token is spent with; what a token shows may be sent back beside them."""
        _check_known((*tokens.body, *tokens.answer.attributes), body)
        concerned = self._resources[tokens.concerns].title
        return self._collect(unit, list(tokens.body), body, concerned, creating=True)

    def for_draft(self, unit: Unit, attributes: Iterable[Attribute], body: Json) -> Values:
        """Return the submitted values, checked as changes are."""
        attributes = tuple(attributes)
        body = _canonical(attributes, body)
        _check_known(attributes, body)
        wanted = [each for each in attributes if each.name in body]
        return self._collect(unit, wanted, body, "", creating=False)

    def for_update(self, unit: Unit, resource: Resource, body: Json, row: Row) -> Values:
        """Return the submitted changes. Read-only values are ignored, fixed ones must be those of the row."""
        body = _canonical(resource.attributes, body)
        _check_known(resource.attributes, body)
        if isinstance(document := body.get("customData"), dict):
            is_own = self._hrefs.is_custom_data_of(resource.name, row["id"])
            body = {**body, "customData": without_own(document, is_own)}
        submitted = [
            each
            for each in resource.attributes
            if each.name in body and not self._is_default_host(each, body[each.name], row)
        ]
        for each in submitted:
            if each.fixed and not each.updatable:
                self._check_unchanged(unit, each, body[each.name], row)
        wanted = [each for each in submitted if each.updatable]
        embedded = [each for each in wanted if isinstance(each, Link) and each.embeds]
        plain = [each for each in wanted if each not in embedded]
        new = [each for each in plain if not _is_as_stored(each, body[each.name], row)]
        values = {each.column: row[each.column] for each in plain if each not in new}
        values |= self._collect(unit, new, body, resource.title, creating=False)
        for link in embedded:
            values |= self._changes_inside(unit, link, body[link.name], row)
        return values

    def _changes_inside(self, unit: Unit, link: Link, value: Any, row: Row) -> Values:
        """Check an object with changes of the linked resource; a bare link changes nothing."""
        if value is None and link.may_be_missing:
            return {}
        if value is None:
            raise required(link.name)
        if not isinstance(value, dict):
            raise wrong_type(link.name, "an object", value)
        if set(value) <= _ECHOED:
            return {}
        kind = link.to[0]
        linked = unit.get(kind, row[link.column_of(kind)])
        if linked is None and link.only_for:
            raise ApiError(Code.NOT_SUPPORTED, f"{link.name} is not supported here.")
        if linked is None:
            raise no_target(link.name, str(value.get("href")))
        return {link.column: self.for_update(unit, self._resources[kind], value, linked)}

    def _collect(
        self, unit: Unit, attributes: list[Attribute], body: Json, subject: str, *, creating: bool
    ) -> Values:
        """Check each attribute in its declared order. A wrong type anywhere goes before any other error."""
        values: Values = {}
        first: ApiError | None = None
        for each in attributes:
            try:
                values |= self._value(unit, each, body.get(each.name), creating=creating)
            except ApiError as error:
                named = error.of(subject) if isinstance(error, AttributeFault) else error
                if error.code == Code.WRONG_TYPE:
                    raise named from None
                first = first or named
        if first is not None:
            raise first
        return values

    def _value(self, unit: Unit, attribute: Attribute, value: Any, *, creating: bool) -> Values:
        if value is None:
            return _absent(attribute, creating=creating)
        if isinstance(attribute, Link):
            return self._link(unit, attribute, value)
        checked = attribute.check(value)
        if isinstance(attribute, Object):
            checked |= {
                name: self._hrefs.of_page(checked[name]) for name in attribute.pages if name in checked
            }
        if creating and isinstance(attribute, Object):
            checked = attribute.completed(checked)
        return {attribute.column: checked}

    def _link(self, unit: Unit, link: Link, value: Any) -> Values:
        if link.bare and isinstance(value, str):
            value = {"href": value}
        if link.embeds and isinstance(value, dict) and not set(value) <= _ECHOED:
            target = self._resources[link.to[0]]
            inside = {link.column: self.for_creation(unit, target.attributes, value, target.title)}
            if not link.embeds_beside_href or value.get("href") is None:
                return inside
            return inside | self._linked(unit, link, value)
        if link.companion and isinstance(value, dict):
            # It is created with the resource: a link copied from another resource has no effect.
            if set(value) <= _ECHOED:
                return {}
            raise ApiError(
                Code.NOT_SUPPORTED, f"{link.name} cannot be given here: it is made by the service."
            )
        if link.named and isinstance(value, dict) and value.get("nameKey") is not None:
            return self._named(unit, link, value)
        return self._linked(unit, link, value)

    def _linked(self, unit: Unit, link: Link, value: Any) -> Values:
        kind, id = self._hrefs.target(link, value)
        if unit.get(kind, id) is None:
            raise no_target(link.name, value["href"], link.unknown)
        return {link.column_of(kind): id}

    def _is_default_host(self, attribute: Attribute, value: Any, row: Row) -> bool:
        # A client that echoes the default does not store it: it goes on following the service's host.
        return isinstance(attribute, HostName) and value == self._hrefs.default_host(attribute, row)

    def _named(self, unit: Unit, link: Link, value: Json) -> Values:
        """Return the columns of a link that gives a ``nameKey`` instead of an href (rest-auth 2.1)."""
        label = f"{link.name}.nameKey"
        name = value["nameKey"]
        if value.get("href") is not None:
            raise ApiError(Code.INVALID, f"{link.name} takes an href or a nameKey, not both.")
        if not isinstance(name, str):
            raise wrong_type(label, "a string", name)
        key = self._resources[link.named].by_name["nameKey"]
        found = None
        # A longer one is no resource's, and folding it may take seconds.
        if isinstance(key, Text) and len(name) <= key.max_length:
            check_encoding(label, name)
            columns = {"tenant_id": unit.tenant_id, f"{key.column}_key": fold(name.strip())}
            found = unit.find(link.named, **columns)
        if found is None:
            raise ApiError(Code.LINK_NOT_PERMITTED, f"No {link.named} has the nameKey {shown(name)}.")
        return {link.column_of(link.named): found["id"], link.name_column: name}

    def _check_unchanged(self, unit: Unit, attribute: Attribute, value: Any, row: Row) -> None:
        if value is None:
            return
        if (
            isinstance(attribute, Link)
            and attribute.embeds
            and isinstance(value, dict)
            and "href" not in value
        ):
            linked = unit.get(attribute.to[0], row[attribute.column_of(attribute.to[0])]) or {}
            same = all(linked.get(snake_case(name)) == given for name, given in value.items())
        elif isinstance(attribute, Link):
            kind, id = self._hrefs.target(attribute, value)
            same = row[attribute.column_of(kind)] == id
        elif isinstance(attribute, Choice):
            same = row[attribute.column] == attribute.check(value)
        else:
            same = row[attribute.column] == value
        if not same:
            raise ApiError(Code.NOT_SUPPORTED, f"{attribute.name} cannot be changed.")


def _is_as_stored(attribute: Attribute, value: Any, row: Row) -> bool:
    """Tell whether a text is sent back as it is: what was accepted once needs no check by later rules."""
    return isinstance(attribute, Text) and isinstance(value, str) and row.get(attribute.column) == value


def _canonical(attributes: Iterable[Attribute], body: Json) -> Json:
    """Return the body with aliases replaced by the names of their attributes."""
    names = {alias: each.name for each in attributes for alias in each.aliases}
    if not names:
        return body
    return {names.get(name, name): value for name, value in body.items()}


def _check_known(attributes: Iterable[Attribute], body: Json) -> None:
    known = {each.name for each in attributes if each.shown or each.creatable or each.updatable}
    for name in body:
        if name not in known and name not in _ECHOED:
            raise unknown_attribute(name, known)


def _absent(attribute: Attribute, *, creating: bool) -> Values:
    """Return the values for an attribute that is null or left out."""
    # The rules, which have the variant, require the attributes of only some variants.
    if attribute.required and not (creating and attribute.only_for):
        raise required(attribute.name)
    if creating or attribute.name == "customData":
        return {}
    if isinstance(attribute, TextList | ObjectList):
        return {attribute.column: []}
    if not attribute.nullable:
        raise required(attribute.name)
    if isinstance(attribute, Link):
        return {each.name: None for each in attribute.columns()}
    return {attribute.column: None}
