"""The groups of an account: searched, assigned and removed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from stormpath.server.console.declared import lists, pickers
from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.schema.errors import ApiError

#: Memberships of one account that are looked through for a group, a hundred at a time.
_MOST_PAGES: Final = 20

#: The most that is ticked on one page.
MOST_TICKED: Final = 100

REMOVE: Final = "remove"


def show(request: ConsoleRequest) -> None:
    """List the groups."""
    path, body, head = frames.frame(request, "account")
    group = request.console.resources["group"]
    collection = frames.collection(request, "account", "groups")
    view = lists.read_list(request, group, f"{path}/groups", collection=collection)
    mirrored = frames.mirrored(frames.source_of(request, body["directory"]))
    view.can_delete, view.can_change_status = False, False
    if not mirrored:
        view.actions = ((REMOVE, gettext("Remove")),)
    request.render(
        "accounts/members.html",
        {
            **head,
            "list": view,
            "mirrored": mirrored,
            "heading": gettext("Groups"),
            "buttons": [] if mirrored else [(f"{path}/groups/assign", gettext("Assign to group"))],
        },
    )


def remove(request: ConsoleRequest) -> None:
    """End the memberships in the groups that are ticked, or in the one whose button was pressed."""
    path, _, _ = frames.frame(request, "account")
    groups = ticked(request)
    found = memberships_of(request, path, groups)
    failed = end(request, [(id, found.get(id)) for id in groups])
    done = ngettext(
        "The account is removed from %(number)s group.",
        "The account is removed from %(number)s groups.",
        len(groups) - len(failed),
    )
    request.redirect(f"{path}/groups", frames.report(len(groups), failed, done))


def ask(request: ConsoleRequest) -> None:
    """Search the groups of the directory, to tick."""
    path, body, head = frames.frame(request, "account")
    directory = request.api.path_of(body["directory"]["href"])
    refused = frames.mirrored(frames.source_of(request, body["directory"]))
    picker = pickers.pick(request, "group", f"{directory}/groups", columns=("description", "status"))
    request.render(
        "accounts/ticks.html",
        {
            **head,
            "picker": picker,
            "heading": gettext("Assign to group"),
            "about": gettext("Groups of the account's own directory."),
            "refused": refused,
            "problem": "",
            "button": gettext("Add to Group"),
            "cancel": request.url(f"{path}/groups"),
        },
    )


def assign(request: ConsoleRequest) -> None:
    """Add the account to the groups that are ticked."""
    path, body, _ = frames.frame(request, "account")
    groups = ticked(request)
    failed = []
    for id in groups:
        if why := join(request, body["href"], request.console.resources["group"].href(_base(request), id)):
            failed.append((id, why))
    done = ngettext(
        "The account is added to %(number)s group.",
        "The account is added to %(number)s groups.",
        len(groups) - len(failed),
    )
    request.redirect(f"{path}/groups", frames.report(len(groups), failed, done))


def ticked(request: ConsoleRequest) -> list[str]:
    """Return the ids that are ticked; or the one whose own button was pressed."""
    chosen = request.form.every(REMOVE) or request.form.every("id")
    return [each for each in dict.fromkeys(chosen) if frames.is_id(each)][:MOST_TICKED]


def _base(request: ConsoleRequest) -> str:
    return request.console.settings.base_url


def join(request: ConsoleRequest, account: str, group: str) -> str:
    """Put an account into a group, both by href; return what was wrong, or nothing."""
    try:
        request.api.post("/groupMemberships", {"account": {"href": account}, "group": {"href": group}})
    except ApiError as error:
        if error.status >= 500:
            raise
        return sentence(error.text_for_people)
    return ""


def memberships_of(request: ConsoleRequest, account: str, groups: Iterable[str]) -> dict[str, str]:
    """Return the hrefs of an account's memberships in groups, by the ids of these.

    An account is in few groups, while a group may have a million members: those of the account are read.
    """
    missing, found = set(groups), {}
    query: dict[str, Any] = {"limit": 100}
    for _ in range(_MOST_PAGES if missing else 0):
        body = request.api.get(f"{account}/groupMemberships", query)
        for each in body["items"]:
            if (id := frames.id_of(each["group"])) in missing:
                found[id] = each["href"]
                missing.discard(id)
        if not missing or len(body["items"]) < 100:
            break
        query = {"limit": 100, "offset": int(body["offset"]) + 100}
    return found


def end(request: ConsoleRequest, memberships: Iterable[tuple[str, str | None]]) -> list[tuple[str, str]]:
    """Delete memberships, given with the name of each; return what failed and why."""
    failed = []
    for name, href in memberships:
        try:
            if href is None:
                failed.append((name, gettext("There is no such membership.")))
            else:
                request.api.delete(request.api.path_of(href))
        except ApiError as error:
            if error.status >= 500:
                raise
            failed.append((name, sentence(error.text_for_people)))
    return failed


PAGES: Final = (
    Page("/accounts/{id}/groups", show, remove, section="accounts"),
    Page("/accounts/{id}/groups/assign", ask, assign, section="accounts"),
)
