"""The workflows of a directory: their switches, the editor of each e-mail, previews and test mails."""

import pytest

from console.visitor import Visitor
from service.calls import Api, Json, path_of
from service.provider_bodies import mirror
from service.registration import sent
from stormpath.server.app import Service
from support.mail import empty_outbox, sender
from support.smtp_server import SmtpServer

MAILS = {
    "accountCreation/verification": ("accountCreationPolicy", "verificationEmail"),
    "accountCreation/verificationSuccess": ("accountCreationPolicy", "verificationSuccessEmail"),
    "accountCreation/welcome": ("accountCreationPolicy", "welcomeEmail"),
    "passwordReset/reset": ("passwordPolicy", "resetEmail"),
    "passwordReset/resetSuccess": ("passwordPolicy", "resetSuccessEmail"),
}


def policy_of(api: Api, directory: Json, name: str = "accountCreationPolicy") -> Json:
    return api.get(directory[name]["href"]).ok


def template_of(api: Api, directory: Json, mail: str) -> Json:
    policy, name = MAILS[mail]
    return api.get(policy_of(api, directory, policy)[f"{name}Templates"]["href"]).items[0]


def statuses(policy: Json) -> list[bool]:
    names = ("welcomeEmailStatus", "verificationEmailStatus", "verificationSuccessEmailStatus")
    return [policy[each] == "ENABLED" for each in names]


def test_the_two_boxes_of_registration_switch_its_e_mails(admin: Visitor, api: Api):
    directory = api.directory("People")
    admin.open(path_of(directory))
    admin.follow("Workflows")
    cases = (
        ({"enabled": "true"}, [True, False, False]),
        ({"enabled": "true", "verify": "true"}, [True, True, True]),
        ({"enabled": None, "verify": "true"}, [False, False, False]),
    )
    for boxes, expected in cases:
        page = admin.submit("Update", {**boxes, "linkBaseUrl": "https://app.example.com/verified"})

        assert page.path == path_of(directory, "workflows", "accountCreation")
        assert statuses(policy_of(api, directory)) == expected
    template = template_of(api, directory, "accountCreation/verification")
    assert template["defaultModel"] == {"linkBaseUrl": "https://app.example.com/verified"}
    assert page.html.form("Update").value("linkBaseUrl") == "https://app.example.com/verified"


def test_the_password_reset_has_its_page_and_its_time(admin: Visitor, api: Api):
    directory = api.directory("People")
    page = admin.open(path_of(directory, "workflows"))
    form = next(each for each in page.html.forms if each.action.endswith("/passwordReset"))
    assert (form.value("enabled"), form.value("resetTokenTtl")) == ("true", "24")

    admin.page = admin.send(
        form, "Update", {"linkBaseUrl": "https://app.example.com/forgot/change", "resetTokenTtl": "48"}
    )

    assert policy_of(api, directory, "passwordPolicy")["resetTokenTtl"] == 48
    link = template_of(api, directory, "passwordReset/reset")["defaultModel"]["linkBaseUrl"]
    assert link == "https://app.example.com/forgot/change"
    form = next(each for each in admin.page.html.forms if each.action.endswith("/passwordReset"))
    admin.page = admin.send(form, "Update", {"enabled": None})
    assert policy_of(api, directory, "passwordPolicy")["resetEmailStatus"] == "DISABLED"


@pytest.mark.parametrize("typed", [{"resetTokenTtl": "169"}, {"linkBaseUrl": "javascript:alert(1)"}])
def test_what_is_refused_of_a_workflow_is_told_in_its_section(
    admin: Visitor, api: Api, typed: dict[str, str]
):
    directory = api.directory("People")
    page = admin.open(path_of(directory, "workflows", "passwordReset"))
    form = next(each for each in page.html.forms if each.action.endswith("/passwordReset"))

    page = admin.send(form, "Update", {**typed, "enabled": None})

    assert page.status == 400
    (name,) = typed
    assert name.lower() in page.text.lower()
    form = next(each for each in page.html.forms if each.action.endswith("/passwordReset"))
    assert (form.value(name), "enabled" in dict(form.fields)) == (typed[name], False)
    assert policy_of(api, directory, "passwordPolicy")["resetEmailStatus"] == "ENABLED"


def test_each_e_mail_has_a_switch_and_an_editor(admin: Visitor, api: Api):
    directory = api.directory("People")
    for mail, (policy, name) in MAILS.items():
        was = template_of(api, directory, mail)
        before = policy_of(api, directory, policy)[f"{name}Status"]
        after = "DISABLED" if before == "ENABLED" else "ENABLED"
        admin.open(path_of(directory, "workflows", *mail.split("/")))

        admin.submit(
            "Save Changes",
            {
                "status": after,
                "mimeType": "multipart/alternative",
                "fromName": "The Shop",
                "fromEmailAddress": "shop@example.com",
                "subject": "Dear ${account.givenName}",
                "textBody": "Open ${url}\r\nsoon",
            },
        )

        assert "Saved." in admin.page.text, mail
        stored = template_of(api, directory, mail)
        assert stored["mimeType"] == "multipart/alternative"
        assert (stored["fromName"], stored["fromEmailAddress"]) == ("The Shop", "shop@example.com")
        assert (stored["subject"], stored["textBody"]) == ("Dear ${account.givenName}", "Open ${url}\nsoon")
        assert stored["htmlBody"] == was["htmlBody"]
        assert policy_of(api, directory, policy)[f"{name}Status"] == after


def test_a_text_that_lacks_its_link_is_refused_beside_it_and_nothing_is_switched(admin: Visitor, api: Api):
    directory = api.directory("People")
    admin.open(path_of(directory, "workflows", "accountCreation", "verification"))

    page = admin.submit("Save Changes", {"status": "ENABLED", "textBody": "Welcome!", "subject": "Hello"})

    form = page.html.form("Save Changes")
    assert page.status == 400
    assert form.attributes["textBody"]["aria-invalid"] == "true"
    assert (form.value("textBody"), form.value("subject")) == ("Welcome!", "Hello")
    assert policy_of(api, directory)["verificationEmailStatus"] == "DISABLED"


def test_a_body_that_is_not_sent_may_be_empty(admin: Visitor, api: Api):
    directory = api.directory("People")
    admin.open(path_of(directory, "workflows", "accountCreation", "welcome"))

    admin.submit("Save Changes", {"mimeType": "text/html", "textBody": ""})

    stored = template_of(api, directory, "accountCreation/welcome")
    assert (stored["mimeType"], stored["textBody"]) == ("text/html", "")


def test_the_macros_of_an_e_mail_stand_beside_its_editor(admin: Visitor, api: Api):
    directory = api.directory("People")
    shown = {
        mail: admin.open(path_of(directory, "workflows", *mail.split("/"))).text.partition("Macros")[2]
        for mail in MAILS
    }

    assert all("${account.givenName}" in text for text in shown.values())
    assert {mail for mail, text in shown.items() if "${url}" in text} == {
        "accountCreation/verification",
        "passwordReset/reset",
    }
    assert {mail for mail, text in shown.items() if "${expirationWindow}" in text} == {"passwordReset/reset"}


# Previews


def test_the_preview_shows_what_is_stored_and_what_is_typed(admin: Visitor, api: Api):
    directory = api.directory("People")
    page = admin.open(path_of(directory, "workflows", "passwordReset", "reset"))
    frame = next(each for tag, each in page.html.elements if tag == "iframe")
    button = next(each for text, each in page.html.form("Preview").buttons if text == "Preview")
    assert button["formtarget"] == frame["name"]

    admin.page = page
    typed = admin.submit(
        "Preview",
        {"subject": "Dear ${account.givenName}", "textBody": "In ${expirationWindow} hours: ${url}"},
    )

    assert "Subject Dear Joe" in typed.text
    assert "In 24 hours:" in typed.text
    assert "Reset your Password" in admin.open(frame["src"]).text
    assert template_of(api, directory, "passwordReset/reset")["subject"] == "Reset your Password"


def test_a_preview_of_what_cannot_be_sent_says_why(admin: Visitor, api: Api):
    directory = api.directory("People")
    admin.open(path_of(directory, "workflows", "passwordReset", "reset"))

    page = admin.submit("Preview", {"textBody": "No link"})

    assert (page.status, "textBody has no link" in page.text.replace("TextBody", "textBody")) == (400, True)


# Test mails


def test_a_test_mail_goes_to_the_administrator_through_the_outbox(service: Service, admin: Visitor, api: Api):
    directory = api.directory("People")
    admin.open(path_of(directory, "workflows", "accountCreation", "verification"))

    page = admin.submit("Send test mail", {"subject": "To ${account.email}", "textBody": "Open ${url}"})

    stored = sent(api)[-1]
    email = stored.email
    assert email is not None
    assert (email.subject, email.to) == (f"To {admin.login}", admin.login)
    assert "sptoken=sample-token" in (email.text or "")
    assert f"The test mail to {admin.login}:" in page.text
    assert page.html.form("Save Changes").value("subject") == "To ${account.email}"
    assert template_of(api, directory, "accountCreation/verification")["subject"] == "Verify your account"
    shown = admin.follow("What did the mail server answer?")
    assert f"The test mail to {admin.login}:" in shown.text


def test_what_the_mail_server_answered_is_shown(service: Service, admin: Visitor, api: Api):
    empty_outbox(service)
    directory = api.directory("People")
    admin.open(path_of(directory, "workflows", "accountCreation", "welcome"))
    admin.submit("Send test mail")
    path = admin.page.html.link("What did the mail server answer?")
    with SmtpServer() as server:
        server.misbehave("RCPT", "550 5.1.1 <no> such user", 1)
        sender(service, server.url).run()
        refused = admin.open(path).text
        admin.open(path_of(directory, "workflows", "accountCreation", "welcome"))
        admin.submit("Send test mail")
        path = admin.page.html.link("What did the mail server answer?")
        sender(service, server.url).run()
        received = server.messages[-1].message

    assert "The mail server has refused it" in refused
    assert "550 5.1.1 <no> such user" in refused
    assert "The mail server has accepted it." in admin.open(path).text
    assert received["Subject"] == "Your registration was successful"


# Directories without workflows


def test_a_mirror_shows_workflows_and_says_why_they_cannot_be_used(admin: Visitor, api: Api):
    directory = mirror(api, "ldap")
    for suffix in ("workflows", *(f"workflows/{each}" for each in MAILS)):
        page = admin.open(path_of(directory, suffix))

        assert "Workflows are for cloud directories." in page.text
        assert "Save Changes" not in [text for form in page.html.forms for text, _ in form.buttons]
    for suffix in ("workflows/accountCreation", f"workflows/{next(iter(MAILS))}"):
        refused = admin.post(path_of(directory, suffix), {"csrf": admin.csrf, "enabled": "true"})
        assert (refused.status, "Workflows are for cloud directories." in refused.text) == (400, True)


def test_the_workflows_of_the_administrators_are_fixed(admin: Visitor, api: Api):
    directory = api.get("/directories", name="Stormpath Administrators").items[0]
    for suffix in ("workflows/accountCreation", "workflows/passwordReset/reset"):
        page = admin.open(path_of(directory, suffix))
        assert "its policies and workflows are fixed" in page.text

        sent = {"csrf": admin.csrf, "enabled": "true", "verify": "true", "status": "DISABLED", "subject": "x"}
        page = admin.post(path_of(directory, suffix), sent)

        assert (page.status, "its policies and workflows are fixed" in page.text) == (400, True)
    assert policy_of(api, directory, "passwordPolicy")["resetEmailStatus"] == "ENABLED"
    assert statuses(policy_of(api, directory)) == [False, False, False]
