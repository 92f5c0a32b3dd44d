"""The verification link of a pending account that is changed or deleted (rest-core 6.12, 6.19)."""

import pytest

from service.calls import Api, Json, id_of
from service.registration import (
    ADDRESS_CHANGED,
    PENDING,
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
    token_of,
)
from service.tenant_rows import dump
from stormpath.server.app import Service


class TestNewAddress:
    def test_a_new_address_revokes_the_old_link_and_sends_a_new_one(self, api: Api, account: Json):
        email = "lovelace@example.com"
        changed = api.post(account["href"], {"email": email}).ok

        assert state(changed) == PENDING
        assert token_of(changed) != token_of(account)
        assert sent_kinds(api) == [VERIFICATION, VERIFICATION, ADDRESS_CHANGED]
        assert spend(api, account).error == (404, 404)
        assert now(api, account) == changed
        assert spend(api, changed).ok == {"href": account["href"]}
        assert state(now(api, account)) == VERIFIED
        assert [each.address for each in sent(api)] == [
            account["email"],
            email,
            account["email"],
            email,
            email,
        ]

    def test_other_letters_of_the_same_address_change_nothing_else(
        self, service: Service, api: Api, account: Json
    ):
        changed = api.post(account["href"], {"email": "ADA@example.com"}).ok

        assert changed["email"] == "ADA@example.com"
        assert state(changed) == PENDING
        assert token_of(changed) == token_of(account)
        assert sent_kinds(api) == [VERIFICATION]
        assert spend(api, account).status == 200
        assert state(now(api, account)) == VERIFIED

    def test_each_new_address_replaces_the_last_link(self, service: Service, api: Api, account: Json):
        seen = [account]
        for number in range(3):
            seen.append(api.post(account["href"], {"email": f"u{number}@example.com"}).ok)

        assert good_tokens(service, account) == 1
        assert [spend(api, each).status for each in seen] == [404, 404, 404, 200]

    def test_the_same_address_changes_nothing(self, api: Api, account: Json):
        assert (
            api.post(account["href"], account).ok["emailVerificationToken"]
            == account["emailVerificationToken"]
        )
        api.post(account["href"], {"email": account["email"], "givenName": "Ada"})

        assert spend(api, account).status == 200

    def test_a_new_address_with_a_new_password_replaces_the_link(self, api: Api, account: Json):
        changed = api.post(account["href"], {"email": "new@example.com", "password": "Another1one"}).ok

        assert spend(api, account).error == (404, 404)
        assert spend(api, changed).status == 200

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"email": "taken@example.com"}, (409, 2001)),
            ({"email": "new@example.com", "username": "taken"}, (409, 2001)),
            ({"email": "ada@very.bad"}, (400, 7205)),
            ({"email": "no address"}, (400, 2006)),
            ({"email": "new@example.com", "password": "short"}, (400, 2007)),
            ({"email": "new@example.com", "customData": {"a b": 1}}, (400, 3002)),
            ({"email": "new@example.com", "bogus": 1}, (400, 2015)),
            ({"status": "ENABLED", "email": "taken@example.com"}, (409, 2001)),
            ({"status": "ENABLED", "customData": {"a b": 1}}, (400, 3002)),
        ],
    )
    def test_a_change_that_is_refused_leaves_the_token(
        self,
        service: Service,
        api: Api,
        directory: Json,
        account: Json,
        change: Json,
        error: tuple[int, int],
    ):
        register(api, directory, "taken")
        api.post(directory["accountCreationPolicy"]["href"], {"emailDomainBlacklist": ["*.bad"]})
        before = dump(service, api.tenant_id)

        assert api.post(account["href"], change).error == error

        assert dump(service, api.tenant_id) == before
        assert spend(api, account).status == 200

    def test_an_account_that_was_never_asked_is_asked_for_its_new_address(self, api: Api, directory: Json):
        quiet = register(api, directory, "grace", workflow="false").made

        changed = api.post(quiet["href"], {"email": "new@example.com"}).ok

        assert state(changed) == ("ENABLED", "UNVERIFIED", True)
        assert sent_kinds(api) == [VERIFICATION, ADDRESS_CHANGED]


class TestStatusChanges:
    def test_enabling_an_account_revokes_its_link(self, service: Service, api: Api, account: Json):
        changed = api.post(account["href"], {"status": "ENABLED"}).ok

        assert state(changed) == ("ENABLED", "UNVERIFIED", False)
        assert good_tokens(service, account) == 0
        assert spend(api, account).error == (404, 404)
        assert now(api, account) == changed
        assert sent_kinds(api) == [VERIFICATION]

    @pytest.mark.parametrize(
        "beside",
        [{"email": "new@example.com"}, {"password": "Another1one"}, {"emailVerificationStatus": "VERIFIED"}],
    )
    def test_enabling_an_account_revokes_its_link_whatever_else_changes(
        self, service: Service, api: Api, account: Json, beside: Json
    ):
        changed = api.post(account["href"], {"status": "ENABLED", **beside}).ok

        assert changed["emailVerificationToken"] is None
        assert good_tokens(service, account) == 0
        assert spend(api, account).error == (404, 404)
        assert sent_kinds(api) == [VERIFICATION] + [ADDRESS_CHANGED] * ("email" in beside)

    def test_setting_an_account_back_to_unverified_makes_no_link(self, api: Api, account: Json):
        api.post(account["href"], {"status": "ENABLED"})

        changed = api.post(account["href"], {"status": "UNVERIFIED"}).ok

        assert state(changed) == ("UNVERIFIED", "UNVERIFIED", False)
        assert spend(api, account).error == (404, 404)
        assert sent_kinds(api) == [VERIFICATION]

    def test_the_verification_status_alone_changes_nothing_else(self, api: Api, account: Json):
        changed = api.post(account["href"], {"emailVerificationStatus": "VERIFIED"}).ok

        assert state(changed) == ("UNVERIFIED", "VERIFIED", True)
        assert changed["emailVerificationToken"] == account["emailVerificationToken"]
        assert sent_kinds(api) == [VERIFICATION]
        assert spend(api, account).status == 200
        assert state(now(api, account)) == VERIFIED

    def test_setting_an_account_to_unverified_makes_no_link(self, api: Api, directory: Json):
        quiet = register(api, directory, "grace", workflow="false").made

        for change in ({"status": "UNVERIFIED"}, {"emailVerificationStatus": "UNVERIFIED"}):
            assert api.post(quiet["href"], change).ok["emailVerificationToken"] is None
        assert sent(api) == []

    @pytest.mark.parametrize("status", ["DISABLED", "LOCKED"])
    @pytest.mark.parametrize("when", ["from the start", "later"])
    def test_an_account_that_is_kept_out_is_verified_and_stays_out(
        self, api: Api, directory: Json, when: str, status: str
    ):
        account = register(api, directory, **({"status": status} if when == "from the start" else {})).made
        kept_out = api.post(account["href"], {"status": status}).ok
        assert state(kept_out) == (status, "UNVERIFIED", True)

        assert spend(api, account).ok == {"href": account["href"]}

        assert state(now(api, account)) == (status, "VERIFIED", False)
        assert sent_kinds(api) == [VERIFICATION, SUCCESS, WELCOME]

    def test_a_disabled_account_that_is_enabled_can_still_be_verified(self, api: Api, account: Json):
        api.post(account["href"], {"status": "DISABLED"})

        enabled = api.post(account["href"], {"status": "ENABLED"}).ok

        # Only an UNVERIFIED account stops waiting when it is enabled directly.
        assert state(enabled) == ("ENABLED", "UNVERIFIED", True)
        assert spend(api, account).status == 200
        assert state(now(api, account)) == VERIFIED

    @pytest.mark.parametrize(
        "change",
        [
            {"password": "Another1one"},
            {"username": "countess"},
            {"givenName": "Ada", "customData": {"a": 1}},
            {"status": "UNVERIFIED"},
            {},
        ],
    )
    def test_other_changes_keep_the_link(self, api: Api, account: Json, change: Json):
        changed = api.post(account["href"], change).ok

        assert changed["emailVerificationToken"] == account["emailVerificationToken"]
        assert sent_kinds(api) == [VERIFICATION]
        assert spend(api, account).status == 200


class TestDeletion:
    def test_deleting_an_account_deletes_its_token_and_its_e_mail(
        self, service: Service, api: Api, account: Json
    ):
        # Its e-mail was not sent yet, and will not be.
        assert api.delete(account["href"]).status == 204

        assert spend(api, account).error == (404, 404)
        assert id_of(account) not in str(dump(service, api.tenant_id))
        assert sent(api) == []

    def test_deleting_a_directory_deletes_the_tokens_and_e_mails_of_its_accounts(
        self, service: Service, api: Api, directory: Json, account: Json
    ):
        assert api.delete(directory["href"]).status == 204

        assert spend(api, account).error == (404, 404)
        assert id_of(account) not in str(dump(service, api.tenant_id))
        assert id_of(directory) not in str(dump(service, api.tenant_id))
        assert sent(api) == []

    def test_registering_again_after_a_deletion_gives_a_new_link(
        self, api: Api, directory: Json, account: Json
    ):
        api.delete(account["href"])

        again = register(api, directory).made

        assert token_of(again) != token_of(account)
        assert spend(api, account).error == (404, 404)
        assert spend(api, again).ok == {"href": again["href"]}


class TestChangesWithoutEmail:
    """Changes that send no e-mail (rest-core 6.14)."""

    @pytest.mark.parametrize("is_pending", [True, False])
    def test_changes_memberships_links_and_deletions_send_no_e_mail(
        self, api: Api, directory: Json, is_pending: bool
    ):
        account = register(api, directory).made
        if not is_pending:
            spend(api, account)
        before = sent(api)
        group, other = api.group(directory), api.account(api.directory("Other"))

        for change in (
            {"password": "Another1one"},
            {"email": account["email"].upper()},
            {"givenName": "Ada", "customData": {"a": 1}},
            {"emailVerificationStatus": "VERIFIED"},
            {"status": "DISABLED"},
            {"status": "ENABLED"},
        ):
            assert api.post(account["href"], change).status == 200
        membership = api.membership(account, group)
        account_link = api.account_link(account, other)
        for gone in (membership, account_link, group, other):
            assert api.delete(gone["href"]).status == 204

        assert sent(api) == before
        assert api.delete(account["href"]).status == 204
        assert sent(api) == []
