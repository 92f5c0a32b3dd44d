"""Mirror directories through the SDK: providers, agents, mapping rules, SAML."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service import provider_bodies
from stormpath import Client
from stormpath.error import Error
from stormpath.resources import AttributeStatementMappingRule
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from stormpath.resources.names import from_camel_case
from stormpath.resources.user_info_mapping_rules import UserInfoMappingRule
from support.request_counts import count_requests

Unique = Callable[[str], str]
Mirror = Callable[[str], Directory]

OAUTH = (*provider_bodies.SOCIAL, "amazon")
KINDS = (*OAUTH, "saml", "ldap", "ad")


@pytest.fixture
def mirror(client: Client, unique: Unique) -> Mirror:
    """``mirror("google")`` makes a directory of that kind, described in Python's spelling."""

    def make(kind: str) -> Directory:
        described = {from_camel_case(name): value for name, value in provider_bodies.of_kind(kind).items()}
        return client.directories.create({"name": unique(f"Mirror of {kind}"), "provider": described})

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_a_directory_of_every_kind_can_be_created(client: Client, mirror: Mirror, kind: str) -> None:
    directory = mirror(kind)

    provider = client.directories.get(directory.href).provider
    assert provider.provider_id == kind
    assert "secret" not in f"{provider!r} {provider.to_json()}".replace("client_secret", "")


def test_camel_case_describes_a_provider_too(client: Client, unique: Unique) -> None:
    directory = client.directories.create(
        {"name": unique("Google"), "provider": provider_bodies.of_kind("google")}
    )

    assert directory.provider.client_id == "client"


@pytest.mark.parametrize(
    ("kind", "name"), [("saml", "attribute_statement_mapping_rules"), ("google", "user_info_mapping_rules")]
)
def test_mapping_rules_can_be_given_inside_a_provider(
    client: Client, unique: Unique, kind: str, name: str
) -> None:
    rules = {"items": [{"name": "mail", "accountAttributes": ["email", "customData.mail"]}]}
    described = {**provider_bodies.of_kind(kind), name: rules}

    directory = client.directories.create({"name": unique(kind), "provider": described})

    (stored,) = getattr(client.directories.get(directory.href).provider, name).items
    assert (stored.name, list(stored.account_attributes)) == ("mail", ["email", "customData.mail"])


@pytest.mark.parametrize("kind", OAUTH)
def test_a_changed_provider_is_saved_with_its_directory(client: Client, mirror: Mirror, kind: str) -> None:
    directory = mirror(kind)
    directory.provider.client_id = "another client"
    directory.save()

    directory.provider = {"client_secret": "another secret"}
    directory.save()

    fresh = client.directories.get(directory.href).provider
    assert (fresh.client_id, fresh.client_secret) == ("another client", "another secret")


def test_an_unchanged_provider_adds_no_request_to_a_save(client: Client, mirror: Mirror) -> None:
    directory = mirror("google")
    assert directory.provider.client_id == "client"
    sent = count_requests(client)

    directory.description = "From Google"
    directory.save()

    assert sent == 1


def test_saving_the_provider_of_a_cloud_directory_sends_nothing(client: Client, directory: Directory) -> None:
    provider = directory.provider
    assert provider.provider_id == provider.STORMPATH
    sent = count_requests(client)

    provider.save()

    assert sent == 0


def test_attributes_of_google_alone_are_read_and_saved(mirror: Mirror) -> None:
    provider = mirror("google").provider
    provider.hd, provider.display, provider.access_type = "example.com", "popup", "offline"
    provider.scope.append("openid")

    provider.save()

    provider.refresh()
    assert (provider.hd, provider.display, provider.access_type) == ("example.com", "popup", "offline")
    assert "openid" in provider.scope


def test_the_kind_of_a_provider_cannot_be_changed(mirror: Mirror) -> None:
    provider = mirror("google").provider
    provider.provider_id = "facebook"

    with pytest.raises(Error) as caught:
        provider.save()

    assert caught.value.status in (400, 409)


@pytest.mark.parametrize("kind", ["google", "amazon"])
def test_mapping_rules_are_replaced_as_a_list(client: Client, mirror: Mirror, kind: str) -> None:
    directory = mirror(kind)
    rules = directory.provider.user_info_mapping_rules
    assert rules.items == []

    rules.items.append(UserInfoMappingRule("nick", ["customData.nick", "username"]))
    rules.save()

    (rule,) = client.directories.get(directory.href).provider.user_info_mapping_rules.items
    assert (rule.name, rule.account_attributes) == ("nick", ["customData.nick", "username"])


class TestAgent:
    @pytest.mark.parametrize("kind", ["ldap", "ad"])
    def test_settings_of_an_agent_are_merged(self, client: Client, mirror: Mirror, kind: str) -> None:
        directory = mirror(kind)
        agent = directory.provider.agent
        agent.config.poll_interval = 7
        agent.config.group_config.name_rdn = "name"

        agent.save()

        fresh = client.agents.get(agent.href)
        assert (fresh.config.poll_interval, fresh.config.directory_port) == (7, 636)
        assert (fresh.config.group_config.name_rdn, fresh.config.account_config.email_rdn) == ("name", "mail")
        assert (fresh.status, fresh.directory) == ("OFFLINE", directory)
        assert agent in client.agents

    def test_the_password_of_an_agent_is_not_returned(self, client: Client, mirror: Mirror) -> None:
        agent = mirror("ldap").provider.agent
        agent.config.agent_user_dn_password = "another bind password"
        agent.save()

        assert "bind password" not in f"{agent!r} {agent.to_json()} {agent.config!r}"
        fresh = client.agents.get(agent.href)
        assert "bind password" not in str(fresh.items())
        with pytest.raises(AttributeError):
            _ = fresh.config.agent_user_dn_password


class TestSamlDirectory:
    def test_the_login_and_logout_urls_can_be_changed(self, mirror: Mirror) -> None:
        provider = mirror("saml").provider
        provider.sso_login_url = "https://other.example.com/in"
        provider.request_signature_algorithm = provider.SIGNING_ALGORITHM_RSA_SHA_1
        provider.force_authn = True

        provider.save()

        provider.refresh()
        assert (provider.sso_login_url, provider.force_authn) == ("https://other.example.com/in", True)
        assert provider.request_signature_algorithm == "RSA-SHA1"
        assert provider.encoded_x509_signing_cert.startswith("-----BEGIN CERTIFICATE-----")

    def test_mapping_rules_are_edited_in_place(self, client: Client, mirror: Mirror) -> None:
        directory = mirror("saml")
        rules = directory.provider.attribute_statement_mapping_rules
        rules.items.append(AttributeStatementMappingRule("mail", None, ["email"]))
        rules.items.append(AttributeStatementMappingRule("role", "urn:x", ["customData.role"]))
        rules.save()

        fresh = client.directories.get(directory.href).provider.attribute_statement_mapping_rules
        assert [(each.name, each.account_attributes) for each in fresh.items] == [
            ("mail", ["email"]),
            ("role", ["customData.role"]),
        ]
        del fresh.items[0]
        fresh.save()
        rules.refresh()
        assert [each.name_format for each in rules.items] == ["urn:x"]

    def test_the_metadata_for_an_identity_provider_can_be_read(self, mirror: Mirror) -> None:
        metadata = mirror("saml").provider.service_provider_metadata

        assert metadata.entity_id
        assert metadata.assertion_consumer_service_post_endpoint.href.startswith("http")
        assert metadata.x509_signing_cert.content[:1] == b"\x30"  # A DER sequence.


class TestApplicationAsIdentityProvider:
    def test_certificate_and_metadata_are_bytes(self, client: Client, app: Application) -> None:
        provider = client.applications.get(app.href).saml_policy.identity_provider

        assert provider.x509_signing_cert.content[:1] == b"\x30"
        metadata = provider.saml_identity_provider_metadata.content
        assert b"EntityDescriptor" in metadata
        assert provider.sso_login_endpoint.href.encode() in metadata
        described = provider.saml_identity_provider_metadata
        assert described.entity_id.encode() in described.content
        assert described.identity_provider == provider
        assert described.x509_signing_cert.content == provider.x509_signing_cert.content
        # A second read may be conditional on the first or a new request: the result is the same.
        again = client.applications.get(app.href).saml_policy.identity_provider
        assert again.saml_identity_provider_metadata.content == metadata

    def test_service_providers_can_be_registered(
        self, client: Client, app: Application, unique: Unique
    ) -> None:
        provider = app.saml_policy.identity_provider
        service = provider.registered_saml_service_providers.create(
            {
                "name": "Wiki",
                "assertion_consumer_service_url": "https://wiki.example.com/saml",
                "entity_id": unique("urn:wiki").replace(" ", ":"),
            }
        )
        registration = provider.saml_service_provider_registrations.create({"service_provider": service})

        assert (registration.service_provider, registration.identity_provider) == (service, provider)
        assert list(provider.registered_saml_service_providers) == [service]
        registration.status = "DISABLED"
        registration.save()
        registration.refresh()
        assert registration.is_disabled()
        assert list(provider.saml_service_provider_registrations) == [registration]
        registration.delete()
        assert list(provider.saml_service_provider_registrations) == []
        service.delete()

    def test_the_identity_provider_can_be_disabled(self, client: Client, app: Application) -> None:
        provider = app.saml_policy.identity_provider
        provider.status = "DISABLED"

        provider.save()

        assert client.applications.get(app.href).saml_policy.identity_provider.is_disabled()

    def test_relay_states_carry_callback_state_and_organization(
        self, client: Client, app: Application, unique: Unique
    ) -> None:
        app.authorized_callback_uris = ["https://example.com/back"]
        app.save()
        key = unique("relay").replace(" ", "-")
        organization = client.organizations.create({"name": unique("Guild"), "name_key": key})
        app.account_store_mappings.create({"application": app, "account_store": organization})
        states = app.saml_policy.service_provider.default_relay_states

        for named in (organization, key, {"name_key": key}):
            made = states.create(
                {"callback_uri": "https://example.com/back", "state": "s", "organization": named}
            )
            assert made.default_relay_state.count(".") == 2

        with pytest.raises(Error) as caught:
            states.create({"callback_uri": "https://evil.example.com/"})
        assert caught.value.status == 400
