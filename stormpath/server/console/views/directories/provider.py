"""The provider of a directory: its settings, its secret, and how data of a login become attributes."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.console.declared import code, details, fields
from stormpath.server.console.declared.code import Code
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.declared.problems import Problems, problems_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import certificates, forms, frame, types
from stormpath.server.console.views.directories.frame import Frame
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]

_RESOURCE: Final = "provider"
_SECRET: Final = "clientSecret"  # noqa: S105  # The name of an attribute.


def show(request: ConsoleRequest) -> None:
    """Show the settings of the provider."""
    _show(request, frame.of_request(request))


def change(request: ConsoleRequest) -> None:
    """Save what was changed of them."""
    found = frame.of_request(request)
    resource = request.console.resources[_RESOURCE]
    typed = [each for each in resource.own if each.updatable and not each.fixed]
    changed = fields.values(typed, request.form, details.opened_texts(request))
    if "as_code" in request.form:
        shown = code.update(resource, found.provider["href"], forms.masked(request, changed))
        _show(request, found, as_code=shown)
        return
    try:
        if changed:
            request.api.post(f"{found.path}/provider", changed)
    except ApiError as error:
        _show(request, found, problems_of(error, _fields(request, found)), status=error.status)
        return
    request.redirect(request.path, gettext("Saved."))


def ask_secret(request: ConsoleRequest) -> None:
    """Ask for the password before the client secret is shown."""
    found = frame.of_request(request)
    frame.require(_SECRET in found.provider)
    _show_secret(request, found)


def show_secret(request: ConsoleRequest) -> None:
    """Show the client secret, once the password was given."""
    found = frame.of_request(request)
    frame.require(_SECRET in found.provider)
    if not request.prove():
        _show_secret(request, found, problem=gettext("The password is wrong."), status=400)
        return
    _show_secret(request, found, secret=found.provider[_SECRET])


def _show_secret(
    request: ConsoleRequest, found: Frame, *, secret: str = "", problem: str = "", status: int = 200
) -> None:
    values = {"secret": secret, "problem": problem, "needs_proof": not request.is_proved}
    request.render("directories/secret.html", {**found.head, **values}, status=status)


def _fields(request: ConsoleRequest, found: Frame) -> list[Field]:
    resource = request.console.resources[_RESOURCE]
    hidden = {"providerType"} | (set() if types.provider_of(found.body) == types.OAUTH2 else {"providerId"})
    return fields.fields_of(resource, found.provider, types.provider_of(found.body), hidden)


def _show(
    request: ConsoleRequest,
    found: Frame,
    problems: Problems | None = None,
    as_code: Code | None = None,
    status: int = 200,
) -> None:
    shown = _fields(request, found)
    opened = details.opened_of(shown)
    if request.form:
        shown = forms.with_typed(shown, request.form, problems)
    request.render(
        "directories/provider.html",
        {
            **found.head,
            "provider_name": types.name_of(found.body),
            "provider_rest_url": request.url(f"/rest{found.path}/provider"),
            "fields": shown,
            "has_form": any(not each.readonly for each in shown),
            "opened": request.form.get("opened", opened),
            "has_secret": _SECRET in found.provider,
            "certificates": certificates.in_pem(
                found.provider.get("encodedX509SigningCert"), request.current.context.now_ms()
            ),
            "problems": problems,
            "as_code": as_code,
        },
        status=status,
    )
