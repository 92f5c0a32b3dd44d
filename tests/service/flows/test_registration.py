"""The registration of an account: its state and its e-mails (rest-core 6.12, 6.14)."""

import re

import pytest

from service.calls import Api, Json, link
from service.provider_bodies import mirror
from service.registration import (
    PENDING,
    PLACES,
    QUIET,
    SUCCESS,
    SWITCHES,
    TOKENS,
    VERIFICATION,
    WELCOME,
    Place,
    now,
    register,
    sent,
    sent_kinds,
    spend,
    state,
    switch,
    through_a_directory,
    through_an_application,
    through_an_organization,
    through_the_group_of_an_application,
    through_the_organization_of_an_application,
    token_of,
)

DISABLED = ("DISABLED", "UNVERIFIED", False)
WAITING = ("UNVERIFIED", "UNVERIFIED", False)


class TestSwitches:
    """The table of rest-core 6.12, row by row."""

    @pytest.mark.parametrize(
        ("switches", "given", "expected", "mails"),
        [
            ((), None, QUIET, []),
            ((), "ENABLED", QUIET, []),
            ((), "DISABLED", DISABLED, []),
            ((), "LOCKED", ("LOCKED", "UNVERIFIED", False), []),
            ((), "UNVERIFIED", WAITING, []),
            ((SUCCESS,), None, QUIET, []),
            ((SUCCESS,), "UNVERIFIED", WAITING, []),
            ((WELCOME,), None, QUIET, [WELCOME]),
            ((WELCOME,), "DISABLED", DISABLED, [WELCOME]),
            ((WELCOME,), "UNVERIFIED", WAITING, [WELCOME]),
            ((SUCCESS, WELCOME), None, QUIET, [WELCOME]),
            ((VERIFICATION,), None, PENDING, [VERIFICATION]),
            ((VERIFICATION,), "ENABLED", PENDING, [VERIFICATION]),
            ((VERIFICATION,), "enabled", PENDING, [VERIFICATION]),
            ((VERIFICATION,), "UNVERIFIED", PENDING, [VERIFICATION]),
            ((VERIFICATION,), "DISABLED", ("DISABLED", "UNVERIFIED", True), [VERIFICATION]),
            ((VERIFICATION,), "locked", ("LOCKED", "UNVERIFIED", True), [VERIFICATION]),
            ((VERIFICATION,), "disabled", ("DISABLED", "UNVERIFIED", True), [VERIFICATION]),
            ((VERIFICATION, WELCOME), None, PENDING, [VERIFICATION]),
            ((VERIFICATION, SUCCESS), None, PENDING, [VERIFICATION]),
            (SWITCHES, None, PENDING, [VERIFICATION]),
            (SWITCHES, "DISABLED", ("DISABLED", "UNVERIFIED", True), [VERIFICATION]),
        ],
    )
    def test_the_switches_decide_on_state_and_e_mails(
        self,
        api: Api,
        switches: tuple[str, ...],
        given: str | None,
        expected: tuple[str, str, bool],
        mails: list[str],
    ):
        directory = api.directory()
        switch(api, directory, *switches)

        made = register(api, directory, **({"status": given} if given else {})).made

        assert state(made) == expected
        assert now(api, made) == made
        assert sent_kinds(api) == mails
        assert [each.address for each in sent(api)] == ["ada@example.com"] * len(mails)
        assert [each.state for each in sent(api)] == ["PENDING"] * len(mails)

    @pytest.mark.parametrize("switches", [(), (WELCOME,), (VERIFICATION,), SWITCHES])
    @pytest.mark.parametrize("given", [None, "ENABLED", "DISABLED", "UNVERIFIED"])
    def test_a_suppressed_workflow_does_nothing(self, api: Api, switches: tuple[str, ...], given: str | None):
        directory = api.directory()
        switch(api, directory, *switches)

        made = register(api, directory, workflow="false", **({"status": given} if given else {})).made

        assert state(made) == (given or "ENABLED", "UNVERIFIED", False)
        assert sent(api) == []

    @pytest.mark.parametrize("workflow", ["true", "TRUE"])
    def test_true_leaves_the_workflow_on(self, api: Api, workflow: str):
        directory = api.directory()
        switch(api, directory, VERIFICATION)

        assert state(register(api, directory, workflow=workflow).made) == PENDING
        assert sent_kinds(api) == [VERIFICATION]

    def test_a_switch_that_is_no_boolean_is_refused(self, api: Api):
        directory = api.directory()

        assert register(api, directory, workflow="0").error == (400, 2103)
        assert api.get(directory["accounts"]["href"]).items == []

    def test_neither_link_nor_verification_can_be_given(self, api: Api):
        directory = api.directory()
        token = {"href": f"{api.base_url}{TOKENS}/mine"}

        made = register(api, directory, emailVerificationToken=token, emailVerificationStatus="VERIFIED").made

        assert state(made) == QUIET

    def test_a_later_switch_does_not_change_existing_accounts(self, api: Api):
        directory = api.directory()
        made = register(api, directory).made

        switch(api, directory, *SWITCHES)

        assert now(api, made) == made
        assert sent(api) == []

    def test_an_account_with_an_imported_password_is_verified_too(self, api: Api):
        directory = api.directory()
        switch(api, directory, VERIFICATION)
        hashed = "$2a$04$wiOP6YTgFqw/zOfWbZkRxeECkmjgQAqNTGCpuFY.uPEwAz4fp6RgK"
        body = {"email": "ada@example.com", "password": hashed}

        made = api.post(directory["accounts"]["href"], body, passwordFormat="mcf").made

        assert state(made) == PENDING
        assert sent_kinds(api) == [VERIFICATION]


class TestStores:
    @pytest.mark.parametrize("place", PLACES)
    def test_the_policy_is_that_of_the_directory_where_the_account_ends(self, api: Api, place: Place):
        owner, directory = place(api)
        switch(api, api.directory("Another"), *SWITCHES)
        assert state(register(api, owner, "quiet").made) == QUIET
        switch(api, directory, VERIFICATION)

        made = register(api, owner).made

        assert made["directory"] == link(directory)
        assert state(made) == PENDING
        (mail,) = sent(api)
        assert (mail.kind, mail.address, mail.token) == (VERIFICATION, made["email"], token_of(made))

    @pytest.mark.parametrize("place", PLACES)
    def test_a_suppressed_workflow_is_suppressed_for_every_store(self, api: Api, place: Place):
        owner, directory = place(api)
        switch(api, directory, *SWITCHES)

        assert state(register(api, owner, workflow="false").made) == QUIET
        assert sent(api) == []

    def test_an_account_registered_through_a_default_group_is_a_member(self, api: Api):
        owner, directory = through_the_group_of_an_application(api)
        switch(api, directory, VERIFICATION)

        made = register(api, owner).made

        (group,) = api.get(made["groups"]["href"]).items
        assert group["name"] == "Readers"

    @pytest.mark.parametrize(
        ("place", "name"),
        [
            (through_a_directory, ""),
            (through_an_application, "Atlas"),
            (through_an_organization, ""),
            (through_the_organization_of_an_application, "Atlas"),
            (through_the_group_of_an_application, "Atlas"),
        ],
    )
    def test_macros_name_the_application_of_the_registration(self, api: Api, place: Place, name: str):
        owner, directory = place(api)
        for each in SWITCHES:
            tell_of_the_application(api, directory, each)
        switch(api, directory, *SWITCHES)

        made = register(api, owner).made
        spend(api, made)
        switch(api, directory, WELCOME)
        register(api, owner, "grace")

        # The application of the registration: a request that spends a token names none.
        assert [each.kind for each in sent(api)] == [*SWITCHES, WELCOME]
        assert [re.findall(r"<(.*)>", each.body) for each in sent(api)] == [[name]] * 4

    def test_macros_of_a_deleted_application_are_empty(self, api: Api):
        application, directory = api.application_with_directory()
        tell_of_the_application(api, directory, SUCCESS)
        switch(api, directory, VERIFICATION, SUCCESS)
        made = register(api, application).made
        assert api.delete(application["href"]).status == 204

        assert spend(api, made).status == 200

        assert re.findall(r"<(.*)>", sent(api)[-1].body) == [""]

    def test_a_mirror_sends_neither_verification_nor_welcome(self, api: Api):
        directory = mirror(api)
        switch(api, directory, *SWITCHES)

        assert register(api, directory).error == (400, 6100)
        assert sent(api) == []

    @pytest.mark.parametrize("default", ["directory", "group"])
    def test_accounts_provisioned_by_account_linking_are_not_verified(self, api: Api, default: str):
        owner = through_an_application if default == "directory" else through_the_group_of_an_application
        application, home = owner(api)
        away = api.directory("Away")
        api.mapping(application, away)
        api.account(away)
        switch(api, home, *SWITCHES)
        linking = {"status": "ENABLED", "automaticProvisioning": "ENABLED"}
        api.post(application["accountLinkingPolicy"]["href"], linking)

        answer = api.log_in(application, "ada", expand="account").ok["account"]

        assert answer["directory"] == link(home)
        assert state(answer) == QUIET
        assert sent(api) == []

    def test_administrators_are_not_verified(self, api: Api):
        (application,) = api.get("/applications", name="Stormpath").items
        (directory,) = api.get("/directories", name="Stormpath Administrators").items
        policy = directory["accountCreationPolicy"]["href"]

        assert api.post(policy, {"verificationEmailStatus": "ENABLED"}).error == (403, 403)
        assert api.post(policy, {"welcomeEmailStatus": "ENABLED"}).error == (403, 403)
        assert state(register(api, application).made) == QUIET
        assert sent(api) == []


def tell_of_the_application(api: Api, directory: Json, kind: str) -> None:
    """Let e-mails of that kind contain the name of their application."""
    policy = directory["accountCreationPolicy"]["href"]
    (template,) = api.get(f"{policy}/{kind}EmailTemplates").items
    body = "<$!{application.name}>" + (" ${url}" if kind == VERIFICATION else "")
    assert api.post(template["href"], {"textBody": body}).status == 200
