"""Many at once: of those who want the same thing one gets it, and the others are told so as documented."""

from functools import partial

import pytest

from service.calls import Answer, Api, Json, link
from service.crowds import CROWD, at_once, outcomes


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


class TestOneWinner:
    def test_of_the_same_email(self, api: Api, directory: Json):
        def create(number: int) -> Answer:
            body = {"email": "Ada@example.com", "username": f"u{number}", "password": "Changeme1"}
            return api.post(directory["accounts"]["href"], body)

        answers = at_once(partial(create, n) for n in range(CROWD))

        assert outcomes(answers) == {201: 1, (409, 2001): CROWD - 1}
        assert all("email" in each["message"] for each in answers if each.status == 409)
        assert api.get(directory["accounts"]["href"]).ok["size"] == 1

    def test_of_the_same_username(self, api: Api, directory: Json):
        def create(number: int) -> Answer:
            body = {
                "email": f"u{number}@example.com",
                "username": "ada",
                "password": "Changeme1",
                "customData": {"n": number},
            }
            return api.post(directory["accounts"]["href"], body)

        answers = at_once(partial(create, n) for n in range(CROWD))

        assert outcomes(answers) == {201: 1, (409, 2001): CROWD - 1}
        assert all("username" in each["message"] for each in answers if each.status == 409)

    def test_of_the_same_username_by_update(self, api: Api, directory: Json):
        accounts = [api.account(directory, f"u{number}") for number in range(CROWD)]

        answers = at_once(partial(api.post, each["href"], {"username": "ada"}) for each in accounts)

        assert outcomes(answers) == {200: 1, (409, 2001): CROWD - 1}

    @pytest.mark.parametrize("kind", ["/applications", "/directories", "group"])
    def test_of_the_same_name(self, api: Api, directory: Json, kind: str):
        href = directory["groups"]["href"] if kind == "group" else kind

        answers = at_once([lambda: api.post(href, {"name": "Atlas"})] * CROWD)

        assert outcomes(answers) == {201: 1, (409, 2001): CROWD - 1}

    def test_of_the_same_membership(self, api: Api, directory: Json):
        body = {"account": link(api.account(directory)), "group": link(api.group(directory))}

        answers = at_once([lambda: api.post("/groupMemberships", body)] * CROWD)

        assert outcomes(answers) == {201: 1, (409, 409): CROWD - 1}

    def test_of_the_same_mapping(self, api: Api, directory: Json):
        application = api.application()
        body = {"application": link(application), "accountStore": link(directory)}

        answers = at_once([lambda: api.post("/accountStoreMappings", body)] * CROWD)

        assert outcomes(answers) == {201: 1, (409, 5104): CROWD - 1}
        assert api.get(application["accountStoreMappings"]["href"]).ok["size"] == 1

    def test_of_the_same_new_directory_for_different_applications(self, api: Api):
        def create(number: int) -> Answer:
            return api.post("/applications", {"name": f"Atlas {number}"}, createDirectory="Readers")

        answers = at_once(partial(create, n) for n in range(CROWD))

        assert outcomes(answers) == {201: 1, (409, 5010): CROWD - 1}
        assert api.get("/applications", name="Atlas*").ok["size"] == 1

    def test_of_the_same_deletion(self, api: Api, directory: Json):
        api.account(directory)

        answers = at_once([lambda: api.delete(directory["href"])] * CROWD)

        assert outcomes(answers) == {204: 1, (404, 404): CROWD - 1}


class TestTogether:
    def test_directories_named_by_the_service_get_names_of_their_own(self, api: Api):
        # All of them would be called "xxx... Directory" once they are shortened to fit.
        def create(number: int) -> Answer:
            return api.post("/applications", {"name": "x" * 250 + f"{number:05d}"}, createDirectory="true")

        answers = at_once(partial(create, n) for n in range(CROWD))

        assert set(outcomes(answers)) <= {201, (409, 5010)}
        created = outcomes(answers)[201]
        assert created >= 1
        assert (
            api.get("/directories", name="xxx*").ok["size"]
            == api.get("/applications", name="xxx*").ok["size"]
            == created
        )

    def test_new_mappings_get_places_of_their_own(self, api: Api):
        application = api.application()
        stores = [api.directory(f"D{number}") for number in range(CROWD)]

        def create(store: Json) -> Answer:
            body = {"application": link(application), "accountStore": link(store), "listIndex": 0}
            return api.post("/accountStoreMappings", body)

        answers = at_once(partial(create, each) for each in stores)

        assert outcomes(answers) == {201: CROWD}
        listed = api.get(application["accountStoreMappings"]["href"]).items
        assert [each["listIndex"] for each in listed] == list(range(CROWD))

    def test_mappings_that_are_moved_stay_a_list(self, api: Api):
        application = api.application()
        mappings = [api.mapping(application, api.directory(f"D{number}")) for number in range(CROWD)]

        answers = at_once(partial(api.post, each["href"], {"listIndex": 3}) for each in mappings)

        assert outcomes(answers) == {200: CROWD}
        listed = api.get(application["accountStoreMappings"]["href"]).items
        assert [each["listIndex"] for each in listed] == list(range(CROWD))
        assert {each["href"] for each in listed} == {each["href"] for each in mappings}

    def test_mappings_that_go_leave_a_list(self, api: Api):
        application = api.application()
        mappings = [api.mapping(application, api.directory(f"D{number}")) for number in range(2 * CROWD)]

        answers = at_once(partial(api.delete, each["href"]) for each in mappings[::2])

        assert outcomes(answers) == {204: CROWD}
        listed = api.get(application["accountStoreMappings"]["href"]).items
        assert [(each["listIndex"], each["href"]) for each in listed] == list(
            enumerate(m["href"] for m in mappings[1::2])
        )

    @pytest.mark.parametrize("flag", ["isDefaultAccountStore", "isDefaultGroupStore"])
    def test_one_mapping_has_the_flag_that_many_take(self, api: Api, flag: str):
        application = api.application()
        mappings = [api.mapping(application, api.directory(f"D{number}")) for number in range(CROWD)]

        answers = at_once(partial(api.post, each["href"], {flag: True}) for each in mappings)

        assert outcomes(answers) == {200: CROWD}
        assert sum(each[flag] for each in api.get(application["accountStoreMappings"]["href"]).items) == 1

    @pytest.mark.parametrize("flag", ["isDefaultAccountStore", "isDefaultGroupStore"])
    def test_one_new_mapping_has_the_flag_that_all_are_made_with(self, api: Api, flag: str):
        application = api.application()
        stores = [api.directory(f"D{number}") for number in range(CROWD)]

        def create(store: Json) -> Answer:
            body = {"application": link(application), "accountStore": link(store), flag: True}
            return api.post("/accountStoreMappings", body)

        answers = at_once(partial(create, each) for each in stores)

        assert outcomes(answers) == {201: CROWD}
        (kept,) = [each for each in api.get(application["accountStoreMappings"]["href"]).items if each[flag]]
        default = api.get(application["href"]).ok[f"default{flag.removeprefix('isDefault')}Mapping"]
        assert default == link(kept)

    def test_keys_that_are_merged_at_once_are_all_kept(self, api: Api, directory: Json):
        href = api.account(directory)["customData"]["href"]

        answers = at_once(partial(api.post, href, {f"k{n}": n}) for n in range(CROWD))

        assert outcomes(answers) == {200: CROWD}
        data = api.get(href).ok
        assert {key: data[key] for key in data if key.startswith("k")} == {f"k{n}": n for n in range(CROWD)}

    def test_a_full_name_is_made_of_the_parts_that_were_set_at_once(self, api: Api, directory: Json):
        account = api.account(directory, givenName="A", surname="B")

        for turn in range(5):
            parts = {"givenName": f"A{turn}", "middleName": f"M{turn}", "surname": f"B{turn}"}
            answers = at_once(partial(api.post, account["href"], dict([part])) for part in parts.items())
            assert outcomes(answers) == {200: 3}
            assert api.get(account["href"]).ok["fullName"] == f"A{turn} M{turn} B{turn}"

    def test_different_accounts_do_not_get_into_each_others_way(self, api: Api, directory: Json):
        def create(number: int) -> Answer:
            body = {"email": f"u{number}@example.com", "password": "Changeme1"}
            return api.post(directory["accounts"]["href"], body)

        answers = at_once(partial(create, n) for n in range(2 * CROWD))

        assert outcomes(answers) == {201: 2 * CROWD}
        assert api.get(directory["accounts"]["href"]).ok["size"] == 2 * CROWD


class TestAgainstDeletion:
    """Something goes while it is used: what comes too late is told that it is gone, and no more."""

    def test_accounts_are_created_while_their_directory_goes(self, api: Api):
        application, directory = api.application_with_directory()

        def create(number: int) -> Answer:
            body = {"email": f"u{number}@example.com", "password": "Changeme1"}
            return api.post(application["accounts"]["href"], body)

        answers = at_once(
            [*(partial(create, n) for n in range(CROWD)), lambda: api.delete(directory["href"])]
        )

        assert answers[-1].status == 204
        assert set(outcomes(answers[:-1])) <= {201, (400, 2016), (404, 404), (409, 5100)}
        assert api.get(directory["href"]).status == 404
        assert api.get(application["accounts"]["href"]).items == []

    def test_stores_are_mapped_while_they_go(self, api: Api):
        application = api.application()
        stores = [api.directory(f"D{number}") for number in range(CROWD)]

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

        # 503 tells a client to try again: two transactions stood in each other's way.
        assert set(outcomes(answers)) <= {201, 204, (400, 2016), (404, 404), (409, 409), (503, 503)}
        for each in stores:
            api.delete(each["href"])
        assert api.get(application["accountStoreMappings"]["href"]).items == []

    def test_a_resource_is_changed_while_it_goes(self, api: Api, directory: Json):
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
