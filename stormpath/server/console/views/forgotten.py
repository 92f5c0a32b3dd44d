"""A forgotten password, and a forgotten tenant: each is answered by the same page, whoever asks."""

from __future__ import annotations

from typing import Final

from stormpath.server.authentication import administrator_logins
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema import ids
from stormpath.server.schema.errors import ApiError

#: The longest address or tenant that is looked for.
_LONGEST: Final = 512


def ask_password(request: ConsoleRequest) -> None:
    """Show the form for the tenant and the e-mail."""
    tenant = request.query.get("tenant") or request.remembered_tenant
    request.render("access/forgotten_password.html", tenant=tenant, email="", problem="")


def send_password(request: ConsoleRequest) -> None:
    """Let the API send the link of a password reset. An unknown address takes the same work."""
    tenant, email = request.form.get("tenant", "").strip(), request.form.get("email", "").strip()
    if not 0 < len(tenant) <= _LONGEST or not _is_address(email):
        problem = gettext("Enter the tenant and your e-mail address.")
        request.render(
            "access/forgotten_password.html", tenant=tenant, email=email, problem=problem, status=400
        )
        return
    found = request.console.logins.tenant_id(tenant)
    context = request.context_in(found or request.console.logins.own_tenant_id)
    with context.read() as unit:
        application = administrator_logins.own_application(unit)
    # In an unknown tenant, an address that no account has: the same work, in vain.
    address = email if found else f"{ids.new_token()}@example.com"
    if application is not None:
        try:
            api = request.console.api(context, request.address)
            api.post(f"/applications/{application['id']}/passwordResetTokens", {"email": address})
        except ApiError as error:
            # Unknown, or too many e-mails: neither is told.
            if error.status >= 500:
                raise
    _sent(request, gettext("If an administrator has this address, an e-mail with a link is on its way."))


def ask_tenant(request: ConsoleRequest) -> None:
    """Show the form for the e-mail."""
    request.render("access/forgotten_tenant.html", email="", problem="")


def send_tenant(request: ConsoleRequest) -> None:
    """Send the list of tenants, if the address is that of an administrator."""
    email = request.form.get("email", "").strip()
    if not _is_address(email):
        problem = gettext("Enter your e-mail address.")
        request.render("access/forgotten_tenant.html", email=email, problem=problem, status=400)
        return
    console = request.console
    console.services["forgotten_tenants"](
        request.context_in, console.logins.own_tenant_id, email, console.public_url("/login?tenant=")
    )
    _sent(request, gettext("If an administrator has this address, an e-mail with the tenants is on its way."))


def _sent(request: ConsoleRequest, text: str) -> None:
    request.render("access/sent.html", title=gettext("Look into your mailbox"), text=text)


def _is_address(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and "@" in text


PAGES: Final = (
    Page("/forgotLogin", ask_password, send_password, public=True),
    Page("/forgotTenant", ask_tenant, send_tenant, public=True),
)
