"""New directories: first their type, then a form with what that type needs."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.console.declared import code, fields
from stormpath.server.console.declared.code import Code
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.declared.problems import Problems, problems_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import forms, password_strength, types, wizard
from stormpath.server.console.views.directories.types import DirectoryType
from stormpath.server.schema import snake_case
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]

#: Of a provider, beside what it requires.
_ALWAYS_SHOWN: Final = frozenset({"redirectUri", "accessTokenType", "requestSignatureAlgorithm"})


def ask(request: ConsoleRequest) -> None:
    """Show the form of the type in the address; without one, the types."""
    chosen = types.type_named(request.query.get("type", ""))
    if chosen is None:
        request.render("directories/types.html", types=types.TYPES)
    elif chosen.key == "mirror":
        wizard.ask(request)
    else:
        _show(request, chosen)


def create(request: ConsoleRequest) -> None:
    """Create what was typed."""
    chosen = types.type_named(request.query.get("type", ""))
    if chosen is None:
        request.render("directories/types.html", {"types": types.TYPES}, status=400)
    elif chosen.key == "mirror":
        wizard.proceed(request)
    else:
        _create(request, chosen)


def _show(
    request: ConsoleRequest,
    chosen: DirectoryType,
    problems: Problems | None = None,
    as_code: Code | None = None,
    status: int = 200,
) -> None:
    is_cloud = chosen.provider == types.CLOUD
    strength = password_strength.defaults(request)
    basics = _basics(request)
    needed, more = _provider_fields(request, chosen)
    lengths = password_strength.fields_of(request, strength, is_new=True) if is_cloud else []
    if request.form:
        basics, needed, more, lengths = (
            forms.with_typed(each, request.form, problems) for each in (basics, needed, more, lengths)
        )
    request.render(
        "directories/create.html",
        {
            "type": chosen,
            "heading": gettext("Create %(type)s Directory", type=chosen.label),
            "fields": [*basics, *needed],
            "more": more,
            "lengths": lengths,
            "toggles": password_strength.toggles(strength, request.form) if is_cloud else [],
            "problems": problems,
            "as_code": as_code,
            "cancel": request.url("/directories"),
            "head": None,
        },
        status=status,
    )


def _create(request: ConsoleRequest, chosen: DirectoryType) -> None:
    body = _body(request, chosen)
    strength: Json = {}
    if chosen.provider == types.CLOUD:
        stored = password_strength.defaults(request)
        shown = fields.texts(password_strength.fields_of(request, stored, is_new=True))
        strength = password_strength.changes(request, stored, shown, is_new=True)
    if "as_code" in request.form:
        _show(request, chosen, as_code=_code(request, body, strength))
        return
    try:
        made = request.api.post("/directories", body)
        if strength:
            _set_strength(request, made, strength)
    except ApiError as error:
        basics, provider = _basics(request), _provider_fields(request, chosen)
        every = [*basics, *provider[0], *provider[1]]
        if chosen.provider == types.CLOUD:
            every += password_strength.fields_of(request, password_strength.defaults(request), is_new=True)
        _show(request, chosen, problems_of(error, every), status=error.status)
        return
    notice = gettext("%(title)s is created.", title=made["name"])
    request.redirect(request.api.path_of(made["href"]), notice)


def _set_strength(request: ConsoleRequest, made: Json, strength: Json) -> None:
    """Set the password policy of a new directory; where it is refused, there is no directory either."""
    path = request.api.path_of(made["href"])
    try:
        request.api.post(password_strength.path_of(path.rpartition("/")[2]), strength)
    except ApiError:
        request.api.delete(path)
        raise


def _basics(request: ConsoleRequest) -> list[Field]:
    return fields.fields_for_creation(request.console.resources["directory"])


def _provider_fields(request: ConsoleRequest, chosen: DirectoryType) -> tuple[list[Field], list[Field]]:
    """Return the fields of the provider: those that most people fill in, and the others."""
    if chosen.provider == types.CLOUD:
        return [], []
    resource = request.console.resources["provider"]
    needed: list[Field] = []
    more: list[Field] = []
    for each in _provider_attributes(request, chosen):
        found = fields.field_of(each, each.default, resource.name)
        (needed if each.required or each.name in _ALWAYS_SHOWN else more).append(found)
    return needed, more


def _provider_attributes(request: ConsoleRequest, chosen: DirectoryType) -> list[Any]:
    # The name of a provider is free where there are many of the type.
    left_out = () if chosen.provider == types.OAUTH2 else ("providerId",)
    return forms.creatable(request.console.resources["provider"], chosen.provider, but=left_out)


def _body(request: ConsoleRequest, chosen: DirectoryType) -> Json:
    body = forms.typed(forms.creatable(request.console.resources["directory"]), request.form)
    if chosen.provider != types.CLOUD:
        provider = forms.typed(_provider_attributes(request, chosen), request.form)
        fixed = {} if chosen.provider == types.OAUTH2 else {"providerId": chosen.provider}
        body["provider"] = {**fixed, **provider}
    return body


def _code(request: ConsoleRequest, body: Json, strength: Json) -> Code:
    base = request.console.settings.base_url
    resource = request.console.resources["directory"]
    found = code.creation(resource, f"{base}/directories", forms.masked(request, body))
    if not strength:
        return found
    lines = [
        "strength = directory.password_policy.strength",
        *(f"strength.{snake_case(name)} = {value!r}" for name, value in strength.items()),
        "strength.save()",
    ]
    second = code.curl("POST", f"{base}/passwordPolicies/ID-OF-THE-DIRECTORY/strength", strength)
    return Code("\n".join([found.python, *lines]), f"{found.curl}\n\n{second}")
