"""A forgotten password and a forgotten tenant: one page for all, an e-mail for those who are known."""

import re
from contextlib import closing
from dataclasses import replace

from console.console_emails import emails_to, link_in, text_in
from console.visitor import Visitor, new_administrator, owner
from service.calls import Api
from service.tenant_setup import new_tenant
from stormpath.server.app import Service
from stormpath.server.schema.ids import new_token
from support.statements import statements

NEW_PASSWORD = "An0ther-Password!"


def unique_name() -> str:
    return f"ann-{new_token()[:12].lower()}"


def test_a_forgotten_password_is_set_anew_by_the_link(api: Api, service: Service):
    ann = new_administrator(api, unique_name())
    visitor = ann.anew()
    visitor.open("/login")
    visitor.follow("Forgot Password")
    page = visitor.submit("Send the e-mail", {"tenant": ann.tenant, "email": ann.login})
    assert "If an administrator has this address" in page.text

    visitor.open(link_in(emails_to(service, ann.login)[-1]))
    assert visitor.page.path.startswith("/passwordReset?sptoken=")
    page = visitor.submit("Set the new password", {"password": NEW_PASSWORD, "confirmation": NEW_PASSWORD})

    assert page.status == 200
    assert ann.log_in(NEW_PASSWORD).path == "/"


def test_an_unknown_address_or_tenant_is_told_the_same(api: Api, service: Service):
    ann = new_administrator(api, unique_name())
    answers = []
    for tenant, email in (
        (ann.tenant, ann.login),
        (ann.tenant, "unknown@example.com"),
        ("no-such-tenant", ann.login),
        ("no-such-tenant", "unknown@example.com"),
    ):
        visitor = ann.anew()
        visitor.open("/forgotLogin")
        page = visitor.submit("Send the e-mail", {"tenant": tenant, "email": email})
        answers.append((page.status, re.sub(r'value="[^"]+"', "", page.raw.decode())))

    assert len(set(answers)) == 1
    assert len(emails_to(service, ann.login)) == 1
    assert emails_to(service, "unknown@example.com") == []


def test_a_known_and_an_unknown_address_take_the_same_statements(api: Api, service: Service):
    ann = new_administrator(api, unique_name())
    for page, fields in (
        ("/forgotLogin", {"tenant": ann.tenant, "email": ann.login}),
        ("/forgotTenant", {"email": ann.login}),
    ):
        counts = []
        for email in (ann.login, f"{unique_name()}@example.com"):
            visitor = ann.anew()
            visitor.open(page)
            with statements(service) as sent:
                visitor.submit("Send the e-mail", {**fields, "email": email})
            counts.append([each.split()[0] for each in sent])
        assert counts[0] == counts[1], page


def test_the_tenants_of_an_administrator_are_told_by_mail(api: Api, service: Service):
    name = unique_name()
    first = owner(api, name)
    second_api = new_tenant(service)
    second = new_administrator(second_api, name)
    disabled_api = new_tenant(service)
    new_administrator(disabled_api, name, status="DISABLED")
    # An account of the same address that is no administrator.
    elsewhere = new_tenant(service)
    elsewhere.account(elsewhere.directory("People"), name)

    visitor = first.anew()
    visitor.open("/login")
    visitor.follow("Forgot Tenant")
    page = visitor.submit("Send the e-mail", {"email": first.login.upper()})

    assert "If an administrator has this address" in page.text
    [email] = emails_to(service, first.login)
    keys = sorted((first.tenant, second.tenant))
    assert re.findall(r"(\S+): http://localhost:8080/login\?tenant=(\S+)", text_in(email)) == [
        (each, each) for each in keys
    ]
    page = visitor.open(f"/login?tenant={second.tenant}")
    assert page.html.form("Log in").value("tenant") == second.tenant


def test_an_administrator_through_another_store_is_told_too(api: Api, service: Service):
    name = unique_name()
    directory = api.directory("Staff")
    group = api.group(directory, "Operators")
    account = api.account(directory, name)
    outside = api.account(directory, f"{name}-outside")
    api.membership(account, group)
    api.mapping(api.get("/applications", name="Stormpath").items[0], group)

    visitor = Visitor(api.wsgi)
    for each in (account, outside):
        visitor.open("/forgotTenant")
        visitor.submit("Send the e-mail", {"email": each["email"]})

    [email] = emails_to(service, account["email"])
    assert api.get(api.tenant).ok["key"] in text_in(email)
    assert emails_to(service, outside["email"]) == []


def test_the_list_of_tenants_is_sent_as_often_as_mails_are_allowed(api: Api, service: Service):
    ann = new_administrator(api, unique_name())
    with closing(Service(replace(service.settings, mails_per_account=2), create=False)) as strict:
        visitor = Visitor(strict)

        for _ in range(4):
            visitor.open("/forgotTenant")
            assert visitor.submit("Send the e-mail", {"email": ann.login}).status == 200

    assert len(emails_to(service, ann.login)) == 2
