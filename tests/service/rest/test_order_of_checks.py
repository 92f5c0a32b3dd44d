"""The order of checks: the first of several faults is reported (rest-core 6.22)."""

import pytest

from service.calls import Api, link, path_of

TEXT = {"Content-Type": "text/plain"}
JSON_TYPE = {"Content-Type": "application/json"}


def test_credentials_come_before_everything(api: Api):
    for method, path in (("GET", "/nothing"), ("PUT", "/applications"), ("POST", "/applications?a=&a=")):
        assert api.request(method, path, b"{", headers=TEXT, credentials={}).error == (401, 401)


def test_the_method_comes_before_the_media_type(api: Api):
    assert api.request("POST", "/accounts", b"{", headers=TEXT).error == (405, 1100)


def test_the_media_type_comes_before_the_json_syntax_and_that_before_the_query(api: Api):
    assert api.request("POST", "/applications", b"{", query="bogus=1", headers=TEXT).error == (415, 1101)
    assert api.request("POST", "/applications", b"{", query="bogus=1", headers=JSON_TYPE).error == (
        400,
        400,
    )


def test_the_query_comes_before_the_target(api: Api):
    assert api.get("/applications/unknown", expand="bogus").error == (400, 2107)
    assert api.post("/applications/unknown", {}, expand="bogus").error == (400, 2107)
    assert api.get("/directories/unknown/accounts", bogus=1).error == (400, 2105)
    assert api.get("/directories/unknown/accounts", limit="none").error == (400, 2103)


def test_the_target_comes_before_the_attributes(api: Api):
    assert api.post("/applications/unknown", {"bogus": 1}).error == (404, 404)


def test_protection_comes_before_uniqueness(api: Api):
    (protected,) = api.get("/applications", name="Stormpath").items

    assert api.post(protected["href"], {"name": "My Application"}).error == (403, 403)


def test_protection_comes_before_the_attributes(api: Api):
    (own,) = api.get("/applications", name="Stormpath").items
    (administrators,) = api.get("/directories", name="Stormpath Administrators").items

    for protected in (own, administrators):
        assert api.post(protected["href"], {"name": "Mine", "bogus": 1}).error == (403, 403)
        assert api.post(protected["href"], {"status": "disabled", "description": 1}).error == (403, 403)
        assert api.post(protected["href"], {"bogus": 1}).error == (400, 2015)


def test_the_default_store_comes_before_the_attributes(api: Api):
    application = api.application()

    assert api.post(application["accounts"]["href"], {"bogus": 1}).error == (409, 5100)
    assert api.post(application["groups"]["href"], {"bogus": 1}).error == (409, 5102)


@pytest.mark.parametrize(
    ("body", "code"), [({"name": "", "bogus": 1}, 2015), ({"name": "", "status": 1}, 2004)]
)
def test_unknown_attributes_and_types_come_before_values(api: Api, body: dict, code: int):
    assert api.post("/applications", body).error == (400, code)


def test_values_are_checked_in_the_order_of_the_reference(api: Api):
    assert api.post("/applications", {"name": "x" * 256, "status": "GONE"}).error == (400, 2008)
    assert api.post("/applications", {"description": "x" * 4001, "status": "GONE"}).error == (400, 2000)


class TestAccountChecks:
    @pytest.fixture
    def directory(self, api: Api):
        directory = api.directory()
        api.account(directory, "taken")
        return directory

    @pytest.fixture
    def place(self, api: Api, directory, request):
        """The creation of an account, and the update of one."""
        return directory["accounts"]["href"] if request.param == "create" else api.account(directory)["href"]

    every_place = pytest.mark.parametrize("place", ["create", "update"], indirect=True)

    @every_place
    def test_uniqueness_comes_before_password_strength(self, api: Api, place: str):
        body = {"email": "taken@example.com", "password": "weak"}

        assert api.post(place, body).error == (409, 2001)

    @every_place
    def test_password_strength_comes_before_custom_data(self, api: Api, place: str):
        body = {"email": "new@example.com", "password": "weak", "customData": {"bad key": 1}}

        assert api.post(place, body).error == (400, 2007)

    @every_place
    def test_uniqueness_comes_before_custom_data(self, api: Api, place: str):
        body = {"email": "taken@example.com", "password": "Changeme1!", "customData": {"bad key": 1}}

        assert api.post(place, body).error == (409, 2001)

    def test_a_fault_anywhere_stores_nothing(self, api: Api, directory):
        body = {"email": "new@example.com", "password": "Changeme1!", "customData": {"bad key": 1}}

        assert api.post(directory["accounts"]["href"], body).error == (400, 3002)
        assert api.get(directory["accounts"]["href"]).ok["size"] == 1

    def test_a_fault_anywhere_changes_nothing(self, api: Api, directory):
        account = api.account(directory)

        refused = api.post(account["href"], {"givenName": "Grace", "customData": {"bad key": 1}})

        assert refused.error == (400, 3002)
        assert api.get(account["href"]).ok == account


def test_uniqueness_comes_before_custom_data_elsewhere(api: Api):
    api.directory("People")

    assert api.post("/directories", {"name": "people", "customData": {"href": "x"}}).error == (409, 2001)


def test_an_existing_mapping_is_reported_before_its_flags(api: Api):
    application, directory = api.application(), api.directory()
    group = api.group(directory)
    api.mapping(application, group)

    body = {"application": link(application), "accountStore": link(group), "isDefaultGroupStore": True}

    assert api.post("/accountStoreMappings", body).error == (400, 5112)


def test_paths_can_be_written_from_hrefs(api: Api):
    directory = api.directory()

    assert api.get(path_of(directory)).ok == directory
