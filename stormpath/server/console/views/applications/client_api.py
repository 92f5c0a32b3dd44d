"""The client-facing API of an application: which of its endpoints answer, and under which name."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.declared import menus
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.applications import sections
from stormpath.server.console.views.applications.sections import Json, Section

_KEY: Final = "webConfig.signingApiKey"

#: The longest id of a key that is looked at.
_LONGEST_KEY: Final = 100


def show(request: ConsoleRequest) -> None:
    """Show the settings. A request for the application with them, and one for the own API keys."""
    body = _read(request)
    _render(body, request, [_section(request, body)])


def save(request: ConsoleRequest) -> None:
    """Save what was changed."""
    body = _read(request)
    sections.save(request, [_section(request, body)], partial(_render, body), _signing_key)


def _read(request: ConsoleRequest) -> Json:
    return request.api.get(f"/applications/{request.params['id']}", {"expand": "webConfig"})


def _section(request: ConsoleRequest, body: Json) -> Section:
    config = body["webConfig"]
    about = gettext("For web pages and apps that log people in without a server of their own.")
    found = Section(gettext("Client API"), request.console.resources["webConfig"], config, about)
    key = config.get("signingApiKey")
    found.add(
        Field(
            name=_KEY,
            label=labels.label("signingApiKey"),
            kind="text",
            text=str(key["href"]).rpartition("/")[2] if key else "",
            about=gettext("The ID of an administrator's API key, which signs the tokens. Empty: none."),
            max_length=_LONGEST_KEY,
        )
    )
    return found


def _signing_key(request: ConsoleRequest, section: Section) -> Json:
    """Return the link to the key whose id was typed, if it is another one."""
    key = section.body.get("signingApiKey")
    present = str(key["href"]).rpartition("/")[2] if key else ""
    typed = request.form.get(_KEY, present).strip()[:_LONGEST_KEY]
    if typed == present:
        return {}
    href = f"{request.console.settings.base_url}/apiKeys/{typed}"
    return {"signingApiKey": {"href": href} if typed else None}


def _render(
    body: Json, request: ConsoleRequest, shown: list[Section], *, status: int = 200, **more: Any
) -> None:
    head = menus.head_of(request, request.console.resources["application"], body)
    values = {**head, "heading": gettext("Client API"), "sections": shown, **more}
    request.render("applications/sections.html", values, status=status)


PAGES: Final = (Page("/applications/{id}/clientApi", show, save, section="applications"),)
