"""The accounts of a group: listed, assigned to it and removed from it."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.console.declared import bulk, lists, pickers
from stormpath.server.console.declared.kinds import columns_of
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.console.views.accounts.memberships import REMOVE, end, join, memberships_of, ticked


def show(request: ConsoleRequest, **more: Any) -> None:
    """List the accounts of a group."""
    path, body, head = frames.frame(request, "group")
    item, collection = request.console.resources["account"], frames.collection(request, "group", "accounts")
    view = lists.read_list(request, item, f"{path}/accounts", collection=collection, columns=_columns(item))
    mirrored = frames.mirrored(frames.source_of(request, body["directory"]))
    # Here, "delete" could be taken for the end of the membership.
    view.can_delete = False
    buttons = []
    if not mirrored:
        view.actions = ((REMOVE, gettext("Remove")),)
        buttons = [
            (f"{path}/accounts/new", gettext("Create Account")),
            (f"{path}/accounts/assign", gettext("Assign Accounts")),
        ]
    request.render(
        "accounts/members.html",
        {
            **head,
            "list": view,
            "mirrored": mirrored,
            "heading": gettext("Accounts"),
            "buttons": buttons,
            **more,
        },
    )


def _columns(item: Any) -> list[Any]:
    # All are in one directory.
    return [each for each in columns_of(item) if each.name != "directory"]


def several(request: ConsoleRequest) -> None:
    """Remove ticked accounts from the group, or change their statuses."""
    if REMOVE not in request.form and request.form.get("action") != REMOVE:
        bulk.run(request.console.resources["account"], show, request)
        return
    path, _, _ = frames.frame(request, "group")
    group, accounts = request.params["id"], ticked(request)
    found = [(id, memberships_of(request, f"/accounts/{id}", [group]).get(group)) for id in accounts]
    failed = end(request, found)
    done = ngettext(
        "%(number)s account is removed from the group.",
        "%(number)s accounts are removed from the group.",
        len(accounts) - len(failed),
    )
    request.redirect(f"{path}/accounts", frames.report(len(accounts), failed, done))


def ask(request: ConsoleRequest) -> None:
    """Search the accounts of the group's directory, to tick."""
    path, body, head = frames.frame(request, "group")
    directory = request.api.path_of(body["directory"]["href"])
    picker = pickers.pick(request, "account", f"{directory}/accounts", columns=("username", "email"))
    request.render(
        "accounts/ticks.html",
        {
            **head,
            "picker": picker,
            "heading": gettext("Add Existing Account"),
            "about": gettext("Accounts of the group's own directory."),
            "refused": frames.mirrored(frames.source_of(request, body["directory"])),
            "problem": "",
            "button": gettext("Add Accounts"),
            "cancel": request.url(f"{path}/accounts"),
        },
    )


def assign(request: ConsoleRequest) -> None:
    """Add the accounts that are ticked to the group."""
    path, body, _ = frames.frame(request, "group")
    account, base = request.console.resources["account"], request.console.settings.base_url
    accounts = ticked(request)
    tried = [(id, join(request, account.href(base, id), body["href"])) for id in accounts]
    failed = [(id, why) for id, why in tried if why]
    done = ngettext(
        "%(number)s account is added.", "%(number)s accounts are added.", len(accounts) - len(failed)
    )
    request.redirect(f"{path}/accounts", frames.report(len(accounts), failed, done))


PAGES: Final = (
    Page("/groups/{id}/accounts", show, several, section="groups"),
    Page("/groups/{id}/accounts/assign", ask, assign, section="groups"),
)
