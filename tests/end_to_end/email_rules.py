"""The rules of the state machine about e-mails: verifications of addresses and password resets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from end_to_end import model
from end_to_end.model import DISABLED, ENABLED, UNVERIFIED, Refused
from end_to_end.query_rules import QueryRules
from end_to_end.service_machine import NAMES, PICK, STATUSES, body_of, chosen
from support.accounts import PASSWORD

PASSWORDS = st.sampled_from([PASSWORD, "Otherwise2!"])
TOO_SHORT = "short"


class EmailRules(QueryRules):
    """Rules about e-mails and the tokens in them. E-mails are not read here: answers contain the tokens."""

    @precondition(lambda self: self.model.directories)
    @rule(pick=PICK, status=STATUSES)
    def switch_verification(self, pick: int, status: str) -> None:
        directory = chosen(self.model.directories, pick)
        policy = self.client.directories.get(directory).account_creation_policy
        policy.verification_email_status = status
        policy.save()
        (self.model.verifying.add if status == ENABLED else self.model.verifying.discard)(directory)

    @precondition(lambda self: self.model.directories)
    @rule(pick=PICK, name=NAMES, status=STATUSES, workflow=st.sampled_from([None, True, False]))
    def register(self, pick: int, name: str, status: str, workflow: bool | None) -> None:
        directory = chosen(self.model.directories, pick)
        name = f"new {name}"
        wanted = model.Account(directory, name, self.address(name.replace(" ", "-")), status=status)
        with self.refusals(self.model.check_account, wanted) as is_granted:
            made = self.client.directories.get(directory).create_account(body_of(wanted), workflow)
        if is_granted:
            self.registered(made, wanted, workflow)

    @precondition(lambda self: self.model.tokens.verifying or self.model.tokens.dead_verifying)
    @rule(pick=PICK)
    def verify(self, pick: int) -> None:
        waiting = {token: account for account, token in self.model.tokens.verifying.items()}
        token = chosen([*waiting, *self.model.tokens.dead_verifying], pick)
        with self.refusals(is_good, waiting, token) as is_granted:
            account = self.client.accounts.verify_email_token(token)
        if is_granted:
            assert account.href == waiting[token]
            known = self.model.accounts[account.href]
            status = ENABLED if known.status == UNVERIFIED else known.status
            self.model.accounts[account.href] = replace(
                known, status=status, email_verification_status="VERIFIED"
            )
            self.model.tokens.stop_waiting(account.href)
            assert account.status == status

    @precondition(lambda self: self.model.accounts)
    @rule(pick=PICK, by=st.sampled_from(["username", "email"]))
    def send_it_again(self, pick: int, by: str) -> None:
        href = chosen(self.model.accounts, pick)
        known = self.model.accounts[href]
        if self.is_delegated(known.directory) or not self.is_alone(href, getattr(known, by)):
            return

        def check() -> None:
            self.check_store(known.directory)
            if known.directory not in self.model.verifying:
                raise Refused(6101)

        with self.refusals(check) as is_granted:
            emails = self.application.verification_emails
            emails.resend(getattr(known, by).upper(), known.directory)
        if is_granted and (known.status == UNVERIFIED or known.email_verification_status != "VERIFIED"):
            # An account without a token waits for this one now.
            self.waits(href)

    @precondition(lambda self: self.model.accounts)
    @rule(pick=PICK)
    def forget_a_password(self, pick: int) -> None:
        href = chosen(self.model.accounts, pick)
        known = self.model.accounts[href]
        if self.is_delegated(known.directory):
            return
        asked = {"email": known.email, "account_store": known.directory}
        with self.refusals(self.check_store, known.directory) as is_granted:
            made = self.application.password_reset_tokens.create(asked)
        if is_granted:
            assert made.account.href == href
            self.model.tokens.resetting[made.token] = href

    @precondition(lambda self: self.model.tokens.resetting or self.model.tokens.dead_resetting)
    @rule(pick=PICK, password=PASSWORDS | st.just(TOO_SHORT), as_the_guide=st.booleans())
    def set_a_new_one(self, pick: int, password: str, as_the_guide: bool) -> None:
        tokens = self.model.tokens
        token = chosen([*tokens.resetting, *tokens.dead_resetting], pick)

        def check() -> None:
            is_good(tokens.resetting, token)
            if password == TOO_SHORT:
                raise Refused(2007)

        with self.refusals(check) as is_granted:
            if as_the_guide:
                account = self.application.verify_password_reset_token(token)
                account.password = password
                account.save()
            else:
                self.application.reset_account_password(token, password)
        if is_granted:
            self.sets_password(tokens.resetting[token], password)

    @precondition(lambda self: self.model.accounts)
    @rule(pick=PICK, password=PASSWORDS)
    def change_a_password(self, pick: int, password: str) -> None:
        account = self.client.accounts.get(chosen(self.model.accounts, pick))
        account.password = password
        account.save()
        self.sets_password(account.href, password)

    @precondition(lambda self: self.model.accounts)
    @rule(pick=PICK, name=NAMES)
    def move(self, pick: int, name: str) -> None:
        href = chosen(self.model.accounts, pick)
        known = self.model.accounts[href]
        wanted = replace(known, email=self.address(name))
        with self.refusals(self.model.check_account, wanted, href) as is_granted:
            account = self.client.accounts.get(href)
            account.email = wanted.email
            account.save()
        if not is_granted:
            return
        self.model.accounts[href] = wanted
        if wanted.email.casefold() == known.email.casefold():
            # The same address in other letters changes nothing else.
            return
        self.model.accounts[href] = replace(wanted, email_verification_status=UNVERIFIED)
        assert account.email_verification_status == UNVERIFIED
        self.model.tokens.end_resets(href)
        old = self.model.tokens.verifying.get(href)
        if old is not None or known.directory in self.model.verifying:
            # The new address has to be verified, too.
            assert self.waits(href) != old

    @rule()
    def tokens_are_as_in_the_model(self) -> None:
        known = self.model.tokens
        for href in self.model.accounts:
            waits_for = self.client.accounts.get(href).email_verification_token
            told = waits_for and waits_for.href.rpartition("/")[2]
            assert told == known.verifying.get(href)
        for token in [*known.resetting, *known.dead_resetting[-3:]]:
            with self.refusals(is_good, known.resetting, token) as is_granted:
                account = self.application.verify_password_reset_token(token)
            if is_granted:
                assert account.href == known.resetting[token]
        for href, password in self.model.passwords.items():
            self.can_log_in(href, password)

    def use_every_workflow(self) -> None:
        """Do at the end what few sequences reach: with disabled accounts, spent tokens, changed addresses."""
        for where, directory in list(enumerate(self.model.directories))[-2:]:
            if not self.is_delegated(directory) and not self.is_assigned(directory):
                self.map(model.APPLICATION, directory, None, of_accounts=False, of_groups=False)
            self.switch_verification(where, ENABLED)
            for name, status, workflow in (
                ("ada", DISABLED, None),
                ("grace", ENABLED, False),
                ("joan", ENABLED, True),
            ):
                self.register(where, name, status, workflow)
            for number, href in enumerate(self.model.in_directory(self.model.accounts, directory)[-3:]):
                which = list(self.model.accounts).index(href)
                for _ in range(2):
                    self.forget_a_password(which)
                self.send_it_again(which, "email")
                if number == 1:
                    self.move(which, "moved")
                self._try_tokens(number)
            self.switch_verification(where, DISABLED)
            self.send_it_again(-1, "username")
            self.tokens_are_as_in_the_model()

    def _try_tokens(self, number: int) -> None:
        """Use valid tokens, and those that were spent or revoked last."""
        tokens = self.model.tokens
        for _ in range(2):
            if tokens.verifying or tokens.dead_verifying:
                self.verify(len(tokens.verifying) - 1)
            if tokens.resetting or tokens.dead_resetting:
                self.set_a_new_one(len(tokens.resetting) - 1, "Otherwise2!", number % 2 == 0)
        if tokens.dead_verifying:
            self.verify(-1)
        if tokens.dead_resetting:
            self.set_a_new_one(-1, PASSWORD, False)

    def registered(self, made: Any, wanted: model.Account, workflow: bool | None = None) -> None:
        """Add a new account to the model, in the state that its directory's policy gives it."""
        self.model.accounts[made.href] = wanted
        if wanted.directory in self.model.verifying and workflow is not False:
            wanted.status = DISABLED if wanted.status == DISABLED else UNVERIFIED
            self.waits(made.href)

    def waits(self, href: str) -> str:
        """Record the token that an account waits for, as the service shows it, and return it."""
        waits_for = self.client.accounts.get(href).email_verification_token
        assert waits_for is not None
        token = waits_for.href.rpartition("/")[2]
        assert token not in self.model.tokens.dead_verifying
        self.model.tokens.wait(href, token)
        return token

    def sets_password(self, href: str, password: str) -> None:
        self.model.passwords[href] = password
        self.model.tokens.end_resets(href)

    def can_log_in(self, href: str, password: str) -> None:
        """Only an enabled account can log in, and only with the password that was set last."""
        known = self.model.accounts[href]
        directory = self.model.directories[known.directory]
        if directory.status == DISABLED or not self.is_assigned(known.directory):
            return

        def check() -> None:
            if known.status != ENABLED:
                raise Refused(7101 if known.status == DISABLED else 7102)

        with self.refusals(check):
            self.application.authenticate_account(known.email, password, account_store=known.directory)

    def check_store(self, directory: str) -> None:
        """Refuse a directory that is no store of the application."""
        if not self.is_assigned(directory):
            raise Refused(5114)

    def is_assigned(self, directory: str) -> bool:
        return any(each.store == directory for each in self.model.mappings.values())

    def is_delegated(self, directory: str) -> bool:
        """Whether the application reaches the store through an organization only, which may be disabled."""
        return directory in self.model.reached() and not self.is_assigned(directory)

    def is_alone(self, href: str, login: str) -> bool:
        """Whether a login means that account only: the username of one may be the e-mail of another."""
        there = self.model.in_directory(self.model.accounts, self.model.accounts[href].directory)
        names = [(self.model.accounts[each].username, self.model.accounts[each].email) for each in there]
        return sum(login.casefold() in (name.casefold(), email.casefold()) for name, email in names) == 1


def is_good(tokens: dict[str, str], token: str) -> None:
    """Refuse a token that is not among the valid ones."""
    if token not in tokens:
        raise Refused(404)
