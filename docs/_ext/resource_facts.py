"""The facts of the resource reference, read from the service's declarations as reStructuredText.

These are pure functions that do not need Sphinx. An attribute's facts come from the service's declaration
and its Python name from the SDK's class, so that no page repeats them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import stormpath.resources
from stormpath.resources.attributes import Attribute as Declared
from stormpath.resources.attributes import Duration as Timedelta
from stormpath.resources.names import from_camel_case
from stormpath.server.resources import RESOURCES
from stormpath.server.schema import (
    Address,
    Attribute,
    Choice,
    Collection,
    Computed,
    CustomData,
    Duration,
    Endpoint,
    Flag,
    HiddenSecret,
    HostName,
    Id,
    Link,
    Lookup,
    Number,
    Object,
    ObjectList,
    OfSecret,
    Option,
    PageUrl,
    Password,
    Resource,
    Secret,
    Text,
    TextList,
    Timestamp,
    TokenCheck,
    TokenLink,
)
from stormpath.server.schema.errors import Code

BY_NAME: Final = {each.name: each for each in RESOURCES}

#: Resources whose class in the SDK has another name.
_CLASS_NAMES: Final = {
    "x509Certificate": "X509SigningCert",
    "accessToken": "AuthToken",
    "refreshToken": "AuthToken",
}

#: The text for each kind of attribute. Special kinds come first: the first match is used.
_WORDS: Final[Mapping[type[Attribute], str]] = {
    Password: "text, never shown",
    HiddenSecret: "text, never shown",
    TokenLink: "link that can be used once",
    Id: "text",
    Timestamp: "time; ``datetime`` in Python",
    Duration: "ISO 8601 duration",
    Number: "whole number",
    Flag: "true or false",
    TextList: "list of texts",
    ObjectList: "list of objects",
    Object: "object",
    OfSecret: "object",
    TokenCheck: "the tokens that it validates, by themselves",
    CustomData: ":doc:`custom data </resources/custom-data>`",
    Address: "address for browsers and other protocols",
    Lookup: "text",
    Text: "text",
}

_SCOPES: Final = {"tenant_id": "tenant", "directory_id": "directory", "application_id": "application"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of attributes, each cell in reStructuredText."""

    name: str
    type: str
    set_by: str
    notes: str


def label(resource: str) -> str:
    """Return the label to which links to a resource's reference point."""
    return f"resource-{resource.lower()}"


def class_of(resource: Resource) -> type[Any] | None:
    """Return the SDK's class for a resource: the one of that name, in any letter case."""
    named = {each.lower(): each for each in stormpath.resources.__all__}
    found = named.get(_CLASS_NAMES.get(resource.name, resource.name).lower())
    return getattr(stormpath.resources, found) if found else None


@cache
def in_python(resource: str) -> Mapping[str, Declared[Any]]:
    """Return the SDK's declarations of a resource's attributes by their wire names."""
    kind = class_of(BY_NAME[resource])
    return {each.wire: each for each in kind._declared.values()} if kind else {}


def presence(attribute: Attribute) -> str:
    """Return whether an attribute is required in a body or in an entry that is given whole."""
    return "required" if attribute.required else "optional"


def can_be_created(resource: Resource) -> bool:
    """Return whether callers create such a resource: by itself, in a collection, or inside another one."""
    attributes = [each for other in RESOURCES for each in other.own]
    return "POST" in resource.top_level or any(
        (isinstance(each, Collection) and each.accepts_items and each.of == resource.name)
        or (isinstance(each, Link) and each.embeds and resource.name in each.to)
        for each in attributes
    )


def endpoint_named(path: str) -> tuple[Resource, Endpoint]:
    """Return the resource and the endpoint of ``resource.endpoint``; ``KeyError`` when there is none."""
    resource, _, name = path.partition(".")
    found = BY_NAME[resource].by_name[name]
    if not isinstance(found, Endpoint):
        raise KeyError(path)
    return BY_NAME[resource], found


def endpoints() -> list[str]:
    """Return every endpoint, as ``resource.endpoint``."""
    return [f"{each.name}.{own.name}" for each in RESOURCES for own in each.own if isinstance(own, Endpoint)]


def attribute_rows(resource: Resource) -> list[Row]:
    """Return a row for each attribute that callers see or set; members of objects follow their object.

    ``href`` and the two timestamps, which every resource has, are left out.
    """
    created = can_be_created(resource)
    return list(_rows(resource.own, in_python(resource.name), lambda each: set_by(each, created=created)))


def body_rows(body: Iterable[Attribute]) -> list[Row]:
    """Return a row for each attribute of the body of an endpoint, or of a request that spends a token."""
    return list(_rows(body, {}, presence))


def _rows(
    attributes: Iterable[Attribute],
    declared: Mapping[str, Declared[Any]],
    when: Callable[[Attribute], str],
    prefix: str = "",
) -> Iterator[Row]:
    for each in attributes:
        # A password can be set and is never shown. An attribute that is neither set nor shown is internal.
        if not (each.shown or each.creatable or each.updatable):
            continue
        known = declared.get(each.name)
        also = "; ``timedelta`` in Python" if isinstance(known, Timedelta) else ""
        yield Row(_name(each, known, prefix), f"{type_of(each)}{also}", when(each), notes_on(each))
        if isinstance(each, Object | ObjectList):
            # The entries of a list are given whole.
            when_inside = when if isinstance(each, Object) else presence
            yield from _rows(each.members, {}, when_inside, f"{prefix}{each.name}.")


def _name(attribute: Attribute, known: Declared[Any] | None, prefix: str) -> str:
    wire = f"{prefix}{attribute.name}"
    python = known.name if known else from_camel_case(attribute.name)
    return f"``{wire}``" if prefix or python == attribute.name else f"| ``{wire}``\n| ``{python}``"


def type_of(attribute: Attribute) -> str:
    """Return the kind of an attribute's value in words."""
    text = _type_of(attribute)
    may_be_null = attribute.nullable and attribute.shown and not attribute.required
    if isinstance(attribute, Collection | CustomData | Endpoint | Address | TokenCheck):
        may_be_null = False
    return f"{text}, or null" if may_be_null else text


def _type_of(attribute: Attribute) -> str:
    if isinstance(attribute, Link):
        return "link to " + " or ".join(_reference(each) for each in attribute.to)
    if isinstance(attribute, Collection):
        return f"collection of {_reference(attribute.of)}"
    if isinstance(attribute, Choice):
        return " or ".join(f"``{each}``" for each in attribute.choices)
    if isinstance(attribute, Endpoint):
        return "accepts POST only"
    return next((text for kind, text in _WORDS.items() if isinstance(attribute, kind)), "any JSON value")


def _reference(resource: str) -> str:
    return f":ref:`{resource} <{label(resource)}>`"


def set_by(attribute: Attribute, *, created: bool) -> str:
    """Return when callers may set an attribute; ``created`` says whether they create its resource."""
    if isinstance(attribute, Collection | Endpoint | Address | TokenCheck):
        return ""
    when = []
    if created and attribute.creatable and not isinstance(attribute, Computed):
        when.append("create (required)" if attribute.required else "create")
    if attribute.updatable:
        when.append("update")
    return ", ".join(when) or "the service"


def notes_on(attribute: Attribute) -> str:
    """Return the remaining facts of an attribute: its purpose, limits, default and special forms."""
    notes = (plain(attribute.about), *_limits(attribute), *_more(attribute))
    return " ".join(each for each in notes if each)


def plain(text: str) -> str:
    """Return plain text with the special characters of reStructuredText escaped."""
    return re.sub(r"([\\*`|_@])", r"\\\1", text)


def _limits(attribute: Attribute) -> Iterator[str]:
    if isinstance(attribute, Text):
        # Limits concern only attributes that callers can set.
        if attribute.creatable or attribute.updatable:
            yield _length(attribute)
            yield f"Must be {plain(attribute.pattern_hint)}." if attribute.pattern_hint else ""
        if attribute.unique_within is not None and "unique" not in attribute.about.lower():
            yield _uniqueness(attribute.unique_within)
    elif isinstance(attribute, Number):
        yield _bounds(attribute)
    elif isinstance(attribute, TextList):
        yield f"At most {attribute.max_total} characters in all."
    elif isinstance(attribute, ObjectList):
        yield f"At most {attribute.max_items} entries."


def _length(text: Text) -> str:
    if text.max_length >= 1_000_000:
        return ""
    lowest = max(text.min_length, 1 if text.required else 0)
    return f"{lowest} to {text.max_length} characters." if lowest else f"Up to {text.max_length} characters."


def _bounds(number: Number) -> str:
    low, high = number.minimum, number.maximum
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f"At most {high}." if low is None else f"At least {low}."
    return f"{low} to {high}."


def _uniqueness(scope: tuple[str, ...]) -> str:
    where = " and ".join(_SCOPES.get(each, each) for each in scope)
    return f"Unique in the {where}." if where else "Unique on the server."


def _more(attribute: Attribute) -> Iterator[str]:
    default = attribute.default
    if default not in (None, (), {}, "") and not attribute.required:
        yield f"Default: ``{_json(default)}``."
    if attribute.only_for:
        yield f"Only for {', '.join(f'``{each}``' for each in sorted(attribute.only_for))}."
    if attribute.aliases:
        yield f"Also accepted as {', '.join(f'``{each}``' for each in attribute.aliases)}."
    if attribute.fixed and attribute.creatable:
        yield "Cannot be changed later."
    if isinstance(attribute, Link):
        yield from _ways_of(attribute)
    if isinstance(attribute, Text):
        yield from _kinds_of(attribute)


def _ways_of(link: Link) -> Iterator[str]:
    if link.embeds:
        yield "An object with its attributes may be given instead of a link."
    if link.named:
        yield f'Also accepted as ``{{"nameKey": ...}}`` of an {_reference(link.named)}.'
    if link.null_on_delete and "deleted" not in link.about:
        yield "Null once that is deleted."


def _kinds_of(text: Text) -> Iterator[str]:
    if isinstance(text, Secret):
        yield "Encrypted in the database."
    if isinstance(text, PageUrl):
        yield "A path alone is a page of the service."
    if isinstance(text, HostName):
        until = " until it is set" if text.updatable else ""
        yield f"Consists of ``{text.under}.`` and the service's own host{until}."


def _json(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def expansion_line(resource: Resource) -> list[str]:
    """Return a line that names the links of a resource that can be expanded."""
    links = (each for each in resource.own if isinstance(each, Link | Collection | CustomData))
    return _listed("Links that expand:", [each.name for each in links if each.expandable])


def list_lines(resource: Resource) -> list[str]:
    """Return the lines that name the attributes by which lists of such resources are searched and ordered."""
    searched = [each.name for each in resource.attributes if each.searchable]
    texts = [each.name for each in resource.searched_texts]
    ordered = [each.name for each in resource.attributes if each.sortable and each.shown]
    return [
        *_listed("Lists are searched by", searched),
        *_listed("``q`` searches", texts),
        *_listed("Lists are ordered by", ordered),
    ]


def _listed(words: str, names: list[str]) -> list[str]:
    return [f"{words} {', '.join(f'``{each}``' for each in names)}."] if names else []


def option_lines(options: Iterable[Option]) -> list[str]:
    """Return a line for each query option with its effect."""
    return [f"``{each.name}``: {plain(each.about)}" for each in options]


def error_rows(codes: str) -> list[tuple[str, str, str]]:
    """Return status, code and meaning of some codes, or of ``all``; ``KeyError`` for an unknown code."""
    in_use = {str(int(code)): code for code in Code}
    asked = [in_use[each] for each in (in_use if codes == "all" else codes.split())]
    return [(str(code.status), str(int(code)), plain(code.meaning)) for code in asked]
