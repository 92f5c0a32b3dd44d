"""The policies of a directory: passwords, e-mail domains, required fields, and e-mail templates."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources.account import Account
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD
from support.request_counts import RequestCount

NewAccount = Callable[..., Account]


class TestPasswordPolicy:
    def test_the_lifetime_of_reset_tokens_is_saved_in_one_request(
        self, directory: Directory, requests_made: RequestCount
    ) -> None:
        policy = directory.password_policy
        assert (policy.reset_token_ttl, policy.reset_email_status) == (24, "ENABLED")

        requests_made.reset()
        policy.reset_token_ttl = 3
        policy.reset_email_status = policy.RESET_EMAIL_STATUS_DISABLED
        policy.save()

        assert requests_made == 1
        policy.refresh()
        assert (policy.reset_token_ttl, policy.reset_email_status) == (3, "DISABLED")

    def test_new_passwords_are_checked_against_the_strength(
        self, directory: Directory, new_account: NewAccount
    ) -> None:
        strength = directory.password_policy.strength
        strength.min_length = 12
        strength.min_symbol = 1
        strength.save()

        with pytest.raises(Error) as caught:
            new_account("short")
        assert caught.value.status == 400
        assert new_account("long", password="Changeme1!Changeme1!").email == "long@example.com"

    def test_the_sdk_and_the_service_judge_a_password_alike(
        self, directory: Directory, new_account: NewAccount
    ) -> None:
        strength = directory.password_policy.strength

        for number, password in enumerate(["Sh0rt", "nouppercase1", "NOLOWERCASE1", "NoDigitsHere"]):
            with pytest.raises(ValueError):  # noqa: PT011  # Which rule it was is told in words.
                strength.validate_password(password)
            with pytest.raises(Error):
                new_account(f"weak{number}", password=password)
        strength.validate_password(PASSWORD)
        new_account("strong", password=PASSWORD)

    def test_as_many_old_passwords_are_refused_as_the_strength_says(
        self, directory: Directory, new_account: NewAccount
    ) -> None:
        strength = directory.password_policy.strength
        strength.prevent_reuse = 3
        strength.save()
        account = new_account("again")

        account.password = PASSWORD
        with pytest.raises(Error) as caught:
            account.save()

        assert caught.value.status == 400


class TestAccountCreationPolicy:
    def test_lists_of_domains_are_edited_in_place(
        self, directory: Directory, new_account: NewAccount
    ) -> None:
        policy = directory.account_creation_policy
        policy.email_domain_whitelist.append("*.example.org")
        policy.save()

        with pytest.raises(Error) as caught:
            new_account("outsider")

        assert caught.value.status == 400
        policy.refresh()
        assert policy.email_domain_whitelist == ["*.example.org"]
        policy.email_domain_whitelist = []
        policy.save()
        new_account("outsider")

    def test_statuses_are_saved(self, directory: Directory) -> None:
        policy = directory.account_creation_policy
        assert policy.welcome_email_status == policy.EMAIL_STATUS_DISABLED

        policy.welcome_email_status = policy.EMAIL_STATUS_ENABLED
        policy.save()

        policy.refresh()
        assert policy.welcome_email_status == "ENABLED"


class TestEmailTemplates:
    def test_the_link_of_an_email_is_changed_in_place(self, directory: Directory) -> None:
        (template,) = directory.password_policy.reset_email_templates
        template.set_link_base_url("https://example.com/reset")
        template.subject = "Your password"
        template.mime_type = template.MIME_TYPE_HTML
        template.save()

        template.refresh()
        assert template.get_link_base_url() == "https://example.com/reset"
        assert (template.subject, template.mime_type) == ("Your password", "text/html")

    def test_each_kind_of_email_has_one_template(self, directory: Directory) -> None:
        policy, creation = directory.password_policy, directory.account_creation_policy

        for templates in (
            policy.reset_email_templates,
            policy.reset_success_email_templates,
            creation.verification_email_templates,
            creation.verification_success_email_templates,
            creation.welcome_email_templates,
        ):
            (template,) = templates
            assert template.from_email_address
            assert template.text_body

    def test_an_email_is_previewed_before_it_is_saved(self, directory: Directory) -> None:
        (template,) = directory.password_policy.reset_email_templates
        account = directory.accounts.create(
            {"email": "ada@example.com", "password": "Changeme1!", "given_name": "Ada"}
        )

        preview = template.preview(account, subject="Hi ${account.givenName}", reply_to="help@example.com")

        assert (preview.subject, preview.reply_to) == ("Hi Ada", "help@example.com")
        assert "?sptoken=" in (preview.text_body or "")
        template.refresh()
        assert (template.subject, template.reply_to) == ("Reset your Password", None)


class TestSchema:
    def test_fields_can_be_looped_over_and_read_like_dictionaries(
        self, client: Client, directory: Directory
    ) -> None:
        schema = client.directories.get(directory.href).account_schema

        assert {field.name: field.required for field in schema.fields} == {
            "givenName": False,
            "surname": False,
        }
        assert all(field["accountSchema"] == schema and field["name"] for field in schema.fields)
        assert schema.directory == directory

    def test_new_accounts_need_a_required_field(self, directory: Directory) -> None:
        (surname,) = [field for field in directory.account_schema.fields if field.name == "surname"]
        surname.required = True
        surname.save()

        with pytest.raises(Error) as caught:
            directory.accounts.create({"email": "cher@example.com", "password": PASSWORD})

        assert (caught.value.status, caught.value.code) == (400, 2000)
        surname.required = False
        surname.save()
        directory.accounts.create({"email": "cher@example.com", "password": PASSWORD})
