"""Who is logged in: tokens that were issued, and sessions of administrators in this console."""

from __future__ import annotations

import re
from typing import Any, Final

from stormpath.server.console.notices import Notice
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.sessions import IDLE_MS
from stormpath.server.console.texts import gettext
from stormpath.server.domain.console_reads import TokenRow
from stormpath.server.schema import ids
from stormpath.server.schema.errors import ApiError, Code, not_found

Json = dict[str, Any]

PAGE: Final = 50

#: The kinds of tokens, and what they are called.
KINDS: Final = {"refreshToken": "Logins (refresh tokens)", "accessToken": "Access tokens"}

_ID: Final = re.compile(rf"[0-9A-Za-z]{{{ids.WIDTH}}}")


def show(request: ConsoleRequest) -> None:
    """Show the latest tokens, of an application or account if asked; and the sessions, to the owner."""
    query, now = request.query, request.current.context.now_ms()
    kind = query["kind"] if query.get("kind") in KINDS else next(iter(KINDS))
    application, account = (_id(query.get(each, "")) for each in ("application", "account"))
    sessions = _sessions(request)
    with request.current.context.read() as unit:
        found = unit.console_reads.tokens(
            kind,
            now,
            application_id=application,
            account_id=account,
            before=_id(query.get("before", "")),
            limit=PAGE + 1,
        )
        shown = found[:PAGE]
        accounts = unit.console_reads.names(
            "account", {each.account_id for each in shown} | {each["account_id"] for each in sessions}
        )
        applications = unit.console_reads.names("application", {each.application_id for each in shown})
    kept = {"kind": kind, "application": application, "account": account}
    request.render(
        "tokens/list.html",
        kind=kind,
        kinds=[(name, gettext(text)) for name, text in KINDS.items()],
        rows=[_row(each, accounts, applications) for each in shown],
        kept=kept,
        older={**kept, "before": shown[-1].id} if len(found) > PAGE else None,
        is_first="before" not in query,
        sessions=[{**each, "name": accounts.get(each["account_id"], "")} for each in sessions],
        is_owner=_is_owner(request),
    )


def revoke(request: ConsoleRequest) -> None:
    """Revoke a token; with a refresh token, all tokens of the login."""
    kind, id = request.form.get("kind", ""), _id(request.form.get("id", ""))
    if kind not in KINDS or id is None:
        raise not_found()
    back = {name: request.form.get(name, "") for name in ("application", "account")}
    path = request.console.resources[kind].path.replace("{id}", id)
    try:
        request.api.delete(path)
    except ApiError as error:
        # It has ended by itself meanwhile, or another person has revoked it.
        if error.status != 404:
            raise
    target = request.url("/tokens", {"kind": kind, **back}).removeprefix(request.console.root)
    request.redirect(target, gettext("The token is revoked."))


def end_session(request: ConsoleRequest) -> None:
    """End the session of an administrator; it is the owner's to do."""
    if not _is_owner(request):
        raise ApiError(Code.FORBIDDEN, "Only the owner of the tenant ends sessions of other administrators.")
    session_id = request.form.get("id", "")
    stored = request.console.sessions.stored
    for each in stored.of_tenant(request.tenant["id"], _since(request)):
        if each.id == session_id:
            stored.end(each.id, each.account_id)
            request.redirect("/tokens", gettext("The session is ended."))
            return
    request.redirect("/tokens", Notice(gettext("The session has ended already."), "plain"))


def _is_owner(request: ConsoleRequest) -> bool:
    return bool(request.tenant["owner_account_id"] == request.administrator["id"])


def _since(request: ConsoleRequest) -> int:
    return request.current.context.now_ms() - IDLE_MS


def _sessions(request: ConsoleRequest) -> list[Json]:
    if not _is_owner(request):
        return []
    now = request.current.context.now_ms()
    return [
        {
            "id": each.id,
            "account_id": each.account_id,
            "created_at": each.created_at,
            "used_at": each.used_at,
            "address": each.address,
            "agent": each.agent,
            "is_current": each.id == request.current.session.id,
        }
        for each in request.console.sessions.stored.of_tenant(request.tenant["id"], _since(request))
        if now < each.ends_at
    ]


def _id(text: str) -> str | None:
    return text if _ID.fullmatch(text) else None


def _row(token: TokenRow, accounts: dict[str, str], applications: dict[str, str]) -> Json:
    return {
        **token._asdict(),
        "account": accounts.get(token.account_id, token.account_id),
        "application": applications.get(token.application_id, token.application_id),
    }


PAGES: Final = (
    Page("/tokens", show),
    Page("/tokens/revoke", None, revoke),
    Page("/tokens/sessions", None, end_session),
)
