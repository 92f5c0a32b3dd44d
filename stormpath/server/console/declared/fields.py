"""An attribute as a field of a form, and what was typed as the JSON of the API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.declared import durations
from stormpath.server.console.declared.secrets import is_secret
from stormpath.server.console.request import Form
from stormpath.server.console.texts import gettext
from stormpath.server.schema import (
    Address,
    Attribute,
    Choice,
    Collection,
    CustomData,
    Duration,
    Endpoint,
    Flag,
    Link,
    Number,
    Object,
    ObjectList,
    Password,
    Resource,
    Secret,
    Text,
    TextList,
    Timestamp,
)

#: A text that may be longer has a field of several lines.
_LINE: Final = 255

#: Numbers of more digits are passed on as they were typed: no attribute takes them.
_DIGITS: Final = 18

#: Kinds of fields in which a stored value is not shown.
_KEPT: Final = frozenset({"password", "secret", "secret-lines"})

#: What is no value: a link, a list, an action.
_NO_VALUES: Final = (Link, Collection, CustomData, Endpoint)


@dataclass(frozen=True, slots=True)
class Field:
    """A field as templates show it. ``name`` has a dot before the member of an object.

    ``kind`` is ``text``, ``lines``, ``password``, ``number``, ``flag``, ``choice``, ``list``, ``json``,
    ``object`` (with ``members``), ``time``, ``duration`` (in words) or ``secret``. ``value`` is the JSON,
    ``text`` what stands in the input. ``errors`` are sentences.
    """

    name: str
    label: str
    kind: str
    value: Any = None
    text: str = ""
    about: str = ""
    required: bool = False
    readonly: bool = False
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    members: tuple[Field, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The id of the input in the page."""
        return f"field-{self.name.replace('.', '-')}"


def shown_attributes(resource: Resource, variant: str | None = None) -> Iterator[Attribute]:
    """Return the attributes that are values, with what the variant of a row does not have left out."""
    for each in resource.own:
        if isinstance(each, _NO_VALUES) or not (each.shown or isinstance(each, Password) or _is_typed(each)):
            continue
        if each.only_for and variant is not None and variant not in each.only_for:
            continue
        if is_secret(each) and not (
            isinstance(each, (Secret, Password)) and (each.creatable or each.updatable)
        ):
            # It cannot be typed, and is shown on a page of its own, after the password.
            continue
        yield each


def _is_typed(attribute: Attribute) -> bool:
    # A secret that no JSON shows, such as the password of a mail server, is typed nevertheless.
    return isinstance(attribute, Secret) and attribute.creatable


def fields_for_creation(
    resource: Resource, variant: str | None = None, hidden: Iterable[str] = ()
) -> list[Field]:
    """Return the fields of an empty form for a new resource."""
    return [
        _open_to_typing(field_of(each, each.default, resource.name))
        for each in shown_attributes(resource, variant)
        if each.creatable and each.name not in hidden
    ]


def _open_to_typing(found: Field) -> Field:
    # What is fixed once it is stored is typed here, and no secret is stored yet.
    members = tuple(_open_to_typing(each) for each in found.members)
    value = False if found.kind in _KEPT else found.value
    return replace(found, readonly=False, value=value, members=members)


def _left_empty(found: Field) -> Field:
    # An empty field leaves what is stored as it is.
    members = tuple(_left_empty(each) for each in found.members)
    return replace(found, required=found.required and found.kind not in _KEPT, members=members)


def fields_of(
    resource: Resource, body: Mapping[str, Any], variant: str | None = None, hidden: Iterable[str] = ()
) -> list[Field]:
    """Return the fields of a resource that is shown: those that cannot be changed are ``readonly``."""
    return [
        _left_empty(field_of(each, body.get(each.name), resource.name))
        for each in shown_attributes(resource, variant)
        if each.name not in hidden and (each.shown or _is_typed(each))
    ]


def field_of(attribute: Attribute, value: Any, resource: str = "", prefix: str = "") -> Field:
    """Return the field of an attribute with its value in JSON."""
    name = f"{prefix}{attribute.name}"
    found = Field(
        name=name,
        label=labels.label(attribute.name, resource),
        kind="text",
        value=value,
        text="" if value is None else str(value),
        about=gettext(attribute.about) if attribute.about else "",
        required=attribute.required,
        readonly=not attribute.updatable or attribute.fixed,
    )
    match attribute:
        case Object():
            value = value if isinstance(value, Mapping) else {}
            members = [
                field_of(each, value.get(each.name, each.default), resource, f"{name}.")
                for each in attribute.members
            ]
            return replace(found, kind="object", text="", members=tuple(members))
        case ObjectList():
            return replace(found, kind="json", text=_pretty(value or []))
        case Password():
            return replace(found, kind="password", text="", max_length=attribute.max_length)
        case Secret():
            # What is stored is not shown: an empty field leaves it as it is.
            kind = "secret" if attribute.max_length <= _LINE * 4 else "secret-lines"
            is_stored = bool(value) or not attribute.shown
            return replace(found, kind=kind, text="", max_length=attribute.max_length, value=is_stored)
        case Choice():
            choices = tuple((each, labels.word(each)) for each in attribute.choices)
            if attribute.nullable and attribute.default is None:
                # Or a form that is sent as it was shown would choose the first.
                choices = (("", gettext("none")), *choices)
            return replace(found, kind="choice", choices=choices)
        case Flag() if attribute.nullable:
            choices = (
                ("", gettext("Inherit")),
                ("true", gettext("Enabled")),
                ("false", gettext("Disabled")),
            )
            text = "" if value is None else str(bool(value)).lower()
            about = found.about.replace("null:", gettext("Inherit:"))
            return replace(found, kind="choice", choices=choices, text=text, about=about)
        case Address():
            return replace(found, text=str(value["href"]) if value else "")
        case Flag():
            return replace(found, kind="flag", text="true" if value else "")
        case Number():
            return replace(found, kind="number", minimum=attribute.minimum, maximum=attribute.maximum)
        case TextList():
            most = f"{attribute.max_total:,}"
            hint = gettext("One a line, at most %(most)s characters in all.", most=most)
            about = f"{found.about} {hint}".strip()
            return replace(found, kind="list", text="\n".join(value or ()), about=about)
        case Timestamp():
            return replace(found, kind="time")
        case Duration():
            hint = gettext("Such as 1 hour 30 minutes, 60 days, or P60D in ISO 8601.")
            if value:
                hint += " " + gettext("Now it is %(iso)s.", iso=value)
            text = durations.words(found.text)
            return replace(found, kind="duration", text=text, about=f"{attribute.about} {hint}".strip())
        case Text():
            kind = "lines" if attribute.max_length > _LINE else "text"
            return replace(found, kind=kind, max_length=attribute.max_length)
        case _ if isinstance(value, (dict, list)):
            return replace(found, kind="json", text=_pretty(value))
        case _:
            return found


def values(
    attributes: Iterable[Attribute], form: Form, opened: Mapping[str, str] | None = None, prefix: str = ""
) -> dict[str, Any]:
    """Return the JSON of what was typed, for the attributes that the form has; the API checks it.

    An empty field is ``null``; of a password or a secret it is left out, which changes nothing. ``opened``
    has the texts with which the form was shown (``texts``): a field that still has its own is left out.
    """
    found: dict[str, Any] = {}
    for each in attributes:
        name = f"{prefix}{each.name}"
        if isinstance(each, Object):
            if members := values(each.members, form, opened, f"{name}."):
                found[each.name] = members
        elif name in form:
            text = _lines(form[name])
            is_secret = isinstance(each, (Password, Secret))
            is_same = opened is not None and text == opened.get(name) and not is_secret
            if not is_same and (text or not is_secret):
                found[each.name] = value(each, text)
    return found


def texts(fields: Iterable[Field]) -> dict[str, str]:
    """Return the texts of a form by the names of its fields, as an unchanged form sends them."""
    found: dict[str, str] = {}
    for each in fields:
        if each.members:
            found |= texts(each.members)
        elif each.kind == "flag":
            found[each.name] = "true" if each.text == "true" else "false"
        elif each.kind not in _KEPT | {"time"}:
            found[each.name] = _lines(each.text)
    return found


def _lines(text: str) -> str:
    # Browsers end lines by CR LF, and leave out one at the beginning of a field of several lines.
    return text.replace("\r\n", "\n").removeprefix("\n")


def value(attribute: Attribute, text: str) -> Any:
    """Return the JSON of a text that was typed; one that cannot be read is passed on, and refused there."""
    match attribute:
        case Flag():
            return None if attribute.nullable and not text else text == "true"
        case Duration():
            return durations.iso(text) or None
        case TextList():
            return [line for each in text.split("\n") if (line := each.strip())]
        case ObjectList():
            return _parsed(text)
        case Number():
            text = text.strip()
            is_whole = len(text) <= _DIGITS and text.removeprefix("-").isdecimal() and text.isascii()
            return int(text) if is_whole else text or None
        case _ if attribute.schema_type.get("type") == "object":
            return _parsed(text)
        case Text(nullable=False, required=False, min_length=0):
            # Such as one body of an e-mail that has two.
            return text
    return text or None


def with_typed(fields: Iterable[Field], form: Form, errors: Mapping[str, str]) -> list[Field]:
    """Return the fields as they were typed, with the errors beside them: nothing that was typed is lost."""
    found = []
    for each in fields:
        members = tuple(with_typed(each.members, form, errors))
        text = each.text
        if each.name in form and each.kind not in _KEPT:
            text = form[each.name]
        error = errors.get(each.name)
        found.append(replace(each, text=text, members=members, errors=(error,) if error else ()))
    return found


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _parsed(text: str) -> Any:
    from stormpath.server.rest.bodies import parse_object

    try:
        # The reader of the API: it bounds depth and size.
        return parse_object(b'{"value":' + text.encode() + b"}")["value"] if text.strip() else None
    except Exception:  # Whatever is wrong with it, the API says so.
        return text
