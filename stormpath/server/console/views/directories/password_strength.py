"""The password strength policy of a directory, as people set it: lengths, and kinds of characters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from stormpath.server.console.declared import details, fields
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.request import ConsoleRequest, Form
from stormpath.server.console.texts import gettext
from stormpath.server.schema import Attribute, Resource

RESOURCE: Final = "passwordStrength"

#: Before the names of its fields, which stand beside those of a directory.
PREFIX: Final = "strength."

#: The numbers of characters of one kind, of which people say whether there must be any.
_MANDATORY: Final = {
    "minLowerCase": "abc",
    "minUpperCase": "ABC",
    "minNumeric": "012",
    "minSymbol": "Symbols",
    "minDiacritic": "Diacritics",
}
_LENGTHS: Final = ("minLength", "maxLength")


def path_of(directory_id: str) -> str:
    """Return the path of the policy in the API."""
    return f"/passwordPolicies/{directory_id}/strength"


def _resource(request: ConsoleRequest) -> Resource:
    return request.console.resources[RESOURCE]


def defaults(request: ConsoleRequest) -> dict[str, Any]:
    """Return the policy of a new directory."""
    return {each.name: each.default for each in _attributes(request, is_new=True)}


def _attributes(request: ConsoleRequest, *, is_new: bool) -> list[Attribute]:
    found = fields.shown_attributes(_resource(request))
    # What the tenant decides for new directories is not known before one is there.
    return [
        each for each in found if each.updatable and (not is_new or each.name in {*_LENGTHS, *_MANDATORY})
    ]


def fields_of(request: ConsoleRequest, stored: Mapping[str, Any], *, is_new: bool = False) -> list[Field]:
    """Return the fields but those of mandatory characters."""
    return [
        fields.field_of(each, stored.get(each.name), RESOURCE, PREFIX)
        for each in _attributes(request, is_new=is_new)
        if each.name not in _MANDATORY
    ]


def toggles(stored: Mapping[str, Any], form: Form | None = None) -> list[Field]:
    """Return a switch for each kind of characters."""
    found = []
    for name, text in _MANDATORY.items():
        is_on = stored[name] > 0 if not form else form.get(PREFIX + name) == "true"
        label = gettext(text)
        if stored[name] > 1:
            label = gettext("%(label)s (at least %(number)s)", label=label, number=stored[name])
        found.append(Field(PREFIX + name, label, "flag", text="true" if is_on else ""))
    return found


def opened(found: list[Field]) -> str:
    """Return the texts with which the form was shown."""
    return details.opened_of(found)


def changes(
    request: ConsoleRequest,
    stored: Mapping[str, Any],
    shown: Mapping[str, str],
    *,
    is_new: bool = False,
) -> dict[str, Any]:
    """Return what was changed in the form: a switch that was on already keeps its number."""
    form = request.form
    typed = [each for each in _attributes(request, is_new=is_new) if each.name not in _MANDATORY]
    found = fields.values(typed, form, shown, PREFIX)
    for name in _MANDATORY:
        is_on = form.get(PREFIX + name) == "true"
        if PREFIX + name in form and is_on != (stored[name] > 0):
            found[name] = 1 if is_on else 0
    return found


def readonly(found: list[Field]) -> list[Field]:
    """Return the fields of a policy that cannot be changed."""
    return [replace(each, readonly=True, required=False) for each in found]
