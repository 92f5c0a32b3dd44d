"""The e-mail workflows of the cache state machine: verification of addresses and password resets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from end_to_end.cache_reads import PICK, WHO
from end_to_end.cache_world import NOT_FOUND, Json, none_if_not_found, resource_at
from end_to_end.cache_writes import NAMES, OTHER_PASSWORD, Writes
from stormpath import Client
from stormpath.error import Error
from support.accounts import PASSWORD

PASSWORDS = st.sampled_from([PASSWORD, OTHER_PASSWORD])


class Workflows(Writes):
    """Rules that change an account through another resource: a token, or an e-mail."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        # The reset tokens sent, each with its application and its account.
        self.sent: list[tuple[str, str, str]] = []

    @rule(who=WHO, number=PICK, status=st.sampled_from(["ENABLED", "ENABLED", "DISABLED"]))
    def switch_verification(self, who: int, number: int, status: str) -> None:
        directory = self._own_directory(number)
        if directory is not None:
            self._switch_verification(who, directory, status)

    def _switch_verification(self, who: int, directory: str, status: str) -> None:
        client = self.client(who)
        with self.writing(client, "switch_verification"):
            policy = resource_at(client, directory).account_creation_policy
            policy.verification_email_status = status
            policy.save()

    @rule(who=WHO, number=PICK, name=NAMES, workflow=st.sampled_from([None, True, False]))
    def register(self, who: int, number: int, name: str, workflow: bool | None) -> None:
        directory = self._own_directory(number)
        if directory is None:
            return
        self._switch_verification(who, directory, "ENABLED")
        client = self.client(1 - who)
        body = {"email": f"{name}@registered.example.com", "password": PASSWORD}
        with self.writing(client, "register"):
            created = resource_at(client, directory).create_account(body, workflow)
            self.check_created(client, created)
            assert created.is_unverified() == (workflow is not False)
            self._check_token(client, created.href)

    @precondition(lambda self: self.known["accounts"])
    @rule(who=WHO, number=PICK)
    def read_the_token_of_an_account(self, who: int, number: int) -> None:
        href = self.pick("accounts", number)
        waits_for = none_if_not_found(lambda: self.client(who).accounts.get(href).email_verification_token)
        attributes = waits_for and waits_for.href
        assert attributes in [token_in(fact) for fact in self.possible_states(href)]
        self.count_success("read_the_token_of_an_account")

    @rule(who=WHO, number=PICK, again=st.booleans())
    def verify_an_address(self, who: int, number: int, again: bool) -> None:
        waiting = [href for href in self.known["accounts"] if token_in(self.fact(href))]
        if not waiting:
            return
        client, href = self.client(who), waiting[number % len(waiting)]
        token = (token_in(self.fact(href)) or "").rpartition("/")[2]
        self.secrets.append(token)
        with self.writing(client, "verify_an_address", href):
            account = client.accounts.verify_email_token(token)
            assert account.href == href
            assert not account.is_unverified()
        self._check_token(client, href)
        if again:
            with self.writing(client, "verify_again"), pytest.raises(Error) as caught:
                client.accounts.verify_email_token(token)
            assert caught.value.status == NOT_FOUND

    @rule(who=WHO, application=PICK, number=PICK, how=st.sampled_from(["object", "username", "email"]))
    def send_a_verification_email_again(self, who: int, application: int, number: int, how: str) -> None:
        found = self._account_of_an_application(application, number)
        if found is None:
            return
        place, account = found
        if number % 4 and self._is_deletable(account.directory.href):
            self._switch_verification(who, account.directory.href, "ENABLED")
        client = self.client(who)
        login = resource_at(client, account.href) if how == "object" else getattr(account, how).swapcase()
        with self.writing(client, "send_a_verification_email_again", account.href):
            emails = resource_at(client, place).verification_emails
            emails.resend(login, account.directory.href)
            self._facts.clear()
            self._check_token(client, account.href)

    @rule(who=WHO, application=PICK, number=PICK)
    def send_a_reset_token(self, who: int, application: int, number: int) -> None:
        found = self._account_of_an_application(application, number)
        if found is None:
            return
        place, account = found
        client = self.client(who)
        with self.writing(client, "send_a_reset_token"):
            created = resource_at(client, place).password_reset_tokens.create({"email": account.email})
            self.sent.append((place, created.account.href, created.token))
            self.secrets.append(created.token)

    @precondition(lambda self: self.sent)
    @rule(who=WHO, number=PICK, password=PASSWORDS, as_the_guide=st.booleans())
    def set_a_password_with_a_token(self, who: int, number: int, password: str, as_the_guide: bool) -> None:
        place, href, token = self.sent[number % len(self.sent)]
        client = self.client(who)
        application = resource_at(client, place)
        with self.writing(client, "set_a_password_with_a_token", href):
            if as_the_guide:
                account = application.verify_password_reset_token(token)
                assert account.href == href
                account.password = password
                account.save()
            else:
                application.reset_account_password(token, password)

    @precondition(lambda self: self.known["accounts"])
    @rule(who=WHO, number=PICK, name=NAMES, status=st.sampled_from([None, "UNVERIFIED", "ENABLED"]))
    def change_an_email(self, who: int, number: int, name: str, status: str | None) -> None:
        href = self.pick("accounts", number)
        client = self.client(who)
        account = resource_at(client, href)
        with self.writing(client, "change_an_email", href):
            account.email = f"{name}@moved.example.com"
            if status is not None:
                account.status = status
            account.save()
            self._facts.clear()
            self._check_token(client, href)

    def _check_token(self, client: Client, href: str) -> None:
        """Check that a client that has just changed an account reads its current token."""
        waits_for = none_if_not_found(lambda: client.accounts.get(href).email_verification_token)
        assert (waits_for and waits_for.href) == token_in(self.fact(href))

    def use_every_workflow(self) -> None:
        """Let each client in turn change accounts by e-mail that both have cached."""
        for who, how in enumerate(("email", "object")):
            self._both_read_accounts()
            self.send_a_verification_email_again(who, 1, 1, how)
            self._both_read_accounts()
            self.verify_an_address(1 - who, 1, True)
            self._both_read_accounts()
            self.send_a_reset_token(who, 1, 1)
            self._both_read_accounts()
            if self.sent:
                self.set_a_password_with_a_token(who, -1, OTHER_PASSWORD, who == 1)
            self.cached_values_are_current()

    def _both_read_accounts(self) -> None:
        self.cached_values_are_current()
        for who in range(2):
            self.read_everything(who, {"accounts"}, False)

    def _own_directory(self, number: int) -> str | None:
        """Return a directory of this run: the policies of others must not change."""
        created = [href for href in self.known["directories"] if self.fact(href) and self._is_deletable(href)]
        return created[number % len(created)] if created else None

    def _account_of_an_application(self, application: int, number: int) -> tuple[str, Any] | None:
        place = self.pick("applications", application)
        members = list(resource_at(self.world.witness, place).accounts) if self.fact(place) else []
        return (place, members[number % len(members)]) if members else None


def token_in(fact: Json | None) -> str | None:
    """Return the href of an account's verification token."""
    waits_for = (fact or {}).get("emailVerificationToken")
    return waits_for and str(waits_for["href"])
