"""The wizard for a mirrored directory: five steps, of which each is a form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from stormpath.server.console.declared import code, fields
from stormpath.server.console.declared.code import Code
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.declared.problems import Problems, problems_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import agent_settings, forms, wizard_state
from stormpath.server.console.views.directories.wizard_state import STEPS, State
from stormpath.server.schema.errors import ApiError

_TITLES: Final = (
    "Directory Basics",
    "Agent Configuration",
    "Account Configuration",
    "Group Configuration",
    "Confirm",
)
_SERVICE: Final = "service"
_PARTS: Final = {2: "", 3: agent_settings.ACCOUNTS, 4: agent_settings.GROUPS}


def ask(request: ConsoleRequest) -> None:
    """Show the first step."""
    _show(request, wizard_state.opened(request))


def proceed(request: ConsoleRequest) -> None:
    """Take what was typed in a step, and go where the button leads."""
    state = wizard_state.opened(request)
    _take(request, state)
    go = request.form.get("go", "next")
    if go == "create":
        _create(request, state)
        return
    if go == "as_code":
        _show(request, state, as_code=_code(request, state))
        return
    if go == "next" and (missing := _missing(request, state, state.step)):
        _show(request, state, missing, status=400)
        return
    if go.isdecimal() and 1 <= int(go[:2]) <= STEPS:
        state.step = int(go[:2])
    else:
        state.step = min(state.step + 1, STEPS) if go == "next" else max(state.step - 1, 1)
    _show(request, state)


def _take(request: ConsoleRequest, state: State) -> None:
    """Keep what was typed in the step that was sent."""
    form = request.form
    ssl = state.text(agent_settings.SSL)
    for each in _fields(request, state, state.step):
        if each.name in form and (form[each.name] or each.kind != "secret"):
            state.values[each.name] = form[each.name]
    if state.step == 2:
        state.change_kind(form.get(_SERVICE, state.kind))
        state.settle_port(ssl)


def _fields(request: ConsoleRequest, state: State, step: int) -> list[Field]:
    """Return the fields of a step, as they were typed."""
    if step == 1:
        basics = fields.fields_for_creation(request.console.resources["directory"])
        found = [replace(each, label=gettext("Directory %(label)s", label=each.label)) for each in basics]
    elif step in _PARTS:
        # On the step where the kind is chosen stand the fields of both.
        found = agent_settings.fields_of_part(request, _PARTS[step], None if step == 2 else state.kind)
    else:
        found = []
    return [_as_typed(each, state) for each in found]


def _as_typed(field: Field, state: State) -> Field:
    text = state.text(field.name)
    if field.kind == "password":
        return replace(field, kind="secret", value=bool(text), required=not text)
    return field if text is None else replace(field, text=text)


def _missing(request: ConsoleRequest, state: State, step: int) -> Problems | None:
    """Return which required fields of a step are empty."""
    found = (
        {
            each.name: gettext("Please fill this in.")
            for each in _fields(request, state, step)
            if each.required and not (state.text(each.name) or each.text).strip()
        }
        if step < STEPS
        else {}
    )
    return Problems(found) if found else None


def _create(request: ConsoleRequest, state: State) -> None:
    for step in range(1, STEPS):
        if missing := _missing(request, state, step):
            state.step = step
            _show(request, state, missing, status=400)
            return
    try:
        made = request.api.post("/directories", _body(request, state))
    except ApiError as error:
        every = {step: _fields(request, state, step) for step in range(1, STEPS)}
        problems = problems_of(error, [each for found in every.values() for each in found])
        state.step = next(
            (step for step, found in every.items() if any(each.name in problems.by_field for each in found)),
            STEPS,
        )
        _show(request, state, problems, status=error.status)
        return
    notice = gettext("%(title)s is created.", title=made["name"])
    request.redirect(f"{request.api.path_of(made['href'])}/agent/download", notice)


def _body(request: ConsoleRequest, state: State) -> dict[str, Any]:
    attributes = forms.creatable(request.console.resources["directory"])
    texts = {
        each.name: state.text(each.name) or each.text
        for step in range(1, STEPS)
        for each in _fields(request, state, step)
    }
    config = agent_settings.body_of(request, state.kind, texts)
    body = forms.typed(attributes, forms.form_of(texts))
    return {**body, "provider": {"providerId": state.kind, "agent": {"config": config}}}


def _code(request: ConsoleRequest, state: State) -> Code:
    href = f"{request.console.settings.base_url}/directories"
    body = forms.masked(request, _body(request, state))
    return code.creation(request.console.resources["directory"], href, body)


def _show(
    request: ConsoleRequest,
    state: State,
    problems: Problems | None = None,
    as_code: Code | None = None,
    status: int = 200,
) -> None:
    errors = problems.by_field if problems else {}
    found = _fields(request, state, state.step)
    found = [replace(each, errors=(errors[each.name],)) if each.name in errors else each for each in found]
    request.render(
        "directories/wizard.html",
        {
            "step": state.step,
            "titles": [gettext(each) for each in _TITLES],
            "fields": found,
            "service": state.kind if state.step == 2 else None,
            "services": agent_settings.KINDS,
            "summary": _summary(request, state) if state.step == STEPS else [],
            "state": wizard_state.sealed(request, state),
            "problems": problems,
            "as_code": as_code,
        },
        status=status,
    )


def _summary(request: ConsoleRequest, state: State) -> list[dict[str, Any]]:
    """Return what was typed, by steps; a password is not shown."""
    parts = []
    for step in range(1, STEPS):
        rows = []
        if step == 2:
            rows.append((gettext("Directory Service"), dict(agent_settings.KINDS)[state.kind]))
        for each in _of_kind(request, state, step):
            rows.append((each.label, _shown(each)))
        parts.append({"step": step, "title": gettext(_TITLES[step - 1]), "rows": rows})
    return parts


def _of_kind(request: ConsoleRequest, state: State, step: int) -> list[Field]:
    if step == 1:
        return _fields(request, state, step)
    found = agent_settings.fields_of_part(request, _PARTS[step], state.kind)
    return [_as_typed(each, state) for each in found]


def _shown(field: Field) -> str:
    if field.kind == "secret":
        return "••••••••" if field.value else ""
    if field.kind == "flag":
        return gettext("yes") if field.text == "true" else gettext("no")
    return dict(field.choices).get(field.text, field.text)
