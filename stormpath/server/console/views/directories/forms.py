"""What the forms of directories share: nested bodies, secrets left out of code, problems beside fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from stormpath.server.console.declared import fields
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.declared.problems import Problems
from stormpath.server.console.declared.secrets import IN_CODE, hidden_names, without_secrets
from stormpath.server.console.request import ConsoleRequest, Form
from stormpath.server.schema import Attribute, Resource

#: What an empty field of a new resource means: the default, which the API knows.
_EMPTY: Final[tuple[Any, ...]] = (None, "", [])


def creatable(resource: Resource, variant: str | None = None, *, but: Iterable[str] = ()) -> list[Attribute]:
    """Return the attributes of a new resource that are typed, in the order of the declaration."""
    left_out = set(but)
    found = fields.shown_attributes(resource, variant)
    return [each for each in found if each.creatable and each.name not in left_out]


def typed(attributes: Iterable[Attribute], form: Form) -> dict[str, Any]:
    """Return the JSON of a new resource, without what was left empty."""
    found = fields.values(attributes, form)
    return {name: value for name, value in found.items() if value not in _EMPTY}


def form_of(texts: Mapping[str, str]) -> Form:
    """Return texts by the names of fields as a form that was sent."""
    return Form(texts.items())


def masked(request: ConsoleRequest, body: Any) -> Any:
    """Return a body without the secrets of any resource in it, for code that is shown."""
    return without_secrets(body, hidden_names(request.console.resources.values()), IN_CODE)


def with_typed(found: Iterable[Field], form: Form, problems: Problems | None = None) -> list[Field]:
    """Return the fields as they were typed, with the problems beside them."""
    return fields.with_typed(found, form, problems.by_field if problems else {})
