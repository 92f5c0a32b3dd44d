"""E-mails composed from templates and the values of their macros (rest-core 6.15)."""

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.domain.context import RequestContext
from stormpath.server.mail import macros, mime, templates
from stormpath.server.mail.default_templates import DEFAULT_TEMPLATES
from stormpath.server.mail.email import Email
from stormpath.server.mail.templates import EmailRequest, compose, link
from stormpath.server.resources import RESOURCES

BASE = "https://id.example.com:8443/v1"
SECRET = "what no macro may show"
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
    """A unit with one directory, which records what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.custom_data = FakeCustomData(self.asked)

    def get(self, resource: str, id: str) -> Any:
        self.asked.append(resource)
        return {("directory", "d1"): DIRECTORY}.get((resource, id))


@pytest.fixture
def unit() -> FakeUnit:
    return FakeUnit()


CONTEXT = RequestContext(
    "t1",
    *(None, None, None, None),  # type: ignore[arg-type]  # nothing is stored, hashed, sealed or timed here
    {each.name: each for each in RESOURCES},
    base_url=BASE,
)


def composed(unit: FakeUnit, template: dict[str, Any] | None = None, /, **request: Any) -> Email:
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
    return compose(CONTEXT, unit, {**whole, **(template or {})}, EmailRequest(**{**values, **request}))  # type: ignore[arg-type]  # a fake


def text_of(unit: FakeUnit, body: str, **request: Any) -> str | None:
    return composed(unit, {"text_body": body}, **request).text


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
    def test_a_macro_stands_for_a_shown_attribute_custom_data_or_the_link(
        self, unit: FakeUnit, name: str, value: str
    ):
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
    def test_a_macro_that_names_anything_else_has_no_value(self, unit: FakeUnit, name: str):
        assert text_of(unit, f"<${{{name}}}$!{{{name}}}>") == f"<${{{name}}}>"

    @given(st.sampled_from(["account.", "account.directory.", "application.", ""]), st.data())
    def test_no_macro_shows_a_secret(self, prefix: str, data: st.DataObject):
        names = [each.name for resource in RESOURCES for each in resource.attributes]
        columns = [column.name for one in RESOURCES for each in one.attributes for column in each.columns()]
        name = data.draw(st.sampled_from([*names, *columns, *ACCOUNT]))

        assert SECRET not in str(text_of(FakeUnit(), f"${{{prefix}{name}}}"))

    def test_macros_of_an_application_have_no_value_where_there_is_none(self, unit: FakeUnit):
        assert (
            text_of(unit, "$!{application.name}${application.name}", application=None)
            == "${application.name}"
        )

    @pytest.mark.parametrize("name", ["url", "sptoken", "sptokenNameValuePair", "expirationWindow"])
    def test_macros_of_the_link_have_no_value_in_emails_without_one(self, unit: FakeUnit, name: str):
        body = f"$!{{{name}}}${{{name}}}"

        assert text_of(unit, body, kind="welcome", token="", hours=None) == f"${{{name}}}"

    def test_values_are_read_only_when_they_are_mentioned(self, unit: FakeUnit):
        text_of(unit, "${account.email} ${application.name} ${url}")
        assert unit.asked == []

        text_of(unit, "${account.directory.name} ${account.customData.plan}" * 2)
        assert unit.asked == ["directory", "account's custom data"]

    def test_values_in_a_body_that_is_not_sent_are_not_read(self, unit: FakeUnit):
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
    def test_the_media_type_decides_which_bodies_are_sent(
        self, unit: FakeUnit, mime_type: str, text: str, html: str
    ):
        email = composed(unit, {"text_body": "T", "html_body": "H", "mime_type": mime_type})

        assert (email.text, email.html) == (text, html)

    def test_values_are_escaped_in_html(self, unit: FakeUnit):
        account = {**ACCOUNT, "given_name": "<b onclick='x'>\"Ada\" & Co</b>"}
        template = {"html_body": "<i>${account.givenName}</i>", "mime_type": "text/html"}

        assert composed(unit, template, account=account).html == (
            "<i>&lt;b onclick=&#x27;x&#x27;&gt;&quot;Ada&quot; &amp; Co&lt;/b&gt;</i>"
        )

    def test_the_link_is_escaped_in_html(self, unit: FakeUnit):
        template = {
            "html_body": '<a href="${url}">',
            "mime_type": "text/html",
            "default_model": {"linkBaseUrl": 'https://example.com/?a=1&b="'},
        }

        assert composed(unit, template).html == (
            '<a href="https://example.com/?a=1&amp;b=&quot;&amp;sptoken=t.o-k_en">'
        )

    @given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r")))
    def test_no_value_adds_markup_to_html(self, value: str):
        template = {
            "html_body": '<p title="${account.givenName}">${account.givenName}</p>',
            "mime_type": "text/html",
        }
        page = Page()

        page.feed(composed(FakeUnit(), template, account={**ACCOUNT, "given_name": value}).html or "")
        page.close()

        assert page.tags == [("p", [("title", value)])]
        assert page.text == value

    def test_escapes_of_the_template_are_resolved_and_those_in_values_are_not(self, unit: FakeUnit):
        account = {**ACCOUNT, "given_name": r"\u0041\n"}

        assert text_of(unit, r"\u0041\n${account.givenName}", account=account) == "A\n" + r"\u0041\n"


class Page(HTMLParser):
    """Collects the tags and the text of a page, as a browser reads them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[Any] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


class TestHeaders:
    def test_of_the_headers_only_the_subject_has_macros(self, unit: FakeUnit):
        template = {"subject": "Hi ${account.givenName}", "from_name": "${account.givenName}"}

        email = composed(unit, template)

        assert (email.subject, email.from_name) == ("Hi Ada", "${account.givenName}")

    def test_escapes_in_headers_are_not_resolved(self, unit: FakeUnit):
        assert composed(unit, {"subject": r"a\nb"}).subject == r"a\nb"

    def test_headers_are_one_line_whatever_values_hold(self, unit: FakeUnit):
        account = {**ACCOUNT, "given_name": "Ada\r\nBcc: evil@example.com\u2028"}
        template = {"subject": "Hi\n${account.givenName}!", "from_name": "Atlas\r\nX: y"}

        email = composed(unit, template, account=account)

        assert email.subject == "Hi Ada Bcc: evil@example.com !"
        assert email.from_name == "Atlas X: y"

    def test_a_subject_has_at_most_1000_characters(self, unit: FakeUnit):
        assert len(composed(unit, {"subject": "${account.username}" * 1000}).subject) == 1000

    @given(st.text(), st.text(), st.text())
    def test_any_template_and_any_value_make_an_email_that_can_be_sent(
        self, subject: str, body: str, value: str
    ):
        account = {**ACCOUNT, "given_name": value}
        template = {
            "subject": f"{subject}${{account.givenName}}",
            "from_name": value,
            "text_body": f"{body}${{account.givenName}}",
            "html_body": body,
            "mime_type": "multipart/alternative",
        }

        email = composed(FakeUnit(), template, account=account)
        message = mime.build(email, "5TzWq0", 0)

        assert message.as_bytes().isascii()
        assert message["Subject"] == email.subject
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
    def test_a_link_is_the_base_url_with_the_token_at_the_end(self, base: str, url: str):
        assert link(base, "T") == url

    @pytest.mark.parametrize("path", ["/passwordReset", "//evil.example.com/x"])
    def test_a_base_url_that_is_a_path_leads_to_the_service_itself(self, unit: FakeUnit, path: str):
        url = composed(unit, {"text_body": "${url}", "default_model": {"linkBaseUrl": path}}).text

        assert url == f"https://id.example.com:8443{path}?sptoken=t.o-k_en"


class TestTheConfiguredSender:
    def test_the_configured_sender_may_have_no_name(self):
        assert templates.configured_sender("a@b.c") == {"from_email_address": "a@b.c"}
        assert templates.configured_sender("A <a@b.c>") == {"from_email_address": "a@b.c", "from_name": "A"}

    @pytest.mark.parametrize("setting", [None, ""])
    def test_a_missing_setting_configures_no_sender(self, setting: str | None):
        assert templates.configured_sender(setting) == {}


@pytest.mark.parametrize("kind", DEFAULT_TEMPLATES)
class TestDefaults:
    @pytest.fixture
    def email(self, unit: FakeUnit, kind: str) -> Email:
        default = DEFAULT_TEMPLATES[kind]
        template = {
            "subject": default.subject,
            "text_body": default.text_body,
            "html_body": default.html_body,
        }
        sent = {"mime_type": "multipart/alternative", "default_model": {"linkBaseUrl": default.page}}
        token, hours = "TOKEN" if default.page else "", 24 if kind == "reset" else None
        return composed(unit, template | sent, kind=kind, application=None, token=token, hours=hours)

    def test_default_templates_leave_no_macro_unresolved(self, email: Email):
        assert "${" not in f"{email.text}{email.html}"
        assert "$!{" not in f"{email.text}{email.html}"

    def test_default_templates_say_the_same_in_both_bodies(self, email: Email):
        page = Page()
        page.feed(email.html or "")
        words = " ".join(page.text.split())

        for paragraph in (email.text or "").split("\n\n"):
            assert " ".join(paragraph.split()) in words

    def test_default_templates_load_nothing_and_link_to_one_page_at_most(self, email: Email, kind: str):
        page = Page()
        page.feed(email.html or "")

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
        expected = f"https://id.example.com:8443{DEFAULT_TEMPLATES[kind].page}?sptoken=TOKEN"
        assert links == ({expected} if DEFAULT_TEMPLATES[kind].page else set())

    def test_default_templates_say_what_to_do_if_another_person_caused_the_email(self, email: Email):
        assert "Was it not you" in (email.text or "")

    def test_only_the_reset_template_says_how_long_its_link_works(self, email: Email, kind: str):
        assert ("24 hours" in (email.text or "")) == (kind == "reset")


@pytest.mark.parametrize("kind", ["verification", "reset"])
def test_default_templates_of_emails_that_strangers_can_cause_repeat_nothing_of_what_they_typed(kind: str):
    template = DEFAULT_TEMPLATES[kind]

    named = macros.names(template.subject + template.text_body + template.html_body)

    assert named <= {"url", "expirationWindow"}
