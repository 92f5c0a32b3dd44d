"""The public modules and names of the resources."""

import subprocess
import sys
from importlib import import_module

import pytest

import stormpath.resources
from stormpath.error import Error
from stormpath.resources.record import Record
from support.fresh_imports import that_cannot_be_imported_first

FROM_MODULES = {
    "base": """SIGNAL_RESOURCE_CREATED SIGNAL_RESOURCE_UPDATED SIGNAL_RESOURCE_DELETED Expansion Resource
        CollectionResource SaveMixin AutoSaveMixin DeleteMixin StatusMixin DictMixin FixedAttrsDict
        ListOnResource ResourceEncoder dispatcher""",
    "account": "Account AccountList SIGNAL_RESOURCE_CREATED StormpathError dispatcher",
    "account_creation_policy": "AccountCreationPolicy",
    "account_link": "AccountLink AccountLinkList",
    "account_linking_policy": "AccountLinkingPolicy",
    "account_schema": "AccountSchema",
    "account_store": "AccountStore",
    "account_store_mapping": "AccountStoreMapping AccountStoreMappingList",
    "agent": "Agent AgentList AgentConfig AgentAccountConfig AgentGroupConfig AgentDownload",
    "api_key": "ApiKey ApiKeyList",
    "application": """Application ApplicationList StormpathCallbackResult LEEWAY StormpathError Nonce jwt
        Organization""",
    "assertion_consumer_service_post_endpoint": "AssertionConsumerServicePostEndpoint",
    "attribute_statement_mapping_rule": "AttributeStatementMappingRule AttributeStatementMappingRules",
    "auth_token": "AuthToken AuthTokenList",
    "challenge": "Challenge ChallengeList",
    "custom_data": "CustomData",
    "default_relay_state": "DefaultRelayState DefaultRelayStateList",
    "directory": "Directory DirectoryList",
    "email_template": """EmailTemplate EmailTemplateList DefaultModelEmailTemplate
        DefaultModelEmailTemplateList""",
    "factor": "Factor FactorList",
    "field": "Field FieldList",
    "group": "Group GroupList StormpathError",
    "group_membership": "GroupMembership GroupMembershipList",
    "id_site": "IDSite IDSiteList",
    "login_attempt": "AuthenticationResult LoginAttemptList",
    "oauth_policy": "OauthPolicy",
    "organization": "Organization OrganizationList",
    "organization_account_store_mapping": """OrganizationAccountStoreMapping
        OrganizationAccountStoreMappingList""",
    "password_policy": "PasswordPolicy",
    "password_reset_token": "PasswordResetToken PasswordResetTokenList",
    "password_strength": "PasswordStrength",
    "phone": "Phone PhoneList",
    "provider": "Provider",
    "provider_data": "ProviderData",
    "registered_saml_service_providers": "RegisteredSamlServiceProvider RegisteredSamlServiceProviders",
    "saml_identity_provider": "SamlIdentityProvider",
    "saml_identity_provider_metadata": "SamlIdentityProviderMetadata",
    "saml_policy": "SamlPolicy",
    "saml_service_provider": "SamlServiceProvider",
    "saml_service_provider_metadata": "SamlServiceProviderMetadata",
    "saml_service_provider_registrations": "SamlServiceProviderRegistration SamlServiceProviderRegistrations",
    "saml_signing_cert": "X509SigningCert",
    "smtp_server": "SmtpServer SmtpServerList",
    "sso_initiation_endpoint": "SsoInitiationEndpoint",
    "sso_login_endpoint": "SsoLoginEndpoint",
    "tenant": "Tenant",
    "user_info_mapping_rules": "UserInfoMappingRule UserInfoMappingRules",
    "verification_email": "VerificationEmail VerificationEmailList",
    "web_config": "WebConfig EnableAttrDict MeDict MeExpansionDict",
}

# The names that version 2 of the SDK exported from the package; all others are exported, too.
FROM_THE_PACKAGE = """
    Account AccountList AccountCreationPolicy AccountLinkingPolicy AccountLink AccountLinkList AccountSchema
    AccountStore AssertionConsumerServicePostEndpoint AttributeStatementMappingRule
    AttributeStatementMappingRules AuthToken AuthTokenList Expansion Resource CollectionResource SaveMixin
    DeleteMixin AutoSaveMixin Challenge ChallengeList CustomData DefaultRelayState DefaultRelayStateList
    Directory Factor FactorList Field Group GroupList GroupMembership GroupMembershipList Organization
    OrganizationList OrganizationAccountStoreMapping OrganizationAccountStoreMappingList
    PasswordResetTokenList Phone PhoneList Provider SamlPolicy SamlServiceProvider
    SamlServiceProviderMetadata SamlIdentityProvider X509SigningCert SsoLoginEndpoint
    SamlIdentityProviderMetadata RegisteredSamlServiceProviders SamlServiceProviderRegistrations
    SsoInitiationEndpoint Tenant WebConfig
"""

FROM_THE_CLIENT = """
    Client Auth DataStore HttpExecutor Tenant AccountStoreMappingList AccountLinkList ApiKeyList
    GroupMembershipList OrganizationAccountStoreMappingList
"""


@pytest.mark.parametrize(("module", "names"), FROM_MODULES.items())
def test_each_module_exports_its_names(module: str, names: str) -> None:
    found = import_module(f"stormpath.resources.{module}")

    assert [name for name in names.split() if not hasattr(found, name)] == []


def test_the_package_exports_at_least_the_names_of_version_2() -> None:
    assert set(FROM_THE_PACKAGE.split()) - set(stormpath.resources.__all__) == set()


def test_the_package_exports_every_resource_class() -> None:
    reexported = {"SIGNAL_RESOURCE_CREATED", "StormpathError", "dispatcher", "LEEWAY", "Nonce", "jwt"}
    named = {name for names in FROM_MODULES.values() for name in names.split()} - reexported

    assert named - set(stormpath.resources.__all__) == set()


@pytest.mark.parametrize("name", FROM_THE_CLIENT.split())
def test_the_client_module_has_what_applications_import_from_it(name: str) -> None:
    assert getattr(import_module("stormpath.client"), name).__name__ == name


def test_every_resource_and_the_error_are_in_stormpath_resource() -> None:
    found = import_module("stormpath.resource")

    assert found.Error is Error
    assert [
        n for n in stormpath.resources.__all__ if getattr(found, n) is not getattr(stormpath.resources, n)
    ] == []
    assert {"Error", "Account", "ApiKeyList"} <= set(dir(found))
    assert set(found.__all__) == {"Error", *stormpath.resources.__all__}


def test_stormpath_resource_can_be_imported_first_and_starred() -> None:
    code = (
        "from stormpath.resource import *; from stormpath.resource import Error; Account, Error, FactorList"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", stormpath.resources.__all__)
def test_every_exported_name_exists(name: str) -> None:
    assert getattr(stormpath.resources, name) is not None
    assert name in dir(stormpath.resources)


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nobody'"):
        _ = stormpath.resources.Nobody


def test_each_module_can_be_imported_first() -> None:
    modules = [f"stormpath.resources.{module}" for module in FROM_MODULES] + ["stormpath.resource"]

    assert that_cannot_be_imported_first(modules) == ""


def test_modules_are_attributes_of_the_package_after_it_is_imported() -> None:
    code = (
        "import stormpath.resources; stormpath.resources.base.Resource; stormpath.resources.account.Account"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_a_resource_loads_nothing_that_it_does_not_need() -> None:
    code = (
        "import sys, stormpath.resources.application; "
        "print({'jwt', 'isodate', 'dateutil', 'requests', 'stormpath.server'} & set(sys.modules))"
    )

    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert ran.stdout.strip() == "set()"


def classes() -> list[type[Record]]:
    exported = (getattr(stormpath.resources, name) for name in stormpath.resources.__all__)
    return [each for each in exported if isinstance(each, type) and issubclass(each, Record)]


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_every_link_leads_to_a_class_that_exists(kind: type[Record]) -> None:
    assert all(callable(linked) for linked in kind.get_resource_attributes().values())


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_no_two_attributes_share_a_wire_name(kind: type[Record]) -> None:
    wires = [attribute.wire for attribute in kind._declared.values()]

    assert len(set(wires)) == len(wires)
