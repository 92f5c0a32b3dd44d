"""E-mails made from templates and the values of their macros (rest-core 6.14, 6.15)."""

from contextlib import closing

import pytest

from service.calls import Api, Json, id_of
from stormpath.server.app import CannotOpen, Service, open_service
from stormpath.server.mail import mime
from stormpath.server.mail.email import Email
from stormpath.server.schema.addresses import BadAddress
from support.outbox import emails

BOTH = "multipart/alternative"
ALL_MACROS = (
    "${account.givenName}|${account.fullName}|${account.username}|${account.email}|${account.status}|"
    "${account.directory.name}|${account.directory.description}|${application.name}|$!{application.description}|"
    "${account.customData.plan}|${account.directory.customData.site.name}|${application.customData.level}|"
    "${account.password}$!{account.groups}|${url}"
)


@pytest.fixture
def place(api: Api) -> tuple[Json, Json]:
    """An application and its directory."""
    application, directory = api.application_with_directory()
    api.post(f"{application['href']}/customData", {"level": 3})
    api.post(f"{directory['href']}/customData", {"site": {"name": "Lab"}})
    api.post(directory["href"], {"description": "All & sundry"})
    return application, directory


def change(api: Api, directory: Json, kind: str, **changes: object) -> Json:
    policy = "passwordPolicy" if kind.startswith("reset") else "accountCreationPolicy"
    (template,) = api.get(f"{directory[policy]['href']}/{kind}EmailTemplates").items
    return api.post(template["href"], changes).ok


def reset_email(api: Api, service: Service, application: Json, address: str = "ada@example.com") -> Email:
    """Ask for a new password; return the e-mail of it."""
    assert api.post(application["passwordResetTokens"]["href"], {"email": address}).status == 200
    email = emails(service, api.tenant_id)[-1].email
    assert email is not None
    return email


def test_macros_name_the_account_its_directory_and_the_application(
    api: Api, service: Service, place: tuple[Json, Json]
):
    application, directory = place
    api.account(directory, givenName="<Ada>", surname="O'Hara", customData={"plan": "gold & blue"})
    change(api, directory, "reset", textBody=ALL_MACROS, htmlBody=ALL_MACROS, mimeType=BOTH)

    email = reset_email(api, service, application)

    text, _, link = (email.text or "").rpartition("|")
    assert text == (
        "<Ada>|<Ada> O'Hara|ada|ada@example.com|ENABLED|Atlas People|All & sundry|Atlas||"
        "gold & blue|Lab|3|${account.password}"
    )
    assert link.startswith("http://localhost:8080/passwordReset?sptoken=ey")
    html, _, _ = (email.html or "").rpartition("|")
    assert html == (
        "&lt;Ada&gt;|&lt;Ada&gt; O&#x27;Hara|ada|ada@example.com|ENABLED|Atlas People|All &amp; sundry|"
        "Atlas||gold &amp; blue|Lab|3|${account.password}"
    )


def test_custom_data_given_with_a_new_account_is_known_to_its_first_email(
    api: Api, service: Service, place: tuple[Json, Json]
):
    application, directory = place
    api.post(directory["accountCreationPolicy"]["href"], {"welcomeEmailStatus": "ENABLED"})
    change(api, directory, "welcome", textBody="${account.customData.plan} ${application.name}")

    api.account(application, customData={"plan": "gold"})
    api.account(directory, "joe", customData={"plan": "silver"})

    first, second = [each.email for each in emails(service, api.tenant_id)]
    assert first is not None
    assert second is not None
    assert first.text == "gold Atlas"
    assert second.text == "silver ${application.name}"


def test_a_value_is_never_taken_for_a_macro(api: Api, service: Service, place: tuple[Json, Json]):
    application, directory = place
    api.account(directory, givenName="${sptoken} $!{account.email} \\u0041")
    change(api, directory, "reset", textBody="${account.givenName} ${sptokenNameValuePair}")

    email = reset_email(api, service, application)

    assert (email.text or "").startswith("${sptoken} $!{account.email} \\u0041 sptoken=ey")


def test_no_name_of_an_account_adds_or_breaks_headers(api: Api, service: Service, place: tuple[Json, Json]):
    application, directory = place
    name = "Ada\r\nBcc: evil@example.com\r\n\r\n<script>"
    api.account(directory, givenName=name, email='"a,b>c"@example.com')
    change(
        api,
        directory,
        "reset",
        subject="New password for ${account.givenName}",
        fromName="Atlas, Inc.\r\nX-Evil: yes",
        fromEmailAddress="atlas@example.com",
        replyTo="help,desk@example.com",
    )

    email = reset_email(api, service, application, '"a,b>c"@example.com')
    message = mime.build(email, "5TzWq0", 0)

    assert "Bcc" not in message
    assert "X-Evil" not in message
    assert message["Subject"] == "New password for Ada Bcc: evil@example.com <script>"
    assert mime.envelope(email) == ("atlas@example.com", '"a,b>c"@example.com')
    assert [each.username for each in message["To"].addresses] == ["a,b>c"]
    assert [each.username for each in message["Reply-To"].addresses] == ["help,desk"]
    assert [each.display_name for each in message["From"].addresses] == ["Atlas, Inc. X-Evil: yes"]


def test_mail_to_an_impossible_address_from_before_is_given_up(
    api: Api, service: Service, place: tuple[Json, Json]
):
    application, directory = place
    account, address = api.account(directory), "ada@-nowhere-"
    accounts = service.database.tables.of["account"]
    with service.database.transaction() as connection:
        changed = accounts.update().where(accounts.c.id == id_of(account))
        connection.execute(changed.values(email=address, email_key=address))

    email = reset_email(api, service, application, address)

    with pytest.raises(BadAddress, match="'ada@-nowhere-'"):
        mime.build(email, "5TzWq0", 0)


class TestAddressesOfTemplates:
    @pytest.mark.parametrize("name", ["fromEmailAddress", "replyTo"])
    @pytest.mark.parametrize(
        "address", ["a@-.com", "a@b..com", "a\x01@example.com", "a@exa,mple.com", "a@b.com."]
    )
    def test_addresses_that_e_mail_cannot_have_are_refused(self, api: Api, name: str, address: str):
        directory = api.directory()
        (template,) = api.get(f"{directory['passwordPolicy']['href']}/resetEmailTemplates").items

        assert api.post(template["href"], {name: address}).error == (400, 2006)
        assert api.get(template["href"]).ok == template

    def test_the_reply_address_is_kept_and_can_be_cleared(self, api: Api):
        directory = api.directory()

        assert change(api, directory, "reset", replyTo="help@example.com")["replyTo"] == "help@example.com"
        assert change(api, directory, "reset", subject="Hi")["replyTo"] == "help@example.com"
        assert change(api, directory, "reset", replyTo=None)["replyTo"] is None


class TestConfiguredSender:
    @pytest.fixture
    def opened(self, initialized_database_url: str, monkeypatch: pytest.MonkeyPatch):
        """Open the service with a configured sender, return the sender of a template, close the service."""

        def open_it(mail_from: str, **changes: str | None) -> tuple[str, str]:
            monkeypatch.setenv("STORMPATH_MAIL_FROM", mail_from)
            with closing(open_service(initialized_database_url)) as service:
                key_id, secret = service.local_api_key()
                api = Api(service, service.base_url, service.tenant_id, key_id, secret)
                (directory,) = api.get("/directories", name="My Application Directory").items
                template = change(api, directory, "reset", **changes)
                assert api.get(template["href"]).ok == template
                assert api.post(template["preview"]["href"]).ok["fromName"] == template["fromName"]
                return template["fromName"], template["fromEmailAddress"]

        return open_it

    def test_the_configured_sender_is_used_where_a_template_names_none(self, opened):
        assert opened("Atlas <atlas@example.com>") == ("Atlas", "atlas@example.com")
        assert opened("other@example.com") == ("", "other@example.com")

    def test_the_sender_of_a_template_replaces_the_configured_one(self, opened):
        own = ("Support", "help@example.com")

        assert opened("Atlas <a@b.c>", fromName=own[0], fromEmailAddress=own[1]) == own
        assert opened("Other <d@e.f>") == own
        assert opened("Other <d@e.f>", fromName=None, fromEmailAddress=None) == ("Other", "d@e.f")

    def test_a_configured_sender_that_is_sent_back_is_not_stored(self, opened):
        opened("Atlas <a@b.c>", fromName="Atlas", fromEmailAddress="a@b.c")

        assert opened("Other <d@e.f>") == ("Other", "d@e.f")

    @pytest.mark.parametrize("mail_from", ["Atlas", "Atlas <a>", "a@b.c, d@e.f", "a@b.c\nBcc: d@e.f"])
    def test_an_invalid_configured_sender_is_reported_in_one_line(
        self, initialized_database_url: str, monkeypatch: pytest.MonkeyPatch, mail_from: str
    ):
        monkeypatch.setenv("STORMPATH_MAIL_FROM", mail_from)

        with pytest.raises(CannotOpen, match="STORMPATH_MAIL_FROM") as caught:
            open_service(initialized_database_url)

        assert len(str(caught.value).splitlines()) == 1
