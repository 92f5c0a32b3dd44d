"""The resources of the API, one module for each kind.

A module is imported when one of its names is first used. Links between resources find their classes here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stormpath.resources.account import Account, AccountList
    from stormpath.resources.account_creation_policy import AccountCreationPolicy
    from stormpath.resources.account_link import AccountLink, AccountLinkList
    from stormpath.resources.account_linking_policy import AccountLinkingPolicy
    from stormpath.resources.account_schema import AccountSchema
    from stormpath.resources.account_store import AccountStore
    from stormpath.resources.account_store_mapping import AccountStoreMapping, AccountStoreMappingList
    from stormpath.resources.agent import (
        Agent,
        AgentAccountConfig,
        AgentConfig,
        AgentDownload,
        AgentGroupConfig,
        AgentList,
    )
    from stormpath.resources.api_key import ApiKey, ApiKeyList
    from stormpath.resources.application import Application, ApplicationList, StormpathCallbackResult
    from stormpath.resources.assertion_consumer_service_post_endpoint import (
        AssertionConsumerServicePostEndpoint,
    )
    from stormpath.resources.attribute_statement_mapping_rule import (
        AttributeStatementMappingRule,
        AttributeStatementMappingRules,
    )
    from stormpath.resources.auth_token import AuthToken, AuthTokenList
    from stormpath.resources.base import (
        SIGNAL_RESOURCE_CREATED,
        SIGNAL_RESOURCE_DELETED,
        SIGNAL_RESOURCE_UPDATED,
        AutoSaveMixin,
        CollectionResource,
        DeleteMixin,
        DictMixin,
        Expansion,
        FixedAttrsDict,
        ListOnResource,
        Resource,
        ResourceEncoder,
        SaveMixin,
        StatusMixin,
    )
    from stormpath.resources.challenge import Challenge, ChallengeList
    from stormpath.resources.custom_data import CustomData
    from stormpath.resources.default_relay_state import DefaultRelayState, DefaultRelayStateList
    from stormpath.resources.directory import Directory, DirectoryList
    from stormpath.resources.email_template import (
        DefaultModelEmailTemplate,
        DefaultModelEmailTemplateList,
        EmailTemplate,
        EmailTemplateList,
    )
    from stormpath.resources.factor import Factor, FactorList
    from stormpath.resources.field import Field, FieldList
    from stormpath.resources.group import Group, GroupList
    from stormpath.resources.group_membership import GroupMembership, GroupMembershipList
    from stormpath.resources.id_site import IDSite, IDSiteList
    from stormpath.resources.login_attempt import AuthenticationResult, LoginAttemptList
    from stormpath.resources.oauth_policy import OauthPolicy
    from stormpath.resources.organization import Organization, OrganizationList
    from stormpath.resources.organization_account_store_mapping import (
        OrganizationAccountStoreMapping,
        OrganizationAccountStoreMappingList,
    )
    from stormpath.resources.password_policy import PasswordPolicy
    from stormpath.resources.password_reset_token import PasswordResetToken, PasswordResetTokenList
    from stormpath.resources.password_strength import PasswordStrength
    from stormpath.resources.phone import Phone, PhoneList
    from stormpath.resources.provider import Provider
    from stormpath.resources.provider_data import ProviderData
    from stormpath.resources.registered_saml_service_providers import (
        RegisteredSamlServiceProvider,
        RegisteredSamlServiceProviders,
    )
    from stormpath.resources.saml_identity_provider import SamlIdentityProvider
    from stormpath.resources.saml_identity_provider_metadata import SamlIdentityProviderMetadata
    from stormpath.resources.saml_policy import SamlPolicy
    from stormpath.resources.saml_service_provider import SamlServiceProvider
    from stormpath.resources.saml_service_provider_metadata import SamlServiceProviderMetadata
    from stormpath.resources.saml_service_provider_registrations import (
        SamlServiceProviderRegistration,
        SamlServiceProviderRegistrations,
    )
    from stormpath.resources.saml_signing_cert import X509SigningCert
    from stormpath.resources.smtp_server import SmtpServer, SmtpServerList
    from stormpath.resources.sso_initiation_endpoint import SsoInitiationEndpoint
    from stormpath.resources.sso_login_endpoint import SsoLoginEndpoint
    from stormpath.resources.tenant import Tenant
    from stormpath.resources.user_info_mapping_rules import UserInfoMappingRule, UserInfoMappingRules
    from stormpath.resources.verification_email import (
        EmailVerificationToken,
        VerificationEmail,
        VerificationEmailList,
    )
    from stormpath.resources.web_config import EnableAttrDict, MeDict, MeExpansionDict, WebConfig

_NAMES_BY_MODULE = {
    "account": (
        "Account",
        "AccountList",
    ),
    "account_creation_policy": ("AccountCreationPolicy",),
    "account_link": (
        "AccountLink",
        "AccountLinkList",
    ),
    "account_linking_policy": ("AccountLinkingPolicy",),
    "account_schema": ("AccountSchema",),
    "account_store": ("AccountStore",),
    "account_store_mapping": (
        "AccountStoreMapping",
        "AccountStoreMappingList",
    ),
    "agent": (
        "Agent",
        "AgentAccountConfig",
        "AgentConfig",
        "AgentDownload",
        "AgentGroupConfig",
        "AgentList",
    ),
    "api_key": (
        "ApiKey",
        "ApiKeyList",
    ),
    "application": (
        "Application",
        "ApplicationList",
        "StormpathCallbackResult",
    ),
    "assertion_consumer_service_post_endpoint": ("AssertionConsumerServicePostEndpoint",),
    "attribute_statement_mapping_rule": (
        "AttributeStatementMappingRule",
        "AttributeStatementMappingRules",
    ),
    "auth_token": (
        "AuthToken",
        "AuthTokenList",
    ),
    "base": (
        "SIGNAL_RESOURCE_CREATED",
        "SIGNAL_RESOURCE_DELETED",
        "SIGNAL_RESOURCE_UPDATED",
        "AutoSaveMixin",
        "CollectionResource",
        "DeleteMixin",
        "DictMixin",
        "Expansion",
        "FixedAttrsDict",
        "ListOnResource",
        "Resource",
        "ResourceEncoder",
        "SaveMixin",
        "StatusMixin",
    ),
    "challenge": (
        "Challenge",
        "ChallengeList",
    ),
    "custom_data": ("CustomData",),
    "default_relay_state": (
        "DefaultRelayState",
        "DefaultRelayStateList",
    ),
    "directory": (
        "Directory",
        "DirectoryList",
    ),
    "email_template": (
        "DefaultModelEmailTemplate",
        "DefaultModelEmailTemplateList",
        "EmailTemplate",
        "EmailTemplateList",
    ),
    "factor": (
        "Factor",
        "FactorList",
    ),
    "field": (
        "Field",
        "FieldList",
    ),
    "group": (
        "Group",
        "GroupList",
    ),
    "group_membership": (
        "GroupMembership",
        "GroupMembershipList",
    ),
    "id_site": (
        "IDSite",
        "IDSiteList",
    ),
    "login_attempt": (
        "AuthenticationResult",
        "LoginAttemptList",
    ),
    "oauth_policy": ("OauthPolicy",),
    "organization": (
        "Organization",
        "OrganizationList",
    ),
    "organization_account_store_mapping": (
        "OrganizationAccountStoreMapping",
        "OrganizationAccountStoreMappingList",
    ),
    "password_policy": ("PasswordPolicy",),
    "password_reset_token": (
        "PasswordResetToken",
        "PasswordResetTokenList",
    ),
    "password_strength": ("PasswordStrength",),
    "phone": (
        "Phone",
        "PhoneList",
    ),
    "provider": ("Provider",),
    "provider_data": ("ProviderData",),
    "registered_saml_service_providers": (
        "RegisteredSamlServiceProvider",
        "RegisteredSamlServiceProviders",
    ),
    "saml_identity_provider": ("SamlIdentityProvider",),
    "saml_identity_provider_metadata": ("SamlIdentityProviderMetadata",),
    "saml_policy": ("SamlPolicy",),
    "saml_service_provider": ("SamlServiceProvider",),
    "saml_service_provider_metadata": ("SamlServiceProviderMetadata",),
    "saml_service_provider_registrations": (
        "SamlServiceProviderRegistration",
        "SamlServiceProviderRegistrations",
    ),
    "saml_signing_cert": ("X509SigningCert",),
    "smtp_server": (
        "SmtpServer",
        "SmtpServerList",
    ),
    "sso_initiation_endpoint": ("SsoInitiationEndpoint",),
    "sso_login_endpoint": ("SsoLoginEndpoint",),
    "tenant": ("Tenant",),
    "user_info_mapping_rules": (
        "UserInfoMappingRule",
        "UserInfoMappingRules",
    ),
    "verification_email": (
        "EmailVerificationToken",
        "VerificationEmail",
        "VerificationEmailList",
    ),
    "web_config": (
        "EnableAttrDict",
        "MeDict",
        "MeExpansionDict",
        "WebConfig",
    ),
}
_MODULE_OF = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}

__all__ = [
    "SIGNAL_RESOURCE_CREATED",
    "SIGNAL_RESOURCE_DELETED",
    "SIGNAL_RESOURCE_UPDATED",
    "Account",
    "AccountCreationPolicy",
    "AccountLink",
    "AccountLinkList",
    "AccountLinkingPolicy",
    "AccountList",
    "AccountSchema",
    "AccountStore",
    "AccountStoreMapping",
    "AccountStoreMappingList",
    "Agent",
    "AgentAccountConfig",
    "AgentConfig",
    "AgentDownload",
    "AgentGroupConfig",
    "AgentList",
    "ApiKey",
    "ApiKeyList",
    "Application",
    "ApplicationList",
    "AssertionConsumerServicePostEndpoint",
    "AttributeStatementMappingRule",
    "AttributeStatementMappingRules",
    "AuthToken",
    "AuthTokenList",
    "AuthenticationResult",
    "AutoSaveMixin",
    "Challenge",
    "ChallengeList",
    "CollectionResource",
    "CustomData",
    "DefaultModelEmailTemplate",
    "DefaultModelEmailTemplateList",
    "DefaultRelayState",
    "DefaultRelayStateList",
    "DeleteMixin",
    "DictMixin",
    "Directory",
    "DirectoryList",
    "EmailTemplate",
    "EmailTemplateList",
    "EmailVerificationToken",
    "EnableAttrDict",
    "Expansion",
    "Factor",
    "FactorList",
    "Field",
    "FieldList",
    "FixedAttrsDict",
    "Group",
    "GroupList",
    "GroupMembership",
    "GroupMembershipList",
    "IDSite",
    "IDSiteList",
    "ListOnResource",
    "LoginAttemptList",
    "MeDict",
    "MeExpansionDict",
    "OauthPolicy",
    "Organization",
    "OrganizationAccountStoreMapping",
    "OrganizationAccountStoreMappingList",
    "OrganizationList",
    "PasswordPolicy",
    "PasswordResetToken",
    "PasswordResetTokenList",
    "PasswordStrength",
    "Phone",
    "PhoneList",
    "Provider",
    "ProviderData",
    "RegisteredSamlServiceProvider",
    "RegisteredSamlServiceProviders",
    "Resource",
    "ResourceEncoder",
    "SamlIdentityProvider",
    "SamlIdentityProviderMetadata",
    "SamlPolicy",
    "SamlServiceProvider",
    "SamlServiceProviderMetadata",
    "SamlServiceProviderRegistration",
    "SamlServiceProviderRegistrations",
    "SaveMixin",
    "SmtpServer",
    "SmtpServerList",
    "SsoInitiationEndpoint",
    "SsoLoginEndpoint",
    "StatusMixin",
    "StormpathCallbackResult",
    "Tenant",
    "UserInfoMappingRule",
    "UserInfoMappingRules",
    "VerificationEmail",
    "VerificationEmailList",
    "WebConfig",
    "X509SigningCert",
]


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
        return value
    # In version 2 of the SDK, importing the package imported all of its modules.
    if name in _NAMES_BY_MODULE:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_NAMES_BY_MODULE})
