"""Applications as SAML identity providers, and the services that use them (rest-core 5.22; rest-auth 6.8)."""

import base64
import hashlib
from typing import Any
from xml.etree import ElementTree

import pytest

from service.calls import Api, Json, id_of, link
from service.provider_bodies import CERTIFICATE

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"

SERVICES = "/registeredSamlServiceProviders"
BOTH_LISTS = "registeredSamlServiceProviders,samlServiceProviderRegistrations"


@pytest.fixture
def application(api: Api) -> Json:
    return api.application()


@pytest.fixture
def identity_provider(api: Api, application: Json) -> Json:
    return api.get(f"/samlIdentityProviders/{id_of(application)}").ok


def registered(entity_id: str = "urn:example:service", **attributes: Any) -> Json:
    return {
        "assertionConsumerServiceUrl": "https://service.example.com/saml",
        "entityId": entity_id,
        **attributes,
    }


class TestIdentityProvider:
    def test_an_application_has_an_identity_provider_from_the_start(
        self, api: Api, application: Json, identity_provider: Json
    ):
        own_id = id_of(application)
        below = ("registeredSamlServiceProviders", "samlServiceProviderRegistrations")
        certificate = api.get(identity_provider["x509SigningCert"]["href"]).raw

        assert identity_provider == {
            "href": f"{api.base_url}/samlIdentityProviders/{own_id}",
            "createdAt": application["createdAt"],
            "modifiedAt": application["createdAt"],
            "status": "ENABLED",
            "ssoLoginEndpoint": {"href": f"{api.base_url}/applications/{own_id}/saml/sso"},
            "signatureAlgorithm": "RSA-SHA256",
            "shaFingerprint": hashlib.sha1(certificate).hexdigest(),  # noqa: S324  # As documented.
            "x509SigningCert": {"href": f"{api.base_url}/x509certificates/{own_id}"},
            "metadata": {"href": f"{api.base_url}/samlIdentityProviderMetadatas/{own_id}"},
            "attributeStatementMappingRules": {
                "href": f"{api.base_url}/attributeStatementMappingRules/{own_id}"
            },
        } | {each: {"href": f"{api.base_url}/samlIdentityProviders/{own_id}/{each}"} for each in below}

    def test_only_the_status_of_an_identity_provider_can_be_changed(self, api: Api, application: Json):
        href = f"/samlIdentityProviders/{id_of(application)}"

        changed = api.post(href, {"status": "disabled", "signatureAlgorithm": "RSA-SHA1"}).ok

        assert (changed["status"], changed["signatureAlgorithm"]) == ("DISABLED", "RSA-SHA256")
        assert changed["shaFingerprint"]
        assert api.get(href).ok == changed
        assert api.post(href, {"status": "SLEEPING"}).error == (400, 2003)
        assert api.delete(href).error == (405, 1100)

    def test_the_metadata_of_an_identity_provider_are_xml_unless_json_is_requested(
        self, api: Api, identity_provider: Json
    ):
        href = identity_provider["metadata"]["href"]

        answer = api.request("GET", href, headers={"Accept": "application/xml"})

        assert answer.headers["content-type"] == "application/xml"
        (role,) = ElementTree.fromstring(answer.raw)  # noqa: S314  # Ours.
        assert role.tag == f"{MD}IDPSSODescriptor"
        services = role.findall(f"{MD}SingleSignOnService")
        assert {each.get("Location") for each in services} == {identity_provider["ssoLoginEndpoint"]["href"]}
        (certificate,) = role.iter(f"{DS}X509Certificate")
        signing = api.get(identity_provider["x509SigningCert"]["href"]).raw
        assert base64.b64decode(str(certificate.text)) == signing
        assert api.post(href, {}).error == (405, 1100)

    def test_the_mapping_rules_of_an_identity_provider_can_be_set(self, api: Api, identity_provider: Json):
        href = identity_provider["attributeStatementMappingRules"]["href"]
        items = [{"name": "mail", "nameFormat": None, "accountAttributes": ["email"]}]

        assert api.post(href, {"items": items}).ok["items"] == items


class TestRegisteredServiceProviders:
    def test_a_new_service_provider_has_the_documented_defaults(self, api: Api):
        service = api.post(SERVICES, registered()).made

        assert service == {
            "href": service["href"],
            "createdAt": service["createdAt"],
            "modifiedAt": service["createdAt"],
            "name": None,
            "description": None,
            "assertionConsumerServiceUrl": "https://service.example.com/saml",
            "entityId": "urn:example:service",
            "nameIdFormat": "EMAIL",
            "encodedX509Certificate": None,
            "tenant": {"href": api.tenant},
        }
        assert api.get(service["href"]).ok == service

    def test_every_attribute_of_a_service_provider_can_be_changed(self, api: Api):
        service = api.post(SERVICES, registered()).made
        change = {
            "name": "Wiki",
            "description": "Ours",
            "entityId": "urn:example:wiki",
            "nameIdFormat": "TRANSIENT",
            "encodedX509Certificate": CERTIFICATE,
        }

        changed = api.post(
            service["href"], change | {"assertionConsumerServiceURL": "https://wiki.example.com"}
        ).ok

        assert {name: changed[name] for name in change} == change
        assert changed["assertionConsumerServiceUrl"] == "https://wiki.example.com"

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"entityId": None}, 2000),
            ({"assertionConsumerServiceUrl": None}, 2000),
            ({"assertionConsumerServiceUrl": "nowhere"}, 2006),
            ({"entityId": "with space"}, 2006),
            ({"entityId": "x" * 1025}, 2008),
            ({"encodedX509Certificate": "none"}, 2006),
            ({"nameIdFormat": "PHONE"}, 2003),
            ({"name": 5}, 2004),
            ({"bogus": 5}, 2015),
        ],
    )
    def test_invalid_values_are_refused(self, api: Api, change: Json, code: int):
        service = api.post(SERVICES, registered("urn:example:other")).made

        assert api.post(SERVICES, registered() | change).error == (400, code)
        assert api.post(service["href"], change).error == (400, code)

    def test_an_entity_id_is_unique_and_compared_exactly(self, api: Api, stranger: Api):
        api.post(SERVICES, registered())
        other = api.post(SERVICES, registered("URN:example:service")).made

        assert api.post(SERVICES, registered()).error == (409, 2001)
        assert api.post(other["href"], {"entityId": "urn:example:service"}).error == (409, 2001)
        assert stranger.post(SERVICES, registered()).status == 201

    def test_a_service_provider_is_deleted_with_its_registrations(self, api: Api, identity_provider: Json):
        service = api.post(SERVICES, registered()).made
        here = identity_provider["samlServiceProviderRegistrations"]["href"]
        registration = api.post(here, {"serviceProvider": link(service)}).made

        assert api.delete(service["href"]).status == 204

        assert {api.get(each["href"]).status for each in (service, registration)} == {404}
        assert api.get(here).items == []
        assert api.get(SERVICES).error == (405, 1100)


class TestRegistrations:
    @pytest.fixture
    def service_provider(self, api: Api) -> Json:
        return api.post(SERVICES, registered()).made

    @pytest.fixture(params=["below", "top level"])
    def place(self, request: pytest.FixtureRequest, identity_provider: Json) -> tuple[str, Json]:
        """The path to post a registration to, and the members that its body requires there."""
        if request.param == "below":
            return identity_provider["samlServiceProviderRegistrations"]["href"], {}
        return "/samlServiceProviderRegistrations", {"identityProvider": link(identity_provider)}

    def test_a_service_is_registered_with_an_application(
        self, api: Api, identity_provider: Json, service_provider: Json, place: tuple[str, Json]
    ):
        path, body = place

        registration = api.post(path, body | {"serviceProvider": link(service_provider)}).made

        assert registration == {
            "href": registration["href"],
            "createdAt": registration["createdAt"],
            "modifiedAt": registration["createdAt"],
            "status": "ENABLED",
            "defaultRelayState": None,
            "serviceProvider": link(service_provider),
            "identityProvider": link(identity_provider),
            "tenant": {"href": api.tenant},
        }
        whole = api.get(identity_provider["href"], expand=BOTH_LISTS).ok
        assert whole["registeredSamlServiceProviders"]["items"] == [service_provider]
        assert whole["samlServiceProviderRegistrations"]["items"] == [registration]

    def test_a_service_provider_is_registered_once_with_an_application(
        self, api: Api, service_provider: Json, place: tuple[str, Json]
    ):
        path, body = place
        api.post(path, body | {"serviceProvider": link(service_provider)})

        assert api.post(path, body | {"serviceProvider": link(service_provider)}).error == (409, 2001)

    def test_both_sides_are_needed_and_must_exist(
        self, api: Api, stranger: Api, service_provider: Json, place: tuple[str, Json]
    ):
        path, body = place
        theirs = stranger.post(SERVICES, registered()).made

        assert api.post(path, body).error == (400, 2000)
        assert api.post(path, body | {"serviceProvider": link(theirs)}).error == (400, 2016)
        alone = {"serviceProvider": link(service_provider)}
        assert api.post("/samlServiceProviderRegistrations", alone).error == (400, 2000)

    def test_status_and_relay_state_can_be_changed(
        self, api: Api, service_provider: Json, place: tuple[str, Json]
    ):
        path, body = place
        registration = api.post(path, body | {"serviceProvider": link(service_provider)}).made
        other = api.post(SERVICES, registered("urn:example:other")).made

        changed = api.post(registration["href"], {"status": "disabled", "defaultRelayState": "r"}).ok

        assert (changed["status"], changed["defaultRelayState"]) == ("DISABLED", "r")
        assert api.post(registration["href"], {"serviceProvider": link(other)}).error == (400, 2017)
        assert api.delete(registration["href"]).status == 204
        assert api.get(registration["href"]).error == (404, 404)
        assert api.get(service_provider["href"]).status == 200
