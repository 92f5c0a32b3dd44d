"""Attempts to get into another person's account through a provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from service.calls import Api, Json, id_of, link
from service.social_logins import Place, log_in, place_of, provider_directory
from support.providers.fixtures import generic
from support.providers.generic import Generic
from support.providers.stand_in import running

__all__ = ["generic"]

pytestmark = pytest.mark.either_database

TAKEN = (409, 2001)


@pytest.fixture
def place(api: Api, generic: Generic) -> Place:
    return place_of(api, generic)


def forget_identities(place: Place, *accounts: Json) -> None:
    """Leave accounts as they are after a copy from another service: no login here has bound them."""
    database = place.api.wsgi.database  # type: ignore[attr-defined]
    table = database.tables.provider_identities
    with database.transaction() as connection:
        connection.execute(sa.delete(table).where(table.c.account_id.in_([id_of(each) for each in accounts])))


@pytest.fixture
def unbound(place: Place) -> Callable[..., Json]:
    """Make an account of ada in the provider's directory that no person at the provider is bound to."""

    def make(**changes: Any) -> Json:
        place.provider.add("of ada", "hers", email="ada@example.com", username="ada")
        account = place.log_in("hers").made
        forget_identities(place, account)
        return place.api.post(account["href"], changes).ok if changes else account

    return make


class TestJoiningByAddress:
    """Within the provider's directory: an account that has no identity yet."""

    @pytest.mark.both_databases
    def test_an_address_that_both_sides_have_verified_joins(self, place: Place, unbound: Callable[..., Json]):
        account = unbound()

        assert place.log_in("hers").ok["href"] == account["href"]
        # Now the person is bound: another one with the address is not.
        place.provider.add("of mallory", "his", email="ada@example.com", username="mallory")
        assert place.log_in("his").error == TAKEN
        assert len(place.accounts()) == 1

    def test_an_address_that_the_provider_does_not_vouch_for_joins_nothing(
        self, place: Place, unbound: Callable[..., Json]
    ):
        account = unbound()
        place.provider.add("of mallory", "his", email="ada@example.com", verified=False, username="mallory")

        answer = place.log_in("his")

        assert answer.error == TAKEN
        assert "not joined" in answer["developerMessage"]
        assert place.accounts() == [account]

    @pytest.mark.parametrize("claim", [None, "yes", 1, "True ", [True], {"verified": True}])
    def test_only_true_is_a_verification(self, place: Place, unbound: Callable[..., Json], claim: object):
        unbound()
        place.provider.add("of mallory", "his")
        place.provider.people[-1].extra = {"id": "m", "email": "ada@example.com", "email_verified": claim}

        assert place.log_in("his").error == TAKEN

    def test_an_account_whose_own_address_is_unconfirmed_is_joined_by_none(
        self, place: Place, unbound: Callable[..., Json]
    ):
        """Its maker may have claimed an address of another person, who comes now."""
        account = unbound()
        database = place.api.wsgi.database  # type: ignore[attr-defined]
        accounts = database.tables.of["account"]
        with database.transaction() as connection:
            connection.execute(
                sa.update(accounts)
                .where(accounts.c.id == id_of(account))
                .values(email_verification_status="UNVERIFIED")
            )

        assert place.log_in("hers").error == TAKEN

    def test_an_address_that_is_equal_after_folding_alone_joins_nothing(
        self, place: Place, unbound: Callable[..., Json]
    ):
        """Case folding makes "ß" of a domain "ss", which is another domain, of another person."""
        place.provider.add("of ada", "hers", email="ada@strasse.example", username="ada")
        account = place.log_in("hers").made
        forget_identities(place, account)
        place.provider.add("of mallory", "his", email="ada@straße.example", username="mallory")

        assert place.log_in("his").error == TAKEN
        assert place.accounts() == [account]

    def test_a_mapped_address_joins_nothing(self, place: Place, unbound: Callable[..., Json]):
        """A mapping rule takes any member, such as one that people write themselves."""
        account = unbound()
        place.map_rules(("nickname", "email"))
        place.provider.add("of mallory", "his")
        place.provider.people[-1].extra = {
            "id": "m",
            "email": "mallory@example.com",
            "email_verified": True,
            "nickname": "ada@example.com",
        }

        assert place.log_in("his").error == TAKEN
        assert place.accounts() == [account]

    def test_a_login_name_joins_nothing(self, place: Place, unbound: Callable[..., Json]):
        account = unbound()
        place.provider.add("of mallory", "his", email="mallory@example.com", username="ada")

        made = place.log_in("his").made

        assert made["href"] != account["href"]
        assert made["username"] == "mallory@example.com"


class TestIdentities:
    def test_one_id_at_two_providers_is_two_people(self, place: Place):
        class Twitch(Generic):
            kind = "twitch"

        with running(Twitch) as other:
            elsewhere = provider_directory(place.api, other, "Twitch")
            place.api.mapping(place.application, elsewhere)
            place.provider.add("1001", "hers")
            other.add("1001", "his", email="mallory@example.com", username="mallory")

            first = place.log_in("hers").made
            second = log_in(place.api, place.application, "twitch", accessToken="his").made

        assert first["href"] != second["href"]
        assert second["directory"] == link(elsewhere)

    def test_ids_are_compared_letter_by_letter(self, place: Place):
        for number, id in enumerate(["abc", "ABC", "abc ", "\uff41bc", "1", "01"]):
            place.provider.add(id, f"t{number}", email=f"a{number}@example.com", username=f"a{number}")
            assert place.log_in(f"t{number}").status == 201, id

    def test_an_address_that_is_changed_to_that_of_another_person(self, place: Place):
        """Verified once, and changed at the provider afterwards: the new one proves nothing."""
        place.provider.add("of ada", "hers", email="ada@example.com", username="ada")
        mallory = place.provider.add("of mallory", "his", email="mallory@example.com", username="mallory")
        ada = place.log_in("hers").made
        his = place.log_in("his").made
        mallory.email, mallory.verified = "ada@example.com", False

        found = place.log_in("his").ok

        assert (found["href"], found["email"]) == (his["href"], "mallory@example.com")
        assert place.log_in("hers").ok == ada

    def test_a_provider_that_vouches_for_an_address_of_another_of_its_people(self, place: Place):
        place.provider.add("of ada", "hers", email="ada@example.com", username="ada")
        ada = place.log_in("hers").made
        place.provider.add("of mallory", "his", email="ada@example.com", verified=True, username="m")

        assert place.log_in("his").error == TAKEN
        assert place.accounts() == [ada]

    def test_another_tenant_has_people_of_its_own(self, place: Place, stranger: Api, generic: Generic):
        place.provider.add("1001", "hers")
        place.log_in("hers")
        elsewhere = place_of(stranger, generic)

        assert elsewhere.log_in("hers").status == 201
        store = link(place.directory)
        assert elsewhere.log_in("hers", accountStore=store).error == (400, 2016)
        assert log_in(stranger, place.application, "amazon", accessToken="hers").error == (404, 404)


class TestShadows:
    """A person at the provider who has, or takes, the names of an account with a password."""

    @pytest.fixture
    def ada(self, place: Place) -> Json:
        """An account in the second of the application's stores: the provider's directory is the first."""
        for each in place.api.get(place.application["accountStoreMappings"]["href"]).items:
            if each["accountStore"] == link(place.directory):
                assert place.api.post(each["href"], {"listIndex": 0}).status == 200
        return place.api.account(place.people, "ada")

    @pytest.mark.both_databases
    def test_the_names_of_a_person_at_a_provider_shut_no_one_out(self, place: Place, ada: Json):
        place.provider.add("of mallory", "his", email="ada@example.com", verified=False, username="ada")
        assert place.log_in("his").status == 201

        for login in ("ada", "ada@example.com"):
            assert place.api.log_in(place.application, login).ok["account"] == link(ada)
        resets = place.application["passwordResetTokens"]["href"]
        assert place.api.post(resets, {"email": "ada@example.com"}).ok["account"] == link(ada)

    def test_a_person_at_a_provider_has_no_password(self, place: Place):
        place.provider.add("of ada", "hers", email="ada@example.com", username="ada")
        place.log_in("hers")

        for password in ("", "Changeme1!", "hers"):
            assert place.api.log_in(place.application, "ada", password).error == (400, 7104)
        resets = place.application["passwordResetTokens"]["href"]
        assert place.api.post(resets, {"email": "ada@example.com"}).error == (400, 2016)


class TestLinking:
    """Into the application's own directory, by the matching property of its account linking policy."""

    @pytest.fixture
    def ada(self, place: Place) -> Json:
        href = place.application["accountLinkingPolicy"]["href"]
        policy = {"status": "ENABLED", "matchingProperty": "email", "automaticProvisioning": "ENABLED"}
        assert place.api.post(href, policy).status == 200
        account = place.api.account(place.people, "ada")
        return place.api.post(account["href"], {"emailVerificationStatus": "VERIFIED"}).ok

    def links(self, place: Place, account: Json) -> list[Json]:
        return place.api.get(account["accountLinks"]["href"]).items

    def test_an_address_that_the_provider_does_not_vouch_for_links_nothing(self, place: Place, ada: Json):
        place.provider.add("of mallory", "his", email="ada@example.com", verified=False)

        account = place.log_in("his").made

        assert account["directory"] == link(place.directory)
        assert self.links(place, ada) == []

    def test_an_account_with_an_unconfirmed_address_is_linked_to_none(self, place: Place, ada: Json):
        place.api.post(ada["href"], {"emailVerificationStatus": "UNVERIFIED"})
        place.provider.add("of ada", "hers", email="ada@example.com", verified=True)

        account = place.log_in("hers").made

        assert account["directory"] == link(place.directory)
        assert self.links(place, ada) == []

    def test_an_address_that_is_changed_at_the_provider_links_nothing(self, place: Place, ada: Json):
        place.api.post(
            place.application["accountLinkingPolicy"]["href"], {"automaticProvisioning": "DISABLED"}
        )
        mallory = place.provider.add("of mallory", "his", email="mallory@example.com", verified=True)
        own = place.log_in("his").made
        mallory.email, mallory.verified = "ada@example.com", False

        found = place.log_in("his").ok

        assert (found["href"], found["email"]) == (own["href"], "ada@example.com")
        assert found["emailVerificationStatus"] == "UNVERIFIED"
        assert self.links(place, ada) == []

    def test_an_address_that_is_mapped_links_nothing(self, place: Place, ada: Json):
        place.map_rules(("nickname", "email"))
        place.provider.add("of mallory", "his")
        place.provider.people[-1].extra = {
            "id": "m",
            "email": "mallory@example.com",
            "email_verified": True,
            "nickname": "ada@example.com",
        }

        assert place.log_in("his").made["directory"] == link(place.directory)
        assert self.links(place, ada) == []
