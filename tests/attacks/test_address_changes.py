"""Another e-mail address proves nothing until it is verified: a changed one opens nobody else's account."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from service.calls import Api, Json, id_of
from service.concurrency import at_once, outcomes
from service.password_resets import ask
from service.provider_bodies import mirror
from service.registration import (
    ADDRESS_CHANGED,
    SUCCESS,
    VERIFICATION,
    VERIFIED,
    WELCOME,
    good_tokens,
    now,
    register,
    sent,
    sent_kinds,
    spend,
    state,
    switch,
    token_of,
)
from service.tenant_rows import dump
from stormpath.server.app import Service
from stormpath.server.authentication import linking
from support.outbox import StoredEmail

pytestmark = pytest.mark.either_database

BOSS = "boss@example.com"
NEW = "new@example.com"

CHANGED = ("ENABLED", "UNVERIFIED", True)
GONE = (404, 404)


def verified(api: Api, directory: Json, name: str, **attributes: str) -> Json:
    """Return an account of the directory that has spent its verification link."""
    account = register(api, directory, name, **attributes).made
    assert spend(api, account).status == 200
    return now(api, account)


def change(api: Api, account: Json, **values: object) -> Json:
    return api.post(account["href"], values).ok


def mails_after(api: Api, number: int) -> list[StoredEmail]:
    return sent(api)[number:]


@pytest.fixture
def directory(api: Api) -> Json:
    directory = api.directory("Crew")
    switch(api, directory, VERIFICATION)
    return directory


@pytest.fixture
def account(api: Api, directory: Json) -> Json:
    return verified(api, directory, "ada")


class TestLinking:
    """An attacker among the guests, and the boss among the staff, where logins lead."""

    @pytest.fixture
    def world(self, api: Api) -> Json:
        application, staff = api.application_with_directory()
        guests = api.directory("Guests")
        api.mapping(application, guests)
        for each in (staff, guests):
            switch(api, each, VERIFICATION)
        policy = {"status": "ENABLED", "matchingProperty": "email", "automaticProvisioning": "DISABLED"}
        api.post(application["accountLinkingPolicy"]["href"], policy)
        boss = verified(api, staff, "boss")
        attacker = verified(api, guests, "me", email="me@example.org")
        return {
            "application": application,
            "staff": staff,
            "guests": guests,
            "boss": boss,
            "attacker": attacker,
        }

    def login(self, api: Api, world: Json, name: str = "me") -> str:
        return str(api.log_in(world["application"], name).ok["account"]["href"])

    def test_the_address_of_another_person_leads_to_the_attackers_own_account(self, api: Api, world: Json):
        changed = change(api, world["attacker"], email=BOSS)

        assert state(changed) == CHANGED
        assert self.login(api, world) == world["attacker"]["href"]
        assert api.get(world["boss"]["accountLinks"]["href"]).items == []

    def test_the_address_is_linked_once_its_reader_has_verified_it(self, api: Api, world: Json):
        changed = change(api, world["attacker"], email=BOSS)
        assert spend(api, changed).status == 200

        assert self.login(api, world) == world["boss"]["href"]

    def test_a_boss_with_another_address_is_not_matched_by_it(self, api: Api, world: Json):
        change(api, world["boss"], email="me@example.org")

        assert self.login(api, world) == world["attacker"]["href"]

    def test_an_account_provisioned_from_a_changed_address_is_unverified(self, api: Api, world: Json):
        policy = world["application"]["accountLinkingPolicy"]["href"]
        api.post(policy, {"automaticProvisioning": "ENABLED"})
        change(api, world["attacker"], email="ceo@example.com")

        made = api.get(self.login(api, world)).ok

        assert (made["directory"]["href"], made["email"]) == (world["staff"]["href"], "ceo@example.com")
        assert made["emailVerificationStatus"] == "UNVERIFIED"

    def test_provisioning_of_a_taken_address_creates_and_links_nothing(
        self, service: Service, api: Api, world: Json
    ):
        policy = world["application"]["accountLinkingPolicy"]["href"]
        api.post(policy, {"automaticProvisioning": "ENABLED"})
        change(api, world["attacker"], email=BOSS)
        before = dump(service, api.tenant_id)

        assert self.login(api, world) == world["attacker"]["href"]

        # A login is counted before its password is compared.
        assert {each for each in dump(service, api.tenant_id) if each[0] != "guesses"} == before

    def test_links_that_exist_stay_when_an_address_changes(self, api: Api, world: Json):
        api.account_link(world["attacker"], world["boss"])

        change(api, world["attacker"], email=NEW)

        assert self.login(api, world) == world["boss"]["href"]

    @pytest.mark.parametrize(
        ("theirs", "own"),
        [
            ("ada@stra\u00dfe.example", "ada@strasse.example"),
            ("stra\u00dfe@example.net", "strasse@example.net"),
            ("bo\u017fs@example.net", "boss@example.net"),
        ],
    )
    def test_addresses_that_are_equal_only_after_case_folding_are_not_linked(
        self, api: Api, world: Json, theirs: str, own: str
    ):
        verified(api, world["staff"], "victim", email=theirs)
        attacker = verified(api, world["guests"], "thief", email=own)

        assert self.login(api, world, "thief") == attacker["href"]

    def test_other_letters_of_one_address_are_linked(self, api: Api, world: Json):
        verified(api, world["guests"], "b\u00fccher", email="ANN@B\u00dcCHER.example")
        own = verified(api, world["staff"], "ann", email="ann@b\u00fccher.example")

        assert self.login(api, world, "b\u00fccher") == own["href"]

    @pytest.mark.parametrize("side", ["attacker", "boss"])
    def test_an_address_that_changes_during_a_login_is_not_linked(
        self, api: Api, world: Json, side: str, monkeypatch: pytest.MonkeyPatch
    ):
        own = verified(api, world["guests"], "twin", email=BOSS)
        world["attacker"] = own
        create = linking._create_link

        def overtaken(*arguments: object) -> object:
            change(api, world[side], email=NEW)
            return create(*arguments)  # type: ignore[arg-type]  # passed on

        monkeypatch.setattr(linking, "_create_link", overtaken)

        assert self.login(api, world, "twin") == own["href"]
        assert api.get(own["accountLinks"]["href"]).items == []

    @pytest.mark.both_databases
    def test_logins_from_both_sides_at_once_create_one_link(self, api: Api, world: Json):
        own = verified(api, world["guests"], "twin", email=BOSS)
        other = api.application("Other")
        api.mapping(other, world["staff"])
        api.mapping(other, world["guests"], isDefaultAccountStore=True)
        policy = {"status": "ENABLED", "matchingProperty": "email"}
        api.post(other["accountLinkingPolicy"]["href"], policy)

        answers = at_once(
            [
                partial(api.log_in, world["application"], "twin"),
                partial(api.log_in, other, "boss"),
            ]
            * 4
        )

        assert outcomes(answers) == {200: 8}
        assert len(api.get(own["accountLinks"]["href"]).items) == 1


class TestNewAddress:
    def test_a_verified_account_is_unverified_with_another_address_and_stays_enabled(
        self, api: Api, account: Json
    ):
        changed = change(api, account, email=NEW)

        assert state(changed) == CHANGED
        assert now(api, account) == changed

    def test_the_new_address_gets_a_link_and_the_old_one_a_notice(self, api: Api, account: Json):
        before = len(sent(api))

        changed = change(api, account, email=NEW)

        link, notice = mails_after(api, before)
        assert (link.kind, link.address, link.token) == (VERIFICATION, NEW, token_of(changed))
        assert (notice.kind, notice.address) == (ADDRESS_CHANGED, account["email"])
        for word in ("://", "sptoken", "href", NEW, account["username"], "${"):
            assert word not in notice.body
        assert "changed" in notice.body
        assert "answer this e-mail" in notice.body

    @pytest.mark.parametrize("mime_type", ["text/html", "multipart/alternative"])
    def test_the_notice_has_the_sender_and_the_form_of_the_verification_email(
        self, api: Api, directory: Json, account: Json, mime_type: str
    ):
        policy = directory["accountCreationPolicy"]["href"]
        (template,) = api.get(f"{policy}/verificationEmailTemplates").items
        sender = {"fromName": "Atlas", "fromEmailAddress": "a@example.net", "replyTo": "help@example.net"}
        api.post(template["href"], {**sender, "mimeType": mime_type, "subject": "Ours"})

        change(api, account, email=NEW)

        email = sent(api)[-1].email
        assert email is not None
        assert [email.from_name, email.from_address, email.reply_to] == list(sender.values())
        assert email.subject != "Ours"
        assert (email.html is not None, email.text is not None) == (True, mime_type != "text/html")

    def test_the_notice_is_no_template_that_clients_list(self, api: Api, directory: Json, account: Json):
        change(api, account, email=NEW)

        policy = api.get(directory["accountCreationPolicy"]["href"]).ok
        collections = [name for name in policy if name.endswith("Templates")]
        assert len(collections) == 3
        for each in collections:
            assert len(api.get(policy[each]["href"]).items) == 1

    def test_the_link_verifies_the_new_address_and_confirms_it(
        self, api: Api, directory: Json, account: Json
    ):
        switch(api, directory, VERIFICATION, SUCCESS, WELCOME)
        changed = change(api, account, email=NEW)

        assert spend(api, changed).ok == {"href": account["href"]}

        assert state(now(api, account)) == VERIFIED

    def test_the_link_does_not_enable_a_disabled_account(self, api: Api, account: Json):
        change(api, account, status="DISABLED")
        changed = change(api, account, email=NEW)
        assert state(changed) == ("DISABLED", "UNVERIFIED", True)

        assert spend(api, changed).status == 200

        assert state(now(api, account)) == ("DISABLED", "VERIFIED", False)

    def test_links_that_were_sent_to_the_old_address_are_void(
        self, service: Service, api: Api, directory: Json
    ):
        application = api.application()
        api.mapping(application, directory)
        pending = register(api, directory, "grace").made
        reset = ask(api, application, pending["email"]).ok

        changed = change(api, pending, email=NEW)

        assert spend(api, pending).error == GONE
        assert api.get(reset["href"]).error == GONE
        assert good_tokens(service, pending) == 1
        assert spend(api, changed).status == 200

    def test_the_link_of_one_address_is_void_after_the_next_change(self, api: Api, account: Json):
        first = change(api, account, email=NEW)
        change(api, account, email=account["email"])

        assert spend(api, first).error == GONE
        # Back at an address that was verified once: it is verified again.
        assert state(now(api, account)) == CHANGED

    @pytest.mark.parametrize("change_of", ["email", "email and password"])
    def test_a_change_with_a_password_is_no_way_around(self, api: Api, account: Json, change_of: str):
        password = {"password": "Another1one"} if "password" in change_of else {}

        assert state(change(api, account, email=NEW, **password)) == CHANGED

    def test_a_request_that_says_so_leaves_the_address_verified(self, api: Api, account: Json):
        before = len(sent(api))

        changed = change(api, account, email=NEW, emailVerificationStatus="VERIFIED")

        assert state(changed) == VERIFIED
        # An administrator's word needs no link, and the old address is told all the same.
        assert [(each.kind, each.address) for each in mails_after(api, before)] == [
            (ADDRESS_CHANGED, account["email"])
        ]

    def test_the_resend_endpoint_sends_the_link_of_the_new_address(
        self, api: Api, directory: Json, account: Json
    ):
        application = api.application()
        api.mapping(application, directory)
        changed = change(api, account, email=NEW)

        assert api.post(application["verificationEmails"]["href"], {"login": NEW}).status == 202

        again = sent(api)[-1]
        assert (again.kind, again.address, again.token) == (VERIFICATION, NEW, token_of(changed))

    def test_a_directory_that_verifies_nothing_sends_nothing(self, api: Api, directory: Json, account: Json):
        switch(api, directory)
        before = sent(api)

        changed = change(api, account, email=NEW)

        assert state(changed) == ("ENABLED", "UNVERIFIED", False)
        assert sent(api) == before

    def test_the_owner_of_the_tenant_is_unverified_too_and_stays_the_owner(self, api: Api):
        (administrators,) = api.get("/directories", name="Stormpath Administrators").items
        (owner,) = api.get(administrators["accounts"]["href"]).items
        change(api, owner, emailVerificationStatus="VERIFIED")

        changed = change(api, owner, email="owner@example.org")

        assert state(changed) == ("ENABLED", "UNVERIFIED", False)
        assert api.delete(owner["href"]).error == (403, 4001)
        assert sent(api) == []


class TestSameAddress:
    @pytest.mark.parametrize("spelling", [str.upper, str.title, str])
    def test_other_letters_change_nothing_but_the_letters(
        self, service: Service, api: Api, account: Json, spelling: Callable[[str], str]
    ):
        before = sent(api)
        email = spelling(account["email"])

        assert change(api, account, email=email) == {
            **account,
            "email": email,
            "modifiedAt": now(api, account)["modifiedAt"],
        }

        assert sent(api) == before

    def test_a_resource_that_is_sent_back_as_it_is_changes_nothing(
        self, service: Service, api: Api, account: Json
    ):
        before = dump(service, api.tenant_id)

        assert api.post(account["href"], account).ok == account

        assert dump(service, api.tenant_id) == before

    def test_a_change_that_is_sent_again_has_no_second_effect(
        self, service: Service, api: Api, account: Json
    ):
        changed = change(api, account, email=NEW)
        before = dump(service, api.tenant_id)

        assert change(api, account, email=NEW) == changed

        assert dump(service, api.tenant_id) == before

    def test_domains_that_are_equal_only_after_case_folding_are_two(self, api: Api, directory: Json):
        account = verified(api, directory, "eve", email="eve@stra\u00dfe.example")

        assert state(change(api, account, email="eve@strasse.example")) == CHANGED


def test_an_account_that_another_system_vouches_for_keeps_its_address(service: Service, api: Api):
    directory = mirror(api)
    row = {"directory_id": id_of(directory), "email": "ann@example.com", "username": "ann"}
    context = service._context(api.tenant_id, service._box)
    with context.write() as unit:
        made = linking.account.RULES.insert(context, unit, row)
    href = f"/accounts/{made['id']}"
    assert api.get(href).ok["emailVerificationStatus"] == "VERIFIED"

    assert api.post(href, {"email": NEW}).error == (400, 7202)

    assert api.get(href).ok["emailVerificationStatus"] == "VERIFIED"


@pytest.mark.both_databases
@pytest.mark.parametrize("turn", range(3))
def test_a_link_that_is_spent_during_a_change_never_verifies_the_new_address(
    service: Service, api: Api, directory: Json, turn: int
):
    account = register(api, directory, "grace").made

    *spent, changed = at_once(
        [partial(spend, api, account)] * 3 + [lambda: api.post(account["href"], {"email": NEW})]
    )

    assert changed.status == 200
    assert set(outcomes(spent)) <= {200, GONE}
    after = now(api, account)
    assert (after["email"], after["emailVerificationStatus"]) == (NEW, "UNVERIFIED")
    assert good_tokens(service, account) == 1
    assert sent_kinds(api)[-2:] == [VERIFICATION, ADDRESS_CHANGED]
    assert spend(api, after).status == 200
