"""Previews of e-mails: POST /emailTemplates/{id}/preview."""

import pytest

from service.calls import Api, Json, id_of, link
from stormpath.server.app import Service
from support.outbox import kinds

MEMBERS = {"fromName", "fromEmailAddress", "replyTo", "subject", "textBody", "htmlBody", "mimeType"}
BOTH = "multipart/alternative"


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


@pytest.fixture
def reset(api: Api, directory: Json) -> Json:
    """The template of the e-mail that resets a password."""
    (found,) = api.get(f"{directory['passwordPolicy']['href']}/resetEmailTemplates").items
    return found


@pytest.fixture
def welcome(api: Api, directory: Json) -> Json:
    """The template of an e-mail without a link."""
    (found,) = api.get(f"{directory['accountCreationPolicy']['href']}/welcomeEmailTemplates").items
    return found


def preview(api: Api, template: Json, draft: Json | None = None) -> Json:
    return api.post(template["preview"]["href"], draft).ok


class TestPreview:
    def test_a_preview_shows_the_stored_template(self, api: Api, reset: Json):
        shown = preview(api, reset)

        assert set(shown) == MEMBERS
        assert {each: shown[each] for each in MEMBERS - {"textBody", "htmlBody"}} == {
            each: reset[each] for each in MEMBERS - {"textBody", "htmlBody"}
        }
        assert shown["textBody"].startswith("Hello,\n\nSomebody asked for a new password")
        assert "http://localhost:8080/passwordReset?sptoken=sample-token" in shown["textBody"]
        assert "24 hours" in shown["textBody"]
        assert shown["htmlBody"] is None

    def test_a_preview_shows_a_draft_with_its_macros_replaced(self, api: Api, reset: Json):
        draft = {
            "fromName": "Atlas",
            "fromEmailAddress": "atlas@example.com",
            "replyTo": "help@example.com",
            "subject": "For ${account.email} of ${application.name} in ${account.directory.name}",
            "textBody": "${url} $!{unknown}${unknown}",
            "htmlBody": "<a href='${url}'>${account.fullName}</a>",
            "mimeType": BOTH,
            "defaultModel": {"linkBaseUrl": "https://app.example.com/#/reset?a=b"},
        }

        url = "https://app.example.com/#/reset?a=b&sptoken=sample-token"
        assert preview(api, reset, draft) == {
            "fromName": "Atlas",
            "fromEmailAddress": "atlas@example.com",
            "replyTo": "help@example.com",
            "subject": "For joe@example.com of My Application in People",
            "textBody": f"{url} ${{unknown}}",
            "htmlBody": f"<a href='{url.replace('&', '&amp;')}'>Joe Example</a>",
            "mimeType": BOTH,
        }

    def test_a_preview_may_use_an_account(self, api: Api, directory: Json, reset: Json):
        account = api.account(directory, givenName="<Ada>", customData={"plan": {"name": "gold"}})
        body = "${account.givenName} ${account.customData.plan.name} ${account.href} ${url}"
        draft = {"account": link(account), "textBody": body, "htmlBody": body, "mimeType": BOTH}

        shown = preview(api, reset, draft)

        url = "http://localhost:8080/passwordReset?sptoken=sample-token"
        assert shown["textBody"] == f"<Ada> gold {account['href']} {url}"
        assert shown["htmlBody"] == f"&lt;Ada&gt; gold {account['href']} {url}"

    def test_a_preview_without_an_account_uses_a_sample_account(self, api: Api, welcome: Json):
        names = ("username", "surname", "status", "middleName", "createdAt")
        body = " ".join(f"${{account.{each}}}" for each in names)

        words = preview(api, welcome, {"textBody": body, "account": None})["textBody"].split()

        assert words[:4] == ["joe", "Example", "ENABLED", "${account.middleName}"]
        assert words[4].endswith("Z")

    def test_a_preview_shows_the_token_lifetime_of_its_directory(
        self, api: Api, directory: Json, reset: Json
    ):
        api.post(directory["passwordPolicy"]["href"], {"resetTokenTtl": 7})

        assert "7 hours" in preview(api, reset)["textBody"]

    def test_a_preview_of_an_e_mail_without_a_link_leaves_link_macros_alone(self, api: Api, welcome: Json):
        body = "${url} ${sptoken} ${sptokenNameValuePair} ${expirationWindow}"

        assert preview(api, welcome, {"textBody": body})["textBody"] == body

    def test_a_preview_changes_and_sends_nothing(
        self, api: Api, service: Service, directory: Json, reset: Json
    ):
        account = api.account(directory)
        before = [api.get(reset["href"]).ok, api.get(account["href"]).ok]

        preview(api, reset, {"subject": "Other", "account": link(account)})

        assert [api.get(reset["href"]).ok, api.get(account["href"]).ok] == before
        assert kinds(service, api.tenant_id) == []

    def test_the_headers_of_a_preview_are_one_line_each(self, api: Api, directory: Json, welcome: Json):
        account = api.account(directory, givenName="Ada\r\nBcc: evil@example.com")
        draft = {
            "subject": "Hi\r\n${account.givenName}\u2028!",
            "fromName": "At\nlas",
            "account": link(account),
        }

        shown = preview(api, welcome, draft)

        assert shown["subject"] == "Hi Ada Bcc: evil@example.com !"
        assert shown["fromName"] == "At las"

    def test_a_draft_may_clear_the_reply_address(self, api: Api, welcome: Json):
        api.post(welcome["href"], {"replyTo": "help@example.com"})

        assert preview(api, welcome)["replyTo"] == "help@example.com"
        assert preview(api, welcome, {"replyTo": None})["replyTo"] is None

    def test_templates_of_the_administrators_can_be_previewed(self, api: Api):
        (directory,) = api.get("/directories", name="Stormpath Administrators").items
        (template,) = api.get(f"{directory['passwordPolicy']['href']}/resetEmailTemplates").items

        assert preview(api, template)["subject"] == "Reset your Password"


class TestDraft:
    @pytest.mark.parametrize(
        ("draft", "error"),
        [
            ({"subject": ""}, (400, 2000)),
            ({"subject": None}, (400, 2000)),
            ({"subject": 1}, (400, 2004)),
            ({"subject": "x" * 1001}, (400, 2008)),
            ({"mimeType": "text/rtf"}, (400, 2003)),
            ({"fromEmailAddress": "nobody"}, (400, 2006)),
            ({"replyTo": "a@-.com"}, (400, 2006)),
            ({"textBody": None}, (400, 2000)),
            ({"textBody": "no link"}, (400, 7301)),
            ({"htmlBody": "no link", "mimeType": BOTH}, (400, 7301)),
            ({"defaultModel": {"linkBaseUrl": ""}}, (400, 2000)),
            ({"name": "x"}, (400, 2015)),
            ({"createdAt": "2020-01-01T00:00:00.000Z"}, (400, 2015)),
            ({"fromEmail": "a@example.com"}, (400, 2015)),
            ({"account": "ada"}, (400, 2004)),
            ({"account": {"href": "/accounts/0000000000000000000000"}}, (400, 2016)),
        ],
    )
    def test_a_draft_is_validated_as_a_change_is(
        self, api: Api, reset: Json, draft: Json, error: tuple[int, int]
    ):
        assert api.post(reset["preview"]["href"], draft).error == error

    def test_a_draft_of_an_e_mail_without_a_link_takes_no_link_base(self, api: Api, welcome: Json):
        draft = {"defaultModel": {"linkBaseUrl": "https://example.com"}}

        assert api.post(welcome["preview"]["href"], draft).error == (400, 2017)

    def test_a_draft_cannot_use_an_account_of_another_tenant(self, stranger: Api, api: Api, reset: Json):
        foreign = stranger.account(stranger.directory())

        assert api.post(reset["preview"]["href"], {"account": link(foreign)}).error == (400, 2016)


def test_templates_of_another_tenant_cannot_be_previewed(stranger: Api, reset: Json):
    assert stranger.post(reset["preview"]["href"], {}).error == (404, 404)


def test_a_preview_cannot_be_read_with_get(api: Api, reset: Json):
    assert reset["preview"] == {"href": f"{api.base_url}/emailTemplates/{id_of(reset)}/preview"}
    assert api.get(reset["preview"]["href"]).error == (405, 1100)
