"""Directories in the console: previews run nothing, secrets are in no page, drafts are sealed."""

import base64
import re

import pytest

from console.html_page import HtmlPage
from console.visitor import Visitor
from service.calls import Api, Json, id_of, path_of
from service.provider_bodies import mirror
from service.registration import sent
from stormpath.server.app import Service
from support.mail import empty_outbox, sender
from support.smtp_server import SmtpServer

pytestmark = pytest.mark.either_database

EVIL_HTML = (
    "</iframe><script>parent.location='https://evil.example.com'</script>\"'><img src=https://evil.example.com/p"
    "><form action=/directories/new method=post><input name=csrf></form><base href=https://evil.example.com/>"
    "<meta http-equiv=refresh content=0;url=https://evil.example.com> ${url}"
)
RESET = "workflows/passwordReset/reset"

SECRETS = {"github": "the client's secret", "ldap": "the bind password"}


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory("People")


def preview_of(admin: Visitor, directory: Json, body: str = EVIL_HTML) -> HtmlPage:
    admin.open(path_of(directory, RESET))
    admin.submit("Preview", {"mimeType": "text/html", "htmlBody": body})
    return admin.page.html


def test_the_html_of_a_preview_is_one_attribute_of_a_frame_that_may_do_nothing(
    admin: Visitor, directory: Json
):
    page = preview_of(admin, directory)

    assert [tag for tag, _ in page.elements if tag in ("script", "img", "form", "base", "link")] == []
    frame = next(attributes for tag, attributes in page.elements if tag == "iframe")
    assert frame["sandbox"] == ""
    assert frame["srcdoc"].startswith("</iframe><script>")


def test_a_preview_may_load_nothing_and_run_nothing_and_is_framed_by_this_console_alone(
    admin: Visitor, directory: Json
):
    preview_of(admin, directory)
    typed = admin.page.headers
    stored = admin.open(path_of(directory, RESET, "preview")).headers

    for headers in (typed, stored):
        policy = dict(
            each.strip().partition(" ")[::2] for each in headers["content-security-policy"].split(";")
        )
        assert policy == {
            "sandbox": "",
            "default-src": "'none'",
            "style-src": "'unsafe-inline'",
            "img-src": "data:",
            "form-action": "'none'",
            "base-uri": "'none'",
            "frame-ancestors": "'self'",
        }
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["x-content-type-options"] == "nosniff"
    assert admin.open(path_of(directory, RESET)).headers["x-frame-options"] == "DENY"


def test_the_editor_shows_a_template_as_text(admin: Visitor, api: Api, directory: Json):
    policy = api.get(directory["passwordPolicy"]["href"]).ok
    template = api.get(policy["resetEmailTemplates"]["href"]).items[0]
    evil = f"</textarea>{EVIL_HTML}"
    api.post(
        template["href"], {"subject": evil, "textBody": evil, "htmlBody": evil}
    ).ok  # Fails unless granted.

    page = admin.open(path_of(directory, RESET)).html

    form = page.form("Save Changes")
    assert (form.value("subject"), form.value("htmlBody")) == (evil, evil)
    assert "img" not in [tag for tag, _ in page.elements]
    frame = next(attributes for tag, attributes in page.elements if tag == "iframe")
    assert (frame["sandbox"], frame["src"]) == ("", path_of(directory, RESET, "preview"))


TYPED = (
    {"subject": "Hello\r\nBcc: eve@example.com", "fromName": "Shop\r\nBcc: eve@example.com"},
    {"subject": "Hello\nBcc: eve@example.com\u2028x", "fromName": 'Shop" <eve@example.com>, "'},
)


def test_a_test_mail_has_the_headers_of_one_mail_to_one_person(
    service: Service, admin: Visitor, directory: Json
):
    empty_outbox(service)
    admin.open(path_of(directory, RESET))
    for typed in TYPED:
        page = admin.submit("Send test mail", {**typed, "fromEmailAddress": "shop@example.com"})
        assert page.status == 200, page.text

    with SmtpServer() as server:
        sender(service, server.url).run()
        received = server.messages

    assert [each.recipient for each in received] == [admin.login] * len(TYPED)
    for each in received:
        message = each.message
        assert "Bcc" not in message
        assert "Hello Bcc: eve@example.com" in str(message["Subject"])
        assert [each.addr_spec for each in message["From"].addresses] == ["shop@example.com"]
        assert [each.addr_spec for each in message["To"].addresses] == [admin.login]


def test_no_test_mail_has_a_sender_that_is_no_address(admin: Visitor, api: Api, directory: Json):
    admin.open(path_of(directory, RESET))

    for address in ("shop@example.com\r\nBcc: eve@example.com", "a@b.c, eve@example.com", "x"):
        assert admin.submit("Send test mail", {"fromEmailAddress": address}).status == 400

    assert sent(api) == []


def test_test_mails_are_limited_and_leave_the_password_reset_alone(
    service: Service, admin: Visitor, api: Api, directory: Json
):
    limit = service.settings.mails_per_address
    admin.open(path_of(directory, RESET))
    for _ in range(limit):
        assert admin.submit("Send test mail").status == 200

    page = admin.submit("Send test mail")

    assert (page.status, page.headers["retry-after"].isdecimal()) == (429, True)
    assert [each.address for each in sent(api)] == [admin.login] * limit
    account = api.get("/accounts", email=admin.login).items[0]
    application = api.get("/applications", name="Stormpath").items[0]
    asked = api.post(application["passwordResetTokens"]["href"], {"email": account["email"]})
    assert asked.status == 200


def test_a_test_mail_is_shown_to_the_administrator_who_sent_it_alone(
    admin: Visitor, colleague: Visitor, foreign_admin: Visitor, api: Api, directory: Json
):
    admin.open(path_of(directory, RESET))
    path = admin.submit("Send test mail").html.link("What did the mail server answer?")
    other = id_of(api.account(directory, "ada"))

    assert colleague.open(path).status == 404
    assert foreign_admin.open(path).status == 404
    id = path.rpartition("=")[2]
    foreign = foreign_admin.tools.directory("Theirs")
    assert foreign_admin.open(path_of(foreign, RESET, "test"), entry=id).status == 404
    for wrong in ("", other, "x" * 300, "../1"):
        assert admin.open(path_of(directory, RESET, "test"), entry=wrong).status == 404


@pytest.mark.parametrize("kind", ["github", "ldap"])
def test_no_page_of_a_directory_has_its_secret(admin: Visitor, api: Api, kind: str):
    directory = mirror(api, kind)
    todo, seen = [path_of(directory)], set()

    while todo:
        path = todo.pop()
        seen.add(path)
        page = admin.open(path)
        assert SECRETS[kind] not in page.html.text.replace("&#39;", "'"), path
        assert SECRETS[kind] not in page.raw.decode().replace("&#39;", "'"), path
        every = {href for _, href in page.html.links if href.startswith(f"/directories/{id_of(directory)}")}
        todo += [each for each in every if each not in seen and each not in todo]

    assert SECRETS[kind] not in admin.open(f"/rest{path_of(directory)}", expand="provider").text
    assert len(seen) > 8


def test_the_agents_password_is_sealed_on_its_way_through_the_wizard(
    admin: Visitor, colleague: Visitor, api: Api
):
    secret = "s3cret-of-the-agent"
    admin.open("/directories/new", type="ldap")
    admin.submit("2. Agent Configuration", {"name": "Head Office"})
    admin.submit("3. Account Configuration", {"config.agentUserDnPassword": secret})
    pages = [admin.page]
    for button in ("Next", "Prev", "Prev"):
        pages.append(admin.submit(button))
    state = admin.page.html.form("Next").value("state")

    for each in pages:
        assert secret not in each.raw.decode()
    assert secret.encode() not in base64.urlsafe_b64decode(state)
    csrf = colleague.open("/directories/new?type=ldap").html.form("Next").value("csrf")
    answer = colleague.post("/directories/new?type=ldap", {"csrf": csrf, "state": state, "go": "as_code"})
    assert (answer.status, "Head Office" in answer.text) == (400, False)


def test_a_forged_state_of_the_wizard_is_refused(admin: Visitor, api: Api):
    admin.open("/directories/new", type="ldap")
    shown = admin.page
    state = shown.html.form("Next").value("state")
    flipped = ("A" if state[0] != "A" else "B") + state[1:]

    for forged in (state[:-8], flipped, '[5, "ldap", {}]', "ü", "A" * 600_000):
        admin.page = shown
        assert admin.submit("Next", {"state": forged, "name": "Head Office"}).status == 400, forged[:20]

    assert api.get("/directories", name="Head Office").items == []


def test_a_relay_state_is_made_for_no_application_of_another_tenant(
    admin: Visitor, foreign_admin: Visitor, api: Api
):
    directory = mirror(api, "saml")
    api.mapping(api.application("Atlas"), directory)
    theirs = id_of(foreign_admin.tools.application("Theirs"))
    admin.open(path_of(directory, "saml", "relayState"))

    for wrong in (theirs, f"{theirs}/../x", "", "../applications"):
        page = admin.submit("Generate", {"application": wrong})
        assert page.status in (400, 404), wrong
        assert not re.search(r"eyJ[\w-]+\.", page.text), wrong
        admin.open(path_of(directory, "saml", "relayState"))


def test_no_page_of_another_tenants_mirror_is_there(foreign_admin: Visitor, api: Api):
    suffixes = (
        "",
        "/provider",
        "/provider/secret",
        "/provider/mappings",
        "/agent",
        "/workflows",
        f"/{RESET}",
    )
    for kind in ("ldap", "github"):
        path = path_of(mirror(api, kind))
        for suffix in (*suffixes, f"/{RESET}/preview"):
            found = foreign_admin.open(f"{path}{suffix}")
            assert (found.status, "Mirror of" in found.text) == (404, False), suffix
