"""A real call for each error about organizations, default stores and linked accounts."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

from service.calls import Answer, Api, Json, id_of, link
from service.errors_by_resource import Call, account, disable, twice
from service.provider_bodies import in_mirror, mirror

NEW = {"accounts": account(), "groups": {"name": "Readers"}}
FLAGS = {"accounts": "isDefaultAccountStore", "groups": "isDefaultGroupStore"}


def new_in_organization(things: str, *, disabled: bool) -> Call:
    """Create in an organization without a default store, or with a disabled one."""

    def call(api: Api) -> Answer:
        return api.post(organization(api, things, disabled=disabled)[things]["href"], NEW[things])

    return call


def new_by_way_of_organization(things: str, *, disabled: bool) -> Call:
    """Create in an application whose default store is such an organization."""

    def call(api: Api) -> Answer:
        application = api.application()
        api.mapping(application, organization(api, things, disabled=disabled), **{FLAGS[things]: True})
        return api.post(application[things]["href"], NEW[things])

    return call


def organization(api: Api, things: str, *, disabled: bool) -> Json:
    """Return an organization whose one store is disabled, or no default for those things."""
    made, directory = api.organization(), api.directory()
    api.organization_mapping(made, directory, **{FLAGS[things]: disabled})
    if disabled:
        assert disable(api, directory).status == 200
    return made


def map_store(owner: str, store: str, **flags: bool) -> Call:
    """Map a store of that kind to an application or an organization."""

    def call(api: Api) -> Answer:
        return mapped(
            api, owner, {**link_to_owner(api, owner), "accountStore": link(a_store(api, store)), **flags}
        )

    return call


def map_twice(owner: str) -> Call:
    def call(api: Api) -> Answer:
        body = {**link_to_owner(api, owner), "accountStore": link(api.directory())}
        return twice(api, path_of_mappings(owner), body)

    return call


def map_two_of_a_provider(owner: str) -> Call:
    """Map two directories of one social provider."""

    def call(api: Api) -> Answer:
        body = link_to_owner(api, owner)
        first = mirror(api)
        second = api.directory("Another", provider=api.get(first["provider"]["href"]).ok)
        assert mapped(api, owner, body | {"accountStore": link(first)}).status == 201
        return mapped(api, owner, body | {"accountStore": link(second)})

    return call


def mapped(api: Api, owner: str, body: Json) -> Answer:
    return api.post(path_of_mappings(owner), body)


def path_of_mappings(owner: str) -> str:
    return "/accountStoreMappings" if owner == "application" else "/organizationAccountStoreMappings"


def link_to_owner(api: Api, owner: str) -> Json:
    return {owner: link(api.application() if owner == "application" else api.organization())}


def a_store(api: Api, kind: str) -> Json:
    if kind == "group":
        return api.group(api.directory())
    directory = mirror(api)
    if kind == "mirror":
        return directory
    return in_mirror(api, "group", {"name": "Readers", "directory_id": id_of(directory)})


def login_to_organization(api: Api, *, disabled: bool) -> Answer:
    """Log in to an organization alone: one that is disabled, or has no stores."""
    application, made = api.application(), api.organization()
    api.mapping(application, made)
    if disabled:
        directory = api.directory()
        api.organization_mapping(made, directory)
        api.account(directory)
        assert disable(api, made).status == 200
    return api.log_in(application, "ada", name_key="acme")


def relay_state(api: Api, *, disabled: bool) -> Answer:
    """Ask for a token of an organization: one that is disabled, or not mapped to the application."""
    application, made = api.application(), api.organization()
    if disabled:
        api.mapping(application, made)
        assert disable(api, made).status == 200
    return relay(api, application, {"organization": {"nameKey": "ACME"}})


def relay(api: Api, application: Json, body: Json) -> Answer:
    policy = api.get(application["samlPolicy"]["href"], expand="serviceProvider").ok
    return api.post(policy["serviceProvider"]["defaultRelayStates"]["href"], body)


def linked_again(api: Api) -> Answer:
    ada, grace = (api.account(api.directory(each)) for each in ("One", "Two"))
    made = api.account_link(ada, grace)
    answer = api.post("/accountLinks", {"leftAccount": link(grace), "rightAccount": link(ada)})
    assert answer.headers["location"] == made["href"]
    assert made["href"] in answer["developerMessage"]
    return answer


def linked_to_two_of_a_directory(api: Api) -> Answer:
    ada, directory = api.account(api.directory("One")), api.directory("Two")
    api.account_link(ada, api.account(directory, "grace"))
    joan = api.account(directory, "joan")
    return api.post("/accountLinks", {"leftAccount": link(joan), "rightAccount": link(ada)})


def linked_too_often(api: Api) -> Answer:
    ada, grace, joan = (api.account(api.directory(each)) for each in ("One", "Two", "Three"))
    api.account_link(ada, grace)
    with mock.patch.object(api.wsgi, "settings", replace(api.wsgi.settings, max_links=1)):
        return api.post("/accountLinks", {"leftAccount": link(ada), "rightAccount": link(joan)})


def linked_inside(api: Api, *, itself: bool) -> Answer:
    directory = api.directory()
    ada = api.account(directory)
    other = ada if itself else api.account(directory, "grace")
    return api.post("/accountLinks", {"leftAccount": link(ada), "rightAccount": link(other)})


PRODUCED: dict[tuple[str, int], Call] = {
    ("organization", 2001): lambda api: twice(api, "/organizations", {"name": "Acme", "nameKey": "acme"}),
    ("organization", 2006): lambda api: api.post("/organizations", {"name": "Acme", "nameKey": "-acme"}),
    ("organization", 4520): lambda api: api.post(
        "/organizations", {"name": "Acme", "nameKey": "acme"}, createDirectory=api.directory()["name"]
    ),
    ("organization", 4600): new_in_organization("accounts", disabled=False),
    ("organization", 4601): new_in_organization("accounts", disabled=True),
    ("organization", 4602): new_in_organization("groups", disabled=False),
    ("organization", 4603): new_in_organization("groups", disabled=True),
    ("application", 5116): new_by_way_of_organization("accounts", disabled=False),
    ("application", 5117): new_by_way_of_organization("accounts", disabled=True),
    ("application", 5118): new_by_way_of_organization("groups", disabled=False),
    ("application", 5119): new_by_way_of_organization("groups", disabled=True),
    ("accountStoreMapping", 5104): map_twice("application"),
    ("accountStoreMapping", 5106): map_store("application", "mirror", isDefaultAccountStore=True),
    ("accountStoreMapping", 5108): map_store("application", "group of a mirror", isDefaultAccountStore=True),
    ("accountStoreMapping", 5110): map_store("application", "mirror", isDefaultGroupStore=True),
    ("accountStoreMapping", 5112): map_store("application", "group", isDefaultGroupStore=True),
    ("accountStoreMapping", 5200): map_two_of_a_provider("application"),
    ("organizationAccountStoreMapping", 4604): map_twice("organization"),
    ("organizationAccountStoreMapping", 4606): map_store(
        "organization", "mirror", isDefaultAccountStore=True
    ),
    ("organizationAccountStoreMapping", 4608): map_store(
        "organization", "group of a mirror", isDefaultAccountStore=True
    ),
    ("organizationAccountStoreMapping", 4610): map_store("organization", "mirror", isDefaultGroupStore=True),
    ("organizationAccountStoreMapping", 4612): map_store("organization", "group", isDefaultGroupStore=True),
    ("organizationAccountStoreMapping", 4700): map_two_of_a_provider("organization"),
    ("login", 2014): lambda api: api.log_in(api.application(), "ada", name_key="nobody"),
    ("login", 4605): lambda api: login_to_organization(api, disabled=False),
    ("login", 7107): lambda api: login_to_organization(api, disabled=True),
    ("defaultRelayState", 5121): lambda api: relay(
        api, api.application(), {"callbackUri": "https://elsewhere.example/back"}
    ),
    ("defaultRelayState", 11001): lambda api: relay(
        api, api.application(), {"organization": {"nameKey": "nobody"}}
    ),
    ("defaultRelayState", 11002): lambda api: relay_state(api, disabled=True),
    ("accountLink", 7500): linked_again,
    ("accountLink", 7501): lambda api: linked_inside(api, itself=True),
    ("accountLink", 7503): linked_too_often,
    ("accountLink", 7504): lambda api: linked_inside(api, itself=False),
    ("accountLink", 7505): linked_to_two_of_a_directory,
}
