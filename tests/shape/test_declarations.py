"""The declarations of a resource in the SDK and in the service: they agree, attribute by attribute."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import pytest
from falcon.testing import TestClient

import stormpath.resources
import stormpath.server.app
from stormpath.resources import attributes as sdk
from stormpath.resources import links as sdk_links
from stormpath.server import schema as server
from stormpath.server.app import Service
from stormpath.server.resources import RESOURCES, RULES
from stormpath.server.resources.accounts import account
from stormpath.server.schema import Password, Text
from stormpath.server.settings import Settings
from stormpath.server.setup import bootstrap
from stormpath.server.storage import memory_tables, migrate

# SDK classes whose name differs from the resource's.
NAMED_OTHERWISE = {
    "oAuthPolicy": "OauthPolicy",
    "idSite": "IDSite",
    "x509Certificate": "X509SigningCert",
    # One class for both kinds.
    "accessToken": "AuthToken",
    "refreshToken": "AuthToken",
    # E-mails without a link have the class EmailTemplate, which only lacks the defaultModel.
    "emailTemplate": "DefaultModelEmailTemplate",
}

# The service always sends these as XML or bytes: their attributes are never shown.
DOCUMENTS = {each.name for each in RESOURCES if each.document and not each.document.or_json}
# The attributes that the SDK makes of an answer that is not JSON.
OF_A_DOCUMENT = {"content", "filename"}

# Some of the data of a provider are for a login alone.
SDK_ONLY = {
    "providerData": {"code", "redirectUri", "accountStore"},
}

# Writable in version 2 of the SDK; the service accepts only the current value, or none.
WRITABLE_IN_THE_SDK_ONLY = {
    "tenant": {"key"},
    "application": {"samlPolicy"},
    "directory": {"passwordPolicy"},
    "providerData": {
        *("providerId", "accessToken", "accessTokenSecret", "refreshToken"),
        *SDK_ONLY["providerData"],
    },
}

LINKS = (
    *(server.Link, server.Collection, server.CustomData),
    *(server.Endpoint, server.Address, server.TokenCheck, server.TokenLink),
)
#: The SDK types allowed for each attribute type of the service; special types come before general ones.
KINDS: list[tuple[Any, tuple[type[Any], ...]]] = [
    (LINKS, (sdk_links.Link,)),
    (server.TextOfSecret, (sdk.Text,)),
    (server.ShownOnce, (sdk.ListOf,)),
    # Nested objects have classes of their own where version 2 of the SDK had them.
    (
        (server.Object, server.ObjectList, server.ObjectLookup, server.OfSecret),
        (sdk_links.Link, sdk.FreeObject, sdk.ListOf),
    ),
    (server.Flag, (sdk.Flag,)),
    (server.Number, (sdk.Number,)),
    (server.Timestamp, (sdk.Timestamp,)),
    # An ID Site's session times were ISO texts in version 2 of the SDK.
    (server.Duration, (sdk.Duration, sdk.Text)),
    # A nullable choice is typed as a text or None.
    (server.Choice, (sdk.Choice, sdk.Text)),
    (server.TextList, (sdk.ListOf,)),
    (server.Attribute, (sdk.Text, sdk.Choice)),
]


def sdk_class(resource: Any) -> Any:
    name = NAMED_OTHERWISE.get(resource.name, resource.title)
    found = getattr(stormpath.resources, name, None)
    assert found is not None, (
        f"The service has the resource {resource.name}, and the SDK has no class {name}: "
        "write it in stormpath/resources and export it there (see CONTRIBUTING.rst)."
    )
    return found


def declared_in_sdk(resource: Any) -> dict[str, Any]:
    """Return the attributes of the SDK's class by wire name, without those that every resource has."""
    declared = {each.wire: each for each in sdk_class(resource)._declared.values()}
    return {name: each for name, each in declared.items() if name not in ("href", "sp_http_status")}


def declared_in_service(resource: Any) -> dict[str, Any]:
    if resource.name in DOCUMENTS:
        return {}
    return {
        each.name: each
        for each in resource.attributes
        if each.shown or each.creatable or each.updatable or isinstance(each, Password)
    }


by_resource = pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)


@by_resource
def test_sdk_and_service_declare_the_same_attributes(resource: Any) -> None:
    in_service, in_sdk = set(declared_in_service(resource)), set(declared_in_sdk(resource))
    if resource.document:
        in_sdk -= OF_A_DOCUMENT
    if resource.name in DOCUMENTS:
        in_sdk -= {"createdAt", "modifiedAt"}

    assert in_sdk - in_service == SDK_ONLY.get(resource.name, set())
    assert in_service - in_sdk == set(), (
        f"Declare them in the SDK's class {sdk_class(resource).__name__}, a line each (see CONTRIBUTING.rst)."
    )


@by_resource
def test_the_same_attributes_are_writable_in_sdk_and_service(resource: Any) -> None:
    in_service = {
        name for name, each in declared_in_service(resource).items() if each.creatable or each.updatable
    }
    in_sdk = {name for name, each in declared_in_sdk(resource).items() if each.writable}

    assert in_sdk - in_service == WRITABLE_IN_THE_SDK_ONLY.get(resource.name, set())
    assert in_service - in_sdk == set()


@by_resource
def test_an_attribute_has_matching_types_in_sdk_and_service(resource: Any) -> None:
    in_sdk = declared_in_sdk(resource)
    for name, attribute in declared_in_service(resource).items():
        expected = next(kinds for kind, kinds in KINDS if isinstance(attribute, kind))
        assert isinstance(in_sdk[name], expected), (name, type(attribute), type(in_sdk[name]))


@by_resource
def test_nested_objects_have_the_same_members_in_sdk_and_service(resource: Any) -> None:
    for name, attribute in declared_in_service(resource).items():
        if isinstance(attribute, server.Object) and isinstance(
            declared_in_sdk(resource)[name], sdk_links.Link
        ):
            assert_same_members(attribute, declared_in_sdk(resource)[name].kind)


def assert_same_members(nested: Any, kind: Any) -> None:
    members = {each.wire: each for each in kind._declared.values()}
    assert set(members) == {each.name for each in nested.members}, nested.name
    assert all(each.writable for each in members.values()), nested.name
    for each in nested.members:
        if isinstance(each, server.Object):
            assert_same_members(each, members[each.name].kind)


@by_resource
def test_a_choice_has_the_same_words_in_sdk_and_service(resource: Any) -> None:
    in_sdk = declared_in_sdk(resource)
    for name, attribute in declared_in_service(resource).items():
        if isinstance(attribute, server.Choice) and not attribute.nullable:
            # Only accounts of the former hosted service had that status.
            assert set(in_sdk[name].choices) - {"UNKNOWN"} == set(attribute.choices), name


def test_a_new_attribute_takes_one_line_in_the_declaration(
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """It is stored, checked, shown, searched, sorted and described; only a migration is written besides."""
    star_sign = Text("starSign", max_length=10, searchable=True)
    with_star_sign = dataclasses.replace(account.ACCOUNT, own=(*account.ACCOUNT.own, star_sign))
    resources = tuple(with_star_sign if each.name == "account" else each for each in RESOURCES)
    monkeypatch.setattr(RULES["account"], "resource", with_star_sign)
    monkeypatch.setattr(stormpath.server.app, "RESOURCES", resources)
    monkeypatch.setattr(bootstrap.migrate, "upgrade", _create_declared_tables(resources))
    monkeypatch.setattr(memory_tables, "_tables", None)
    service = Service(Settings("sqlite://", password_hashing="insecure-for-tests"))
    request.addfinalizer(service.close)
    api = TestClient(service, headers=_basic(service.local_api_key()))

    def post(path: str, body: dict[str, Any]) -> Any:
        return api.simulate_post(path, body=json.dumps(body), headers={"Content-Type": "application/json"})

    directory = post("/v1/directories", {"name": "Crew"}).json["href"]
    path = directory.removeprefix("http://localhost:8080") + "/accounts"
    joe = {"email": "joe@example.com", "password": "Changeme1!", "starSign": "Joey"}
    created = post(path, joe)
    too_long = post(path, {**joe, "email": "jo@example.com", "starSign": "Joey the Tenth"})
    found = api.simulate_get(path, params={"starSign": "jo*", "orderBy": "starSign"})
    document = api.simulate_get("/v1/openapi.json").json

    assert created.json["starSign"] == "Joey"
    assert (too_long.status_code, too_long.json["code"]) == (400, 2008)
    assert [each["starSign"] for each in found.json["items"]] == ["Joey"]
    assert document["components"]["schemas"]["Account"]["properties"]["starSign"]["maxLength"] == 10


def _create_declared_tables(resources: Any) -> Any:
    from stormpath.server.storage.tables import Tables

    def create(connection: Any) -> None:
        Tables(resources).metadata.create_all(connection)
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{migrate.HEAD}')")  # noqa: S608  # Ours.

    return create


def _basic(key: tuple[str, str]) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(":".join(key).encode()).decode()}
