"""Account links and linking policies as resources (rest-core 5.16)."""

from collections.abc import Iterator

import pytest

from service.calls import Api, Json, link
from stormpath.server.app import Service
from stormpath.server.settings import Settings


@pytest.fixture
def people(api: Api) -> list[Json]:
    """Three accounts, each in a directory of its own."""
    return [api.account(api.directory(name), name.lower()) for name in ("Ada", "Grace", "Joan")]


def sides(left: Json, right: Json) -> Json:
    return {"leftAccount": link(left), "rightAccount": link(right)}


class TestLinks:
    def test_a_new_link_names_both_accounts_and_expands_them(self, api: Api, people: list[Json]):
        ada, grace, _ = people

        answer = api.post("/accountLinks", sides(ada, grace))

        made = answer.made
        assert answer.headers["location"] == made["href"]
        assert made == {
            "href": made["href"],
            "createdAt": made["createdAt"],
            "modifiedAt": made["createdAt"],
            "leftAccount": link(ada),
            "rightAccount": link(grace),
        }
        assert api.get(made["href"]).ok == made
        expanded = api.get(made["href"], expand="leftAccount,rightAccount").ok
        assert (expanded["leftAccount"], expanded["rightAccount"]) == (ada, grace)

    def test_a_link_is_listed_by_both_accounts(self, api: Api, people: list[Json]):
        ada, grace, joan = people
        first, second = api.account_link(ada, grace), api.account_link(joan, ada)

        assert api.get(ada["accountLinks"]["href"]).items == [first, second]
        assert api.get(grace["accountLinks"]["href"]).items == [first]
        assert api.get(ada["linkedAccounts"]["href"]).items == [grace, joan]
        assert api.get(grace["linkedAccounts"]["href"]).items == [ada]
        assert api.get(joan["linkedAccounts"]["href"], username="a*").items == [ada]

    def test_links_are_neither_changed_nor_listed_on_their_own(self, api: Api, people: list[Json]):
        made = api.account_link(people[0], people[1])

        assert api.post(made["href"], {}).error == (405, 1100)
        assert api.get("/accountLinks").error == (405, 1100)

    def test_deleting_a_link_keeps_both_accounts(self, api: Api, people: list[Json]):
        ada, grace, _ = people
        made = api.account_link(ada, grace)

        assert api.delete(made["href"]).status == 204

        assert api.get(made["href"]).error == (404, 404)
        assert api.get(ada["href"]).ok == ada
        assert api.get(grace["linkedAccounts"]["href"]).items == []

    @pytest.mark.parametrize("side", [0, 1])
    def test_deleting_an_account_deletes_its_links(self, api: Api, people: list[Json], side: int):
        made = api.account_link(people[0], people[1])

        api.delete(people[side]["href"])

        assert api.get(made["href"]).error == (404, 404)
        assert api.get(people[1 - side]["accountLinks"]["href"]).items == []


class TestRefusedLinks:
    def test_a_pair_is_linked_once_whichever_is_left(self, api: Api, people: list[Json]):
        ada, grace, _ = people
        made = api.account_link(ada, grace)

        for body in (sides(ada, grace), sides(grace, ada)):
            refused = api.post("/accountLinks", body)
            assert refused.error == (409, 7500)
            assert refused.headers["location"] == made["href"]
            assert made["href"] in refused["developerMessage"]

    def test_an_account_cannot_be_linked_with_itself(self, api: Api, people: list[Json]):
        assert api.post("/accountLinks", sides(people[0], people[0])).error == (400, 7501)

    @pytest.mark.parametrize("side", ["leftAccount", "rightAccount"])
    @pytest.mark.parametrize("value", ["x", 7, [], {}, {"href": 7}, {"href": None}])
    def test_a_side_that_is_no_link_is_refused(self, api: Api, people: list[Json], side: str, value: object):
        body = sides(people[0], people[1]) | {side: value}

        assert api.post("/accountLinks", body).error == (400, 7502)

    def test_a_side_that_is_missing_or_no_account_is_refused(
        self, api: Api, stranger: Api, people: list[Json]
    ):
        ada = people[0]
        theirs = stranger.account(stranger.directory())

        assert api.post("/accountLinks", {"leftAccount": link(ada)}).error == (400, 2000)
        assert api.post("/accountLinks", sides(ada, ada["directory"])).error == (400, 2014)
        assert api.post("/accountLinks", sides(ada, theirs)).error == (400, 2016)
        assert api.post("/accountLinks", sides(ada, people[1]) | {"status": "x"}).error == (400, 2015)

    def test_two_accounts_of_one_directory_cannot_be_linked(self, api: Api):
        directory = api.directory()

        body = sides(api.account(directory, "a"), api.account(directory, "b"))

        assert api.post("/accountLinks", body).error == (400, 7504)

    def test_an_account_is_linked_with_one_account_of_a_directory_only(self, api: Api, people: list[Json]):
        ada, grace, _ = people
        second = api.account(
            grace["directory"] | {"accounts": {"href": f"{grace['directory']['href']}/accounts"}}
        )
        api.account_link(ada, grace)

        assert api.post("/accountLinks", sides(ada, second)).error == (409, 7505)
        assert api.post("/accountLinks", sides(second, ada)).error == (409, 7505)


class TestMaximum:
    @pytest.fixture
    def api(self) -> Iterator[Api]:
        service = Service(Settings("sqlite://", max_links=2))
        yield Api(service, service.base_url, service.tenant_id, *service.local_api_key())
        service.close()

    def test_a_link_beyond_the_maximum_is_refused_until_one_is_deleted(self, api: Api, people: list[Json]):
        ada, grace, joan = people
        fourth = api.account(api.directory("Fourth"), "fourth")
        api.account_link(ada, grace)
        first = api.account_link(joan, ada)

        assert api.post("/accountLinks", sides(ada, fourth)).error == (400, 7503)
        assert api.post("/accountLinks", sides(fourth, ada)).error == (400, 7503)
        api.delete(first["href"])
        api.account_link(ada, fourth)


class TestPolicies:
    @pytest.mark.parametrize("kind", ["application", "organization"])
    def test_each_application_and_organization_starts_with_a_disabled_policy(self, api: Api, kind: str):
        owner = api.application() if kind == "application" else api.organization()

        policy = api.get(owner["accountLinkingPolicy"]["href"]).ok

        assert policy == {
            "href": owner["accountLinkingPolicy"]["href"],
            "createdAt": owner["createdAt"],
            "modifiedAt": owner["createdAt"],
            "status": "DISABLED",
            "automaticProvisioning": "DISABLED",
            "matchingProperty": None,
            "tenant": {"href": api.tenant},
        }
        assert api.get(owner["href"], expand="accountLinkingPolicy").ok["accountLinkingPolicy"] == policy

    def test_a_policy_is_changed_in_part(self, api: Api):
        href = api.application()["accountLinkingPolicy"]["href"]

        changed = api.post(href, {"status": "enabled", "matchingProperty": "EMAIL"}).ok

        assert (changed["status"], changed["automaticProvisioning"]) == ("ENABLED", "DISABLED")
        assert changed["matchingProperty"] == "email"
        assert api.post(href, {"matchingProperty": None}).ok["matchingProperty"] is None
        assert api.post(href, {}, expand="tenant").ok["tenant"]["key"]

    @pytest.mark.parametrize("name", ["status", "automaticProvisioning", "matchingProperty"])
    def test_unknown_values_are_refused(self, api: Api, name: str):
        href = api.organization()["accountLinkingPolicy"]["href"]

        assert api.post(href, {name: "sometimes"}).error == (400, 2003)

    def test_a_policy_is_neither_created_nor_deleted(self, api: Api):
        href = api.application()["accountLinkingPolicy"]["href"]

        assert api.delete(href).error == (405, 1100)
        assert api.post("/accountLinkingPolicies", {}).error == (405, 1100)

    def test_a_policy_is_deleted_with_its_owner(self, api: Api):
        for owner in (api.application(), api.organization()):
            api.delete(owner["href"])
            assert api.get(owner["accountLinkingPolicy"]["href"]).error == (404, 404)
