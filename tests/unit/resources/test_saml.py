"""SAML: both roles of an application, and the mapping rules of assertions and profiles."""

from typing import Any

import pytest

from stormpath.resources import (
    AttributeStatementMappingRule,
    AttributeStatementMappingRules,
    DefaultRelayState,
    Expansion,
    Organization,
    SamlIdentityProvider,
    SamlServiceProvider,
    SamlServiceProviderMetadata,
    UserInfoMappingRule,
    UserInfoMappingRules,
    X509SigningCert,
)
from unit.resources.exchange import BASE, Exchange, StubClient, link

EMAIL = {"name": "mail", "accountAttributes": ["email"]}


class TestMappingRules:
    @pytest.fixture
    def state(self, exchange: Exchange) -> dict[str, Any]:
        state = exchange.holds("/attributeStatementMappingRules/r1", items=[{**EMAIL, "nameFormat": None}])

        def save(query: Any, data: Any) -> Any:
            state.update(data)
            return state

        exchange.answers("POST", "/attributeStatementMappingRules/r1", save)
        return state

    @pytest.fixture
    def rules(self, client: StubClient, state: Any) -> AttributeStatementMappingRules:
        return AttributeStatementMappingRules(client, href=f"{BASE}/attributeStatementMappingRules/r1")

    def test_mapping_rules_are_read_as_objects(
        self, rules: AttributeStatementMappingRules, exchange: Exchange
    ) -> None:
        (rule,) = rules.items

        assert type(rule) is AttributeStatementMappingRule
        assert rule == AttributeStatementMappingRule("mail", account_attributes=["email"])
        assert rule != AttributeStatementMappingRule("mail", "urn:x", ["email"])
        assert (rule.name, rule.name_format, rule.account_attributes) == ("mail", None, ["email"])
        assert exchange.count == 1

    def test_an_added_rule_is_sent_with_the_others(
        self, rules: AttributeStatementMappingRules, exchange: Exchange
    ) -> None:
        rule = AttributeStatementMappingRule(name="sn", account_attributes=["surname"])
        rules.items.append(rule)
        rules.save()

        assert exchange.last[3] == {"items": [EMAIL, {"name": "sn", "accountAttributes": ["surname"]}]}
        assert rule in rules.items

    def test_a_rule_is_removed_by_value(
        self, rules: AttributeStatementMappingRules, exchange: Exchange
    ) -> None:
        rules.items.remove(AttributeStatementMappingRule("mail", account_attributes=["email"]))
        rules.save()

        assert exchange.last[3] == {"items": []}

    def test_a_rule_can_be_edited_in_place(
        self, rules: AttributeStatementMappingRules, exchange: Exchange
    ) -> None:
        rules.items[0].account_attributes.append("username")
        rules.save()

        assert exchange.last[3] == {"items": [EMAIL | {"accountAttributes": ["email", "username"]}]}
        rules.save()
        assert exchange.last[3] == {}

    def test_rules_that_were_only_read_are_not_sent(
        self, rules: AttributeStatementMappingRules, exchange: Exchange, state: Any
    ) -> None:
        state["items"][0]["createdBy"] = "the service"
        assert rules.items
        rules.save()

        assert exchange.last[3] == {}

    def test_rules_can_be_replaced_by_a_list(
        self, rules: AttributeStatementMappingRules, exchange: Exchange
    ) -> None:
        rules.items = [
            AttributeStatementMappingRule(name_format="urn:x", account_attributes=["customData.x"])
        ]  # type: ignore[assignment] # a plain list is taken too
        rules.save()

        assert exchange.last[3] == {"items": [{"nameFormat": "urn:x", "accountAttributes": ["customData.x"]}]}

    def test_user_info_mapping_rules_are_edited_likewise(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        state = exchange.holds("/userInfoMappingRules/u1", items=[])
        exchange.answers("POST", "/userInfoMappingRules/u1", lambda query, data: state | data)
        rules = UserInfoMappingRules(client, href=f"{BASE}/userInfoMappingRules/u1")
        rules.items.append(UserInfoMappingRule("locale", ["customData.locale"]))
        rules.save()

        assert exchange.last[3] == {"items": [{"name": "locale", "accountAttributes": ["customData.locale"]}]}
        assert rules.items[0].name == "locale"


class TestServiceProvider:
    @pytest.fixture
    def provider(self, client: StubClient, exchange: Exchange) -> SamlServiceProvider:
        exchange.answers(
            "POST", "/samlServiceProviders/v1/defaultRelayStates", {"defaultRelayState": "eyJ.x.y"}
        )
        exchange.holds("/applications/p1", samlPolicy=link("/samlPolicies/p1"))
        exchange.holds("/samlPolicies/p1", serviceProvider=link("/samlServiceProviders/v1"))
        return client.applications.get("p1").saml_policy.service_provider

    def test_a_service_provider_links_to_its_sso_initiation_endpoint(
        self, client: StubClient, exchange: Exchange, provider: SamlServiceProvider
    ) -> None:
        redirect = link("/applications/p1/saml/sso/idpRedirect")
        exchange.holds("/samlServiceProviders/v1", ssoInitiationEndpoint=redirect)

        assert provider.sso_initiation_endpoint.href == redirect["href"]

    def test_a_service_provider_creates_relay_states(
        self, provider: SamlServiceProvider, exchange: Exchange
    ) -> None:
        exchange.clear()
        state = provider.default_relay_states.create({"callback_uri": "https://x", "state": "s"})

        assert type(state) is DefaultRelayState
        assert state.default_relay_state == "eyJ.x.y"
        assert state.callback_uri == "https://x"
        assert exchange.lines == ["POST /samlServiceProviders/v1/defaultRelayStates"]
        assert exchange.last[3] == {"callbackUri": "https://x", "state": "s"}

    @pytest.mark.parametrize("form", ["object", "key", "dictionary"])
    def test_an_organization_in_a_relay_state_is_sent_by_its_name_key(
        self, provider: SamlServiceProvider, client: StubClient, exchange: Exchange, form: str
    ) -> None:
        organization = Organization(client, properties={**link("/organizations/o1"), "nameKey": "acme"})
        given: Any = {"object": organization, "key": "acme", "dictionary": {"name_key": "acme"}}[form]
        provider.default_relay_states.create({"organization": given})

        assert exchange.last[3] == {"organization": {"nameKey": "acme"}}

    def test_a_relay_state_may_be_empty(self, provider: SamlServiceProvider, exchange: Exchange) -> None:
        assert provider.default_relay_states.create().default_relay_state == "eyJ.x.y"
        assert exchange.last[3] == {}

    def test_relay_states_cannot_be_read(self, provider: SamlServiceProvider, exchange: Exchange) -> None:
        states = provider.default_relay_states
        exchange.clear()
        for read in (
            list,
            len,
            lambda given: given["x"],
            lambda given: given.items,
            lambda given: list(given.query(limit=1)),
        ):
            with pytest.raises(ValueError, match="keep what create returned"):
                read(states)

        assert exchange.count == 0

    def test_metadata_is_read_from_json_or_xml(self, client: StubClient, exchange: Exchange) -> None:
        exchange.holds(
            "/samlServiceProviderMetadatas/x1",
            entityId="urn:x",
            assertionConsumerServicePostEndpoint=link("/directories/d1/saml/sso/post"),
            x509SigningCert=link("/x509certificates/c1"),
        )
        exchange.answers("GET", "/samlServiceProviderMetadatas/x2", {"content": b"<xml/>", "filename": None})
        exchange.answers("GET", "/x509certificates/c1", {"content": b"0\x82", "filename": None})
        as_json = SamlServiceProviderMetadata(client, href=f"{BASE}/samlServiceProviderMetadatas/x1")
        as_xml = SamlServiceProviderMetadata(client, href=f"{BASE}/samlServiceProviderMetadatas/x2")

        assert as_json.entity_id == "urn:x"
        assert as_json.assertion_consumer_service_post_endpoint.href.endswith("/saml/sso/post")
        assert type(as_json.x509_signing_cert) is X509SigningCert
        assert as_json.x509_signing_cert.content == b"0\x82"
        assert (as_xml.content, as_xml.filename) == (b"<xml/>", None)


class TestIdentityProvider:
    @pytest.fixture
    def provider(self, client: StubClient, exchange: Exchange) -> SamlIdentityProvider:
        state = exchange.holds(
            "/samlIdentityProviders/i1",
            status="ENABLED",
            signatureAlgorithm="RSA-SHA256",
            metadata=link("/samlIdentityProviderMetadatas/i1"),
        )
        exchange.answers("POST", "/samlIdentityProviders/i1", lambda query, data: state | data)
        return SamlIdentityProvider(client, href=f"{BASE}/samlIdentityProviders/i1")

    def test_the_metadata_of_an_identity_provider_has_two_names(self, provider: Any) -> None:
        assert provider.metadata is provider.saml_identity_provider_metadata
        assert provider.metadata.href == f"{BASE}/samlIdentityProviderMetadatas/i1"

    def test_metadata_is_expanded_by_its_name_on_the_wire(
        self, provider: SamlIdentityProvider, client: StubClient, exchange: Exchange
    ) -> None:
        expand = Expansion("saml_identity_provider_metadata", "x509_signing_cert")
        expanded = SamlIdentityProvider(client, href=provider.href, expand=expand)

        assert expanded.signature_algorithm == "RSA-SHA256"
        assert exchange.last[2] == {"expand": "metadata,x509SigningCert"}

    def test_only_the_status_of_an_identity_provider_can_be_changed(
        self, provider: Any, exchange: Exchange
    ) -> None:
        provider.status = "DISABLED"
        provider.save()

        assert provider.is_disabled()
        assert exchange.last[3] == {"status": "DISABLED"}
        for name in ("signature_algorithm", "stat", "s"):
            with pytest.raises(AttributeError):
                setattr(provider, name, "x")

    def test_registrations_allow_and_revoke_service_providers(
        self, provider: SamlIdentityProvider, exchange: Exchange
    ) -> None:
        known = {**link("/registeredSamlServiceProviders/v1"), "entityId": "urn:sp"}
        leave = {**link("/samlServiceProviderRegistrations/g1"), "status": "ENABLED"}
        exchange.answers("POST", "/registeredSamlServiceProviders", known)
        exchange.answers("POST", "/samlIdentityProviders/i1/samlServiceProviderRegistrations", leave)
        exchange.answers("DELETE", "/samlServiceProviderRegistrations/g1", {})
        there = provider.registered_saml_service_providers.create(
            {
                "entity_id": "urn:sp",
                "assertion_consumer_service_url": "https://sp/acs",
                "name_id_format": "EMAIL",
            }
        )
        may = provider.saml_service_provider_registrations.create({"service_provider": there})

        assert may.is_enabled()
        assert [data for _, _, _, data in exchange.requests] == [
            {"entityId": "urn:sp", "assertionConsumerServiceUrl": "https://sp/acs", "nameIdFormat": "EMAIL"},
            {"serviceProvider": {"href": there.href}},
        ]
        may.delete()
        assert exchange.last[:2] == ("DELETE", "/samlServiceProviderRegistrations/g1")
