"""Manage Tenant Admins: the accounts of the administrators' directory, and who else is one."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.authentication import administrator_logins
from stormpath.server.console.declared import lists
from stormpath.server.console.declared.kinds import title_of
from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.notices import Notice
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema.errors import ApiError, not_found

HOME: Final = "/admins"

#: Stores beside the directory that are named on the page.
_MOST_STORES: Final = 25


def show(request: ConsoleRequest) -> None:
    """List the administrators. Three requests to the API, one more where the list is searched."""
    application, directory = _own(request)
    item = request.console.resources["account"]
    view = lists.read_list(request, item, f"/directories/{directory}/accounts")
    view.create = request.url(f"/directories/{directory}/accounts/new")
    request.render(
        "access/admins.html",
        {
            "list": view,
            "owner_id": request.tenant["owner_account_id"],
            "own_id": request.administrator["id"],
            "stores": _other_stores(request, application, directory),
            "stores_page": request.url(f"/applications/{application}/accountStoreMappings"),
            "is_separate": request.tenant["administrators"] == "separate",
        },
    )


def reset_password(request: ConsoleRequest) -> None:
    """Send the link with which an administrator chooses a new password."""
    application, _ = _own(request)
    account = request.api.get(f"/accounts/{request.params['id']}")
    body = {"email": account["email"]}
    text = gettext("An e-mail with a link is on its way to %(email)s.", email=account["email"])
    _send(request, f"/applications/{application}/passwordResetTokens", body, text)


def resend_verification(request: ConsoleRequest) -> None:
    """Send the verification e-mail again."""
    application, _ = _own(request)
    account = request.api.get(f"/accounts/{request.params['id']}")
    text = gettext("If %(email)s is not verified, an e-mail is on its way.", email=account["email"])
    _send(request, f"/applications/{application}/verificationEmails", {"login": account["email"]}, text)


def _send(request: ConsoleRequest, path: str, body: dict[str, str], text: str) -> None:
    # As anyone may ask for it on the page of a forgotten password: the answer, which has the token in it, is
    # shown to no one.
    context = request.context_in(request.tenant["id"])
    try:
        request.console.api(context, request.address).post(path, body)
    except ApiError as error:
        if error.status >= 500:
            raise
        request.redirect(HOME, Notice(sentence(error.text_for_people), "bad"))
        return
    request.redirect(HOME, text)


def _own(request: ConsoleRequest) -> tuple[str, str]:
    """Return the ids of the application that stands for the service, and of the administrators' directory."""
    with request.current.context.read() as unit:
        application = administrator_logins.own_application(unit)
        directory = unit.find("directory", tenant_id=unit.tenant_id, protected=True)
    if application is None or directory is None:
        raise not_found()
    return application["id"], directory["id"]


def _other_stores(request: ConsoleRequest, application: str, directory: str) -> list[dict[str, Any]]:
    query = {"expand": "accountStore", "limit": _MOST_STORES}
    found = []
    for each in request.api.get(f"/applications/{application}/accountStoreMappings", query)["items"]:
        store = each["accountStore"]
        if not store["href"].endswith(f"/{directory}"):
            kind = request.console.kind_at(store["href"]) or ""
            found.append({"title": title_of(kind, store), "url": request.page_of(store["href"])})
    return found


PAGES: Final = (
    Page(HOME, show),
    Page(f"{HOME}/{{id}}/resetPassword", None, reset_password),
    Page(f"{HOME}/{{id}}/resendVerification", None, resend_verification),
)
