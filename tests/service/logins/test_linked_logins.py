"""The account that results from a login under an account linking policy (rest-core 6.17, rest-auth 9.1)."""

import pytest

from service.calls import Api, Json, link


@pytest.fixture
def resources(api: Api) -> Json:
    """An application with two directories: ``home`` is its default account store, ``away`` comes first."""
    application, home = api.application_with_directory()
    away = api.directory("Away")
    api.mapping(application, away, listIndex=0)
    ada = api.account(away, "ada", givenName="Ada", middleName="B", surname="King", customData={"a": 1})
    policy = application["accountLinkingPolicy"]
    api.post(policy["href"], {"status": "ENABLED"})
    return {"application": application, "home": home, "away": away, "ada": ada, "policy": policy}


def verify(api: Api, *accounts: Json) -> None:
    for each in accounts:
        api.post(each["href"], {"emailVerificationStatus": "VERIFIED"}).ok  # Fails unless granted.


def result(api: Api, resources: Json, store: Json | None = None) -> str:
    return str(api.log_in(resources["application"], "ada", store=store).ok["account"]["href"])


class TestLinked:
    @pytest.mark.parametrize("sides", [("ada", "other"), ("other", "ada")])
    def test_a_linked_account_in_the_default_store_is_the_result(
        self, api: Api, resources: Json, sides: tuple[str, str]
    ):
        resources["other"] = api.account(resources["home"], "other")
        api.account_link(resources[sides[0]], resources[sides[1]])

        answer = api.log_in(resources["application"], "ada", expand="account")

        assert answer.ok["account"] == resources["other"]
        assert answer.headers["location"] == resources["other"]["href"]

    def test_a_disabled_policy_changes_nothing(self, api: Api, resources: Json):
        api.account_link(resources["ada"], api.account(resources["home"], "other"))
        policy = {"status": "DISABLED", "automaticProvisioning": "ENABLED", "matchingProperty": "email"}
        api.post(resources["policy"]["href"], policy)

        assert result(api, resources) == resources["ada"]["href"]

    def test_a_link_into_another_directory_changes_nothing(self, api: Api, resources: Json):
        api.account_link(resources["ada"], api.account(api.directory("Elsewhere"), "other"))

        assert result(api, resources) == resources["ada"]["href"]

    def test_without_a_default_store_nothing_changes(self, api: Api, resources: Json):
        api.account_link(resources["ada"], api.account(resources["home"], "other"))
        mapping = api.get(resources["application"]["href"]).ok["defaultAccountStoreMapping"]
        api.post(mapping["href"], {"isDefaultAccountStore": False})

        assert result(api, resources) == resources["ada"]["href"]

    def test_an_account_in_the_default_store_is_its_own_result(self, api: Api, resources: Json):
        home = api.account(resources["home"], "zoe")
        api.account_link(home, resources["ada"])

        assert api.log_in(resources["application"], "zoe").ok["account"] == link(home)

    @pytest.mark.parametrize(("status", "code"), [("DISABLED", 7101), ("LOCKED", 7101), ("UNVERIFIED", 7102)])
    def test_the_linked_account_must_be_able_to_log_in(
        self, api: Api, resources: Json, status: str, code: int
    ):
        api.account_link(resources["ada"], api.account(resources["home"], "other", status=status))

        assert api.log_in(resources["application"], "ada").error == (400, code)
        assert api.log_in(resources["application"], "ada", "wrong").error == (400, 7100)

    def test_the_directory_of_the_linked_account_must_be_enabled(self, api: Api, resources: Json):
        api.account_link(resources["ada"], api.account(resources["home"], "other"))
        api.post(resources["home"]["href"], {"status": "DISABLED"})

        assert api.log_in(resources["application"], "ada").error == (400, 7106)

    def test_where_the_default_store_is_a_group_its_members_count(self, api: Api, resources: Json):
        group = api.group(resources["home"])
        api.mapping(resources["application"], group, isDefaultAccountStore=True)
        other = api.account(resources["home"], "other")
        api.account_link(resources["ada"], other)

        assert result(api, resources) == resources["ada"]["href"]
        api.membership(other, group)
        assert result(api, resources) == other["href"]
        api.post(group["href"], {"status": "DISABLED"})
        assert api.log_in(resources["application"], "ada").error == (400, 7105)


class TestPolicyTable:
    """Each row of the table of rest-auth 9.1."""

    @pytest.mark.parametrize(
        ("provisioning", "matching", "has_match", "expected"),
        [
            ("DISABLED", None, False, "own"),
            ("DISABLED", None, True, "own"),
            ("DISABLED", "email", False, "own"),
            ("DISABLED", "email", True, "match"),
            ("ENABLED", None, False, "new"),
            ("ENABLED", None, True, "own"),
            ("ENABLED", "email", False, "new"),
            ("ENABLED", "email", True, "match"),
        ],
    )
    def test_provisioning_matching_and_a_match_decide_the_result(
        self,
        api: Api,
        resources: Json,
        provisioning: str,
        matching: str | None,
        has_match: bool,
        expected: str,
    ):
        ada = resources["ada"]
        verify(api, ada)
        if has_match:
            match = api.account(resources["home"], "namesake", email="ADA@example.com")
            verify(api, match)
        policy = {"automaticProvisioning": provisioning, "matchingProperty": matching}
        api.post(resources["policy"]["href"], policy)

        for _ in range(2):
            href = result(api, resources)

            at_home = [each["href"] for each in api.get(resources["home"]["accounts"]["href"]).items]
            linked = [each["href"] for each in api.get(ada["linkedAccounts"]["href"]).items]
            if expected == "own":
                assert href == ada["href"]
                assert linked == []
                assert len(at_home) == has_match
            else:
                assert at_home == linked == [href]
                assert not has_match or href == match["href"]


class TestMatching:
    @pytest.fixture
    def match(self, api: Api, resources: Json) -> Json:
        """An account at home with the same address; its username is never used to log in."""
        api.post(resources["policy"]["href"], {"matchingProperty": "email"})
        return api.account(resources["home"], "namesake", email="ada@example.com")

    @pytest.mark.parametrize("verified", [(), ("ada",), ("match",)])
    @pytest.mark.parametrize("provisioning", ["DISABLED", "ENABLED"])
    def test_only_verified_addresses_match(
        self, api: Api, resources: Json, match: Json, verified: tuple[str], provisioning: str
    ):
        verify(api, *({**resources, "match": match}[each] for each in verified))
        api.post(resources["policy"]["href"], {"automaticProvisioning": provisioning})

        assert result(api, resources) == resources["ada"]["href"]
        assert api.get(resources["ada"]["accountLinks"]["href"]).items == []

    def test_the_match_must_be_able_to_log_in(self, api: Api, resources: Json, match: Json):
        verify(api, resources["ada"], match)
        api.post(match["href"], {"status": "DISABLED"})

        assert api.log_in(resources["application"], "ada").error == (400, 7101)

    def test_a_match_linked_to_another_account_of_the_directory_is_not_used(
        self, api: Api, resources: Json, match: Json
    ):
        verify(api, resources["ada"], match)
        other = api.account(api.directory("Elsewhere"), "other")
        api.account_link(match, api.account(resources["away"], "joan"))

        assert result(api, resources) == resources["ada"]["href"]
        assert api.get(other["accountLinks"]["href"]).items == []


class TestProvisioning:
    @pytest.fixture(autouse=True)
    def enabled(self, api: Api, resources: Json) -> None:
        api.post(resources["policy"]["href"], {"automaticProvisioning": "ENABLED"})

    def test_a_provisioned_account_copies_names_and_address_but_no_custom_data(
        self, api: Api, resources: Json
    ):
        ada = resources["ada"]
        verify(api, ada)

        made = api.get(result(api, resources), expand="customData").ok

        for name in ("email", "username", "givenName", "middleName", "surname", "fullName"):
            assert made[name] == ada[name]
        assert (made["status"], made["emailVerificationStatus"]) == ("ENABLED", "VERIFIED")
        assert made["directory"] == link(resources["home"])
        assert made["passwordModifiedAt"] is None
        assert "a" not in made["customData"]

    def test_an_unverified_address_stays_unverified(self, api: Api, resources: Json):
        assert api.get(result(api, resources)).ok["emailVerificationStatus"] == "UNVERIFIED"

    def test_a_taken_username_gives_way_to_the_email(self, api: Api, resources: Json):
        api.account(resources["home"], "other", username="ADA")

        assert api.get(result(api, resources)).ok["username"] == "ada@example.com"

    def test_an_account_provisioned_into_a_default_group_becomes_a_member(self, api: Api, resources: Json):
        group = api.group(resources["home"])
        api.mapping(resources["application"], group, isDefaultAccountStore=True)

        href = result(api, resources)

        assert [each["href"] for each in api.get(group["accounts"]["href"]).items] == [href]

    def test_a_disabled_default_store_takes_no_account(self, api: Api, resources: Json):
        api.post(resources["home"]["href"], {"status": "DISABLED"})

        assert result(api, resources) == resources["ada"]["href"]
        assert api.get(resources["home"]["accounts"]["href"]).items == []

    def test_the_new_account_has_no_password_to_log_in_with(self, api: Api, resources: Json):
        result(api, resources)

        refused = api.log_in(resources["application"], "ada", store=resources["home"])
        assert refused.error == (400, 7100)


class TestPolicyOfAnOrganization:
    """The organization's policy applies where the login names one, else the application's."""

    @pytest.fixture
    def inside(self, api: Api, resources: Json) -> Json:
        """An organization with ``away`` and a default store of its own."""
        organization, home = api.organization_with_directory()
        api.organization_mapping(organization, resources["away"])
        api.mapping(resources["application"], organization)
        there, here = api.account(home, "there"), api.account(resources["home"], "here")
        api.account_link(resources["ada"], there)
        api.account_link(resources["ada"], here)
        return {"organization": organization, "home": home, "there": there, "here": here}

    def test_a_login_to_a_named_organization_follows_its_own_policy(
        self, api: Api, resources: Json, inside: Json
    ):
        organization = inside["organization"]

        assert result(api, resources) == inside["here"]["href"]
        assert result(api, resources, store=organization) == resources["ada"]["href"]
        api.post(organization["accountLinkingPolicy"]["href"], {"status": "ENABLED"})
        assert result(api, resources, store=organization) == inside["there"]["href"]
        api.post(resources["policy"]["href"], {"status": "DISABLED"})
        assert result(api, resources) == resources["ada"]["href"]
        named = api.log_in(resources["application"], "ada", name_key="acme")
        assert named.ok["account"] == link(inside["there"])

    def test_a_default_organization_leads_to_its_own_default_store(
        self, api: Api, resources: Json, inside: Json
    ):
        mapping = api.get(resources["application"]["accountStoreMappings"]["href"]).items[-1]
        api.post(mapping["href"], {"isDefaultAccountStore": True})

        assert result(api, resources) == inside["there"]["href"]
        api.post(inside["organization"]["href"], {"status": "DISABLED"})
        assert api.log_in(resources["application"], "ada").error == (400, 7107)
