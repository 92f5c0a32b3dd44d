"""The account that a login at a provider leads to: made, found again, refreshed (rest-auth 5.2, 5.3)."""

from __future__ import annotations

import pytest

from service.calls import Json, id_of, link
from service.concurrency import at_once, outcomes
from service.provider_bodies import social
from service.social_logins import Place, log_in, provider_directory
from service.tenant_rows import rows_of
from service.token_calls import grant, oauth_error
from stormpath.server.app import Service
from support.providers.google import Google

pytestmark = pytest.mark.either_database


class TestFirstLogin:
    @pytest.mark.both_databases
    def test_it_makes_an_account(self, place: Place):
        place.provider.add("1001", email="Ada@example.com")

        answer = place.log_in()

        account = answer.made
        assert answer.headers["location"] == account["href"]
        assert account["directory"] == link(place.directory)
        expected = {
            "email": "Ada@example.com",
            "username": "ada",
            "givenName": "Ada",
            "surname": "Lovelace",
            "fullName": "Ada Lovelace",
            "status": "ENABLED",
            "emailVerificationStatus": "VERIFIED",
            "passwordModifiedAt": None,
            "emailVerificationToken": None,
        }
        assert {name: account[name] for name in expected} == expected

    def test_it_sends_no_e_mail(self, place: Place, service: Service):
        policy = place.api.get(place.directory["accountCreationPolicy"]["href"]).ok
        place.api.post(
            policy["href"], {"verificationEmailStatus": "ENABLED", "welcomeEmailStatus": "ENABLED"}
        )
        place.provider.add()

        account = place.log_in().made

        assert account["status"] == "ENABLED"
        assert rows_of(service, place.api.tenant_id)["outbox"] == []

    def test_its_links_can_be_expanded(self, place: Place):
        place.provider.add()
        body = {"providerData": {"providerId": "amazon", "accessToken": "the-token-of-ada"}}

        for status in (201, 200):
            answer = place.api.post(
                place.application["accounts"]["href"], body, expand="providerData,customData"
            )
            assert answer.status == status
            assert answer["providerData"]["providerId"] == "amazon"
            assert answer["customData"]["href"] == f"{answer['href']}/customData"

    def test_missing_names_are_told_as_not_provided(self, place: Place):
        place.provider.add(id="7", token="t", extra={})
        place.provider.people[0].extra = {"id": "7", "email": "ada@example.com"}

        account = place.log_in("t").made

        assert (account["givenName"], account["surname"]) == ("NOT_PROVIDED", "NOT_PROVIDED")
        assert account["username"] == "ada@example.com"
        # The provider does not vouch for the address.
        assert account["emailVerificationStatus"] == "UNVERIFIED"

    def test_a_login_name_that_is_taken_is_replaced_by_the_address(self, place: Place):
        place.provider.add("1", "t1", email="a@example.com", username="ada")
        place.provider.add("2", "t2", email="b@example.com", username="ada")

        assert place.log_in("t1").made["username"] == "ada"
        assert place.log_in("t2").made["username"] == "b@example.com"

    def test_what_no_account_can_have_is_left_out(self, place: Place):
        place.provider.add("1", "t", extra={})
        place.provider.people[0].extra = {
            "id": 1001,
            "email": " ada@example.com ",
            "given_name": "x" * 300,
            "family_name": "",
            "preferred_username": {"no": "text"},
        }

        account = place.log_in("t").made

        assert account["email"] == account["username"] == "ada@example.com"
        assert (account["givenName"], account["surname"]) == ("NOT_PROVIDED", "NOT_PROVIDED")

    @pytest.mark.parametrize("email", [None, "", "no address", 17, "a" * 250 + "@example.com"])
    def test_no_account_is_made_without_an_address(self, place: Place, email: object):
        place.provider.add("1", "t", extra={})
        place.provider.people[0].extra = {"id": "1", "email": email, "email_verified": True}

        answer = place.log_in("t")

        assert answer.error == (400, 7201)
        assert "contact support" in answer["message"]
        assert place.accounts() == []

    def test_the_allowed_domains_of_the_directory_hold(self, place: Place):
        policy = place.api.get(place.directory["accountCreationPolicy"]["href"]).ok
        place.api.post(policy["href"], {"emailDomainBlacklist": ["example.com"]})
        place.provider.add()

        assert place.log_in().error == (400, 7205)
        assert place.accounts() == []

    @pytest.mark.both_databases
    def test_many_at_once_make_one_account(self, place: Place):
        place.provider.add()

        answers = at_once([place.log_in] * 16)

        assert outcomes(answers) == {200: 15, 201: 1}
        assert len(place.accounts()) == 1


class TestLaterLogins:
    @pytest.mark.both_databases
    def test_they_find_the_account_and_refresh_it(self, place: Place):
        person = place.provider.add("1001")
        account = place.log_in().made
        person.given_name, person.email, person.token = "Augusta", "augusta@example.com", "another"

        answer = place.log_in("another")

        found = answer.ok
        assert "location" not in answer.headers
        assert found["href"] == account["href"]
        assert (found["givenName"], found["email"]) == ("Augusta", "augusta@example.com")
        assert found["fullName"] == "Augusta Lovelace"
        assert found["emailVerificationStatus"] == "VERIFIED"

    def test_one_that_changes_nothing_leaves_the_account_as_it_is(self, place: Place):
        place.provider.add()
        account = place.log_in().made

        assert place.log_in().ok == account

    def test_what_the_provider_does_not_tell_any_more_stays(self, place: Place):
        person = place.provider.add()
        place.log_in()
        person.extra = {"id": person.id, "email": person.email, "email_verified": True}

        assert place.log_in().ok["givenName"] == "Ada"

    def test_names_that_another_account_has_got_stay_as_they_were(self, place: Place):
        person = place.provider.add("1", "t1", email="a@example.com", username="a")
        place.provider.add("2", "t2", email="b@example.com", username="b")
        place.log_in("t1")
        place.log_in("t2")
        person.email, person.username = "b@example.com", "b"

        found = place.log_in("t1").ok

        assert (found["email"], found["username"]) == ("a@example.com", "a")

    @pytest.mark.parametrize(("status", "code"), [("DISABLED", 7101), ("LOCKED", 7101), ("UNVERIFIED", 7102)])
    def test_an_account_that_is_kept_out_is_not_refreshed(self, place: Place, status: str, code: int):
        person = place.provider.add()
        account = place.log_in().made
        place.api.post(account["href"], {"status": status})
        person.given_name = "Augusta"

        assert place.log_in().error == (400, code)
        assert place.api.get(account["href"]).ok["givenName"] == "Ada"

    def test_a_deleted_account_is_made_anew(self, place: Place):
        place.provider.add()
        account = place.log_in().made
        assert place.api.delete(account["href"]).status == 204

        assert place.log_in().made["href"] != account["href"]


class TestProviderData:
    def test_they_are_those_of_the_last_login(self, place: Place):
        place.provider.add("1001", code="the-code")
        account = log_in(place.api, place.application, "amazon", code="the-code").made

        found = place.api.get(account["providerData"]["href"]).ok

        assert (found["providerId"], found["accessToken"]) == ("amazon", "the-token-of-ada")
        assert found["refreshToken"] is None
        assert found["userInfo"]["preferred_username"] == "ada"
        assert "accessTokenSecret" not in found

    def test_the_refresh_token_of_google_stays_where_a_login_brings_none(
        self, place: Place, google: Google, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(place.api.wsgi, "_provider_urls", google.provider_urls)
        redirect = {"redirectUri": "https://example.com/callback"}
        directory = place.api.directory("Google", provider=social("google") | redirect)
        place.api.mapping(place.application, directory)
        google.add("1001", code="the-code")
        account = log_in(place.api, place.application, "google", code="the-code").made
        assert log_in(place.api, place.application, "google", accessToken="the-token-of-ada").status == 200

        assert place.api.get(account["providerData"]["href"]).ok["refreshToken"] == "refresh-1001"

    def test_they_are_shown_in_lists_of_accounts(self, place: Place):
        place.provider.add()
        place.log_in()

        (found,) = place.api.get(place.directory["accounts"]["href"], expand="providerData").items

        assert found["providerData"]["accessToken"] == "the-token-of-ada"

    def test_an_account_of_a_cloud_directory_has_none_but_the_kind(self, place: Place):
        account = place.api.account(place.people)

        found = place.api.get(account["providerData"]["href"]).ok

        assert set(found) == {"href", "createdAt", "modifiedAt", "providerId"}
        assert found["providerId"] == "stormpath"

    def test_the_tokens_are_encrypted(self, place: Place):
        place.provider.add()
        place.log_in()

        database = place.api.wsgi.database  # type: ignore[attr-defined]
        with database.transaction() as connection:
            rows = connection.execute(database.tables.provider_identities.select()).mappings().all()

        assert all(b"the-token-of-ada" not in bytes(each["access_token"]) for each in rows)
        assert "the-token-of-ada" not in str(rows)


class TestMappingRules:
    def test_they_are_applied_at_each_login(self, place: Place):
        person = place.provider.add(
            "1",
            "t",
            extra={"id": "1", "email": "ada@example.com", "nick": "countess", "job": {"title": "poet"}},
        )
        person.extra = person.extra["extra"]
        place.map_rules(
            ("nick", "username"),
            ("job.title", "customData.title"),
            ("no.such", "surname"),
            ("id", "middleName"),
        )

        account = place.log_in("t").made
        assert (account["username"], account["middleName"]) == ("countess", "1")
        assert account["surname"] == "NOT_PROVIDED"
        custom_data = f"{account['href']}/customData"
        assert place.api.get(custom_data).ok["title"] == "poet"

        place.api.post(custom_data, {"own": 1})
        person.extra["job"] = {"title": ["mathematician"]}
        place.log_in("t")
        found = place.api.get(custom_data).ok
        assert (found["title"], found["own"]) == (["mathematician"], 1)

    def test_a_key_with_a_dot_goes_before_a_path(self, place: Place):
        person = place.provider.add("1", "t")
        person.extra = {"id": "1", "email": "ada@example.com", "a.b": "key", "a": {"b": "path"}}
        place.map_rules(("a.b", "givenName"))

        assert place.log_in("t").made["givenName"] == "key"

    def test_the_address_may_be_mapped_and_is_then_not_vouched_for(self, place: Place):
        person = place.provider.add("1", "t")
        person.extra = {
            "id": "1",
            "email": "ada@example.com",
            "email_verified": True,
            "mail": "other@example.com",
        }
        place.map_rules(("mail", "email"))

        account = place.log_in("t").made

        assert account["email"] == "other@example.com"
        assert account["emailVerificationStatus"] == "UNVERIFIED"


class TestChoiceOfTheDirectory:
    @pytest.mark.parametrize(
        ("data", "error"),
        [
            ({"providerId": None, "accessToken": "t"}, (400, 2000)),
            ({"providerId": " ", "accessToken": "t"}, (400, 2000)),
            ({"providerId": "amazon"}, (400, 2000)),
            ({"providerId": "amazon", "accessToken": "", "code": ""}, (400, 2000)),
            ({"providerId": "amazon", "accessToken": "t", "code": "c"}, (400, 2002)),
            ({"providerId": "amazon", "accessToken": 1}, (400, 2004)),
            ({"providerId": "amazon", "accessToken": "t" * 8193}, (400, 2008)),
            ({"providerId": "google", "accessToken": "t"}, (400, 5114)),
            ({"providerId": "stormpath", "accessToken": "t"}, (400, 5114)),
            ({"providerId": "amazon", "accessToken": "t", "password": "x"}, (400, 2015)),
        ],
    )
    def test_a_request_that_says_too_little_or_too_much(
        self, place: Place, data: Json, error: tuple[int, int]
    ):
        answer = place.api.post(place.application["accounts"]["href"], {"providerData": data})

        assert answer.error == error
        assert place.provider.sent == []

    def test_the_store_may_be_named_inside_or_beside(self, place: Place):
        place.provider.add()
        store = link(place.directory)
        data = {"providerId": "amazon", "accessToken": "the-token-of-ada"}

        assert place.log_in(accountStore=store).status == 201
        body = {"providerData": data, "accountStore": store}
        assert place.api.post(place.application["accounts"]["href"], body).status == 200
        body = {"providerData": data, "accountStore": link(place.people)}
        assert place.api.post(place.application["accounts"]["href"], body).error == (400, 5114)

    def test_a_disabled_directory_or_application_asks_no_provider(self, place: Place):
        place.api.post(place.directory["href"], {"status": "DISABLED"})
        assert place.log_in().error == (400, 7106)
        place.api.post(place.application["href"], {"status": "DISABLED"})
        assert place.log_in().error == (400, 5115)
        assert place.provider.sent == []

    def test_an_organization_leads_to_its_directory(self, place: Place):
        organization = place.api.organization()
        inside = provider_directory(place.api, place.provider, "Amazon of Acme")
        place.api.organization_mapping(organization, inside)
        place.api.mapping(place.application, organization)
        place.provider.add()

        first = place.log_in(accountStore={"nameKey": "acme"}).made
        assert first["directory"] == link(inside)
        through = log_in(place.api, organization, "amazon", accessToken="the-token-of-ada").ok
        assert through["href"] == first["href"]

        place.api.post(organization["href"], {"status": "DISABLED"})
        assert place.log_in(accountStore={"nameKey": "acme"}).error == (400, 7107)
        assert log_in(place.api, organization, "amazon", accessToken="t").error == (400, 7107)

    def test_an_organization_that_is_mapped_first_is_searched_first(self, place: Place):
        organization = place.api.organization()
        inside = provider_directory(place.api, place.provider, "Amazon of Acme")
        place.api.organization_mapping(organization, inside)
        place.api.mapping(place.application, organization, listIndex=0)
        place.provider.add()

        assert place.log_in().made["directory"] == link(inside)

    def test_a_store_of_no_organization_is_refused(self, place: Place):
        organization = place.api.organization()
        answer = log_in(
            place.api, organization, "amazon", accessToken="t", accountStore=link(place.directory)
        )
        assert answer.error == (400, 5114)

    def test_a_directory_takes_no_logins(self, place: Place):
        assert log_in(place.api, place.people, "amazon", accessToken="t").error == (400, 2017)


class TestGrant:
    @pytest.mark.both_databases
    def test_it_gives_tokens_for_the_account(self, place: Place):
        place.provider.add()

        tokens = place.grant().ok

        (account,) = place.accounts()
        token = place.api.get(tokens["stormpath_access_token_href"]).ok
        assert token["account"] == link(account)
        assert tokens["refresh_token"]

    def test_a_code_is_taken_too(self, place: Place):
        place.provider.add(code="the-code")
        answer = grant(place.api, place.application, "stormpath_social", providerId="amazon", code="the-code")
        assert answer.status == 200

    def test_a_token_that_the_provider_does_not_know_gets_none(self, place: Place):
        assert oauth_error(place.grant("unknown"))[2] == 7200
        assert place.accounts() == []


class TestLinking:
    @pytest.fixture
    def linking(self, place: Place) -> Json:
        href = place.application["accountLinkingPolicy"]["href"]
        return place.api.post(href, {"status": "ENABLED", "matchingProperty": "email"}).ok

    def verified(self, place: Place, name: str = "ada") -> Json:
        account = place.api.account(place.people, name)
        return place.api.post(account["href"], {"emailVerificationStatus": "VERIFIED"}).ok

    def test_a_login_leads_to_the_linked_account(self, place: Place, linking: Json):
        mine = self.verified(place)
        place.provider.add()

        answer = place.log_in()

        # The code tells of the provider's own account, and that has just been made.
        assert answer.status == 201
        assert answer["href"] == mine["href"]
        assert len(place.api.get(mine["accountLinks"]["href"]).items) == 1
        assert place.log_in().ok["href"] == mine["href"]

    def test_an_account_is_provisioned(self, place: Place, linking: Json):
        place.api.post(linking["href"], {"automaticProvisioning": "ENABLED"})
        place.provider.add()

        account = place.log_in().made

        assert account["directory"] == link(place.people)
        assert account["email"] == "ada@example.com"

    def test_the_tokens_of_a_grant_are_for_the_linked_account(self, place: Place, linking: Json):
        mine = self.verified(place)
        place.provider.add()

        tokens = place.grant().ok

        assert place.api.get(tokens["stormpath_access_token_href"]).ok["account"] == link(mine)

    def test_a_disabled_linked_account_keeps_the_person_out(self, place: Place, linking: Json):
        mine = self.verified(place)
        place.provider.add()
        place.log_in()
        place.api.post(mine["href"], {"status": "DISABLED"})

        assert place.log_in().error == (400, 7101)

    def test_the_policy_of_a_named_organization_counts(self, place: Place):
        organization, people = place.api.organization_with_directory()
        place.api.organization_mapping(organization, place.directory)
        place.api.mapping(place.application, organization)
        policy = place.api.get(organization["accountLinkingPolicy"]["href"]).ok
        place.api.post(policy["href"], {"status": "ENABLED", "automaticProvisioning": "ENABLED"})
        place.provider.add()

        account = log_in(place.api, organization, "amazon", accessToken="the-token-of-ada").made

        assert account["directory"] == link(people)
        assert id_of(place.log_in().ok) != id_of(account)
