"""Built-in resources are protected (rest-core 6.18), and callers cannot set what only the service sets."""

import pytest

from service.calls import Api, Json, link


@pytest.fixture
def application(api: Api) -> Json:
    (found,) = api.get("/applications", name="Stormpath").items
    return found


@pytest.fixture
def administrators(api: Api) -> Json:
    (found,) = api.get("/directories", name="Stormpath Administrators").items
    return found


@pytest.fixture
def owner(api: Api, administrators: Json) -> Json:
    (found,) = api.get(administrators["accounts"]["href"]).items
    return found


@pytest.mark.parametrize("kind", ["application", "administrators"])
class TestApplicationAndDirectory:
    @pytest.fixture
    def protected(self, request: pytest.FixtureRequest, kind: str) -> Json:
        found = request.getfixturevalue(kind)
        assert isinstance(found, dict)
        return found

    def test_protected_resources_cannot_be_deleted(self, api: Api, protected: Json):
        assert api.delete(protected["href"]).error == (403, 403)
        assert api.post(protected["href"], None, _method="DELETE").error == (403, 403)
        assert api.get(protected["href"]).ok == protected

    @pytest.mark.parametrize(
        "change", [{"status": "DISABLED"}, {"status": "disabled"}, {"name": "Mine"}, {"name": "stormpath"}]
    )
    def test_protected_resources_cannot_be_disabled_or_renamed(self, api: Api, protected: Json, change: Json):
        assert api.post(protected["href"], change | {"description": "x"}).error == (403, 403)
        assert api.get(protected["href"]).ok == protected

    def test_other_attributes_of_protected_resources_can_be_changed(self, api: Api, protected: Json):
        assert api.post(protected["href"], protected).ok == protected
        assert (
            api.post(protected["href"], {"description": "Ours", "customData": {"a": 1}}).ok["description"]
            == "Ours"
        )


def test_the_protected_mapping_can_be_moved_but_not_deleted(api: Api, application: Json):
    mapping = application["defaultAccountStoreMapping"]
    api.mapping(application, api.directory(), listIndex=0)

    assert api.delete(mapping["href"]).error == (403, 403)
    assert api.post(mapping["href"], {"listIndex": 0}).ok["listIndex"] == 0


def test_other_mappings_of_protected_resources_can_be_deleted(
    api: Api, application: Json, administrators: Json
):
    ordinary, directory = api.application(), api.directory()
    # Separate administrators cannot be mapped to an ordinary application.
    api.post(api.tenant, {"administrators": "shared"}).ok

    for mapping in (api.mapping(application, directory), api.mapping(ordinary, administrators)):
        assert api.delete(mapping["href"]).status == 204


def test_the_other_initial_resources_are_ordinary(api: Api):
    for path, name in (("/applications", "My Application"), ("/directories", "My Application Directory")):
        (found,) = api.get(path, name=name).items
        assert api.post(found["href"], {"name": "Renamed", "status": "DISABLED"}).status == 200
        assert api.delete(found["href"]).status == 204


class TestOwner:
    def test_the_owner_cannot_be_deleted(self, api: Api, owner: Json):
        assert api.delete(owner["href"]).error == (403, 4001)
        assert api.get(owner["href"]).ok == owner

    @pytest.mark.parametrize("status", ["DISABLED", "unverified"])
    def test_the_status_of_the_owner_is_fixed(self, api: Api, owner: Json, status: str):
        change = {"status": status, "givenName": "X", "password": "weak"}

        assert api.post(owner["href"], change).error == (403, 4002)
        assert api.get(owner["href"]).ok == owner

    def test_the_owner_can_be_changed_otherwise(self, api: Api, owner: Json):
        assert api.post(owner["href"], owner).ok == owner

        changed = api.post(
            owner["href"], {"email": "new@example.com", "password": "Changeme1!", "status": "ENABLED"}
        ).ok

        assert changed["email"] == "new@example.com"
        # Ownership follows the account, not its e-mail.
        assert api.delete(owner["href"]).error == (403, 4001)

    def test_other_administrators_are_ordinary_accounts(self, api: Api, administrators: Json):
        account = api.account(administrators)

        assert api.post(account["href"], {"status": "DISABLED"}).ok["status"] == "DISABLED"
        assert api.delete(account["href"]).status == 204


class TestMassAssignment:
    """Attributes that only the service sets are refused as unknown or ignored, never stored."""

    @pytest.mark.parametrize(
        "name",
        [
            "protected",
            "passwordHash",
            "password_hash",
            "emailKey",
            "email_key",
            "tenantId",
            "directoryId",
            "ownerAccountId",
            "id",
        ],
    )
    def test_internal_columns_are_no_attributes(self, api: Api, name: str):
        application, directory = api.application_with_directory()
        account = api.account(directory)

        for resource in (application, directory, account, api.get(api.tenant).ok):
            assert api.post(resource["href"], {name: "x"}).error == (400, 2015)
        body = {"email": "x@example.com", "password": "Changeme1!", name: "x"}
        assert api.post(directory["accounts"]["href"], body).error == (400, 2015)

    def test_a_caller_cannot_set_verification_or_times_of_an_account(self, api: Api):
        directory, other = api.directory(), api.directory("Other")
        claims: Json = {
            "emailVerificationStatus": "VERIFIED",
            "createdAt": "2001-01-01T00:00:00.000Z",
            "passwordModifiedAt": "2001-01-01T00:00:00.000Z",
            "href": "http://localhost:8080/v1/accounts/mine",
            "directory": link(other),
            "fullName": "Somebody Else",
        }

        account = api.account(directory, **claims)

        assert account["emailVerificationStatus"] == "UNVERIFIED"
        assert account["directory"] == link(directory)
        assert account["fullName"] == ""
        assert account["createdAt"] == account["passwordModifiedAt"] > "2020"
        assert account["href"] != claims["href"]

    def test_a_mapping_cannot_be_made_part_of_the_service(self, api: Api):
        application, directory = api.application(), api.directory()
        body = {"application": link(application), "accountStore": link(directory), "protected": True}

        assert api.post("/accountStoreMappings", body).error == (400, 2015)

    def test_a_group_in_the_administrators_directory_gives_no_rights_away(
        self, api: Api, administrators: Json
    ):
        group = api.group(administrators)
        application = api.application()
        api.post(api.tenant, {"administrators": "shared"}).ok

        api.mapping(application, group)

        assert api.get(application["accounts"]["href"]).items == []
