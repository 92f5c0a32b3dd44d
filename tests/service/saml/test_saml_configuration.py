"""SAML as configuration of directories and applications (rest-core 5.22; rest-auth 6.1, 6.3)."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from service.calls import Answer, Api, Json, id_of, link
from service.database_access import stored_row
from service.provider_bodies import mirror, provider_of
from service.tenant_setup import BOX
from stormpath.server.app import Service
from stormpath.server.authentication.relay_states import PURPOSE

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"

SERVICE = {"entityId": "urn:example:wiki", "assertionConsumerServiceUrl": "https://wiki.example.com/saml"}
UNKNOWN = "0351A00000000000000000"


@pytest.fixture
def directory(api: Api) -> Json:
    return mirror(api, "saml")


@pytest.fixture
def metadata(api: Api, directory: Json) -> str:
    return str(provider_of(api, directory)["serviceProviderMetadata"]["href"])


@pytest.fixture
def application(api: Api) -> Json:
    return api.application()


@pytest.fixture
def identity_provider(api: Api, application: Json) -> Json:
    policy = api.get(application["samlPolicy"]["href"]).ok
    return api.get(policy["identityProvider"]["href"]).ok


def as_json(api: Api, href: str) -> Json:
    return api.request("GET", href, headers={"Accept": "application/json"}).ok


def nameless(api: Api, href: str) -> Answer:
    """Read a path without credentials."""
    return api.request("GET", href, credentials={})


def certificate_in(xml: bytes) -> str:
    (found,) = ElementTree.fromstring(xml).iter(f"{DS}X509Certificate")  # noqa: S314  # Ours.
    return str(found.text)


class TestServiceProviderMetadata:
    def test_metadata_are_xml_unless_json_is_requested(self, api: Api, directory: Json, metadata: str):
        plain, anything = api.get(metadata), api.request("GET", metadata, headers={"Accept": "*/*"})

        assert plain.headers["content-type"] == anything.headers["content-type"] == "application/xml"
        own_id = id_of(directory)
        assert as_json(api, metadata) == {
            "href": metadata,
            "createdAt": directory["createdAt"],
            "modifiedAt": directory["createdAt"],
            "entityId": f"urn:stormpath:directory:{own_id}:provider:sp",
            "assertionConsumerServicePostEndpoint": {
                "href": f"{api.base_url}/directories/{own_id}/saml/sso/post"
            },
            "x509SigningCert": {"href": f"{api.base_url}/x509certificates/{own_id}"},
        }

    def test_metadata_contain_what_an_identity_provider_needs(self, api: Api, metadata: str):
        described = as_json(api, metadata)

        entity = ElementTree.fromstring(api.get(metadata).raw)  # noqa: S314  # Ours.

        assert (entity.tag, entity.get("entityID")) == (f"{MD}EntityDescriptor", described["entityId"])
        (role,) = entity
        assert role.tag == f"{MD}SPSSODescriptor"
        assert role.get("protocolSupportEnumeration") == "urn:oasis:names:tc:SAML:2.0:protocol"
        key, name_id, service = role
        assert (key.tag, key.get("use")) == (f"{MD}KeyDescriptor", "signing")
        assert name_id.text == "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
        assert service.attrib == {
            "index": "0",
            "isDefault": "true",
            "Binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            "Location": described["assertionConsumerServicePostEndpoint"]["href"],
        }

    def test_only_saml_directories_have_metadata(self, api: Api):
        for kind in (None, "google", "ldap"):
            other = mirror(api, kind) if kind else api.directory()
            for plural in ("samlServiceProviderMetadatas", "x509certificates"):
                assert api.get(f"/{plural}/{id_of(other)}").error == (404, 404)

    def test_metadata_are_read_only(self, api: Api, metadata: str):
        assert api.post(metadata, {"entityId": "x"}).error == (405, 1100)
        assert api.delete(metadata).error == (405, 1100)


class TestCertificates:
    def test_a_directory_signs_with_a_key_of_its_own(self, api: Api, metadata: str):
        answer = api.get(as_json(api, metadata)["x509SigningCert"]["href"])

        assert (answer.status, answer.headers["content-type"]) == (200, "application/pkix-cert")
        certificate = x509.load_der_x509_certificate(answer.raw)
        key = certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        assert key.key_size == 2048
        certificate.verify_directly_issued_by(certificate)
        now = datetime.now(UTC)
        assert certificate.not_valid_before_utc < now < now + timedelta(days=3650)
        assert certificate.not_valid_after_utc > now + timedelta(days=3650)

    def test_every_place_shows_the_same_certificate(self, api: Api, metadata: str):
        href = f"/x509certificates/{id_of({'href': metadata})}"

        first = api.get(href).raw

        assert api.get(href).raw == first
        assert base64.b64decode(certificate_in(api.get(metadata).raw)) == first

    def test_each_directory_and_each_application_has_its_own_certificate(
        self, api: Api, metadata: str, identity_provider: Json
    ):
        other = f"/x509certificates/{id_of(api.directory('Other', provider=saml_of(api, metadata)))}"
        hrefs = [f"/x509certificates/{id_of({'href': metadata})}", other]
        hrefs.append(identity_provider["x509SigningCert"]["href"])

        assert len({api.get(each).raw for each in hrefs}) == 3

    def test_the_private_key_is_encrypted_and_matches_the_certificate(
        self, api: Api, service: Service, metadata: str
    ):
        own_id = id_of({"href": metadata})
        certificate = x509.load_der_x509_certificate(api.get(f"/x509certificates/{own_id}").raw)

        row = stored_row(service, "x509certificates", own_id)

        assert b"PRIVATE KEY" not in row["private_key"]
        opened = load_pem_private_key(BOX.open(row["private_key"], f"{own_id}/privateKey").encode(), None)
        assert opened.public_key() == certificate.public_key()

    def test_concurrent_readers_get_the_same_certificate(self, api: Api, metadata: str):
        with ThreadPoolExecutor(8) as pool:
            read = list(pool.map(lambda _: api.get(metadata), range(8)))

        assert {each.status for each in read} == {200}
        assert len({each.raw for each in read}) == 1

    def test_a_certificate_is_deleted_with_its_directory(
        self, api: Api, service: Service, directory: Json, metadata: str
    ):
        api.get(metadata)

        api.delete(directory["href"])

        for plural in ("samlServiceProviderMetadatas", "x509certificates"):
            assert api.get(f"/{plural}/{id_of(directory)}").error == (404, 404)


def saml_of(api: Api, metadata: str) -> Json:
    """Return the provider body of the metadata's directory, to create another directory from."""
    return api.get(f"/directories/{id_of({'href': metadata})}/provider").ok


class TestPublicDocuments:
    def test_other_systems_read_them_without_credentials(
        self, api: Api, metadata: str, identity_provider: Json
    ):
        for href in (
            metadata,
            identity_provider["metadata"]["href"],
            identity_provider["x509SigningCert"]["href"],
        ):
            assert nameless(api, href).raw == api.get(href).raw
            assert api.request("HEAD", href, credentials={}).status == 200

    def test_nothing_else_is_public(self, api: Api, directory: Json, metadata: str, identity_provider: Json):
        for href in (directory["href"], directory["provider"]["href"], identity_provider["href"]):
            assert nameless(api, href).error == (401, 401)
        for method in ("POST", "DELETE"):
            assert api.request(method, metadata, credentials={}).error == (401, 401)
        assert nameless(api, f"/x509certificates/{UNKNOWN}").error == (401, 401)
        assert nameless(api, "/x509certificates/%00").error == (401, 401)

    def test_wrong_credentials_are_still_wrong(self, api: Api, metadata: str):
        answer = api.request("GET", metadata, credentials={"Authorization": "Basic bm86bm8="})

        assert answer.error == (401, 401)

    def test_a_caller_sees_documents_of_its_own_tenant_only(self, stranger: Api, metadata: str):
        assert stranger.get(metadata).error == (404, 404)


class TestPolicy:
    def test_an_application_is_both_a_service_provider_and_an_identity_provider(
        self, api: Api, application: Json
    ):
        own_id = id_of(application)

        policy = api.get(application["samlPolicy"]["href"], expand="serviceProvider,identityProvider").ok

        assert policy["href"] == f"{api.base_url}/samlPolicies/{own_id}"
        assert policy["serviceProvider"] == {
            "href": f"{api.base_url}/samlServiceProviders/{own_id}",
            "createdAt": application["createdAt"],
            "modifiedAt": application["createdAt"],
            "ssoInitiationEndpoint": {"href": f"{api.base_url}/applications/{own_id}/saml/sso/idpRedirect"},
            "defaultRelayStates": {
                "href": f"{api.base_url}/samlServiceProviders/{own_id}/defaultRelayStates"
            },
        }
        assert policy["identityProvider"]["href"] == f"{api.base_url}/samlIdentityProviders/{own_id}"
        assert policy["identityProvider"]["shaFingerprint"]

    @pytest.mark.parametrize("path", ["samlPolicies", "samlServiceProviders"])
    def test_policies_and_service_providers_are_read_only(self, api: Api, application: Json, path: str):
        href = f"/{path}/{id_of(application)}"

        assert api.post(href, {}).error == (405, 1100)
        assert api.delete(href).error == (405, 1100)
        assert api.get(f"/{path}/{UNKNOWN}").error == (404, 404)

    def test_policies_and_service_providers_are_deleted_with_the_application(
        self, api: Api, application: Json, identity_provider: Json
    ):
        service = api.post("/registeredSamlServiceProviders", SERVICE).made
        registration = api.post(
            identity_provider["samlServiceProviderRegistrations"]["href"], {"serviceProvider": link(service)}
        ).made
        policy = api.get(application["samlPolicy"]["href"]).ok
        gone = [
            policy["href"],
            policy["serviceProvider"]["href"],
            identity_provider["href"],
            identity_provider["metadata"]["href"],
            identity_provider["x509SigningCert"]["href"],
            identity_provider["attributeStatementMappingRules"]["href"],
            registration["href"],
        ]
        assert {api.get(each).status for each in gone} == {200}

        api.delete(application["href"])

        assert {api.get(each).status for each in gone} == {404}
        assert api.get(service["href"]).status == 200


class TestDefaultRelayStates:
    def relay(self, api: Api, application: Json, body: Any = None) -> Answer:
        return api.post(f"/samlServiceProviders/{id_of(application)}/defaultRelayStates", body)

    def test_a_token_names_the_application_and_what_was_asked(self, api: Api, application: Json):
        api.post(application["href"], {"authorizedCallbackUris": ["https://*.example.com/back"]})
        body = {"callbackUri": "https://a.example.com/back?x=1", "state": "s"}

        answer = self.relay(api, application, body)

        assert answer.status == 200
        assert set(answer.json) == {"defaultRelayState"}
        token = answer["defaultRelayState"]
        claims = jwt.decode(token, BOX.key_for(PURPOSE), ["HS256"])
        assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT", "tid": api.tenant_id}
        assert claims == {
            "spUid": id_of(application),
            "jti": claims["jti"],
            "cb_uri": "https://a.example.com/back?x=1",
            "state": "s",
        }

    def test_a_token_names_an_organization_that_need_not_be_mapped_yet(self, api: Api, application: Json):
        organization = api.organization("Acme")

        token = self.relay(api, application, {"organization": {"nameKey": "acme"}}).ok["defaultRelayState"]
        assert jwt.decode(token, BOX.key_for(PURPOSE), ["HS256"])["onk"] == "acme"
        api.mapping(application, organization)
        assert self.relay(api, application, {"organization": {"nameKey": "acme"}}).status == 200
        api.post(organization["href"], {"status": "DISABLED"})
        assert self.relay(api, application, {"organization": {"nameKey": "acme"}}).error == (400, 11002)

    @pytest.mark.parametrize("body", [None, {}, {"callbackUri": None, "organization": None, "state": None}])
    def test_a_token_needs_no_parameter(self, api: Api, application: Json, body: Json | None):
        token = self.relay(api, application, body).ok["defaultRelayState"]

        assert set(jwt.decode(token, options={"verify_signature": False})) == {"spUid", "jti"}

    def test_every_token_is_different(self, api: Api, application: Json):
        assert len({self.relay(api, application)["defaultRelayState"] for _ in range(3)}) == 3

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"callbackUri": "https://elsewhere.example/back"}, 5121),
            ({"organization": {"nameKey": "nobody"}}, 11001),
            ({"organization": {}}, 2000),
            ({"organization": "nobody"}, 2004),
            ({"state": 5}, 2004),
            ({"bogus": 5}, 2015),
        ],
    )
    def test_invalid_requests_are_refused(self, api: Api, application: Json, body: Json, code: int):
        assert self.relay(api, application, body).error == (400, code)

    def test_default_relay_states_only_take_post(self, api: Api, application: Json):
        href = f"/samlServiceProviders/{id_of(application)}/defaultRelayStates"

        assert api.get(href).error == (405, 1100)
        assert api.post(href, {}, expand="defaultRelayState").error == (400, 2107)
