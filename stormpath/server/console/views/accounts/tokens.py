"""The OAuth tokens of an account: access and refresh tokens, sorted, and revoked by being deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.console.views.accounts.memberships import ticked
from stormpath.server.schema.errors import ApiError

#: By what they are sorted, and what that is called.
ORDERS: Final = {"issued": "Issued", "expires": "Expires", "application": "Application"}

KINDS: Final = (("accessTokens", "Access Tokens"), ("refreshTokens", "Refresh Tokens"))

#: The newest tokens of each kind that a page shows, and that one form revokes.
MOST: Final = 50

_REVOKED_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its text: times in ISO 8601, its application by name and page."""

    id: str
    issued: str
    expires: str
    application: str
    page: str


def show(request: ConsoleRequest) -> None:
    """List the newest tokens of both kinds."""
    path, _, head = frames.frame(request, "account")
    order, _, direction = request.query.get("orderBy", "issued desc").partition(" ")
    order = order if order in ORDERS else "issued"
    lists = []
    for kind, label in KINDS:
        query = {"limit": MOST, "orderBy": "createdAt desc", "expand": "application"}
        body = request.api.get(f"{path}/{kind}", query)
        tokens = [_token(request, each) for each in body["items"]]
        tokens.sort(key=lambda each: (getattr(each, order), each.id), reverse=direction == "desc")
        lists.append({"kind": kind, "label": gettext(label), "tokens": tokens, "size": int(body["size"])})
    request.render(
        "accounts/tokens.html",
        {
            **head,
            "lists": lists,
            "order": order,
            "is_descending": direction == "desc",
            "orders": [
                (
                    name,
                    gettext(text),
                    request.url(
                        request.path,
                        {"orderBy": f"{name} desc" if name == order and direction != "desc" else name},
                    ),
                )
                for name, text in ORDERS.items()
            ],
        },
    )


def _token(request: ConsoleRequest, body: Mapping[str, Any]) -> Token:
    expires = (body.get("expandedJwt") or {}).get("claims", {}).get("exp")
    is_time = isinstance(expires, (int, float)) and 0 < expires < 1e11
    application = body["application"]
    return Token(
        id=frames.id_of(body),
        issued=body["createdAt"],
        expires=datetime.fromtimestamp(expires, UTC).isoformat() if is_time else "",
        application=str(application.get("name", "")),
        page=request.page_of(application["href"]),
    )


def revoke(request: ConsoleRequest) -> None:
    """Revoke the tokens that are ticked, one, or all of the account."""
    path, _, _ = frames.frame(request, "account")
    if "all" in request.form:
        tried, failed = _revoke_all(request, path)
    else:
        kind = "refreshTokens" if request.form.get("kind") == "refreshTokens" else "accessTokens"
        ids = ticked(request)
        tried, failed = len(ids), _revoke(request, path, kind, ids)
    done = ngettext("%(number)s token is revoked.", "%(number)s tokens are revoked.", tried - len(failed))
    request.redirect(f"{path}/tokens", frames.report(tried, failed, done))


def _revoke(request: ConsoleRequest, account: str, kind: str, ids: list[str]) -> list[tuple[str, str]]:
    failed = []
    for id in ids:
        try:
            owner = request.api.get(f"/{kind}/{id}")["account"]
            if request.api.path_of(owner["href"]) != account:
                failed.append((id, gettext("It is no token of this account.")))
                continue
            request.api.delete(f"/{kind}/{id}")
        except ApiError as error:
            if error.status >= 500:
                raise
            # One that is gone was revoked with another, or has expired.
            if error.status != 404:
                failed.append((id, sentence(error.text_for_people)))
    return failed


def _revoke_all(request: ConsoleRequest, account: str) -> tuple[int, list[tuple[str, str]]]:
    tried = 0
    # Refresh tokens first: with one, the access tokens that came by it are revoked.
    for kind in ("refreshTokens", "accessTokens"):
        while tried < _REVOKED_AT_ONCE:
            items = request.api.get(f"{account}/{kind}", {"limit": 100})["items"]
            for each in items:
                request.api.delete(request.api.path_of(each["href"]))
            tried += len(items)
            if not items:
                break
    return tried, []


PAGES: Final = (Page("/accounts/{id}/tokens", show, revoke, section="accounts"),)
