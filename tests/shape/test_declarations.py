"""One declaration a resource on each side: the two agree, and one line is all an attribute takes."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import pytest
from falcon.testing import TestClient

import stormpath.server.app
from stormpath import resources as sdk
from stormpath.resources.email_template import DefaultModelEmailTemplate
from stormpath.resources.record import Record
from stormpath.server import first_run
from stormpath.server.app import Service
from stormpath.server.declaration import Password, Text
from stormpath.server.resources import RESOURCES, RULES, account
from stormpath.server.settings import Settings
from stormpath.server.storage import migrate

# Where the classic SDK named a class otherwise than the service names the resource.
NAMED_OTHERWISE = {
    "emailTemplate": DefaultModelEmailTemplate,  # The kind that has every attribute.
    "idSite": sdk.IDSite,
    "oAuthPolicy": sdk.OauthPolicy,
    "x509Certificate": sdk.X509SigningCert,
}
# The bytes of what is no JSON are attributes in the SDK.
BYTES = {"content", "filename"}
# The SDK is ahead: its classes name what the service comes to serve with tokens, factors and e-mails. What
# an account's provider data are sent with is no part of the resource.
SDK_ONLY = {
    "account": {"accessTokens", "emailVerificationToken", "factors", "phones", "refreshTokens"},
    "application": {"authTokens", "passwordResetTokens", "verificationEmails"},
    "providerData": {
        "accessToken",
        "accessTokenSecret",
        "accountStore",
        "code",
        "redirectUri",
        "refreshToken",
        "userInfo",
    },
    "tenant": {"smtpServers"},
}

# What the classic SDK lets callers set, and the service takes at its present value only, if at all. A login
# through a provider is sent as provider data, which the service comes to take with those logins.
FIXED_BY_THE_SERVICE = {
    "application": {"samlPolicy"},
    "directory": {"passwordPolicy"},
    "provider": {"attributeStatementMappingRules"},
    "providerData": {*SDK_ONLY["providerData"], "providerId"} - {"userInfo"},
    "tenant": {"key"},
}


def class_of(resource: Any) -> type[Record]:
    named: type[Record] = NAMED_OTHERWISE.get(resource.name) or getattr(sdk, resource.title)
    return named


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)
def test_the_two_sides_know_the_same_attributes(resource: Any) -> None:
    in_service = {each.name for each in resource.attributes if each.shown or isinstance(each, Password)}
    in_sdk = {each.wire for each in class_of(resource)._declared.values()} - {"href", "sp_http_status"}

    bytes_of_it = BYTES if resource.document else set()
    assert in_sdk - in_service == SDK_ONLY.get(resource.name, set()) | bytes_of_it
    assert in_service <= in_sdk


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)
def test_the_two_sides_let_callers_set_the_same_attributes(resource: Any) -> None:
    in_service = {each.name for each in resource.attributes if each.creatable or each.updatable}
    in_sdk = {each.wire for each in class_of(resource)._declared.values() if each.writable}

    assert in_sdk - in_service == FIXED_BY_THE_SERVICE.get(resource.name, set())
    assert in_service <= in_sdk


def test_one_line_in_the_declaration_is_all_that_a_new_attribute_takes(
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """Stored, checked, shown, searched, sorted and described; only its migration is written besides."""
    nickname = Text("nickname", max_length=10, searchable=True)
    with_nickname = dataclasses.replace(account.ACCOUNT, own=(*account.ACCOUNT.own, nickname))
    resources = tuple(with_nickname if each.name == "account" else each for each in RESOURCES)
    monkeypatch.setattr(RULES["account"], "resource", with_nickname)
    monkeypatch.setattr(stormpath.server.app, "RESOURCES", resources)
    monkeypatch.setattr(first_run.migrate, "upgrade", _create_declared_tables(resources))
    service = Service(Settings("sqlite://", password_hashing="insecure-for-tests"))
    request.addfinalizer(service.close)
    api = TestClient(service, headers=_basic(service.local_api_key()))

    def post(path: str, body: dict[str, Any]) -> Any:
        return api.simulate_post(path, body=json.dumps(body), headers={"Content-Type": "application/json"})

    directory = post("/v1/directories", {"name": "Crew"}).json["href"]
    path = directory.removeprefix("http://localhost:8080") + "/accounts"
    joe = {"email": "joe@example.com", "password": "Changeme1!", "nickname": "Joey"}
    created = post(path, joe)
    too_long = post(path, {**joe, "email": "jo@example.com", "nickname": "Joey the Tenth"})
    found = api.simulate_get(path, params={"nickname": "jo*", "orderBy": "nickname"})
    document = api.simulate_get("/v1/openapi.json").json

    assert created.json["nickname"] == "Joey"
    assert (too_long.status_code, too_long.json["code"]) == (400, 2008)
    assert [each["nickname"] for each in found.json["items"]] == ["Joey"]
    assert document["components"]["schemas"]["Account"]["properties"]["nickname"]["maxLength"] == 10


def _create_declared_tables(resources: Any) -> Any:
    from stormpath.server.storage.tables import Tables

    def create(connection: Any) -> None:
        Tables(resources).metadata.create_all(connection)
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{migrate.HEAD}')")  # noqa: S608  # Ours.

    return create


def _basic(key: tuple[str, str]) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(":".join(key).encode()).decode()}
