"""Mapping a group to applications, and the applications that an account can use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.authentication import diagnosis
from stormpath.server.console.declared import pickers
from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.console.views.accounts.memberships import ticked
from stormpath.server.schema.errors import ApiError


def ask(request: ConsoleRequest) -> None:
    """Search the applications of the tenant, to tick."""
    path, _, head = frames.frame(request, "group")
    own = diagnosis.group_mappings(request.current.context, request.params["id"])

    def problem_of(each: Mapping[str, Any]) -> str:
        return gettext("It maps the group already.") if frames.id_of(each) in own else ""

    picker = pickers.pick(
        request,
        "application",
        f"/tenants/{request.tenant['id']}/applications",
        columns=("description", "status"),
        problem_of=problem_of,
    )
    request.render(
        "accounts/ticks.html",
        {
            **head,
            "picker": picker,
            "heading": gettext("Map Application"),
            "about": gettext("Members of the group can log in to an application that maps it."),
            "refused": "",
            "problem": "",
            "button": gettext("Map Application"),
            "cancel": request.url(f"{path}/applications"),
        },
    )


def assign(request: ConsoleRequest) -> None:
    """Map the group to the applications that are ticked."""
    path, body, _ = frames.frame(request, "group")
    application, base = request.console.resources["application"], request.console.settings.base_url
    chosen, failed = ticked(request), []
    for id in chosen:
        mapping = {
            "application": {"href": application.href(base, id)},
            "accountStore": {"href": body["href"]},
        }
        try:
            request.api.post("/accountStoreMappings", mapping)
        except ApiError as error:
            if error.status >= 500:
                raise
            failed.append((id, sentence(error.text_for_people)))
    done = ngettext(
        "%(number)s application maps the group now.",
        "%(number)s applications map the group now.",
        len(chosen) - len(failed),
    )
    request.redirect(f"{path}/applications", frames.report(len(chosen), failed, done))


def of_account(request: ConsoleRequest) -> None:
    """List the applications that an account can use."""
    path, _, head = frames.frame(request, "account")
    picker = pickers.pick(
        request,
        "application",
        f"{path}/applications",
        columns=("description", "status"),
        query={"orderBy": "name"},
    )
    request.render("accounts/applications.html", {**head, "picker": picker})


PAGES: Final = (
    Page("/groups/{id}/applications/map", ask, assign, section="groups"),
    Page("/accounts/{id}/applications", of_account, None, section="accounts"),
)
