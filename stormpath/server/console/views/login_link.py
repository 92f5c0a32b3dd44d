"""The link that logs in once, which ``stormpath console`` opens: as the owner of the service's own tenant."""

from __future__ import annotations

from typing import Final

from stormpath.server.authentication import administrator_logins
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.schema.errors import not_found


def ask(request: ConsoleRequest) -> None:
    """Show the form that spends the link: the page sends it by itself, where there is a script."""
    token = request.query.get("token", "")
    if not request.console.login_links.waits(token):
        raise not_found()
    request.render("access/login_link.html", token=token)


def log_in(request: ConsoleRequest) -> None:
    """Spend the link, and log in."""
    if not request.console.login_links.spend(request.form.get("token", "")):
        raise not_found()
    context = request.context_in(request.console.logins.own_tenant_id)
    with context.read() as unit:
        tenant = unit.get("tenant", context.tenant_id)
        owner_id = "" if tenant is None else tenant["owner_account_id"]
        owner = administrator_logins.find(unit, owner_id)
    if owner is None:
        raise not_found()
    request.log_in(owner.account)
    request.redirect("/")


PAGES: Final = (Page("/login/link", ask, log_in, public=True),)
