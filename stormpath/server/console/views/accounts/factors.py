"""The second factors of an account: listed, added for a phone, and removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.console.views.accounts.memberships import ticked
from stormpath.server.schema.errors import ApiError

#: The kinds by the names that people know.
TYPES: Final = {
    "SMS": "Text message",
    "google-authenticator": "Authenticator app",
    "recovery-codes": "Recovery codes",
}

MOST: Final = 100


def show(request: ConsoleRequest, problem: str = "", status: int = 200) -> None:
    """List the factors; a search leaves those whose phone or label has the text."""
    path, _, head = frames.frame(request, "account")
    q = request.query.get("q", "").strip()[:200]
    items = request.api.get(f"{path}/factors", {"limit": MOST, "expand": "phone"})["items"]
    rows = [_row(each) for each in items]
    shown = [each for each in rows if q.casefold() in f"{each['type']} {each['name']}".casefold()]
    request.render(
        "accounts/factors.html",
        {
            **head,
            "factors": shown,
            "q": q,
            "total": len(rows),
            "needs_proof": bool(shown) and not request.is_proved,
            "problem": problem,
        },
        status=status,
    )


def _row(body: Mapping[str, Any]) -> dict[str, Any]:
    phone = body.get("phone") or {}
    names = (phone.get("number"), body.get("accountName"), body.get("issuer"))
    name = " ".join(str(each) for each in names if each)
    if body["type"] == "recovery-codes":
        name = ngettext("%(number)s code is left", "%(number)s codes are left", int(body["remaining"]))
    return {
        "id": frames.id_of(body),
        "type": gettext(TYPES.get(body["type"], body["type"])),
        "name": name,
        "status": body["status"],
        "verified": body["verificationStatus"],
        "created": body["createdAt"],
    }


def remove(request: ConsoleRequest) -> None:
    """Remove the factor whose button was pressed: it protects the account, so the password is asked for."""
    path, _, _ = frames.frame(request, "account")
    if not request.prove():
        show(request, gettext("The password is wrong."), 400)
        return
    chosen, failed = ticked(request), []
    for id in chosen:
        try:
            owner = request.api.get(f"/factors/{id}")["account"]["href"]
            if request.api.path_of(owner) != path:
                failed.append((id, gettext("It is no factor of this account.")))
                continue
            request.api.delete(f"/factors/{id}")
        except ApiError as error:
            if error.status >= 500:
                raise
            failed.append((id, sentence(error.text_for_people)))
    done = ngettext(
        "%(number)s factor is removed.", "%(number)s factors are removed.", len(chosen) - len(failed)
    )
    request.redirect(f"{path}/factors", frames.report(len(chosen), failed, done))


def ask(request: ConsoleRequest, problem: str = "", status: int = 200) -> None:
    """Ask for the number of a phone."""
    path, _, head = frames.frame(request, "account")
    values = {
        "problem": problem,
        "number": request.form.get("number", ""),
        "name": request.form.get("name", ""),
        "cancel": request.url(f"{path}/factors"),
    }
    request.render("accounts/add_factor.html", {**head, **values}, status=status)


def add(request: ConsoleRequest) -> None:
    """Add a factor for a phone. No message is sent: that is what a login asks for."""
    path, _, _ = frames.frame(request, "account")
    number, name = request.form.get("number", "").strip(), request.form.get("name", "").strip()
    phone = {"number": number, **({"name": name} if name else {})}
    try:
        request.api.post(f"{path}/factors", {"type": "SMS", "phone": phone})
    except ApiError as error:
        if error.status >= 500:
            raise
        ask(request, sentence(error.text_for_people), error.status)
        return
    request.redirect(f"{path}/factors", gettext("The factor is added. Its first right code verifies it."))


PAGES: Final = (
    Page("/accounts/{id}/factors", show, remove, section="accounts"),
    Page("/accounts/{id}/factors/new", ask, add, section="accounts"),
)
