"""Several resources on one page: a form for each, with its name before the names of its fields."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from stormpath.server.console.declared import code, details, fields
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.declared.problems import Problems, problems_of
from stormpath.server.console.request import ConsoleRequest, Form
from stormpath.server.console.texts import gettext
from stormpath.server.schema import Resource
from stormpath.server.schema.errors import ApiError, not_found

Json = dict[str, Any]


@dataclass(slots=True)
class Section:
    """A resource of its own on the page of another. ``about`` is shown above its form."""

    title: str
    resource: Resource
    body: Json
    about: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    shown: list[Field] = field(default_factory=list)
    opened: str = "{}"
    problems: Problems | None = None
    as_code: code.Code | None = None

    def __post_init__(self) -> None:
        for each in fields.shown_attributes(self.resource):
            if each.shown:
                value = self.body.get(each.name)
                self.shown.append(_flat(fields.field_of(each, value, self.resource.name, self.prefix)))
        self.opened = json.dumps(fields.texts(self.shown), ensure_ascii=False)

    @property
    def name(self) -> str:
        """What stands for it in forms and addresses."""
        return self.resource.name

    @property
    def prefix(self) -> str:
        """What the names of its fields begin with."""
        return f"{self.name}."

    @property
    def can_change(self) -> bool:
        """Whether there is anything to save."""
        return "POST" in self.resource.verbs and any(not each.readonly for each in self.shown)

    def add(self, extra: Field) -> None:
        """Add a field that no attribute stands for, which the page itself reads."""
        self.shown.append(extra)
        self.opened = json.dumps(fields.texts(self.shown), ensure_ascii=False)

    def typed(self, form: Form, problems: Problems | None, as_code: code.Code | None) -> None:
        """Show it as it was typed."""
        self.shown = fields.with_typed(self.shown, form, problems.by_field if problems else {})
        self.opened = form.get("opened", self.opened)
        self.problems, self.as_code = problems, as_code


def _flat(found: Field) -> Field:
    """Return the only member of an object in its place, under its name: a switch needs no frame."""
    if len(found.members) != 1 or found.members[0].members:
        return found
    return replace(found.members[0], label=found.label)


#: Returns the JSON of what the page itself reads of a form, besides the attributes that are values.
More = Callable[[ConsoleRequest, Section], Json]


def save(
    request: ConsoleRequest,
    sections: list[Section],
    render: Callable[..., None],
    more: More = lambda request, section: {},
) -> None:
    """Save the section that the form is of: only what differs from what was shown is sent."""
    section = next((each for each in sections if each.name == request.form.get("section")), None)
    if section is None:
        raise not_found()
    changeable = [each for each in section.resource.own if each.updatable and not each.fixed]
    opened = details.opened_texts(request)
    changed = fields.values(changeable, request.form, opened, section.prefix)
    changed |= more(request, section)
    if "as_code" in request.form:
        shown = details.masked(section.resource, changed)
        section.typed(request.form, None, code.update(section.resource, section.body["href"], shown))
        render(request, sections)
        return
    try:
        if changed:
            request.api.post(section.body["href"], changed)
    except ApiError as error:
        section.typed(request.form, problems_of(error, section.shown), None)
        render(request, sections, status=error.status)
        return
    request.redirect(request.path, gettext("Saved."))
