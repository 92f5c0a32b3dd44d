"""Concurrent writes: of requests for the same thing one succeeds, and the others get the documented error."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import pytest

from service.calls import Answer, Api, Json, link
from service.concurrency import CALLERS, at_once, outcomes
from service.tenant_rows import rows_of
from stormpath.server.app import Service


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


@dataclass
class Race:
    """Callers send ``body(number)`` to ``path``: all but one get ``lost``, and ``left`` lists one item."""

    path: str
    body: Callable[[int], Json]
    left: str
    lost: tuple[int, int] = (409, 2001)
    names: str = ""


def same_email(api: Api) -> Race:
    directory = api.directory()

    def body(number: int) -> Json:
        return {"email": "Ada@example.com", "username": f"u{number}", "password": "Changeme1!"}

    return Race(directory["accounts"]["href"], body, names="email", left=directory["accounts"]["href"])


def same_username(api: Api) -> Race:
    directory = api.directory()

    def body(number: int) -> Json:
        account = {"email": f"u{number}@example.com", "username": "ada", "password": "Changeme1!"}
        return {**account, "customData": {"n": number}}

    return Race(directory["accounts"]["href"], body, names="username", left=directory["accounts"]["href"])


def same_email_through_an_application(api: Api) -> Race:
    application, directory = api.application_with_directory()
    race = same_email(api)
    return replace(race, path=application["accounts"]["href"], left=directory["accounts"]["href"])


def same_application_name(api: Api) -> Race:
    return Race("/applications", lambda _: {"name": "Race"}, names="name", left="/applications?name=race")


def same_directory_name(api: Api) -> Race:
    return Race("/directories", lambda _: {"name": "Race"}, names="name", left="/directories?name=race")


def same_group_name(api: Api) -> Race:
    groups = api.directory()["groups"]["href"]
    return Race(groups, lambda number: {"name": "RACE" if number % 2 else "race"}, names="name", left=groups)


def same_membership(api: Api) -> Race:
    directory = api.directory()
    group = api.group(directory)
    body = {"account": link(api.account(directory)), "group": link(group)}
    return Race("/groupMemberships", lambda _: body, lost=(409, 409), left=group["accounts"]["href"])


def same_mapping(api: Api) -> Race:
    application = api.application()
    body = {"application": link(application), "accountStore": link(api.directory())}
    mappings = application["accountStoreMappings"]["href"]
    return Race("/accountStoreMappings", lambda _: body, lost=(409, 5104), left=mappings)


def same_mapping_of_a_group(api: Api) -> Race:
    application = api.application()
    group = api.group(api.directory())
    body = {"application": link(application), "accountStore": link(group), "isDefaultAccountStore": True}
    mappings = application["accountStoreMappings"]["href"]
    return Race("/accountStoreMappings", lambda _: body, lost=(409, 5104), left=mappings)


#: Requests that compete. A resource with a unique attribute has a line here.
RACES = [
    same_email,
    same_username,
    same_email_through_an_application,
    same_application_name,
    same_directory_name,
    same_group_name,
    same_membership,
    same_mapping,
    same_mapping_of_a_group,
]


class TestCompetingRequests:
    @pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
    def test_one_of_many_creations_of_the_same_resource_succeeds(self, api: Api, race: Callable[[Api], Race]):
        same = race(api)

        answers = at_once(partial(api.post, same.path, same.body(number)) for number in range(CALLERS))

        assert outcomes(answers) == {201: 1, same.lost: CALLERS - 1}
        assert all(same.names in each["message"] for each in answers if each.status == 409)
        assert api.get(same.left).ok["size"] == 1

    @pytest.mark.parametrize(
        ("kind", "attribute"),
        [
            ("accounts", "username"),
            ("accounts", "email"),
            ("groups", "name"),
            ("directories", "name"),
            ("applications", "name"),
        ],
    )
    def test_one_of_many_renamings_to_the_same_name_succeeds(
        self, api: Api, directory: Json, kind: str, attribute: str
    ):
        made = [
            {
                "accounts": lambda name: api.account(directory, name),
                "groups": lambda name: api.group(directory, name),
                "directories": api.directory,
                "applications": api.application,
            }[kind](f"u{number}")
            for number in range(CALLERS)
        ]

        answers = at_once(partial(api.post, each["href"], {attribute: "ada@example.com"}) for each in made)

        assert outcomes(answers) == {200: 1, (409, 2001): CALLERS - 1}
        assert all(attribute in each["message"] for each in answers if each.status == 409)

    def test_one_of_many_applications_gets_a_new_directory_of_the_same_name(self, api: Api):
        def create(number: int) -> Answer:
            return api.post("/applications", {"name": f"Atlas {number}"}, createDirectory="Readers")

        answers = at_once(partial(create, n) for n in range(CALLERS))

        assert outcomes(answers) == {201: 1, (409, 5010): CALLERS - 1}
        assert api.get("/applications", name="Atlas*").ok["size"] == 1

    def test_one_of_many_deletions_of_the_same_resource_deletes_it(
        self, service: Service, api: Api, directory: Json
    ):
        api.account(directory)

        answers = at_once([lambda: api.delete(directory["href"])] * CALLERS)

        # The others find that it was deleted.
        assert outcomes(answers) == {204: CALLERS}
        deleted = [each["resource"] for each in rows_of(service, api.tenant_id)["deletions"]]
        assert sorted(deleted) == ["account", "directory"]


class TestConcurrentChanges:
    def test_directories_named_by_the_service_get_different_names(self, api: Api):
        # All of them would have the name "xxx... Directory" once they are shortened to fit.
        def create(number: int) -> Answer:
            return api.post("/applications", {"name": "x" * 250 + f"{number:05d}"}, createDirectory="true")

        answers = at_once(partial(create, n) for n in range(CALLERS))

        assert set(outcomes(answers)) <= {201, (409, 5010)}
        created = outcomes(answers)[201]
        assert created >= 1
        assert (
            api.get("/directories", name="xxx*").ok["size"]
            == api.get("/applications", name="xxx*").ok["size"]
            == created
        )

    def test_new_mappings_get_different_indexes(self, api: Api):
        application = api.application()
        stores = [api.directory(f"D{number}") for number in range(CALLERS)]

        def create(store: Json) -> Answer:
            body = {"application": link(application), "accountStore": link(store), "listIndex": 0}
            return api.post("/accountStoreMappings", body)

        answers = at_once(partial(create, each) for each in stores)

        assert outcomes(answers) == {201: CALLERS}
        listed = api.get(application["accountStoreMappings"]["href"]).items
        assert [each["listIndex"] for each in listed] == list(range(CALLERS))

    def test_moved_mappings_keep_a_list_without_gaps(self, api: Api):
        application = api.application()
        mappings = [api.mapping(application, api.directory(f"D{number}")) for number in range(CALLERS)]

        answers = at_once(partial(api.post, each["href"], {"listIndex": 3}) for each in mappings)

        assert outcomes(answers) == {200: CALLERS}
        listed = api.get(application["accountStoreMappings"]["href"]).items
        assert [each["listIndex"] for each in listed] == list(range(CALLERS))
        assert {each["href"] for each in listed} == {each["href"] for each in mappings}

    def test_deleted_mappings_leave_a_list_without_gaps(self, api: Api):
        application = api.application()
        mappings = [api.mapping(application, api.directory(f"D{number}")) for number in range(2 * CALLERS)]

        answers = at_once(partial(api.delete, each["href"]) for each in mappings[::2])

        assert outcomes(answers) == {204: CALLERS}
        listed = api.get(application["accountStoreMappings"]["href"]).items
        assert [(each["listIndex"], each["href"]) for each in listed] == list(
            enumerate(m["href"] for m in mappings[1::2])
        )

    @pytest.mark.parametrize("flag", ["isDefaultAccountStore", "isDefaultGroupStore"])
    def test_one_mapping_has_the_flag_that_many_updates_set(self, api: Api, flag: str):
        application = api.application()
        mappings = [api.mapping(application, api.directory(f"D{number}")) for number in range(CALLERS)]

        answers = at_once(partial(api.post, each["href"], {flag: True}) for each in mappings)

        assert outcomes(answers) == {200: CALLERS}
        assert sum(each[flag] for each in api.get(application["accountStoreMappings"]["href"]).items) == 1

    @pytest.mark.parametrize("flag", ["isDefaultAccountStore", "isDefaultGroupStore"])
    def test_one_mapping_has_the_flag_that_many_creations_set(self, api: Api, flag: str):
        application = api.application()
        stores = [api.directory(f"D{number}") for number in range(CALLERS)]

        def create(store: Json) -> Answer:
            body = {"application": link(application), "accountStore": link(store), flag: True}
            return api.post("/accountStoreMappings", body)

        answers = at_once(partial(create, each) for each in stores)

        assert outcomes(answers) == {201: CALLERS}
        listed = api.get(application["accountStoreMappings"]["href"], limit=100).items
        assert [each["listIndex"] for each in listed] == list(range(CALLERS))
        (default,) = [each for each in listed if each[flag]]
        shown = api.get(application["href"]).ok[flag.replace("isDefault", "default") + "Mapping"]
        assert shown == link(default)

    def test_keys_that_are_merged_at_once_are_all_kept(self, api: Api, directory: Json):
        href = api.account(directory)["customData"]["href"]

        answers = at_once(partial(api.post, href, {f"k{n}": n}) for n in range(CALLERS))

        assert outcomes(answers) == {200: CALLERS}
        data = api.get(href).ok
        assert {key: data[key] for key in data if key.startswith("k")} == {f"k{n}": n for n in range(CALLERS)}

    def test_a_full_name_is_made_of_the_parts_that_were_set_at_once(self, api: Api, directory: Json):
        account = api.account(directory, givenName="A", surname="B")

        for turn in range(5):
            parts = {"givenName": f"A{turn}", "middleName": f"M{turn}", "surname": f"B{turn}"}
            answers = at_once(partial(api.post, account["href"], dict([part])) for part in parts.items())
            assert outcomes(answers) == {200: 3}
            assert api.get(account["href"]).ok["fullName"] == f"A{turn} M{turn} B{turn}"

    def test_changes_of_different_accounts_do_not_block_each_other(self, api: Api, directory: Json):
        def create(number: int) -> Answer:
            body = {"email": f"u{number}@example.com", "password": "Changeme1!"}
            return api.post(directory["accounts"]["href"], body)

        answers = at_once(partial(create, n) for n in range(2 * CALLERS))

        assert outcomes(answers) == {201: 2 * CALLERS}
        assert api.get(directory["accounts"]["href"]).ok["size"] == 2 * CALLERS


class TestConcurrentDeletion:
    """Deletions of a resource in use: later requests are told that it is gone, and nothing else happens."""

    def test_no_account_outlives_a_directory_that_is_being_deleted(self, api: Api):
        application, directory = api.application_with_directory()

        def create(number: int) -> Answer:
            body = {"email": f"u{number}@example.com", "password": "Changeme1!"}
            return api.post(application["accounts"]["href"], body)

        answers = at_once(
            [*(partial(create, n) for n in range(CALLERS)), lambda: api.delete(directory["href"])]
        )

        assert answers[-1].status == 204
        assert set(outcomes(answers[:-1])) <= {201, (400, 2016), (404, 404), (409, 5100)}
        assert api.get(directory["href"]).status == 404
        assert api.get(application["accounts"]["href"]).items == []

    def test_no_mapping_outlives_a_store_that_is_being_deleted(self, api: Api):
        application = api.application()
        stores = [api.directory(f"D{number}") for number in range(CALLERS)]

        def create(store: Json) -> Answer:
            return api.post(
                "/accountStoreMappings", {"application": link(application), "accountStore": link(store)}
            )

        answers = at_once(
            [
                *(partial(create, each) for each in stores),
                *(partial(api.delete, each["href"]) for each in stores),
            ]
        )

        # 503 tells a client to try again: two transactions were in conflict.
        assert set(outcomes(answers)) <= {201, 204, (400, 2014), (404, 404), (409, 409), (503, 503)}
        for each in stores:
            api.delete(each["href"])
        assert api.get(application["accountStoreMappings"]["href"]).items == []

    def test_changes_during_a_deletion_do_not_keep_the_resource(self, api: Api, directory: Json):
        account, group = api.account(directory), api.group(directory)

        answers = at_once(
            [
                lambda: api.post(account["href"], {"givenName": "A", "customData": {"a": 1}}),
                lambda: api.post(account["customData"]["href"], {"b": 1}),
                lambda: api.post("/groupMemberships", {"account": link(account), "group": link(group)}),
                lambda: api.get(account["href"], expand="customData,groups,directory"),
                lambda: api.delete(account["customData"]["href"]),
                lambda: api.delete(account["href"]),
            ]
        )

        assert answers[-1].status == 204
        assert set(outcomes(answers)) <= {200, 201, 204, (400, 2016), (404, 404), (409, 409)}
        assert api.get(account["href"]).status == 404
