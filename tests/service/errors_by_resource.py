"""A real call for each documented error of a resource that cannot be derived from its schema.

``PRODUCED`` is by resource and code: each entry makes what it needs in a tenant of its own, and returns the
answer, which must be that error. There are more in the modules beside this one (error_calls.py). What a
schema says (a type, a length, a choice) is in test_errors.py, for every resource at once. ``NOT_YET`` are
the documented codes that nothing here can produce, with the reasons.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from service.calls import Answer, Api, Json, link
from stormpath.server.domain.storage import Busy
from stormpath.server.resources import RULES

Call = Callable[[Api], Answer]

#: The HTTP status of every documented code.
STATUS = {
    int(code): status
    for code, status in json.loads(Path(__file__).with_name("errors.json").read_text()).items()
}

PROTECTED = {"applications": "Stormpath", "directories": "Stormpath Administrators"}


def built_in(api: Api, kind: str) -> Json:
    """Return the built-in resource of that kind."""
    (found,) = api.get(f"/{kind}", name=PROTECTED[kind]).items
    return found


def owner(api: Api) -> Json:
    """Return the account that owns the tenant."""
    (found,) = api.get(built_in(api, "directories")["accounts"]["href"]).items
    return found


def administrators_mapping(api: Api) -> Json:
    (found,) = api.get(built_in(api, "applications")["accountStoreMappings"]["href"]).items
    return found


def account(password: str = "Changeme1!", email: str = "grace@example.com", **attributes: Any) -> Json:
    return {"email": email, "password": password, **attributes}


def new_account(api: Api, **attributes: Any) -> Answer:
    return api.post(api.directory()["accounts"]["href"], account(**attributes))


def used_password(api: Api) -> Answer:
    directory = api.directory()
    person = api.account(directory)
    strength = api.get(directory["passwordPolicy"]["href"]).ok["strength"]["href"]
    assert api.post(strength, {"preventReuse": 1}).status == 200
    return api.post(person["href"], {"password": "Changeme1!"})


def disable(api: Api, resource: Json) -> Answer:
    return api.post(resource["href"], {"status": "DISABLED"})


def without_default(api: Api, flag: str) -> Json:
    """Return an application whose one mapping is no default for new accounts, or for new groups."""
    application = api.application()
    api.mapping(application, api.directory(), **{flag: False})
    return application


def with_disabled_store(api: Api) -> Json:
    application, directory = api.application_with_directory()
    assert disable(api, directory).status == 200
    return application


def twice(api: Api, path: str, body: Json) -> Answer:
    """Create the same again."""
    assert api.post(path, body).status == 201
    return api.post(path, body)


def renamed(api: Api, path: str, attribute: str, **others: Any) -> Answer:
    """Give a resource the name of another one in the same place."""
    made = [api.post(path, {attribute: each, **others}).made for each in ("One", "Two")]
    return api.post(made[0]["href"], {attribute: "TWO"})


def group_becomes_default(api: Api) -> Answer:
    application, directory = api.application_with_directory()
    mapping = api.mapping(application, api.group(directory))
    return api.post(mapping["href"], {"isDefaultGroupStore": True})


def member_of_another_directory(api: Api) -> Answer:
    group = api.group(api.directory("Others"))
    body = {"account": link(api.account(api.directory())), "group": link(group)}
    return api.post("/groupMemberships", body)


def member_twice(api: Api) -> Answer:
    directory = api.directory()
    body = {"account": link(api.account(directory)), "group": link(api.group(directory))}
    return twice(api, "/groupMemberships", body)


def log_in(api: Api, password: str = "Changeme1!", **attributes: Any) -> Answer:
    """Log in as an account with these attributes."""
    application, directory = api.application_with_directory()
    api.account(directory, "grace", **attributes)
    return api.log_in(application, "grace", password)


def log_in_to(api: Api, *, application: bool = False, directory: bool = False, group: bool = False) -> Answer:
    """Log in through a group while application, directory or group is disabled."""
    made, store = api.application(), api.directory()
    person, crew = api.account(store), api.group(store)
    api.membership(person, crew)
    api.mapping(made, crew)
    for each, is_disabled in ((made, application), (store, directory), (crew, group)):
        if is_disabled:
            assert disable(api, each).status == 200
    return api.log_in(made, "ada")


def custom_data(api: Api, key: str, value: Any = 1) -> Answer:
    return api.post(api.directory()["customData"]["href"], {key: value})


def failing(error: Exception) -> Call:
    """Return a call during which the service meets an error in its own rules."""

    def call(api: Api) -> Answer:
        with mock.patch.object(type(RULES["directory"]), "insert", side_effect=error):
            return api.post("/directories", {"name": "People"})

    return call


PRODUCED: dict[tuple[str, int], Call] = {
    ("any", 401): lambda api: api.request("GET", "/applications", credentials={}),
    ("any", 500): failing(ValueError("a defect")),
    ("any", 503): failing(Busy("another writer")),
    ("tenant", 404): lambda api: api.get("/tenants/0351A00000000000000000"),
    ("tenant", 1100): lambda api: api.delete(api.tenant),
    ("tenant", 2017): lambda api: api.post(api.tenant, {"key": "another-key"}),
    ("application", 403): lambda api: api.delete(built_in(api, "applications")["href"]),
    ("application", 2001): lambda api: twice(api, "/applications", {"name": "Atlas"}),
    ("application", 2017): lambda api: api.post(
        api.application()["href"], {"tenant": {"href": "/v1/tenants/0351A00000000000000000"}}
    ),
    ("application", 5010): lambda api: api.post(
        "/applications", {"name": "Atlas"}, createDirectory=api.directory()["name"]
    ),
    ("application", 5100): lambda api: api.post(
        without_default(api, "isDefaultAccountStore")["accounts"]["href"], account()
    ),
    ("application", 5101): lambda api: api.post(with_disabled_store(api)["accounts"]["href"], account()),
    ("application", 5102): lambda api: api.post(
        without_default(api, "isDefaultGroupStore")["groups"]["href"], {"name": "Readers"}
    ),
    ("application", 5103): lambda api: api.post(
        with_disabled_store(api)["groups"]["href"], {"name": "Readers"}
    ),
    ("directory", 403): lambda api: disable(api, built_in(api, "directories")),
    ("directory", 2001): lambda api: renamed(api, "/directories", "name"),
    ("group", 2001): lambda api: renamed(api, api.directory()["groups"]["href"], "name"),
    ("account", 400): lambda api: new_account(api, password="nodigitshere"),
    ("account", 2001): lambda api: twice(api, api.directory()["accounts"]["href"], account()),
    ("account", 2006): lambda api: new_account(api, email="no address"),
    ("account", 2007): lambda api: new_account(api, password="Short1"),
    ("account", 2008): lambda api: new_account(api, password="Long1" * 21),
    ("account", 6401): lambda api: used_password(api),
    ("account", 4001): lambda api: api.delete(owner(api)["href"]),
    ("account", 4002): lambda api: disable(api, owner(api)),
    ("groupMembership", 409): member_twice,
    ("groupMembership", 2014): member_of_another_directory,
    ("accountStoreMapping", 403): lambda api: api.delete(administrators_mapping(api)["href"]),
    ("accountStoreMapping by update", 5112): group_becomes_default,
    ("customData", 3000): lambda api: custom_data(api, " "),
    ("customData", 3001): lambda api: custom_data(api, "k" * 256),
    ("customData", 3002): lambda api: custom_data(api, "-k"),
    ("customData", 3003): lambda api: custom_data(api, "createdAt"),
    ("customData", 3004): lambda api: custom_data(api, "k", "x" * (10 * 1024 * 1024)),
    ("customData of a creation", 3003): lambda api: api.post(
        "/applications", {"name": "Atlas", "customData": {"spMeta": 1}}
    ),
    ("login", 2006): lambda api: api.post(
        api.application()["loginAttempts"]["href"], {"type": "basic", "value": "no Base64!"}
    ),
    ("login", 5105): lambda api: api.log_in(api.application(), "grace"),
    ("login", 5114): lambda api: api.log_in(
        api.application_with_directory()[0], "grace", store=api.directory("Others")
    ),
    ("login", 5115): lambda api: log_in_to(api, application=True),
    ("login", 7100): lambda api: log_in(api, password="Wrong1wrong"),
    ("login", 7101): lambda api: log_in(api, status="DISABLED"),
    ("login", 7102): lambda api: log_in(api, status="UNVERIFIED"),
    ("login", 7104): lambda api: api.log_in(api.application_with_directory()[0], "grace"),
    ("login", 7105): lambda api: log_in_to(api, group=True),
    ("login", 7106): lambda api: log_in_to(api, directory=True),
}


#: Documented codes that the service does not answer with, by the reason.
NOT_YET: dict[str, set[int]] = {
    "whoever serves it for themselves has no subscription": {1900, 1902, 1903, 1904, 1905, 1906, 1910},
    "no attribute is a date that callers set": {2011, 2012},
    "retired": {2018},
    "they are said of what flows refer to: SAML directories, tokens": {2020, 2021, 2022},
    "callback URIs are asked for by ID Site and SAML, which come later": {5120, 5122},
    "a LOCKED account is refused as a DISABLED one is": {7103},
    "a default relay state may name an organization that is not mapped": {11003},
    "nobody logs in elsewhere and comes back": {10100, 10101, 10102, 12001},
    "no request of an application to ID Site or SAML is read yet": {11004},
    "a code is random bytes of the system, which do not fail": {13106},
}

#: Codes below 1000 are HTTP statuses; these are not in the documented list.
UNDOCUMENTED = {408, 413}
