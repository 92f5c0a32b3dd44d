"""A resource that was deleted before is deleted once more without an error (rest-core 8)."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from service.calls import Api, Json, link
from service.concurrency import at_once, outcomes
from stormpath.server.app import Service
from stormpath.server.schema import ids


class World:
    """A directory with what can be deleted with it, and with applications and organizations that map it."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.application = api.application()
        self.organization = api.organization()
        self.directory = api.directory()
        self.group = api.group(self.directory)
        self.account = api.account(self.directory)
        elsewhere = api.account(api.directory("Elsewhere"), "grace")
        self.membership = api.membership(self.account, self.group)
        self.key = api.api_key(self.account)
        self.account_link = api.account_link(self.account, elsewhere)
        self.other_link = api.account_link(api.account(api.directory("Third"), "lin"), self.account)
        self.mappings = [
            api.mapping(self.application, each) for each in (self.directory, self.group, self.organization)
        ]
        self.organization_mappings = [
            api.organization_mapping(self.organization, each) for each in (self.directory, self.group)
        ]

    def all(self) -> Iterator[Json]:
        yield from (self.application, self.organization, self.directory, self.group, self.account)
        yield from (self.membership, self.key, self.account_link, self.other_link)
        yield from (*self.mappings, *self.organization_mappings)


#: What goes with each.
PARTS: dict[str, Callable[[World], list[Json]]] = {
    "directory": lambda it: [
        *(it.directory, it.group, it.account, it.membership, it.key, it.account_link, it.other_link),
        *(*it.mappings[:2], *it.organization_mappings),
    ],
    "group": lambda it: [it.group, it.membership, it.mappings[1], it.organization_mappings[1]],
    "account": lambda it: [it.account, it.membership, it.key, it.account_link, it.other_link],
    "application": lambda it: [it.application, *it.mappings],
    "organization": lambda it: [it.organization, it.mappings[2], *it.organization_mappings],
    "membership": lambda it: [it.membership],
    "key": lambda it: [it.key],
}


@pytest.mark.both_databases
@pytest.mark.parametrize("deleted", PARTS)
def test_a_deletion_is_repeated_also_of_what_went_with_a_parent(api: Api, stranger: Api, deleted: str):
    world = World(api)
    gone = PARTS[deleted](world)

    assert api.delete(gone[0]["href"]).status == 204

    for each in gone:
        assert [api.delete(each["href"]).status for _ in range(2)] == [204, 204]
        assert api.get(each["href"]).error == (404, 404)
        assert stranger.delete(each["href"]).error == (404, 404)
        if each is not world.membership and "leftAccount" not in each:
            assert api.post(each["href"], {}).error == (404, 404)
        if "customData" in each:
            assert api.delete(each["customData"]["href"]).status == 204
            assert api.delete(f"{each['customData']['href']}/a").status == 204
            assert api.get(each["customData"]["href"]).error == (404, 404)
            assert api.post(each["customData"]["href"], {"a": 1}).error == (404, 404)
    for each in world.all():
        if each not in gone:
            assert api.get(each["href"]).status == 200


def test_an_id_that_never_was_or_is_of_another_kind_or_tenant_is_not_found(api: Api, stranger: Api):
    group, account = api.group(api.directory()), stranger.account(stranger.directory())
    api.delete(group["href"])
    stranger.delete(account["href"])

    for path in (
        f"/accounts/{ids.new_id()}",
        "/accounts/unknown",
        "/accounts/%00",
        "/accounts/a%2Fb",
        group["href"].replace("groups", "accounts"),
        account["href"],
        account["customData"]["href"],
        f"{group['href']}/customDatas",
    ):
        assert api.delete(path).error == (404, 404), path


def test_a_method_that_is_overridden_is_a_deletion_too(api: Api):
    group = api.group(api.directory())

    for _ in range(2):
        assert api.post(group["href"], {}, _method="DELETE").status == 204


@pytest.mark.both_databases
def test_a_deletion_that_is_refused_is_not_remembered(api: Api):
    (protected,) = api.get("/applications", name="Stormpath").items

    assert api.delete(protected["href"]).error == (403, 403)
    assert api.delete(protected["href"]).error == (403, 403)
    assert api.get(protected["href"]).ok == protected


@pytest.mark.both_databases
def test_callers_who_delete_the_same_at_once_all_succeed(api: Api):
    directory = api.directory()
    account = api.account(directory)

    for resource in (account, directory):
        answers = at_once([partial(api.delete, resource["href"])] * 6)
        assert outcomes(answers) == {204: 6}
        assert api.get(resource["href"]).error == (404, 404)


@pytest.mark.both_databases
def test_a_directory_and_its_parts_that_are_deleted_at_once_are_all_gone(service: Service, api: Api):
    for _ in range(3):
        directory = api.directory()
        group, other = api.group(directory), api.group(directory, "Writers")
        accounts = [api.account(directory, f"u{number}") for number in range(3)]
        members = [api.membership(each, group) for each in accounts]
        members += [api.membership(each, other) for each in accounts]
        resources = [directory, group, other, *accounts, *members]

        answers = at_once([partial(api.delete, each["href"]) for each in resources])

        assert outcomes(answers) == {204: len(resources)}
        for each in resources:
            assert api.delete(each["href"]).status == 204
            assert api.get(each["href"]).error == (404, 404)


def test_a_link_to_a_deleted_resource_stays_an_error(api: Api):
    directory = api.directory()
    account, group = api.account(directory), api.group(directory)
    api.delete(account["href"])

    body = {"account": link(account), "group": link(group)}
    assert api.post("/groupMemberships", body).error == (400, 2016)
