"""Random sequences of changes to a pending account, compared with a model in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.calls import Api, Json
from service.registration import (
    ADDRESS_CHANGED,
    SUCCESS,
    SWITCHES,
    TOKENS,
    VERIFICATION,
    WELCOME,
    good_tokens,
    now,
    register,
    sent,
    state,
    switch,
    token_of,
)
from stormpath.server.app import Service

numbers = count()


@dataclass
class Walk:
    """An account and its expected state: statuses, current token, all earlier tokens, e-mails."""

    api: Api
    application: Json
    account: Json
    status: str = "UNVERIFIED"
    verified: str = "UNVERIFIED"
    token: str | None = None
    seen: set[str] = field(default_factory=set)
    mails: list[str] = field(default_factory=list)

    def change(self, **values: str) -> None:
        assert self.api.post(self.account["href"], values).status == 200

    def enable(self) -> None:
        self.change(status="ENABLED")
        if self.status == "UNVERIFIED":
            self.token = None
        self.status = "ENABLED"

    def disable(self) -> None:
        self.change(status="DISABLED")
        self.status = "DISABLED"

    def unverify(self) -> None:
        self.change(status="UNVERIFIED")
        self.status = "UNVERIFIED"

    def call_verified(self) -> None:
        self.change(emailVerificationStatus="VERIFIED")
        self.verified = "VERIFIED"

    def call_unverified(self) -> None:
        self.change(emailVerificationStatus="UNVERIFIED")
        self.verified = "UNVERIFIED"

    def new_password(self) -> None:
        self.change(password=f"Changeme{next(numbers)}x")

    def new_address(self) -> None:
        self.change(email=f"u{next(numbers)}@example.com")
        # Which, the account shows.
        self.token, self.verified = "new", "UNVERIFIED"
        self.mails += [VERIFICATION, ADDRESS_CHANGED]

    def respell_address(self) -> None:
        email = now(self.api, self.account)["email"]
        self.change(email=email.swapcase())

    def resend(self) -> None:
        href = self.application["verificationEmails"]["href"]
        assert self.api.post(href, {"login": self.account["username"]}).status == 202
        if self.verified == "VERIFIED" and self.status != "UNVERIFIED":
            return
        self.token = self.token or "new"
        self.mails.append(VERIFICATION)

    def spend(self) -> None:
        for dead in self.seen - {self.token}:
            assert self.api.post(f"{TOKENS}/{dead}").error == (404, 404)
        if self.token is None:
            return
        assert self.api.post(f"{TOKENS}/{self.token}").ok == {"href": self.account["href"]}
        self.token, self.verified = None, "VERIFIED"
        self.status = "ENABLED" if self.status == "UNVERIFIED" else self.status
        self.mails += [SUCCESS, WELCOME]

    def check(self, service: Service) -> None:
        account = now(self.api, self.account)
        assert state(account) == (self.status, self.verified, self.token is not None)
        if self.token == "new":
            self.token = token_of(account)
            assert self.token not in self.seen
        if self.token is not None:
            assert token_of(account) == self.token
            self.seen.add(self.token)
        assert good_tokens(service, account) == (self.token is not None)
        own = [each for each in sent(self.api) if f"/{each.account_id}" in self.account["href"]]
        assert [each.kind for each in own] == self.mails
        if self.mails and self.mails[-1] == VERIFICATION:
            assert own[-1].token in self.seen


STEPS: list[Callable[[Walk], None]] = [
    *(Walk.enable, Walk.disable, Walk.unverify, Walk.call_verified, Walk.call_unverified),
    *(Walk.new_password, Walk.new_address, Walk.respell_address, Walk.resend, Walk.spend),
]


@pytest.fixture
def application(api: Api) -> Json:
    application, directory = api.application_with_directory()
    switch(api, directory, *SWITCHES)
    return application


@pytest.mark.sampled(larger=())
def test_after_any_sequence_only_the_link_that_is_shown_is_valid(
    service: Service, api: Api, application: Json, examples_of: Callable[[int], int]
):
    # A third of them in a usual run, which has fewer than other models to begin with.
    @settings(max_examples=min(25, examples_of(100)))
    @given(is_asked=st.booleans(), steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=12))
    def holds(is_asked: bool, steps: list[Callable[[Walk], None]]) -> None:
        name = f"walker{next(numbers)}"
        workflow = "true" if is_asked else "false"
        account = register(api, application, name, workflow=workflow, status="UNVERIFIED").made
        walk = Walk(api, application, account)
        if is_asked:
            walk.token, walk.mails = "new", [VERIFICATION]
        walk.check(service)

        for step in steps:
            step(walk)
            walk.check(service)

        walk.spend()
        walk.check(service)

    holds()
