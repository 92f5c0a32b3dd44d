"""Account schemas: the names that the accounts of a directory must have (rest-core 5.15)."""

import pytest

from service.calls import Api, Json, id_of, link

NAMES = ["givenName", "surname"]

each_name = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


@pytest.fixture
def schema(api: Api, directory: Json) -> Json:
    return api.get(directory["accountSchema"]["href"]).ok


def field_of(api: Api, directory: Json, name: str) -> Json:
    fields = api.get(f"{directory['accountSchema']['href']}/fields").items
    return next(each for each in fields if each["name"] == name)


def ask_for(api: Api, directory: Json, name: str) -> None:
    assert api.post(field_of(api, directory, name)["href"], {"required": True}).ok["required"] is True


def test_a_schema_is_created_with_its_directory(api: Api, directory: Json, schema: Json):
    assert schema == {
        "href": schema["href"],
        "createdAt": directory["createdAt"],
        "modifiedAt": directory["createdAt"],
        "fields": {"href": f"{schema['href']}/fields"},
        "directory": link(directory),
    }
    assert api.post(schema["href"], schema).ok == api.post(schema["href"], {}).ok == schema
    assert api.post(schema["href"], {"bogus": 1}).error == (400, 2015)


def test_the_fields_are_the_two_names_and_neither_is_required(api: Api, directory: Json, schema: Json):
    fields = api.get(schema["fields"]["href"]).items

    assert fields == [
        {
            "href": f"{api.base_url}/fields/{id_of(each)}",
            "createdAt": directory["createdAt"],
            "modifiedAt": directory["createdAt"],
            "name": name,
            "required": False,
            "schema": link(schema),
        }
        for each, name in zip(fields, NAMES, strict=True)
    ]
    assert api.get(schema["href"], expand="fields").ok["fields"]["items"] == fields


@each_name
def test_a_field_can_be_required_and_no_longer_so(api: Api, directory: Json, name: str):
    field = field_of(api, directory, name)

    changed = api.post(field["href"], {"required": "true", "name": "ignored"}).ok

    assert changed == field | {"required": True, "modifiedAt": changed["modifiedAt"]}
    assert api.get(field["href"]).ok == changed
    assert api.post(field["href"], {"required": False}).ok["required"] is False
    assert api.post(field["href"], {"required": "perhaps"}).error == (400, 2004)
    assert api.post(field["href"], {"required": None}).error == (400, 2000)


def test_schemas_and_fields_are_created_and_deleted_with_their_directory_only(
    api: Api, directory: Json, schema: Json
):
    field = field_of(api, directory, "surname")
    for path in ("/schemas", "/fields", schema["fields"]["href"]):
        assert api.post(path, {}).error == (405, 1100)
    for href in (schema["href"], field["href"]):
        assert api.delete(href).error == (405, 1100)

    api.delete(directory["href"])

    for href in (schema["href"], field["href"]):
        assert api.get(href).error == (404, 404)


class TestRequired:
    @each_name
    @pytest.mark.parametrize("value", ["absent", None, "  "])
    def test_an_account_without_a_required_name_is_refused(
        self, api: Api, directory: Json, name: str, value: object
    ):
        ask_for(api, directory, name)
        body: Json = {
            "email": "ada@example.com",
            "password": "Changeme1!",
            "givenName": "Ada",
            "surname": "King",
        }
        body = {each: body[each] for each in body if each != name} | (
            {} if value == "absent" else {name: value}
        )

        refused = api.post(directory["accounts"]["href"], body)

        assert refused.error == (400, 2000)
        assert name in refused["message"]
        assert api.get(directory["accounts"]["href"]).items == []

    def test_an_account_with_all_required_names_is_created(self, api: Api, directory: Json):
        for name in NAMES:
            ask_for(api, directory, name)

        assert api.account(directory, givenName="Ada", surname="King")["fullName"] == "Ada King"

    @each_name
    def test_a_required_name_cannot_be_cleared(self, api: Api, directory: Json, name: str):
        account = api.account(directory, givenName="Ada", surname="King")
        ask_for(api, directory, name)

        for change in ({name: None}, {name: " "}, {name: None, "password": "Another1one"}):
            assert api.post(account["href"], change).error == (400, 2000)

        assert api.get(account["href"]).ok == account

    @each_name
    def test_an_account_that_never_had_the_name_can_be_changed_otherwise(
        self, api: Api, directory: Json, name: str
    ):
        account = api.account(directory)
        ask_for(api, directory, name)

        assert api.post(account["href"], {"middleName": "A."}).status == 200

    def test_a_required_name_is_not_required_in_other_directories(self, api: Api, directory: Json):
        ask_for(api, directory, "surname")

        assert api.account(api.directory("Other"))["surname"] is None

    def test_required_names_are_checked_before_domains_and_uniqueness(self, api: Api, directory: Json):
        api.account(directory)
        ask_for(api, directory, "surname")
        api.post(directory["accountCreationPolicy"]["href"], {"emailDomainBlacklist": ["*"]})

        body = {"email": "ada@example.com", "password": "weak"}
        assert api.post(directory["accounts"]["href"], body).error == (400, 2000)
