"""Concurrent creations of organizations and account links: one of the requests succeeds (rest-core 6.8)."""

from functools import partial

import pytest

from service.calls import Answer, Api, Json, link
from service.concurrency import CALLERS, at_once, outcomes

pytestmark = pytest.mark.both_databases


class TestCompetingRequests:
    @pytest.mark.parametrize("shared", ["name", "nameKey"])
    def test_one_of_many_organizations_of_the_same_name_is_created(self, api: Api, shared: str):
        def create(number: int) -> Answer:
            return api.post("/organizations", {"name": f"N{number}", "nameKey": f"k{number}", shared: "Acme"})

        answers = at_once(partial(create, n) for n in range(CALLERS))

        assert outcomes(answers) == {201: 1, (409, 2001): CALLERS - 1}
        assert all(f" {shared} " in each["message"] for each in answers if each.status == 409)

    def test_one_of_many_organizations_gets_a_new_directory_of_the_same_name(self, api: Api):
        def create(number: int) -> Answer:
            body = {"name": f"N{number}", "nameKey": f"k{number}"}
            return api.post("/organizations", body, createDirectory="People")

        answers = at_once(partial(create, n) for n in range(CALLERS))

        assert outcomes(answers) == {201: 1, (409, 4520): CALLERS - 1}
        assert api.get("/organizations").ok["size"] == 1

    def test_one_of_many_equal_mappings_is_created(self, api: Api):
        organization, directory = api.organization(), api.directory()
        body = {"organization": link(organization), "accountStore": link(directory)}

        answers = at_once([lambda: api.post("/organizationAccountStoreMappings", body)] * CALLERS)

        assert outcomes(answers) == {201: 1, (409, 4604): CALLERS - 1}

    def test_one_of_many_equal_mappings_of_an_organization_is_created(self, api: Api):
        body = {"application": link(api.application()), "accountStore": link(api.organization())}

        answers = at_once([lambda: api.post("/accountStoreMappings", body)] * CALLERS)

        assert outcomes(answers) == {201: 1, (409, 5104): CALLERS - 1}

    def test_one_of_many_equal_links_is_created_whichever_side_is_left(self, api: Api):
        accounts = [link(api.account(api.directory(each))) for each in "AB"]

        def create(number: int) -> Answer:
            body = {"leftAccount": accounts[number % 2], "rightAccount": accounts[1 - number % 2]}
            return api.post("/accountLinks", body)

        answers = at_once(partial(create, n) for n in range(CALLERS))

        assert outcomes(answers) == {201: 1, (409, 7500): CALLERS - 1}

    def test_one_of_many_links_into_one_directory_is_created(self, api: Api):
        ada, directory = api.account(api.directory("Ada")), api.directory("Others")
        others = [api.account(directory, f"u{number}") for number in range(CALLERS)]

        def create(other: Json) -> Answer:
            return api.post("/accountLinks", {"leftAccount": link(other), "rightAccount": link(ada)})

        answers = at_once(partial(create, each) for each in others)

        assert outcomes(answers) == {201: 1, (409, 7505): CALLERS - 1}


class TestConcurrentChanges:
    def test_new_mappings_get_different_indexes(self, api: Api):
        organization = api.organization()
        stores = [api.directory(f"D{number}") for number in range(CALLERS)]

        def create(store: Json) -> Answer:
            body = {"organization": link(organization), "accountStore": link(store), "listIndex": 0}
            return api.post("/organizationAccountStoreMappings", body)

        answers = at_once(partial(create, each) for each in stores)

        assert outcomes(answers) == {201: CALLERS}
        listed = api.get(organization["accountStoreMappings"]["href"]).items
        assert [each["listIndex"] for each in listed] == list(range(CALLERS))

    @pytest.mark.parametrize("flag", ["isDefaultAccountStore", "isDefaultGroupStore"])
    def test_one_mapping_has_the_flag_that_many_updates_set(self, api: Api, flag: str):
        organization = api.organization()
        mappings = [
            api.organization_mapping(organization, api.directory(f"D{number}")) for number in range(CALLERS)
        ]

        answers = at_once(partial(api.post, each["href"], {flag: True}) for each in mappings)

        assert outcomes(answers) == {200: CALLERS}
        assert sum(each[flag] for each in api.get(organization["accountStoreMappings"]["href"]).items) == 1

    def test_deleted_stores_leave_a_list_without_gaps(self, api: Api):
        application, organization = api.application(), api.organization()
        directories = [api.directory(f"D{number}") for number in range(CALLERS)]
        for each in directories:
            api.organization_mapping(organization, each)
            api.mapping(application, each)

        answers = at_once(partial(api.delete, each["href"]) for each in directories[::2])

        assert outcomes(answers) == {204: CALLERS // 2}
        for owner in (application, organization):
            listed = api.get(owner["accountStoreMappings"]["href"]).items
            assert [(each["listIndex"], each["accountStore"]) for each in listed] == list(
                enumerate(link(each) for each in directories[1::2])
            )

    def test_logins_of_one_account_make_one_account_in_the_default_store(self, api: Api):
        application, home = api.application_with_directory()
        away = api.directory("Away")
        api.mapping(application, away, listIndex=0)
        api.account(away, "ada")
        policy = {"status": "ENABLED", "automaticProvisioning": "ENABLED"}
        api.post(application["accountLinkingPolicy"]["href"], policy)

        answers = at_once([lambda: api.log_in(application, "ada")] * CALLERS)

        (made,) = api.get(home["accounts"]["href"]).items
        granted = [each for each in answers if each.status == 200]
        assert granted
        # The others got 503: more passwords at once than hashing slots.
        assert set(outcomes(answers)) <= {200, (503, 503)}
        assert all(each["account"] == link(made) for each in granted)
