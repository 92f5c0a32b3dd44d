"""Registration, verification and password reset, as the product guide and users of the SDK write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources import AccountCreationPolicy, PasswordPolicy
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from stormpath.resources.email_template import DefaultModelEmailTemplate
from stormpath.resources.password_reset_token import PasswordResetToken
from stormpath.resources.verification_email import VerificationEmail
from support.accounts import PASSWORD
from support.request_counts import RequestCount

NewAccount = Callable[..., Account]
Unique = Callable[[str], str]

NEW_PASSWORD = "Otherwise2!"
MADE_UP = "1xmFtvPmkYpT322gLu2vRY"


@pytest.fixture
def verifying(directory: Directory) -> Directory:
    """The directory, whose new accounts have to verify their address."""
    policy = directory.account_creation_policy
    policy.verification_email_status = AccountCreationPolicy.EMAIL_STATUS_ENABLED
    policy.save()
    return directory


@pytest.fixture
def unverified(verifying: Directory, new_account: NewAccount, unique: Unique) -> Account:
    return new_account("luke", email=address(unique("luke")))


@pytest.fixture
def leia(new_account: NewAccount, unique: Unique) -> Account:
    """An account whose password will be reset."""
    return new_account("leia", email=address(unique("leia")))


@pytest.fixture
def cold(client: Client, app: Application, requests_made: RequestCount) -> Application:
    """The application by its href, with nothing in any cache; the count of requests is zero."""
    for cache in client.data_store.cache_manager.caches.values():
        cache.clear()
    requests_made.reset()
    return client.applications.get(app.href)


def address(name: str) -> str:
    """Return a new address: each gets a few e-mails an hour only."""
    return f"{name.replace(' ', '-')}@example.com"


def token_of(account: Account) -> str:
    """Return the token that an account waits for."""
    waits_for = account.email_verification_token
    assert waits_for is not None
    return waits_for.href.rpartition("/")[2]


def reset_token(application: Application, account: Account) -> PasswordResetToken:
    return application.password_reset_tokens.create({"email": account.email})


def error_of(act: Callable[[], Any]) -> tuple[int, int]:
    """Return status and code of the error that a call raises."""
    with pytest.raises(Error) as caught:
        act()
    assert len(str(caught.value)) > 20, "an error says what is wrong"
    return caught.value.status, caught.value.code


def test_the_switches_of_all_five_emails_are_saved(client: Client, directory: Directory) -> None:
    creation, passwords = directory.account_creation_policy, directory.password_policy

    creation.verification_email_status = AccountCreationPolicy.EMAIL_STATUS_ENABLED
    creation.verification_success_email_status = AccountCreationPolicy.EMAIL_STATUS_ENABLED
    creation.welcome_email_status = AccountCreationPolicy.EMAIL_STATUS_ENABLED
    creation.save()
    passwords.reset_email_status = PasswordPolicy.RESET_EMAIL_STATUS_DISABLED
    passwords.reset_success_email_status = PasswordPolicy.RESET_EMAIL_STATUS_DISABLED
    passwords.reset_token_ttl = 72
    passwords.save()

    again = client.directories.get(directory.href)
    creation, passwords = again.account_creation_policy, again.password_policy
    assert {
        creation.verification_email_status,
        creation.verification_success_email_status,
        creation.welcome_email_status,
    } == {"ENABLED"}
    assert (passwords.reset_email_status, passwords.reset_success_email_status) == ("DISABLED", "DISABLED")
    assert passwords.reset_token_ttl == 72


class TestTemplates:
    def test_all_attributes_of_a_template_are_saved_in_one_request(
        self, directory: Directory, requests_made: RequestCount
    ) -> None:
        (template,) = directory.account_creation_policy.verification_email_templates
        assert isinstance(template, DefaultModelEmailTemplate)
        wanted = {
            "name": "Ours",
            "description": "Asks people of the ship.",
            "from_name": "The Bridge",
            "from_email_address": "bridge@example.com",
            "reply_to": "crew@example.com",
            "subject": "Welcome aboard, ${account.givenName}",
            "text_body": "Open ${url}\n",
            "html_body": '<a href="${url}">Open</a>',
            "mime_type": "multipart/alternative",
        }
        requests_made.reset()

        for name, value in wanted.items():
            setattr(template, name, value)
        template.set_link_base_url("https://bridge.example.com/verify")
        template.save()

        assert requests_made == 1
        (again,) = directory.account_creation_policy.verification_email_templates
        assert {name: getattr(again, name) for name in wanted} == wanted
        assert again.get_link_base_url() == "https://bridge.example.com/verify"

    def test_the_reply_address_can_be_cleared(self, directory: Directory) -> None:
        (template,) = directory.account_creation_policy.welcome_email_templates
        assert template.reply_to is None
        template.reply_to = "crew@example.com"
        template.save()

        template.reply_to = None
        template.save()

        template.refresh()
        assert template.reply_to is None

    def test_a_body_that_lost_its_link_is_refused(self, directory: Directory) -> None:
        (template,) = directory.password_policy.reset_email_templates
        template.text_body = "Good luck."

        assert error_of(template.save) == (400, 7301)

    def test_links_lead_to_pages_of_the_service_by_default(
        self, client: Client, directory: Directory
    ) -> None:
        public = client.BASE_URL.removesuffix("/v1")
        (verification,) = directory.account_creation_policy.verification_email_templates
        (reset,) = directory.password_policy.reset_email_templates

        assert verification.get_link_base_url() == f"{public}/emailVerificationTokens"
        assert reset.get_link_base_url() == f"{public}/passwordReset"


class TestRegistration:
    def test_a_new_account_waits_for_its_token_in_a_directory_that_verifies(
        self, unverified: Account, app: Application
    ) -> None:
        assert unverified.is_unverified()
        assert not unverified.is_enabled()
        assert unverified.email_verification_status == "UNVERIFIED"
        assert token_of(unverified)
        assert error_of(lambda: app.authenticate_account("luke", PASSWORD)) == (400, 7102)

    def test_the_idioms_that_switch_the_workflow_off_make_enabled_accounts(
        self, verifying: Directory, app: Application
    ) -> None:
        def details(number: int) -> dict[str, str]:
            return {"email": f"droid{number}@example.com", "password": PASSWORD}

        made = [
            verifying.accounts.create(details(1), registration_workflow_enabled=False),
            verifying.create_account(details(2), False),
            app.create_account(details(3), False),
            app.accounts.create(details(4), registration_workflow_enabled=False),
        ]

        assert [each.is_enabled() for each in made] == [True] * 4
        assert [each.email_verification_token for each in made] == [None] * 4
        assert app.authenticate_account("droid2@example.com", PASSWORD).account == made[1]

    def test_true_and_none_leave_the_workflow_to_the_directory(self, verifying: Directory) -> None:
        for number, flag in enumerate((True, None)):
            made = verifying.create_account({"email": f"r{number}@example.com", "password": PASSWORD}, flag)
            assert made.is_unverified()

    def test_accounts_are_enabled_at_once_in_a_directory_that_does_not_verify(
        self, new_account: NewAccount
    ) -> None:
        account = new_account("obi")

        assert account.is_enabled()
        assert account.email_verification_token is None


class TestVerification:
    def test_a_token_enables_its_account_and_returns_it_in_one_request(
        self, client: Client, unverified: Account, app: Application, requests_made: RequestCount
    ) -> None:
        token = token_of(unverified)
        requests_made.reset()

        # when the account is correctly verified it gets activated and that account is returned
        account = client.accounts.verify_email_token(token)

        assert requests_made == 1
        assert type(account) is Account
        assert account == unverified
        assert account.is_enabled()
        assert account.email_verification_status == "VERIFIED"
        assert account.email_verification_token is None
        assert app.authenticate_account("luke", PASSWORD).account == account

    def test_any_list_of_accounts_verifies_a_token(self, unverified: Account, app: Application) -> None:
        assert app.accounts.verify_email_token(token_of(unverified)) == unverified

    @pytest.mark.parametrize("token", [MADE_UP, "a b", "a..b", "%2e%2e", "x?y=1", "é"])
    def test_a_bad_token_is_an_error(self, client: Client, token: str) -> None:
        assert error_of(lambda: client.accounts.verify_email_token(token)) == (404, 404)

    def test_a_verification_token_works_once(self, client: Client, unverified: Account) -> None:
        token = token_of(unverified)
        client.accounts.verify_email_token(token)

        assert error_of(lambda: client.accounts.verify_email_token(token)) == (404, 404)

    def test_enabling_an_account_by_hand_revokes_its_token(self, client: Client, unverified: Account) -> None:
        token = token_of(unverified)
        unverified.status = Account.STATUS_ENABLED
        unverified.save()

        assert unverified.email_verification_token is None
        assert error_of(lambda: client.accounts.verify_email_token(token)) == (404, 404)

    def test_reading_a_token_does_not_spend_it(self, client: Client, unverified: Account) -> None:
        waits_for = unverified.email_verification_token
        assert waits_for is not None

        with pytest.raises(Error) as caught:
            waits_for.refresh()

        assert caught.value.status == 405
        assert client.accounts.verify_email_token(token_of(unverified)) == unverified


class TestResending:
    @pytest.mark.parametrize("by", ["account", "username", "email"])
    @pytest.mark.parametrize("named", ["resource", "href", "link"])
    def test_the_same_token_is_sent_again(
        self,
        app: Application,
        verifying: Directory,
        unverified: Account,
        requests_made: RequestCount,
        by: str,
        named: str,
    ) -> None:
        whom: Any = {"account": unverified, "username": "luke", "email": unverified.email.upper()}[by]
        store = {"resource": verifying, "href": verifying.href, "link": {"href": verifying.href}}[named]
        token = token_of(unverified)
        requests_made.reset()

        sent = app.verification_emails.resend(whom, store)

        assert requests_made == 1
        assert type(sent) is VerificationEmail
        unverified.refresh()
        assert token_of(unverified) == token

    def test_the_store_may_be_an_organization_by_its_name_key(
        self, client: Client, app: Application, verifying: Directory, unique: Unique, unverified: Account
    ) -> None:
        key = unique("org").replace(" ", "-")
        organization = client.organizations.create({"name": unique("Org"), "name_key": key})
        for owner in ({"application": app}, {"organization": organization}):
            store: Any = organization if "application" in owner else verifying
            mappings: Any = (
                client.account_store_mappings
                if "application" in owner
                else client.organization_account_store_mappings
            )
            mappings.create({**owner, "account_store": store})

        app.verification_emails.resend("luke", {"name_key": key})
        assert error_of(lambda: app.verification_emails.resend("luke", {"name_key": "no-such"}))[0] == 400
        organization.delete()

    def test_an_account_created_without_a_token_gets_one(
        self, client: Client, app: Application, directory: Directory, new_account: NewAccount
    ) -> None:
        early = new_account("yoda")
        policy = directory.account_creation_policy
        policy.verification_email_status = policy.EMAIL_STATUS_ENABLED
        policy.save()
        assert early.email_verification_token is None

        app.verification_emails.resend(early, directory)

        early.refresh()
        assert client.accounts.verify_email_token(token_of(early)) == early
        assert client.accounts.get(early.href).email_verification_status == "VERIFIED"

    def test_each_refusal_has_its_code(
        self, client: Client, app: Application, directory: Directory, new_account: NewAccount, unique: Unique
    ) -> None:
        account = new_account("han")
        elsewhere = client.directories.create({"name": unique("Elsewhere")})
        emails = app.verification_emails

        assert error_of(lambda: emails.resend("nobody", directory)) == (400, 2016)
        assert error_of(lambda: emails.resend(account, elsewhere)) == (400, 5114)
        assert error_of(lambda: emails.resend(account, f"{client.BASE_URL}/directories/none"))[0] == 400
        assert error_of(lambda: emails.resend(account, directory)) == (400, 6101)
        for given in ({"account": account}, {"account_store": directory}, {}):
            with pytest.raises(ValueError, match="both"):
                emails.resend(**given)
        with pytest.raises(ValueError, match="cannot be read"):
            list(emails)


class TestPasswordReset:
    def test_asking_for_the_email_returns_the_account_in_one_request(
        self, cold: Application, leia: Account, requests_made: RequestCount
    ) -> None:
        requests_made.reset()

        # creating the password reset token and sending the email
        found = cold.send_password_reset_email(leia.email)

        assert requests_made == 1
        assert type(found) is Account
        assert found == leia

    def test_the_search_may_be_limited_to_a_store(
        self, client: Client, app: Application, directory: Directory, leia: Account, unique: Unique
    ) -> None:
        group = directory.groups.create({"name": "Crew"})
        client.account_store_mappings.create({"application": app, "account_store": group})
        ask = app.send_password_reset_email

        for store in (directory, directory.href, {"href": directory.href}):
            assert ask(leia.email, store) == leia
        assert error_of(lambda: ask(leia.email, group)) == (400, 2016)
        assert error_of(lambda: ask(leia.email, account_store=group.href)) == (400, 2016)
        elsewhere = client.directories.create({"name": unique("Elsewhere")})
        assert error_of(lambda: ask(leia.email, elsewhere)) == (400, 5114)

    def test_an_unknown_address_is_an_error(self, app: Application) -> None:
        assert error_of(lambda: app.send_password_reset_email("nobody@example.com")) == (400, 2016)

    def test_a_password_is_set_in_the_way_of_the_product_guide(
        self, app: Application, client: Client, leia: Account, requests_made: RequestCount
    ) -> None:
        token = reset_token(app, leia).token
        application = client.applications.get(app.href)
        requests_made.reset()

        # getting the Account from the token and changing the password
        account = application.verify_password_reset_token(token)
        assert requests_made == 1
        account.password = NEW_PASSWORD
        account.save()

        assert requests_made == 2
        assert application.authenticate_account("leia", NEW_PASSWORD).account == account
        assert error_of(lambda: application.authenticate_account("leia", PASSWORD)) == (400, 7100)
        # The token has already set the password.
        assert error_of(lambda: application.verify_password_reset_token(token)) == (404, 404)

    def test_verifying_a_reset_token_does_not_spend_it(
        self, app: Application, leia: Account, requests_made: RequestCount
    ) -> None:
        token = reset_token(app, leia).token

        for _ in range(2):
            requests_made.reset()
            assert app.verify_password_reset_token(token) == leia
            assert requests_made == 1
        app.reset_account_password(token, NEW_PASSWORD)

        assert app.authenticate_account("leia", NEW_PASSWORD).account == leia

    def test_setting_a_password_with_a_token_costs_one_request(
        self, cold: Application, leia: Account, requests_made: RequestCount
    ) -> None:
        token = reset_token(cold, leia).token
        requests_made.reset()

        cold.reset_account_password(token, NEW_PASSWORD)

        assert requests_made == 1
        assert cold.authenticate_account("leia", NEW_PASSWORD)

    def test_a_weak_password_does_not_spend_the_token(self, app: Application, leia: Account) -> None:
        token = reset_token(app, leia).token

        assert error_of(lambda: app.reset_account_password(token, "short")) == (400, 2007)
        app.reset_account_password(token, NEW_PASSWORD)

        assert error_of(lambda: app.reset_account_password(token, NEW_PASSWORD)) == (404, 404)

    def test_a_reset_revokes_the_other_tokens(self, app: Application, leia: Account) -> None:
        first, second = (reset_token(app, leia).token for _ in range(2))
        assert app.verify_password_reset_token(first) == app.verify_password_reset_token(second)

        app.reset_account_password(second, NEW_PASSWORD)

        assert error_of(lambda: app.verify_password_reset_token(first)) == (404, 404)

    def test_a_token_is_valid_in_its_application_only(
        self, client: Client, app: Application, directory: Directory, leia: Account, unique: Unique
    ) -> None:
        other = client.applications.create({"name": unique("Other")})
        client.account_store_mappings.create({"application": other, "account_store": directory})
        token = reset_token(app, leia).token

        assert error_of(lambda: other.verify_password_reset_token(token)) == (404, 404)
        assert error_of(lambda: other.reset_account_password(token, NEW_PASSWORD)) == (404, 404)
        assert app.verify_password_reset_token(token)

    @pytest.mark.parametrize("token", [MADE_UP, "a.b.c", "a..b", "%2e%2e", "x?y=1", "é"])
    def test_a_made_up_token_is_an_error(self, app: Application, token: str) -> None:
        assert error_of(lambda: app.verify_password_reset_token(token)) == (404, 404)
        assert error_of(lambda: app.reset_account_password(token, NEW_PASSWORD)) == (404, 404)

    def test_a_reset_keeps_the_status_of_the_account(self, app: Application, unverified: Account) -> None:
        app.reset_account_password(reset_token(app, unverified).token, NEW_PASSWORD)

        unverified.refresh()
        assert unverified.is_unverified()
        assert unverified.email_verification_token is not None


class TestTokenResource:
    def test_a_token_names_the_account_and_the_address(
        self, app: Application, leia: Account, requests_made: RequestCount
    ) -> None:
        made = app.password_reset_tokens.create({"email": leia.email})
        requests_made.reset()

        assert (made.email, made.account) == (leia.email, leia)
        assert made.href.endswith(f"/passwordResetTokens/{made.token}")
        found = app.password_reset_tokens.get(made.token)
        assert app.password_reset_tokens.build_reset_href(found) == made.href
        assert found == made
        assert requests_made == 0
        assert (found.email, found.account) == (leia.email, leia)
        assert requests_made == 1

    def test_a_token_can_be_created_for_a_store(
        self, app: Application, directory: Directory, leia: Account
    ) -> None:
        asked = {"email": leia.email, "account_store": directory}

        assert app.password_reset_tokens.create(asked).account == leia

    def test_tokens_cannot_be_listed(self, app: Application) -> None:
        with pytest.raises(Error) as caught:
            list(app.password_reset_tokens)

        assert caught.value.status == 405


def test_an_e_mail_beyond_the_limit_is_refused_at_once_with_a_reason(
    client: Client,
    app: Application,
    leia: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(client.data_store.executor, "_sleep", slept.append)

    def ask_again_and_again() -> None:
        for _ in range(100):
            app.send_password_reset_email(leia.email)

    with pytest.raises(Error) as caught:
        ask_again_and_again()

    assert slept == []
    assert (caught.value.status, caught.value.code) == (429, 429)
    assert caught.value.user_message == "Too many e-mails were sent. Please try again later."
    assert "within an hour" in caught.value.message
