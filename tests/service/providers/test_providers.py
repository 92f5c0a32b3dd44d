"""Providers of directories, of every kind (rest-core 5.7; rest-auth 5.1, 5.5, 6.1)."""

from typing import Any

import pytest

from service.calls import Api, Json, id_of, link
from service.database_access import stored_row
from service.provider_bodies import (
    CERTIFICATE,
    SOCIAL,
    copied,
    generic,
    mirror,
    of_kind,
    provider_of,
    saml,
    social,
)
from stormpath.server.app import Service

STANDARD = {"href", "createdAt", "modifiedAt", "providerId", "providerType"}
OAUTH = {"clientId", "clientSecret", "scope", "userInfoMappingRules"}
GENERIC = {"authorizationEndpoint", "tokenEndpoint", "resourceEndpoint", "idField", "accessTokenType"}
SAML = {
    "ssoLoginUrl",
    "ssoLogoutUrl",
    "encodedX509SigningCert",
    "requestSignatureAlgorithm",
    "forceAuthn",
    "attributeStatementMappingRules",
    "serviceProviderMetadata",
}


def refused(api: Api, provider: Any) -> tuple[int, int]:
    """Try to create a directory with a provider; nothing may be left of it."""
    error = api.post("/directories", {"name": "Refused", "provider": provider}).error
    assert api.get("/directories", name="Refused").items == []
    return error


class TestCreation:
    @pytest.mark.parametrize("body", [{}, {"provider": {"providerId": "stormpath"}}, {"provider": None}])
    def test_a_directory_without_a_provider_is_a_cloud_directory(self, api: Api, body: Json):
        directory = api.directory(**body)

        assert directory["provider"] == {"href": f"{directory['href']}/provider"}
        provider = provider_of(api, directory)
        assert provider == {
            "href": f"{directory['href']}/provider",
            "createdAt": directory["createdAt"],
            "modifiedAt": directory["createdAt"],
            "providerId": "stormpath",
            "providerType": "stormpath",
        }

    def test_directories_created_for_others_have_a_provider_too(self, api: Api):
        _, directory = api.application_with_directory()

        for each in (directory, *api.get("/directories").items):
            assert provider_of(api, each)["providerId"] == "stormpath"

    @pytest.mark.parametrize(
        ("kind", "family", "members"),
        [
            ("google", "google", OAUTH | {"redirectUri", "hd", "display", "accessType"}),
            ("facebook", "facebook", OAUTH),
            ("github", "github", OAUTH),
            ("linkedin", "linkedin", OAUTH | {"redirectUri"}),
            ("twitter", "twitter", OAUTH),
            ("amazon", "oauth2", OAUTH | GENERIC | {"redirectUri"}),
            ("ldap", "ldap", {"agent"}),
            ("ad", "ad", {"agent"}),
            ("saml", "saml", SAML),
        ],
    )
    def test_each_kind_has_its_own_attributes(self, api: Api, kind: str, family: str, members: set[str]):
        given = of_kind(kind)

        provider = provider_of(api, mirror(api, kind))

        assert (provider["providerId"], provider["providerType"]) == (kind, family)
        assert set(provider) == STANDARD | members
        for name in set(given) - {"agent"}:
            assert provider[name] == given[name], name

    @pytest.mark.parametrize(
        ("kind", "scope"),
        [
            ("google", ["profile", "email"]),
            ("facebook", ["public_profile", "email"]),
            ("github", ["user:email"]),
            ("linkedin", ["r_basicprofile", "r_emailaddress"]),
            ("twitter", []),
            ("amazon", []),
        ],
    )
    def test_each_kind_has_its_default_scopes(self, api: Api, kind: str, scope: list[str]):
        assert provider_of(api, mirror(api, kind))["scope"] == scope

    def test_generic_and_saml_providers_have_the_documented_defaults(self, api: Api):
        own, federated = provider_of(api, mirror(api, "amazon")), provider_of(api, mirror(api, "saml"))

        assert (own["idField"], own["accessTokenType"], own["redirectUri"]) == ("id", "bearer", None)
        assert (federated["requestSignatureAlgorithm"], federated["forceAuthn"]) == ("RSA-SHA256", False)

    @pytest.mark.parametrize("written", ["Google", "GOOGLE"])
    def test_known_kinds_are_taken_in_any_letter_case(self, api: Api, written: str):
        directory = api.directory(provider=social(written))

        assert provider_of(api, directory)["providerId"] == "google"

    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            ({"redirectURL": "https://a.example/cb"}, {"redirectUri": "https://a.example/cb"}),
            ({"redirectUri": "postmessage"}, {"redirectUri": "postmessage"}),
            ({"scopes": ["a", "b"]}, {"scope": ["a", "b"]}),
            ({"scope": "a b"}, {"scope": ["a", "b"]}),
        ],
    )
    def test_alternative_spellings_are_accepted(self, api: Api, given: Json, shown: Json):
        provider = provider_of(api, api.directory(provider=social() | given))

        assert {name: provider[name] for name in shown} == shown

    def test_a_provider_is_expanded_in_its_directory(self, api: Api):
        answer = api.post("/directories", {"name": "G", "provider": social()}, expand="provider").made

        assert answer["provider"]["clientSecret"] == "the client's secret"
        assert answer["provider"] == provider_of(api, answer | {"provider": link(answer["provider"])})

    def test_a_directory_can_be_made_from_the_copy_of_another(self, api: Api):
        mirrored = mirror(api, "google")
        copy = api.get(mirrored["href"], expand="provider").ok

        made = api.post("/directories", {**copy, "name": "Copy", "tenant": None}).made

        assert made["href"] != mirrored["href"]
        assert provider_of(api, made)["clientId"] == "client"

    def test_a_link_instead_of_a_provider_is_ignored(self, api: Api):
        other = mirror(api, "google")

        made = api.directory("Plain", provider=other["provider"])

        assert provider_of(api, made)["providerId"] == "stormpath"


class TestRefusedCreation:
    @pytest.mark.parametrize(
        ("provider", "member"),
        [(social(kind), each) for kind in SOCIAL for each in ("clientId", "clientSecret")]
        + [(generic(), each) for each in generic()]
        + [(saml(), each) for each in saml()]
        + [(copied(kind), each) for kind in ("ldap", "ad") for each in ("agent", "providerId")],
    )
    def test_what_a_kind_requires_cannot_be_left_out(self, api: Api, provider: Json, member: str):
        body = {name: each for name, each in provider.items() if name != member}

        for incomplete in (body, {**body, member: None}):
            assert refused(api, incomplete) == (400, 2000)

    @pytest.mark.parametrize(
        ("member", "value", "kinds"),
        [
            ("clientId", "c", {"google", "facebook", "amazon"}),
            ("clientSecret", "c", {"google", "facebook", "amazon"}),
            ("scope", ["a"], {"google", "facebook", "amazon"}),
            ("redirectUri", "https://a.example", {"google", "amazon"}),
            ("hd", "example.com", {"google"}),
            ("tokenEndpoint", "https://a.example", {"amazon"}),
            ("idField", "id", {"amazon"}),
            ("accessTokenType", "bearer", {"amazon"}),
            ("ssoLoginUrl", "https://a.example", {"saml"}),
            ("forceAuthn", False, {"saml"}),
            ("requestSignatureAlgorithm", "RSA-SHA1", {"saml"}),
        ],
    )
    def test_attributes_of_another_kind_are_refused(self, api: Api, member: str, value: Any, kinds: set[str]):
        answers = {}
        for kind in ("stormpath", "google", "facebook", "amazon", "ldap", "saml"):
            own = {"providerId": kind} if kind == "stormpath" else of_kind(kind)
            answers[kind] = api.post("/directories", {"name": kind, "provider": own | {member: value}})

        assert {kind for kind, answer in answers.items() if answer.status == 201} == kinds
        assert {answers[kind].error for kind in set(answers) - kinds} == {(400, 2017)}

    def test_an_agent_is_refused_for_a_kind_without_one(self, api: Api):
        assert refused(api, social() | {"agent": copied()["agent"]}) == (400, 2017)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"accessTokenType": "cookie"}, 2003),
            ({"tokenEndpoint": "nowhere"}, 2006),
            ({"idField": "items[x"}, 2006),
            ({"clientId": 5}, 2004),
            ({"scope": [1]}, 2004),
            ({"clientSecret": " "}, 2000),
            ({"clientId": "x" * 1025}, 2008),
            ({"colour": "red"}, 2015),
        ],
    )
    def test_invalid_values_are_refused(self, api: Api, change: Json, code: int):
        assert refused(api, generic() | change) == (400, code)

    def test_an_indented_certificate_is_accepted_and_shown_in_its_usual_layout(self, api: Api):
        indented = "".join(f"        {each}\n" for each in CERTIFICATE.splitlines())
        directory = api.directory(provider=saml() | {"encodedX509SigningCert": indented})
        provider = provider_of(api, directory)
        assert provider["encodedX509SigningCert"] == CERTIFICATE

        body = CERTIFICATE.replace("\n", "").replace("CERTIFICATE-----", "CERTIFICATE-----\n", 1)
        other_lines = body.replace("-----END", "\n-----END")
        assert api.post(provider["href"], {"encodedX509SigningCert": other_lines}).ok == provider

    @pytest.mark.parametrize("text", ["none", CERTIFICATE[:200], "-----BEGIN CERTIFICATE-----"])
    def test_a_certificate_that_cannot_be_read(self, api: Api, text: str):
        assert refused(api, saml() | {"encodedX509SigningCert": text}) == (400, 2006)

    @pytest.mark.parametrize("provider", ["google", ["google"], 5])
    def test_a_provider_that_is_no_object_is_refused(self, api: Api, provider: Any):
        assert refused(api, provider) == (400, 2004)

    def test_a_fault_of_the_provider_is_reported_before_a_taken_name(self, api: Api):
        api.directory("People")

        answer = api.post("/directories", {"name": "People", "provider": {"providerId": "google"}})

        assert answer.error == (400, 2000)

    def test_nothing_is_left_of_a_directory_whose_name_is_taken(self, api: Api):
        api.directory("People")
        assert api.post("/directories", {"name": "People", "provider": copied()}).error == (409, 2001)

        assert api.get(f"{api.tenant}/agents").items == []


class TestUpdate:
    def test_what_is_submitted_changes_and_the_rest_stays(self, api: Api):
        directory = mirror(api, "google")
        before = provider_of(api, directory)

        changed = api.post(before["href"], {"clientSecret": "another", "scopes": ["email"]}).ok

        assert changed == {
            **before,
            "clientSecret": "another",
            "scope": ["email"],
            "modifiedAt": changed["modifiedAt"],
        }
        assert changed == provider_of(api, directory)

    @pytest.mark.parametrize("kind", ["stormpath", "google", "amazon", "ldap", "saml"])
    def test_sending_a_provider_back_changes_nothing(self, api: Api, kind: str):
        directory = api.directory() if kind == "stormpath" else mirror(api, kind)
        provider = provider_of(api, directory)

        assert api.post(provider["href"], provider).ok == provider
        whole = api.get(directory["href"], expand="provider").ok
        assert api.post(directory["href"], whole).ok["modifiedAt"] == directory["modifiedAt"]
        assert provider_of(api, directory) == provider

    def test_a_provider_can_be_changed_through_its_directory(self, api: Api):
        directory = mirror(api, "google")

        api.post(
            directory["href"], {"name": "Renamed", "provider": {"clientId": "other"}}
        ).ok  # Must be granted.

        assert provider_of(api, directory)["clientId"] == "other"

    def test_a_change_through_the_directory_happens_whole_or_not_at_all(self, api: Api):
        api.directory("Taken")
        directory = mirror(api, "google")

        answer = api.post(directory["href"], {"name": "Taken", "provider": {"clientId": "other"}})

        assert answer.error == (409, 2001)
        assert provider_of(api, directory)["clientId"] == "client"

    @pytest.mark.parametrize("below", ["", "/provider"])
    def test_a_cloud_directory_cannot_get_another_provider(self, api: Api, below: str):
        directory = api.directory()
        body: Json = social() if below else {"provider": social()}

        assert api.post(directory["href"] + below, body).error == (400, 6201)
        assert provider_of(api, directory)["providerType"] == "stormpath"

    @pytest.mark.parametrize("wanted", ["stormpath", "facebook", "other"])
    @pytest.mark.parametrize("kind", ["google", "amazon", "ldap", "saml"])
    def test_a_mirror_keeps_its_kind(self, api: Api, kind: str, wanted: str):
        directory = mirror(api, kind)

        assert api.post(directory["provider"]["href"], {"providerId": wanted}).error == (400, 6202)
        assert api.post(directory["href"], {"provider": {"providerId": wanted}}).error == (400, 6202)

    @pytest.mark.parametrize(
        ("kind", "change", "code"),
        [
            ("stormpath", {"clientId": "c"}, 2017),
            ("google", {"ssoLoginUrl": "https://a.example"}, 2017),
            ("facebook", {"redirectUri": "https://a.example"}, 2017),
            ("google", {"clientSecret": None}, 2000),
            ("saml", {"ssoLoginUrl": None}, 2000),
            ("saml", {"forceAuthn": None}, 2000),
            ("saml", {"requestSignatureAlgorithm": None}, 2000),
            ("amazon", {"idField": None}, 2000),
            ("amazon", {"accessTokenType": None}, 2000),
            ("saml", {"requestSignatureAlgorithm": "MD5"}, 2003),
            ("saml", {"encodedX509SigningCert": "none"}, 2006),
            ("amazon", {"bogus": 1}, 2015),
        ],
    )
    def test_invalid_changes_are_refused(self, api: Api, kind: str, change: Json, code: int):
        directory = api.directory() if kind == "stormpath" else mirror(api, kind)

        assert api.post(directory["provider"]["href"], change).error == (400, code)

    def test_a_directory_cannot_lose_its_provider(self, api: Api):
        directory = api.directory()

        assert api.post(directory["href"], {"provider": None}).error == (400, 2000)

    def test_optional_attributes_can_be_cleared(self, api: Api):
        directory = api.directory(provider=social() | {"redirectUri": "postmessage"})

        cleared = api.post(directory["provider"]["href"], {"redirectUri": None, "scope": None}).ok

        assert (cleared["redirectUri"], cleared["scope"]) == (None, [])

    def test_a_provider_cannot_be_deleted(self, api: Api):
        directory = mirror(api, "google")

        assert api.delete(directory["provider"]["href"]).error == (405, 1100)


def test_client_secrets_are_encrypted_in_the_database(api: Api, service: Service):
    directory = mirror(api, "google")

    row = stored_row(service, "provider", id_of(directory))

    assert b"the client's secret" not in row["client_secret"]
    assert "the client's secret" not in repr(row)


def test_a_provider_is_deleted_with_its_directory(api: Api):
    for kind in ("google", "saml", "ldap"):
        directory = mirror(api, kind)
        whole = provider_of(api, directory)
        below = [each["href"] for each in whole.values() if isinstance(each, dict)]
        assert [api.get(each).status for each in below] == [200] * len(below)

        assert api.delete(directory["href"]).status == 204

        assert {api.get(each).status for each in [whole["href"], *below]} == {404}


def test_the_provider_data_of_an_account_name_its_source(api: Api):
    account = api.account(api.directory())

    data = api.get(account["providerData"]["href"]).ok

    assert data == {
        "href": f"{account['href']}/providerData",
        "createdAt": account["createdAt"],
        "modifiedAt": account["modifiedAt"],
        "providerId": "stormpath",
    }
    assert api.get(account["href"], expand="providerData").ok["providerData"] == data
    assert api.post(data["href"], {"providerId": "google"}).error == (405, 1100)
    assert api.delete(data["href"]).error == (405, 1100)


def test_provider_data_lead_to_no_account_where_no_provider_is(api: Api):
    application, directory = api.application_with_directory()
    body = {"providerData": {"providerId": "google", "accessToken": "t"}}

    assert api.post(application["accounts"]["href"], body).error == (400, 5114)
    assert api.post(directory["accounts"]["href"], body).error == (400, 2017)
    assert api.post(mirror(api)["accounts"]["href"], body).error == (400, 6100)
