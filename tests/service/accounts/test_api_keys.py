"""API keys as resources (rest-core 5.17, rest-auth 4.1)."""

import re

import pytest

from service.calls import Api, Json, basic, id_of, link
from service.concurrency import CALLERS, at_once
from stormpath.server.app import Service


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


@pytest.fixture
def account(api: Api, directory: Json) -> Json:
    return api.account(directory)


def administrators_key(api: Api) -> Json:
    """Create another key that may call the API."""
    (owner,) = api.get("/accounts", username="administrator").items
    return api.api_key(owner)


def accepts(api: Api, key: Json) -> bool:
    """Return whether the API accepts the key."""
    answer = api.request("GET", "/applications", credentials=basic(key["id"], key["secret"]))
    assert answer.status in (200, 401)
    return answer.status == 200


class TestCreation:
    def test_a_key_is_created_from_an_empty_body(self, api: Api, account: Json):
        answer = api.post(account["apiKeys"]["href"])

        key = answer.made
        assert answer.headers["location"] == key["href"] == f"{api.base_url}/apiKeys/{key['id']}"
        assert re.fullmatch(r"[0-9A-Z]{25}", key["id"])
        assert re.fullmatch(r"[0-9A-Za-z+/]{43}", key["secret"])
        assert key == {
            "href": key["href"],
            "createdAt": key["createdAt"],
            "modifiedAt": key["createdAt"],
            "id": key["id"],
            "secret": key["secret"],
            "status": "ENABLED",
            "name": None,
            "description": None,
            "account": link(account),
            "tenant": {"href": api.tenant},
        }

    def test_labels_and_a_status_may_be_given(self, api: Api, account: Json):
        given = {"name": "Backup", "description": "Nightly", "status": "DISABLED"}

        key = api.api_key(account, **given)

        assert {name: key[name] for name in given} == given

    def test_the_service_chooses_id_and_secret(self, api: Api, account: Json):
        body = {"id": "MINE", "secret": "known", "account": {"href": "x"}}

        key = api.post(account["apiKeys"]["href"], body).made

        assert key["id"] != "MINE"
        assert key["secret"] != "known"
        assert key["account"] == link(account)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"name": "x" * 256}, 2008),
            ({"description": "x" * 1001}, 2008),
            ({"status": "UNVERIFIED"}, 2003),
            ({"name": 1}, 2004),
            ({"label": "x"}, 2015),
        ],
    )
    def test_a_wrong_body_makes_no_key(self, api: Api, account: Json, body: Json, code: int):
        assert api.post(account["apiKeys"]["href"], body).error == (400, code)
        assert api.get(account["apiKeys"]["href"]).ok["size"] == 0

    def test_a_key_needs_an_account_that_exists(self, api: Api):
        assert api.post("/accounts/0351A00000000000000000/apiKeys").error == (404, 404)
        assert api.post("/apiKeys", {}).error == (405, 1100)
        assert api.get("/apiKeys").error == (405, 1100)


class TestChanges:
    def test_labels_and_status_change_and_the_rest_stays(self, api: Api, account: Json):
        key = api.api_key(account)

        changed = api.post(key["href"], {"name": "Old", "description": "d", "status": "disabled"}).ok

        assert changed["modifiedAt"] >= key["modifiedAt"]
        times = {"modifiedAt": changed["modifiedAt"]}
        assert changed == key | {"name": "Old", "description": "d", "status": "DISABLED"} | times
        assert api.get(key["href"]).ok == changed

    def test_a_key_can_be_sent_back_unchanged(self, api: Api, account: Json):
        key = api.api_key(account)

        assert api.post(key["href"], key).ok == key
        assert api.post(key["href"], {"secret": "known"}).ok["secret"] == key["secret"]

    def test_a_key_cannot_be_moved_to_another_account(self, api: Api, directory: Json, account: Json):
        key, other = api.api_key(account), api.account(directory, "grace")

        assert api.post(key["href"], {"account": link(other)}).error == (400, 2017)

    @pytest.mark.parametrize(("body", "code"), [({"status": "GONE"}, 2003), ({"status": None}, 2000)])
    def test_a_wrong_status_is_refused(self, api: Api, account: Json, body: Json, code: int):
        assert api.post(api.api_key(account)["href"], body).error == (400, code)

    def test_a_deleted_key_is_gone(self, api: Api, account: Json):
        key = api.api_key(account)

        assert api.delete(key["href"]).status == 204

        assert api.get(key["href"]).error == (404, 404)
        assert api.post(key["href"], {}).error == (404, 404)
        assert api.get(account["href"]).status == 200

    def test_keys_are_deleted_with_their_account(self, api: Api, account: Json):
        keys = [api.api_key(account) for _ in range(3)]

        api.delete(account["href"])

        assert [api.get(each["href"]).status for each in keys] == [404] * 3

    def test_keys_are_deleted_with_their_directory(self, api: Api, directory: Json, account: Json):
        key = api.api_key(account)

        api.delete(directory["href"])

        assert api.get(key["href"]).error == (404, 404)


class TestAuthentication:
    """A change takes effect at once in this process, though keys are cached."""

    def test_a_new_key_of_an_administrator_calls_the_api(self, api: Api):
        assert accepts(api, administrators_key(api))

    def test_the_key_of_an_ordinary_account_does_not_call_the_api(self, api: Api, account: Json):
        assert not accepts(api, api.api_key(account))

    def test_disabling_and_enabling_a_key_take_effect_at_once(self, api: Api):
        key = administrators_key(api)
        assert accepts(api, key)

        api.post(key["href"], {"status": "DISABLED"})
        assert not accepts(api, key)

        api.post(key["href"], {"status": "ENABLED"})
        assert accepts(api, key)

    def test_a_deleted_key_is_refused_at_once(self, api: Api):
        key = administrators_key(api)
        assert accepts(api, key)

        api.delete(key["href"])

        assert not accepts(api, key)

    def test_a_key_may_delete_itself(self, api: Api):
        key = administrators_key(api)
        itself = Api(api.wsgi, api.base_url, api.tenant_id, key["id"], key["secret"])

        assert itself.delete(key["href"]).status == 204
        assert itself.get(key["href"]).error == (401, 401)

    def test_the_key_of_a_disabled_account_is_refused(self, api: Api):
        administrators = api.get("/directories", name="Stormpath Administrators").items[0]
        other = api.account(administrators, "grace")
        key = api.api_key(other)
        assert accepts(api, key)

        api.post(other["href"], {"status": "DISABLED"})

        assert not accepts(api, key)


class TestLists:
    def test_keys_are_listed_in_the_order_of_their_creation(self, api: Api, account: Json):
        made = [api.api_key(account) for _ in range(5)]

        listed = api.every(account["apiKeys"]["href"], limit=2)

        assert sorted(each["id"] for each in listed) == sorted(each["id"] for each in made)
        assert [each["createdAt"] for each in listed] == sorted(each["createdAt"] for each in made)

    @pytest.mark.parametrize("order", ["id", "id desc", "name", "description desc", "status", "createdAt"])
    def test_keys_are_sorted_by_any_text_and_paged(self, api: Api, account: Json, order: str):
        made = [api.api_key(account, name=f"n{n}", description=f"{n % 2}") for n in range(5)]

        listed = api.every(account["apiKeys"]["href"], limit=2, orderBy=order)

        assert sorted(each["id"] for each in listed) == sorted(each["id"] for each in made)
        by, _, descending = order.partition(" ")
        values = [each[by] for each in listed]
        assert values == sorted(values, reverse=bool(descending))

    def test_keys_cannot_be_sorted_by_their_secret(self, api: Api, account: Json):
        assert api.get(account["apiKeys"]["href"], orderBy="secret").error == (400, 2106)

    def test_an_id_is_searched_whole_and_in_its_letter_case(self, api: Api, account: Json):
        key, href = api.api_key(account), account["apiKeys"]["href"]
        api.api_key(account)

        assert [each["id"] for each in api.get(href, id=key["id"]).items] == [key["id"]]
        for other in (key["id"].lower(), key["id"][:-1] + "*", "*", "x"):
            assert api.get(href, id=other).items == []

    def test_keys_are_searched_by_status_and_name(self, api: Api, account: Json):
        api.api_key(account, name="Nightly", status="DISABLED")
        api.api_key(account, name="Daily")

        for query in ({"status": "disabled"}, {"name": "night*"}, {"q": "IGHT"}):
            assert [each["name"] for each in api.get(account["apiKeys"]["href"], query).items] == ["Nightly"]
        assert api.get(account["apiKeys"]["href"], secret="x").error == (400, 2105)

    def test_keys_and_their_accounts_expand_each_other(self, api: Api, account: Json):
        key = api.api_key(account)

        assert api.get(account["href"], expand="apiKeys")["apiKeys"]["items"] == [key]
        expanded = api.get(key["href"], expand="account,tenant").ok
        assert expanded["account"] == account
        assert expanded["tenant"]["key"]


class TestSearchThroughAnApplication:
    """A key is found through an application only if the account can log in through an enabled store."""

    def found(self, api: Api, application: Json, key: Json) -> bool:
        items = api.get(application["apiKeys"]["href"], id=key["id"]).items
        assert items in ([], [key])
        return bool(items)

    def test_the_keys_of_an_application_are_searched_by_id_only(self, api: Api):
        application = api.application()

        assert api.get(application["apiKeys"]["href"]).error == (400, 2101)
        assert api.get(application["apiKeys"]["href"], limit=5).error == (400, 2101)
        assert api.get(application["href"], expand="apiKeys").error == (400, 2107)
        assert api.post(application["apiKeys"]["href"], {}).error == (405, 1100)

    def test_a_key_is_found_through_a_mapped_directory(self, api: Api, directory: Json, account: Json):
        application, key = api.application(), api.api_key(account)
        assert not self.found(api, application, key)

        api.mapping(application, directory)

        assert self.found(api, application, key)

    def test_a_key_is_not_found_through_a_disabled_directory(self, api: Api, directory: Json, account: Json):
        application, key = api.application(), api.api_key(account)
        api.mapping(application, directory)

        api.post(directory["href"], {"status": "DISABLED"})

        assert not self.found(api, application, key)

    def test_a_key_is_found_through_an_enabled_mapped_group(self, api: Api, directory: Json, account: Json):
        application, key, group = api.application(), api.api_key(account), api.group(directory)
        api.mapping(application, group)
        assert not self.found(api, application, key)

        api.membership(account, group)
        assert self.found(api, application, key)

        api.post(group["href"], {"status": "DISABLED"})
        assert not self.found(api, application, key)

        api.mapping(application, directory)
        assert self.found(api, application, key)

    def test_a_key_is_not_found_through_a_group_of_a_disabled_directory(
        self, api: Api, directory: Json, account: Json
    ):
        application, key, group = api.application(), api.api_key(account), api.group(directory)
        api.mapping(application, group)
        api.membership(account, group)

        api.post(directory["href"], {"status": "DISABLED"})

        assert not self.found(api, application, key)

    def test_a_key_is_found_through_a_mapped_organization_unless_it_is_disabled(
        self, api: Api, directory: Json, account: Json
    ):
        application, key, organization = api.application(), api.api_key(account), api.organization()
        api.mapping(application, organization)
        assert not self.found(api, application, key)

        api.organization_mapping(organization, directory)
        assert self.found(api, application, key)

        api.post(organization["href"], {"status": "DISABLED"})
        assert not self.found(api, application, key)

    def test_disabled_keys_and_keys_of_disabled_accounts_are_found(
        self, api: Api, directory: Json, account: Json
    ):
        application = api.application()
        api.mapping(application, directory)
        key = api.api_key(account, status="DISABLED")
        api.post(account["href"], {"status": "DISABLED"})

        assert self.found(api, application, key)


class TestConcurrentRequests:
    def test_concurrent_creations_make_different_keys(self, api: Api, account: Json):
        answers = at_once([lambda: api.post(account["apiKeys"]["href"])] * CALLERS)

        made = {each.made["id"]: each["secret"] for each in answers}
        assert len(made) == len(set(made.values())) == CALLERS
        assert {each["id"]: each["secret"] for each in api.every(account["apiKeys"]["href"])} == made

    def test_no_key_outlives_its_account(self, api: Api, account: Json):
        creations = [lambda: api.post(account["apiKeys"]["href"])] * CALLERS
        creations[CALLERS // 2] = lambda: api.delete(account["href"])

        answers = at_once(creations)

        keys = [each["href"] for each in answers if each.status == 201]
        refused = [each.error for each in answers if each.status >= 400]
        assert len(keys) + len(refused) == CALLERS - 1
        assert set(refused) <= {(404, 404), (400, 2016)}
        assert [api.get(each).status for each in keys] == [404] * len(keys)

    def test_many_concurrent_deletions_succeed(self, api: Api, account: Json):
        key = api.api_key(account)

        answers = at_once([lambda: api.delete(key["href"])] * CALLERS)

        assert [each.status for each in answers] == [204] * CALLERS
        assert api.get(key["href"]).error == (404, 404)


def test_secrets_are_encrypted_in_the_database(service: Service, api: Api, account: Json):
    key = api.api_key(account)

    table = service.database.tables.of["apiKey"]
    with service.database.engine.connect() as connection:
        stored = connection.execute(table.select().where(table.c.id == id_of(key))).one()

    assert key["secret"].encode() not in stored.secret
    assert key["secret"] not in repr(stored)
