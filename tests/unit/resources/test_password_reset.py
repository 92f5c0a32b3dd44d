"""Password resets and e-mail verification."""

from typing import Any

import pytest

from stormpath.error import Error
from stormpath.resources import Account, Application, PasswordResetToken, VerificationEmail
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, link

TOKEN = "eyJh.eyJq.c2ln"
HOME = "/applications/p1/passwordResetTokens"


@pytest.fixture
def application(client: StubClient, exchange: Exchange) -> Application:
    body = {**link(f"{HOME}/{TOKEN}"), "email": "a1@example.org", "account": link("/accounts/a1")}
    exchange.answers("POST", HOME, body)
    exchange.answers("GET", f"{HOME}/{TOKEN}", body)
    exchange.answers("POST", f"{HOME}/{TOKEN}", body)
    exchange.answers("GET", "/accounts/a1", account_json())
    return client.applications.get("p1")


class TestReset:
    def test_a_reset_e_mail_is_one_request(self, application: Application, exchange: Exchange) -> None:
        account = application.send_password_reset_email("a1@example.org")

        assert account.href == f"{BASE}/accounts/a1"
        assert exchange.lines == [f"POST {HOME}"]
        assert exchange.last[3] == {"email": "a1@example.org"}

    @pytest.mark.parametrize("form", ["object", "href", "link"])
    def test_a_reset_may_name_the_store(
        self, application: Application, client: StubClient, exchange: Exchange, form: str
    ) -> None:
        directory = client.directories.get("d1")
        store: Any = {"object": directory, "href": directory.href, "link": {"href": directory.href}}[form]
        application.send_password_reset_email("a1@example.org", account_store=store)

        assert exchange.last[3] == {"email": "a1@example.org", "accountStore": {"href": directory.href}}

    def test_a_reset_may_name_the_store_by_its_key(
        self, application: Application, exchange: Exchange
    ) -> None:
        application.send_password_reset_email("a1@example.org", {"name_key": "acme"})

        assert exchange.last[3]["accountStore"] == {"nameKey": "acme"}

    def test_an_unknown_address_is_an_error(self, client: StubClient) -> None:
        with pytest.raises(Error):
            client.applications.get("p2").send_password_reset_email("who@example.org")

    def test_a_token_is_verified_in_one_request(self, application: Application, exchange: Exchange) -> None:
        account = application.verify_password_reset_token(TOKEN)

        assert isinstance(account, Account)
        assert account.href == f"{BASE}/accounts/a1"
        assert exchange.lines == [f"GET {HOME}/{TOKEN}"]

    def test_a_bad_token_is_an_error(self, application: Application) -> None:
        with pytest.raises(Error):
            application.verify_password_reset_token("nope")
        with pytest.raises(Error):
            application.reset_account_password("nope", "Changeme1!")

    def test_setting_a_new_password_is_one_request(
        self, application: Application, exchange: Exchange
    ) -> None:
        application.reset_account_password(TOKEN, "Changeme1!")

        assert exchange.lines == [f"POST {HOME}/{TOKEN}"]
        assert exchange.last[3] == {"password": "Changeme1!"}

    def test_a_reset_removes_the_account_from_the_cache(
        self, application: Application, client: StubClient, exchange: Exchange
    ) -> None:
        assert client.accounts.get("a1").email
        application.reset_account_password(TOKEN, "Changeme1!")
        exchange.clear()

        assert client.accounts.get("a1").email

        assert exchange.count == 1

    @pytest.mark.parametrize("token", ["../../../accounts/a1", f"{BASE}/accounts/a1", "a/b?c#d", "/"])
    def test_a_path_as_token_never_leaves_the_tokens(
        self, application: Application, exchange: Exchange, token: str
    ) -> None:
        with pytest.raises(Error):
            application.verify_password_reset_token(token)
        with pytest.raises(Error):
            application.reset_account_password(token, "Changeme1!")

        for _, path, _, _ in exchange.requests:
            name = path.removeprefix(f"{HOME}/")
            assert name != path
            assert not {"/", "?", "#"} & set(name)


class TestToken:
    def test_a_token_is_the_last_part_of_its_href(
        self, application: Application, client: StubClient, exchange: Exchange
    ) -> None:
        token = application.password_reset_tokens.get(TOKEN)

        assert token.token == TOKEN
        assert application.password_reset_tokens.build_reset_href(token) == f"{BASE}{HOME}/{TOKEN}"
        assert application.password_reset_tokens.get(token.href) == token
        assert exchange.count == 0

    def test_a_token_is_not_printed(self, application: Application) -> None:
        token = application.password_reset_tokens.get(TOKEN)

        assert repr(token) == f"<PasswordResetToken href={BASE}{HOME}/***>"

    def test_printing_a_token_makes_no_request(self, application: Application, exchange: Exchange) -> None:
        token = application.password_reset_tokens.get(TOKEN)

        assert f"{token}" == repr(token)
        assert exchange.count == 0

    def test_a_new_token_can_be_printed(self, client: StubClient) -> None:
        assert (
            repr(PasswordResetToken(client, properties={"email": "x"}))
            == "<PasswordResetToken attributes=email>"
        )


class TestVerifyingAnAddress:
    def test_an_address_is_verified_in_one_request_from_any_list(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.answers("POST", "/accounts/emailVerificationTokens/T0k3n", link("/accounts/a1"))

        for accounts in (client.accounts, client.directories.get("d1").accounts):
            exchange.clear()
            assert accounts.verify_email_token("T0k3n").href == f"{BASE}/accounts/a1"
            assert exchange.count == 1
            assert exchange.last[3] == {}

    @pytest.mark.parametrize("token", ["../a1", "a1/customData", "?x=1"])
    def test_a_path_as_token_does_not_reach_an_account(
        self, client: StubClient, exchange: Exchange, token: str
    ) -> None:
        with pytest.raises(Error):
            client.accounts.verify_email_token(token)

        name = exchange.last[1].removeprefix("/accounts/emailVerificationTokens/")
        assert not {"/", "?"} & set(name)

    def test_a_verification_token_is_not_printed(self, client: StubClient, exchange: Exchange) -> None:
        href = link("/accounts/emailVerificationTokens/T0k3n")
        token = Account(client, properties=account_json(emailVerificationToken=href)).email_verification_token

        assert token is not None
        assert token.href.rpartition("/")[2] == "T0k3n"
        assert "T0k3n" not in repr(token) + str(token)
        assert exchange.count == 0

    def test_listings_and_json_of_an_account_leave_the_token_out(self, client: StubClient) -> None:
        href = link("/accounts/emailVerificationTokens/T0k3n")
        account = Account(client, properties=account_json(emailVerificationToken=href))
        assert account["email_verification_token"]

        assert "T0k3n" not in account.to_json() + str(account.items()) + repr(account)
        assert "email_verification_token" not in set(account)


class TestSendingAVerificationEmailAgain:
    @pytest.fixture(autouse=True)
    def accept(self, exchange: Exchange) -> None:
        exchange.answers("POST", "/applications/p1/verificationEmails", {})

    @pytest.mark.parametrize("form", ["object", "href"])
    def test_a_verification_e_mail_is_sent_again_in_one_request(
        self, application: Application, client: StubClient, exchange: Exchange, form: str
    ) -> None:
        directory = client.directories.get("d1")
        store: Any = directory if form == "object" else directory.href
        sent = application.verification_emails.resend("a1@example.org", store)

        assert type(sent) is VerificationEmail
        assert exchange.lines == ["POST /applications/p1/verificationEmails"]
        assert exchange.last[3] == {"login": "a1@example.org", "accountStore": {"href": directory.href}}

    def test_resend_takes_an_account(
        self, application: Application, client: StubClient, exchange: Exchange
    ) -> None:
        account = Account(client, properties=account_json())
        application.verification_emails.resend(account=account, account_store=account.directory)

        assert exchange.count == 1
        assert exchange.last[3]["login"] == "a1"

    @pytest.mark.parametrize("form", ["object", "login"])
    def test_resend_removes_the_account_from_the_cache(
        self, application: Application, client: StubClient, exchange: Exchange, form: str
    ) -> None:
        exchange.answers("GET", "/accounts/a1", account_json(emailVerificationToken=None))
        account = client.accounts.get("a1")
        assert account.email_verification_token is None
        exchange.clear()

        application.verification_emails.resend(
            account if form == "object" else account.email, "/directories/d1"
        )

        assert client.accounts.get("a1").email_verification_token is None
        assert exchange.count == 2

    @pytest.mark.parametrize("given", [{}, {"account": "a"}, {"account_store": "b"}])
    def test_resend_needs_account_and_store(
        self, application: Application, exchange: Exchange, given: Any
    ) -> None:
        with pytest.raises(ValueError, match="both an account and the account_store"):
            application.verification_emails.resend(**given)

        assert exchange.count == 0

    def test_verification_e_mails_cannot_be_read(self, application: Application, exchange: Exchange) -> None:
        emails = application.verification_emails
        for read in (
            list,
            len,
            lambda given: given[0],
            lambda given: given.items,
            lambda given: given.refresh(),
        ):
            with pytest.raises(ValueError, match="cannot be read"):
                read(emails)

        assert exchange.count == 0
