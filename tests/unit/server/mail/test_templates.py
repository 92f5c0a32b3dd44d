"""What an e-mail says: a template, and the values of an occasion (rest-core 6.15)."""

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.domain.context import RequestContext
from stormpath.server.mail import macros, mime, templates
from stormpath.server.mail.default_templates import DEFAULT_EMAILS
from stormpath.server.mail.email import Email
from stormpath.server.mail.templates import (
    Occasion,
    compose,
    link,
)
from stormpath.server.resources import RESOURCES

BASE = "https://id.example.com:8443/v1"
SECRET = "what nobody may read"
ACCOUNT: dict[str, Any] = {
    "id": "a1",
    "directory_id": "d1",
    "tenant_id": "t1",
    "created_at": 1_700_000_000_123,
    "modified_at": 1_700_000_000_123,
    "password_modified_at": None,
    "username": "ada",
    "username_key": SECRET,
    "email": "ada@example.com",
    "given_name": "Ada",
    "middle_name": None,
    "surname": "",
    "full_name": "Ada",
    "status": "ENABLED",
    "email_verification_status": "UNVERIFIED",
    "email_verification_token": SECRET,
    "password_hash": SECRET,
}
TIMES: dict[str, Any] = {"created_at": 1_700_000_000_123, "modified_at": 1_700_000_000_123}
DIRECTORY = {
    "id": "d1",
    "name": "People",
    "description": None,
    "status": "ENABLED",
    "protected": SECRET,
    **TIMES,
}
APPLICATION = {
    "id": "p1",
    "name": "Atlas",
    "description": None,
    "status": "ENABLED",
    "authorized_callback_uris": [SECRET],
    **TIMES,
}
DOCUMENTS = {
    "account": {
        "plan": "gold",
        "n": 1.0,
        "yes": True,
        "no": None,
        "list": [1],
        "a": {"b": {"c": 2}, "b.c": 3},
    },
    "directory": {"plan": "silver"},
    "application": {"plan": "bronze"},
}


class FakeCustomData:
    """The custom data of every account, directory and application; it notes what was asked for."""

    def __init__(self, asked: list[Any]) -> None:
        self.asked = asked

    def get(self, resource: str, ids: list[str]) -> Any:
        self.asked.append(f"{resource}'s custom data")
        return {each: {"document": json.dumps(DOCUMENTS[resource])} for each in ids}


class FakeUnit:
    """A storage that holds one directory, and notes what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.custom_data = FakeCustomData(self.asked)

    def get(self, resource: str, id: str) -> Any:
        self.asked.append(resource)
        return {("directory", "d1"): DIRECTORY}.get((resource, id))


@pytest.fixture
def unit() -> FakeUnit:
    return FakeUnit()


WORK = RequestContext(
    "t1",
    *(None, None, None, None),  # type: ignore[arg-type]  # nothing is stored, hashed, sealed or timed here
    {each.name: each for each in RESOURCES},
    base_url=BASE,
)


def composed(unit: FakeUnit, template: dict[str, Any] | None = None, /, **occasion: Any) -> Email:
    whole = {
        "from_name": "Atlas",
        "from_email_address": "atlas@example.com",
        "reply_to": None,
        "subject": "Hello",
        "text_body": "",
        "html_body": "",
        "mime_type": "text/plain",
        "default_model": {"linkBaseUrl": "/passwordReset"},
    }
    values = {
        "kind": "reset",
        "account": ACCOUNT,
        "application": APPLICATION,
        "token": "t.o-k_en",
        "hours": 24,
    }
    return compose(WORK, unit, {**whole, **(template or {})}, Occasion(**{**values, **occasion}))  # type: ignore[arg-type]  # a fake


def text_of(unit: FakeUnit, body: str, **occasion: Any) -> str | None:
    return composed(unit, {"text_body": body}, **occasion).text


class TestValues:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("account.givenName", "Ada"),
            ("account.surname", ""),
            ("account.username", "ada"),
            ("account.email", "ada@example.com"),
            ("account.fullName", "Ada"),
            ("account.status", "ENABLED"),
            ("account.emailVerificationStatus", "UNVERIFIED"),
            ("account.createdAt", "2023-11-14T22:13:20.123Z"),
            ("account.href", f"{BASE}/accounts/a1"),
            ("account.directory.name", "People"),
            ("account.directory.href", f"{BASE}/directories/d1"),
            ("application.name", "Atlas"),
            ("application.href", f"{BASE}/applications/p1"),
            ("account.customData.plan", "gold"),
            ("account.customData.n", "1.0"),
            ("account.customData.yes", "true"),
            ("account.customData.a.b.c", "3"),
            ("account.directory.customData.plan", "silver"),
            ("application.customData.plan", "bronze"),
            ("url", "https://id.example.com:8443/passwordReset?sptoken=t.o-k_en"),
            ("sptoken", "t.o-k_en"),
            ("sptokenNameValuePair", "sptoken=t.o-k_en"),
            ("expirationWindow", "24"),
        ],
    )
    def test_of_macros(self, unit: FakeUnit, name: str, value: str):
        assert text_of(unit, f"<${{{name}}}$!{{{name}}}>") == f"<{value}{value}>"

    @pytest.mark.parametrize(
        "name",
        [
            *("account.password", "account.passwordHash", "account.password_hash", "account.id"),
            *(
                "account.emailVerificationToken",
                "account.username_key",
                "account.usernameKey",
                "account.tenantId",
            ),
            *(
                "account.directory",
                "account.tenant",
                "account.groups",
                "account.customData",
                "account.apiKeys",
            ),
            *(
                "account.middleName",
                "account.passwordModifiedAt",
                "account.given_name",
                "account.directoryId",
            ),
            *("account.directory.description", "account.directory.protected", "account.directory.provider"),
            *("account.directory.account.email", "application.authorizedCallbackUris", "application.tenant"),
            *(
                "application.loginAttempts",
                "application.description",
                "directory.name",
                "application.account",
            ),
            *(
                "account.customData.no",
                "account.customData.list",
                "account.customData.a",
                "account.customData.x",
            ),
            *("account.customData.list.0", "account.customData.", "account.customData.plan.x", "account."),
            *("account.__class__", "account.email.__class__", "work.secrets", "__init__", "template.subject"),
        ],
    )
    def test_are_of_nothing_else(self, unit: FakeUnit, name: str):
        assert text_of(unit, f"<${{{name}}}$!{{{name}}}>") == f"<${{{name}}}>"

    @given(st.sampled_from(["account.", "account.directory.", "application.", ""]), st.data())
    def test_are_never_secrets(self, prefix: str, data: st.DataObject):
        names = [each.name for resource in RESOURCES for each in resource.attributes]
        columns = [column.name for one in RESOURCES for each in one.attributes for column in each.columns()]
        name = data.draw(st.sampled_from([*names, *columns, *ACCOUNT]))

        assert SECRET not in str(text_of(FakeUnit(), f"${{{prefix}{name}}}"))

    def test_of_an_application_are_missing_where_there_is_none(self, unit: FakeUnit):
        assert (
            text_of(unit, "$!{application.name}${application.name}", application=None)
            == "${application.name}"
        )

    @pytest.mark.parametrize("name", ["url", "sptoken", "sptokenNameValuePair", "expirationWindow"])
    def test_of_the_link_are_missing_in_other_emails(self, unit: FakeUnit, name: str):
        body = f"$!{{{name}}}${{{name}}}"

        assert text_of(unit, body, kind="welcome", token="", hours=None) == f"${{{name}}}"

    def test_are_read_only_when_they_are_mentioned(self, unit: FakeUnit):
        text_of(unit, "${account.email} ${application.name} ${url}")
        assert unit.asked == []

        text_of(unit, "${account.directory.name} ${account.customData.plan}" * 2)
        assert unit.asked == ["directory", "account's custom data"]

    def test_of_a_body_that_is_not_sent_are_not_read(self, unit: FakeUnit):
        composed(unit, {"html_body": "${account.directory.name}"})

        assert unit.asked == []


class TestBodies:
    @pytest.mark.parametrize(
        ("mime_type", "text", "html"),
        [
            ("text/plain", "T", None),
            ("text/html", None, "H"),
            ("multipart/alternative", "T", "H"),
        ],
    )
    def test_are_those_of_the_media_type(self, unit: FakeUnit, mime_type: str, text: str, html: str):
        content = composed(unit, {"text_body": "T", "html_body": "H", "mime_type": mime_type})

        assert (content.text, content.html) == (text, html)

    def test_of_html_show_values_as_they_are(self, unit: FakeUnit):
        account = {**ACCOUNT, "given_name": "<b onclick='x'>\"Ada\" & Co</b>"}
        template = {"html_body": "<i>${account.givenName}</i>", "mime_type": "text/html"}

        assert composed(unit, template, account=account).html == (
            "<i>&lt;b onclick=&#x27;x&#x27;&gt;&quot;Ada&quot; &amp; Co&lt;/b&gt;</i>"
        )

    def test_of_html_have_the_link_escaped_too(self, unit: FakeUnit):
        template = {
            "html_body": '<a href="${url}">',
            "mime_type": "text/html",
            "default_model": {"linkBaseUrl": 'https://example.com/?a=1&b="'},
        }

        assert composed(unit, template).html == (
            '<a href="https://example.com/?a=1&amp;b=&quot;&amp;sptoken=t.o-k_en">'
        )

    @given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r")))
    def test_of_html_hold_no_markup_of_a_value(self, value: str):
        template = {
            "html_body": '<p title="${account.givenName}">${account.givenName}</p>',
            "mime_type": "text/html",
        }
        page = Page()

        page.feed(composed(FakeUnit(), template, account={**ACCOUNT, "given_name": value}).html or "")
        page.close()

        assert page.tags == [("p", [("title", value)])]
        assert page.text == value

    def test_resolve_escapes_of_the_template_and_not_of_values(self, unit: FakeUnit):
        account = {**ACCOUNT, "given_name": r"\u0041\n"}

        assert text_of(unit, r"\u0041\n${account.givenName}", account=account) == "A\n" + r"\u0041\n"


class Page(HTMLParser):
    """Collects what a page consists of, as a browser takes it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[Any] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


class TestHeaders:
    def test_have_macros_in_the_subject_alone(self, unit: FakeUnit):
        template = {"subject": "Hi ${account.givenName}", "from_name": "${account.givenName}"}

        content = composed(unit, template)

        assert (content.subject, content.from_name) == ("Hi Ada", "${account.givenName}")

    def test_do_not_resolve_escapes(self, unit: FakeUnit):
        assert composed(unit, {"subject": r"a\nb"}).subject == r"a\nb"

    def test_are_one_line_whatever_values_hold(self, unit: FakeUnit):
        account = {**ACCOUNT, "given_name": "Ada\r\nBcc: evil@example.com\u2028"}
        template = {"subject": "Hi\n${account.givenName}!", "from_name": "Atlas\r\nX: y"}

        content = composed(unit, template, account=account)

        assert content.subject == "Hi Ada Bcc: evil@example.com !"
        assert content.from_name == "Atlas X: y"

    def test_have_an_end(self, unit: FakeUnit):
        assert len(composed(unit, {"subject": "${account.username}" * 1000}).subject) == 1000

    @given(st.text(), st.text(), st.text())
    def test_survive_any_template_and_any_value(self, subject: str, body: str, value: str):
        account = {**ACCOUNT, "given_name": value}
        template = {
            "subject": f"{subject}${{account.givenName}}",
            "from_name": value,
            "text_body": f"{body}${{account.givenName}}",
            "html_body": body,
            "mime_type": "multipart/alternative",
        }

        content = composed(FakeUnit(), template, account=account)
        message = mime.build(content, "5TzWq0", 0)

        assert message.as_bytes().isascii()
        assert message["Subject"] == content.subject
        assert [each.addr_spec for each in message["To"].addresses] == ["ada@example.com"]


class TestLinks:
    @pytest.mark.parametrize(
        ("base", "url"),
        [
            ("https://app.example.com", "https://app.example.com?sptoken=T"),
            ("https://app.example.com/verify", "https://app.example.com/verify?sptoken=T"),
            ("https://app.example.com/?lang=en", "https://app.example.com/?lang=en&sptoken=T"),
            ("https://app.example.com/?", "https://app.example.com/?sptoken=T"),
            ("https://app.example.com/?a=b&", "https://app.example.com/?a=b&sptoken=T"),
            ("https://app.example.com/#/verify", "https://app.example.com/#/verify?sptoken=T"),
            ("https://app.example.com/#/verify?a=b", "https://app.example.com/#/verify?a=b&sptoken=T"),
            ("https://app.example.com/?a=b#/verify", "https://app.example.com/?a=b#/verify?sptoken=T"),
            ("myapp://verify", "myapp://verify?sptoken=T"),
        ],
    )
    def test_are_the_base_url_with_the_token_at_the_end(self, base: str, url: str):
        assert link(base, "T") == url

    @pytest.mark.parametrize("path", ["/passwordReset", "//evil.example.com/x"])
    def test_to_a_path_lead_to_the_service_itself(self, unit: FakeUnit, path: str):
        url = composed(unit, {"text_body": "${url}", "default_model": {"linkBaseUrl": path}}).text

        assert url == f"https://id.example.com:8443{path}?sptoken=t.o-k_en"


class TestTheConfiguredSender:
    def test_may_have_no_name(self):
        assert templates.configured_sender("a@b.c") == {"from_email_address": "a@b.c"}
        assert templates.configured_sender("A <a@b.c>") == {"from_email_address": "a@b.c", "from_name": "A"}

    @pytest.mark.parametrize("setting", [None, ""])
    def test_may_be_missing(self, setting: str | None):
        assert templates.configured_sender(setting) == {}


@pytest.mark.parametrize("kind", DEFAULT_EMAILS)
class TestDefaults:
    @pytest.fixture
    def content(self, unit: FakeUnit, kind: str) -> Email:
        email = DEFAULT_EMAILS[kind]
        template = {"subject": email.subject, "text_body": email.text_body, "html_body": email.html_body}
        sent = {"mime_type": "multipart/alternative", "default_model": {"linkBaseUrl": email.page}}
        token, hours = "TOKEN" if email.page else "", 24 if kind == "reset" else None
        return composed(unit, template | sent, kind=kind, application=None, token=token, hours=hours)

    def test_leave_no_macro_unresolved(self, content: Email):
        assert "${" not in f"{content.text}{content.html}"
        assert "$!{" not in f"{content.text}{content.html}"

    def test_say_the_same_in_both_bodies(self, content: Email):
        page = Page()
        page.feed(content.html or "")
        words = " ".join(page.text.split())

        for paragraph in (content.text or "").split("\n\n"):
            assert " ".join(paragraph.split()) in words

    def test_load_nothing_from_elsewhere(self, content: Email, kind: str):
        page = Page()
        page.feed(content.html or "")

        assert {tag for tag, _ in page.tags} <= {
            "html",
            "head",
            "meta",
            "title",
            "body",
            "div",
            "p",
            "a",
            "br",
        }
        links = {value for _, attrs in page.tags for name, value in attrs if name in ("href", "src")}
        expected = f"https://id.example.com:8443{DEFAULT_EMAILS[kind].page}?sptoken=TOKEN"
        assert links == ({expected} if DEFAULT_EMAILS[kind].page else set())

    def test_tell_what_to_do_if_it_was_somebody_else(self, content: Email):
        assert "Was it not you" in (content.text or "")

    def test_tell_for_how_long_a_password_can_be_set(self, content: Email, kind: str):
        assert ("24 hours" in (content.text or "")) == (kind == "reset")


@pytest.mark.parametrize("kind", ["verification", "reset"])
def test_default_emails_that_strangers_can_cause_repeat_nothing_of_what_they_typed(kind: str):
    email = DEFAULT_EMAILS[kind]

    named = macros.names(email.subject + email.text_body + email.html_body)

    assert named <= {"url", "expirationWindow"}
