"""The registration of a tenant by a person who has none, where a setting opens it."""

from __future__ import annotations

from typing import Final

from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.domain.administrators import NewTenant, Registrations
from stormpath.server.schema.errors import ApiError, not_found
from stormpath.server.schema.password_forms import LONGEST_TYPED

#: The fields, with their labels.
FIELDS: Final = (
    ("givenName", "First Name", "given-name"),
    ("surname", "Last Name", "family-name"),
    ("email", "Email", "email"),
    ("company", "Company", "organization"),
)


def ask(request: ConsoleRequest) -> None:
    """Show the form."""
    _registrations(request)
    _show(request)


def submit(request: ConsoleRequest) -> None:
    """Send the e-mail with the link: to every address alike."""
    registrations, form = _registrations(request), request.form
    password = form.get("password", "")
    if password != form.get("confirmation", ""):
        _show(request, gettext("The two passwords differ."), 400)
        return
    if len(password) > LONGEST_TYPED:
        _show(request, gettext("The password is too long."), 400)
        return
    new = NewTenant(
        form.get("givenName", ""),
        form.get("surname", ""),
        form.get("email", ""),
        form.get("company", ""),
        password,
    )
    try:
        link = request.console.public_url("/register/confirm?sptoken=")
        registrations.ask(request.context_in, new, link)
    except ApiError as error:
        if error.status >= 500:
            raise
        _show(request, sentence(error.text_for_people), error.status)
        return
    request.render(
        "access/sent.html",
        title=gettext("Look into your mailbox"),
        text=gettext("An e-mail with a link is on its way. The link creates your tenant."),
    )


def ask_confirmation(request: ConsoleRequest, problem: str = "", status: int = 200) -> None:
    """Show the form that spends the link of the e-mail, and does not spend it."""
    token = request.form.get("sptoken", request.query.get("sptoken", ""))
    context = request.context_in(request.console.logins.own_tenant_id)
    email = _registrations(request).email_of(context, token)
    request.render(
        "access/registration_confirmation.html", token=token, email=email, problem=problem, status=status
    )


def confirm(request: ConsoleRequest) -> None:
    """Create the tenant, and log its owner in."""
    token, password = request.form.get("sptoken", ""), request.form.get("password", "")
    if len(password) > LONGEST_TYPED:
        password = ""
    link = request.console.public_url("/login?tenant=")
    account = _registrations(request).confirm(request.context_in, token, password, link)
    if account is None:
        ask_confirmation(request, gettext("The password is wrong."), 400)
        return
    request.log_in(account)
    with request.context_in(account["tenant_id"]).read() as unit:
        tenant = unit.get("tenant", account["tenant_id"])
    if tenant is not None:
        request.remember_tenant(tenant["key"])
        text = gettext("Welcome! Your tenant is %(tenant)s.", tenant=tenant["key"])
        request.redirect("/", text)
        return
    request.redirect("/")


def _registrations(request: ConsoleRequest) -> Registrations:
    found: Registrations | None = request.console.services.get("registrations")
    if found is None:
        raise not_found()
    return found


def _show(request: ConsoleRequest, problem: str = "", status: int = 200) -> None:
    fields = [
        {
            "name": name,
            "label": gettext(label),
            "value": request.form.get(name, ""),
            "autocomplete": autocomplete,
        }
        for name, label, autocomplete in FIELDS
    ]
    request.render("access/register.html", fields=fields, problem=problem, status=status)


PAGES: Final = (
    Page("/register", ask, submit, public=True),
    Page("/register/confirm", ask_confirmation, confirm, public=True),
)
