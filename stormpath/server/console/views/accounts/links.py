"""The accounts that an account is linked to: searched, linked and unlinked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stormpath.server.console.declared import pickers
from stormpath.server.console.declared.kinds import title_of
from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.console.views.accounts.memberships import ticked
from stormpath.server.schema.errors import ApiError

#: The most links that a page shows: an account has a hundred, unless the settings allow more.
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Linked:
    """A linked account, by the id of the link."""

    link: str
    title: str
    page: str
    email: str
    directory: str
    directory_page: str
    status: str


def show(request: ConsoleRequest) -> None:
    """List the linked accounts; a search leaves those of which a part of the name matches."""
    path, body, head = frames.frame(request, "account")
    q = request.query.get("q", "").strip()[:200]
    links = _links(request, path, body["href"])
    query = {"limit": MOST, "expand": "directory", "q": q or None}
    found = request.api.get(f"{path}/linkedAccounts", query)
    linked = [_linked(request, links[each["href"]], each) for each in found["items"] if each["href"] in links]
    request.render("accounts/links.html", {**head, "linked": linked, "q": q, "total": len(links)})


def _links(request: ConsoleRequest, path: str, href: str) -> dict[str, str]:
    """Return the ids of links by the hrefs of the accounts at their other ends."""
    found = {}
    for each in request.api.get(f"{path}/accountLinks", {"limit": MOST})["items"]:
        ends = (each["leftAccount"]["href"], each["rightAccount"]["href"])
        found[ends[0] if ends[1] == href else ends[1]] = frames.id_of(each)
    return found


def _linked(request: ConsoleRequest, link: str, body: Mapping[str, Any]) -> Linked:
    return Linked(
        link=link,
        title=title_of("account", body),
        page=request.page_of(body["href"]),
        email=str(body["email"]),
        directory=str(body["directory"]["name"]),
        directory_page=request.page_of(body["directory"]["href"]),
        status=str(body["status"]),
    )


def unlink(request: ConsoleRequest) -> None:
    """Delete the link whose button was pressed."""
    path, body, _ = frames.frame(request, "account")
    mine = set(_links(request, path, body["href"]).values())
    chosen = ticked(request)
    for id in chosen:
        if id in mine:
            request.api.delete(f"/accountLinks/{id}")
    done = sum(1 for id in chosen if id in mine)
    text = ngettext("%(number)s account is unlinked.", "%(number)s accounts are unlinked.", done)
    request.redirect(f"{path}/links", frames.report(len(chosen), [], text))


def ask(request: ConsoleRequest) -> None:
    """Search all accounts of the tenant, to tick."""
    path, body, head = frames.frame(request, "account")
    own = body["directory"]["href"]

    def problem_of(each: Mapping[str, Any]) -> str:
        return gettext("It is in the same directory.") if each["directory"]["href"] == own else ""

    picker = pickers.pick(
        request,
        "account",
        f"/tenants/{request.tenant['id']}/accounts",
        columns=("email", "directory"),
        expand="directory",
        problem_of=problem_of,
    )
    request.render(
        "accounts/ticks.html",
        {
            **head,
            "picker": picker,
            "heading": gettext("Link an account"),
            "about": gettext("Accounts of the same person in other directories: one in each."),
            "refused": "",
            "problem": "",
            "button": gettext("Link"),
            "cancel": request.url(f"{path}/links"),
        },
    )


def link(request: ConsoleRequest) -> None:
    """Link the accounts that are ticked."""
    path, body, _ = frames.frame(request, "account")
    account, base = request.console.resources["account"], request.console.settings.base_url
    chosen, failed = ticked(request), []
    for id in chosen:
        ends = {"leftAccount": {"href": body["href"]}, "rightAccount": {"href": account.href(base, id)}}
        try:
            request.api.post("/accountLinks", ends)
        except ApiError as error:
            if error.status >= 500:
                raise
            failed.append((id, sentence(error.text_for_people)))
    text = ngettext(
        "%(number)s account is linked.", "%(number)s accounts are linked.", len(chosen) - len(failed)
    )
    request.redirect(f"{path}/links", frames.report(len(chosen), failed, text))


PAGES: Final = (
    Page("/accounts/{id}/links", show, unlink, section="accounts"),
    Page("/accounts/{id}/links/new", ask, link, section="accounts"),
)
