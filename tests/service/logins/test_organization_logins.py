"""Logins through organizations, and to a named one (rest-auth 2, 9.4)."""

import pytest

from service.calls import Answer, Api, Json, link


@pytest.fixture
def resources(api: Api) -> Json:
    """An application with an organization between two directories; each directory has an ``ada``."""
    application, organization = api.application(), api.organization()
    before, inside, after = (api.directory(each) for each in ("Before", "Inside", "After"))
    api.organization_mapping(organization, inside)
    mappings = [api.mapping(application, each) for each in (before, organization, after)]
    for number, each in enumerate((before, inside, after)):
        api.account(each, "ada", password=f"Changeme{number}!")
    return {
        "application": application,
        "organization": organization,
        "directories": [before, inside, after],
        "mappings": mappings,
    }


def with_store(api: Api, application: Json, store: object) -> Answer:
    # ada:Changeme1!
    body = {"type": "basic", "value": "YWRhOkNoYW5nZW1lMSE=", "accountStore": store}
    return api.post(application["loginAttempts"]["href"], body)


class TestSearchOrder:
    def test_an_organization_is_searched_at_its_list_index(self, api: Api, resources: Json):
        application, mappings = resources["application"], resources["mappings"]

        assert api.log_in(application, "ada", "Changeme0!").status == 200
        api.post(mappings[1]["href"], {"listIndex": 0})
        assert api.log_in(application, "ada", "Changeme1!").status == 200
        assert api.log_in(application, "ada", "Changeme0!").error == (400, 7100)
        api.post(mappings[2]["href"], {"listIndex": 0})
        assert api.log_in(application, "ada", "Changeme2!").status == 200

    def test_the_stores_of_an_organization_are_searched_in_its_own_order(self, api: Api, resources: Json):
        application, organization = api.application("Other"), resources["organization"]
        api.mapping(application, organization)
        second = api.directory("Second")
        api.account(second, "ada", password="Changeme9")

        mapping = api.organization_mapping(organization, second)
        assert api.log_in(application, "ada", "Changeme1!").status == 200
        api.post(mapping["href"], {"listIndex": 0})
        assert api.log_in(application, "ada", "Changeme9").status == 200
        assert api.log_in(application, "ada", "Changeme1!").error == (400, 7100)

    def test_a_group_mapped_to_an_organization_accepts_its_members(self, api: Api):
        application, organization, directory = api.application(), api.organization(), api.directory()
        group = api.group(directory)
        api.mapping(application, organization)
        api.organization_mapping(organization, group)
        api.membership(api.account(directory, "member"), group)
        api.account(directory, "outsider")

        assert api.log_in(application, "member").status == 200
        assert api.log_in(application, "outsider").error == (400, 7104)
        api.post(group["href"], {"status": "DISABLED"})
        assert api.log_in(application, "member").error == (400, 7105)

    def test_a_disabled_organization_still_decides_and_is_reported(self, api: Api, resources: Json):
        application = resources["application"]
        api.post(resources["mappings"][1]["href"], {"listIndex": 0})
        api.post(resources["organization"]["href"], {"status": "DISABLED"})

        refused = api.log_in(application, "ada", "Changeme1!")

        assert refused.error == (400, 7107)
        assert refused["message"] == "Invalid username or password."
        assert api.log_in(application, "ada", "Changeme0!").error == (400, 7100)

    def test_the_status_of_an_organization_is_checked_between_group_and_account(self, api: Api):
        application, organization, directory = api.application(), api.organization(), api.directory()
        group = api.group(directory)
        account = api.account(directory)
        api.membership(account, group)
        api.mapping(application, organization)
        api.organization_mapping(organization, group)
        refused = []
        for each in (directory, group, organization, account):
            api.post(each["href"], {"status": "DISABLED"})
        for each in (directory, group, organization, account):
            refused.append(api.log_in(application, "ada").error)
            api.post(each["href"], {"status": "ENABLED"})

        assert refused == [(400, 7106), (400, 7105), (400, 7107), (400, 7101)]
        assert api.log_in(application, "ada").status == 200

    def test_an_account_logs_in_through_another_enabled_store(self, api: Api, resources: Json):
        application = resources["application"]
        api.post(resources["organization"]["href"], {"status": "DISABLED"})
        api.mapping(application, resources["directories"][1], listIndex=0)

        assert api.log_in(application, "ada", "Changeme1!").status == 200

    def test_organizations_without_stores_are_reported_where_there_is_no_other_store(self, api: Api):
        application = api.application()
        api.mapping(application, api.organization())

        assert api.log_in(application, "ada").error == (400, 4605)
        api.mapping(application, api.directory())
        assert api.log_in(application, "ada").error == (400, 7104)


class TestNamedOrganization:
    @pytest.mark.parametrize("name_key", ["acme", "ACME"])
    def test_a_named_organization_is_searched_alone(self, api: Api, resources: Json, name_key: str):
        application, organization = resources["application"], resources["organization"]

        for password, expected in (("Changeme1!", None), ("Changeme0!", (400, 7100))):
            by_href = api.log_in(application, "ada", password, organization)
            by_name = api.log_in(application, "ada", password, name_key=name_key)
            for answer in (by_href, by_name):
                assert (None if answer.status == 200 else answer.error) == expected
        api.account(resources["directories"][0], "grace")
        assert api.log_in(application, "grace", name_key=name_key).error == (400, 7104)

    def test_a_name_key_that_is_unknown_or_not_mapped_is_refused(
        self, api: Api, stranger: Api, resources: Json
    ):
        api.organization("Beta")
        stranger.organization("Theirs")

        for name_key in ("nobody", "beta", "theirs", "", "-", "a b"):
            assert api.log_in(resources["application"], "ada", name_key=name_key).error == (400, 2014)

    @pytest.mark.parametrize(
        ("store", "code"),
        [
            ({"nameKey": "acme", "href": "/v1/organizations/x"}, 2002),
            ({"nameKey": 7}, 2004),
            ({"nameKey": None}, 2000),
            ({}, 2000),
            ({"nameKey": "a\u0000"}, 2005),
            ({"href": "/v1/organizations/unknown"}, 2016),
        ],
    )
    def test_a_malformed_store_is_refused(self, api: Api, resources: Json, store: Json, code: int):
        assert with_store(api, resources["application"], store).error == (400, code)

    def test_a_null_member_is_as_good_as_none(self, api: Api, resources: Json):
        application, organization = resources["application"], resources["organization"]

        assert with_store(api, application, {"nameKey": "acme", "href": None}).status == 200
        assert with_store(api, application, link(organization) | {"nameKey": None}).status == 200

    def test_an_href_of_an_organization_that_is_not_mapped_is_refused(self, api: Api, resources: Json):
        assert api.log_in(resources["application"], "ada", store=api.organization("Beta")).error == (
            400,
            5114,
        )

    def test_a_disabled_organization_is_not_searched(self, api: Api, resources: Json):
        api.post(resources["organization"]["href"], {"status": "DISABLED"})

        for login in ("ada", "nobody"):
            assert api.log_in(resources["application"], login, name_key="acme").error == (400, 7107)

    def test_an_organization_without_stores_is_reported(self, api: Api, resources: Json):
        beta = api.organization("Beta")
        api.mapping(resources["application"], beta)

        assert api.log_in(resources["application"], "ada", store=beta).error == (400, 4605)
        assert api.log_in(resources["application"], "ada", name_key="beta").error == (400, 4605)

    def test_a_disabled_application_is_reported_first(self, api: Api, resources: Json):
        api.post(resources["application"]["href"], {"status": "DISABLED"})

        assert api.log_in(resources["application"], "ada", store=api.organization("Beta")).error == (
            400,
            5115,
        )


class TestNamedStoreOfAnOrganization:
    """A store that the application reaches only through an organization may be named, too."""

    def test_the_directory_of_an_organization_and_its_groups_may_be_named(self, api: Api, resources: Json):
        application, inside = resources["application"], resources["directories"][1]
        group = api.group(inside)
        (account,) = api.get(inside["accounts"]["href"]).items
        api.membership(account, group)

        assert api.log_in(application, "ada", "Changeme1!", inside).status == 200
        assert api.log_in(application, "ada", "Changeme1!", group).status == 200

    def test_the_group_of_an_organization_may_be_named_but_not_its_directory(self, api: Api, resources: Json):
        directory = api.directory()
        group = api.group(directory)
        api.membership(api.account(directory, "grace"), group)
        api.organization_mapping(resources["organization"], group)

        assert api.log_in(resources["application"], "grace", store=group).status == 200
        assert api.log_in(resources["application"], "grace", store=directory).error == (400, 5114)

    def test_stores_of_a_disabled_organization_are_refused(self, api: Api, resources: Json):
        application, inside = resources["application"], resources["directories"][1]
        api.post(resources["organization"]["href"], {"status": "DISABLED"})

        assert api.log_in(application, "ada", "Changeme1!", inside).error == (400, 7107)
        api.mapping(application, inside)
        assert api.log_in(application, "ada", "Changeme1!", inside).status == 200
