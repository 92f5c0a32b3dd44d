"""The account stores of organizations (rest-core 5.5), and organizations as stores (5.3)."""

import pytest

from service.calls import Api, Json, id_of, link
from service.provider_bodies import in_mirror, mirror, of_kind

FLAGS = ("isDefaultAccountStore", "isDefaultGroupStore")


class Mappings:
    """One of the two kinds of mappings: they obey the same rules, each with codes of its own."""

    def __init__(self, api: Api, owner: str, path: str, codes: dict[str, int]) -> None:
        self.api, self.name, self.path, self.codes = api, owner, path, codes
        self.owner = api.application() if owner == "application" else api.organization()

    def body(self, store: Json, **attributes: object) -> Json:
        return {self.name: link(self.owner), "accountStore": link(store), **attributes}

    def add(self, store: Json, **attributes: object) -> Json:
        return self.api.post(self.path, self.body(store, **attributes)).made

    def error(self, store: Json, **attributes: object) -> tuple[int, int]:
        return self.api.post(self.path, self.body(store, **attributes)).error

    def listed(self) -> list[Json]:
        return self.api.get(self.owner["accountStoreMappings"]["href"]).items

    def stores(self) -> list[Json]:
        return [each["accountStore"] for each in self.listed()]


CODES = {
    "application": {
        "twice": 5104,
        "mirror": 5106,
        "mirror group": 5108,
        "mirror for groups": 5110,
        "group for groups": 5112,
        "provider": 5200,
    },
    "organization": {
        "twice": 4604,
        "mirror": 4606,
        "mirror group": 4608,
        "mirror for groups": 4610,
        "group for groups": 4612,
        "provider": 4700,
    },
}


@pytest.fixture(params=["application", "organization"])
def mappings(request: pytest.FixtureRequest, api: Api) -> Mappings:
    paths = {"application": "/accountStoreMappings", "organization": "/organizationAccountStoreMappings"}
    return Mappings(api, request.param, paths[request.param], CODES[request.param])


def test_a_new_mapping_of_an_organization_has_the_documented_defaults(api: Api):
    organization, directory = api.organization(), api.directory()

    mapping = api.organization_mapping(organization, directory)

    assert mapping == {
        "href": mapping["href"],
        "createdAt": mapping["createdAt"],
        "modifiedAt": mapping["createdAt"],
        "organization": link(organization),
        "accountStore": link(directory),
        "listIndex": 0,
        "isDefaultAccountStore": False,
        "isDefaultGroupStore": False,
        "tenant": {"href": api.tenant},
    }
    assert api.get(mapping["href"]).ok == mapping
    expanded = api.get(mapping["href"], expand="organization,accountStore").ok
    assert expanded["organization"] == organization
    assert expanded["accountStore"] == directory


def test_the_bare_path_of_mappings_lists_nothing(mappings: Mappings, api: Api):
    assert api.get(mappings.path).error == (405, 1100)


def test_a_store_is_mapped_once(mappings: Mappings, api: Api):
    directory = api.directory()
    group = api.group(directory)
    mappings.add(directory)
    mappings.add(group)

    for store in (directory, group):
        assert mappings.error(store) == (409, mappings.codes["twice"])


def test_an_organization_is_mapped_to_an_application_once(api: Api):
    application, organization = api.application(), api.organization()
    api.mapping(application, organization)

    body = {"application": link(application), "accountStore": link(organization)}
    assert api.post("/accountStoreMappings", body).error == (409, 5104)


def test_an_organization_is_no_store_of_an_organization(api: Api):
    body = {"organization": link(api.organization()), "accountStore": link(api.organization("Beta"))}

    assert api.post("/organizationAccountStoreMappings", body).error == (400, 4614)


def test_links_must_name_existing_resources_of_the_right_kind(mappings: Mappings, api: Api):
    directory = api.directory()
    unknown = {"href": f"{api.base_url}/directories/unknown"}

    assert mappings.error(unknown) == (400, 2014)
    assert mappings.error({"href": "unknown"}) == (400, 2002)
    assert mappings.error(api.account(directory)) == (400, 2014)
    assert api.post(mappings.path, {"accountStore": link(directory)}).error == (400, 2000)
    assert api.post(mappings.path, {mappings.name: link(mappings.owner)}).error == (400, 2000)


def test_links_of_a_mapping_cannot_be_changed(mappings: Mappings, api: Api):
    directory = api.directory()
    made = mappings.add(directory)

    assert api.post(made["href"], {"accountStore": link(directory)}).ok == made
    assert api.post(made["href"], {"accountStore": link(api.directory("B"))}).error == (400, 2017)


class TestOrder:
    def test_a_list_index_is_a_place_in_a_list_without_gaps(self, mappings: Mappings, api: Api):
        a, b, c, d = (api.directory(each) for each in "ABCD")
        mappings.add(a)
        mappings.add(b)
        assert mappings.add(c, listIndex=-3)["listIndex"] == 0
        moved = mappings.add(d, listIndex=99)
        assert moved["listIndex"] == 3
        assert mappings.stores() == [link(each) for each in (c, a, b, d)]

        assert api.post(moved["href"], {"listIndex": 1}).ok["listIndex"] == 1
        assert mappings.stores() == [link(each) for each in (c, d, a, b)]

        api.delete(mappings.listed()[0]["href"])
        assert [each["listIndex"] for each in mappings.listed()] == [0, 1, 2]

    def test_a_new_mapping_moves_no_mapping_of_another_organization(self, api: Api):
        directory = api.directory()
        api.mapping(api.application(), directory)
        other = api.organization_mapping(api.organization("Beta"), directory)
        mapping = api.organization_mapping(api.organization(), api.directory("B"))

        api.organization_mapping({"href": mapping["organization"]["href"]}, directory, listIndex=0)

        assert api.get(other["href"]).ok == other
        assert api.get(mapping["href"]).ok["listIndex"] == 1


class TestDefaults:
    @pytest.mark.parametrize("flag", FLAGS)
    def test_one_mapping_of_an_owner_has_a_flag(self, mappings: Mappings, api: Api, flag: str):
        first = mappings.add(api.directory("A"), **{flag: True})
        second = mappings.add(api.directory("B"), **{flag: True})

        assert [each[flag] for each in mappings.listed()] == [False, True]
        link_name = flag.replace("isD", "d") + "Mapping"
        assert api.get(mappings.owner["href"]).ok[link_name] == link(second)

        api.post(first["href"], {flag: True})
        assert api.get(mappings.owner["href"]).ok[link_name] == link(first)
        api.post(first["href"], {flag: False})
        assert api.get(mappings.owner["href"]).ok[link_name] is None

    def test_a_group_is_no_store_for_groups(self, mappings: Mappings, api: Api):
        group = api.group(api.directory())
        refused = (400, mappings.codes["group for groups"])

        assert mappings.error(group, isDefaultGroupStore=True) == refused
        made = mappings.add(group, isDefaultAccountStore=True)
        assert api.post(made["href"], {"isDefaultGroupStore": True}).error == refused

    def test_a_mirror_is_no_default_store(self, mappings: Mappings, api: Api):
        directory = mirror(api, "ldap")
        group = in_mirror(api, "group", {"name": "Readers", "directory_id": id_of(directory)})
        codes = mappings.codes

        assert mappings.error(directory, isDefaultAccountStore=True) == (400, codes["mirror"])
        assert mappings.error(directory, isDefaultGroupStore=True) == (400, codes["mirror for groups"])
        assert mappings.error(group, isDefaultAccountStore=True) == (400, codes["mirror group"])
        made = mappings.add(directory)
        assert api.post(made["href"], {"isDefaultAccountStore": True}).error == (400, codes["mirror"])
        assert api.post(made["href"], {"listIndex": 3, "isDefaultAccountStore": False}).ok == made


class TestProviders:
    @pytest.mark.parametrize("provider", ["google", "my-oauth"])
    def test_an_owner_maps_one_directory_of_a_social_provider(
        self, mappings: Mappings, api: Api, provider: str
    ):
        first, second = (api.directory(each, provider=of_kind(provider)) for each in "AB")
        other = mirror(api, "facebook")
        mappings.add(first)

        assert mappings.error(second) == (409, mappings.codes["provider"])
        assert mappings.error(first) == (409, mappings.codes["twice"])
        mappings.add(other)

    @pytest.mark.parametrize("provider", ["stormpath", "ldap", "ad", "saml"])
    def test_an_owner_maps_any_number_of_other_directories(self, mappings: Mappings, api: Api, provider: str):
        given = {} if provider == "stormpath" else {"provider": of_kind(provider)}
        for name in ("A", "B"):
            mappings.add(api.directory(name, **given))

        assert len(mappings.listed()) == 2
