"""The declarations of each class: writable attributes, abilities, constants and paths."""

from typing import Any

import pytest

import stormpath.resources
from stormpath.resources import AutoSaveMixin, DeleteMixin, DictMixin, Resource, SaveMixin, StatusMixin

# Writable in version 2 of the SDK and, after a bar, in the REST API only.
WRITABLE = {
    "Account": """custom_data email given_name middle_name password provider_data status surname username
        | email_verification_status""",
    "AccountCreationPolicy": """verification_email_status verification_success_email_status
        welcome_email_status email_domain_whitelist email_domain_blacklist""",
    "AccountLink": "left_account right_account",
    "AccountLinkingPolicy": "status automatic_provisioning matching_property",
    "AccountSchema": "",
    "AccountStoreMapping": """account_store application is_default_account_store is_default_group_store
        list_index""",
    "Agent": "config",
    "AgentConfig": """directory_host directory_port ssl_required agent_user_dn agent_user_dn_password base_dn
        poll_interval referral_mode ignore_referral_issues account_config group_config""",
    "AgentAccountConfig": """dn_suffix object_class object_filter email_rdn given_name_rdn middle_name_rdn
        surname_rdn username_rdn password_rdn""",
    "AgentGroupConfig": "dn_suffix object_class object_filter name_rdn description_rdn members_rdn",
    "ApiKey": "status name description",
    "Application": """authorized_callback_uris authorized_origin_uris custom_data description name
        saml_policy status""",
    "AttributeStatementMappingRules": "items",
    "AuthToken": "",
    "AuthenticationResult": "type value account_store application",
    "Challenge": "message code",
    "DefaultModelEmailTemplate": """description from_email_address from_name html_body mime_type name reply_to
        subject text_body default_model""",
    "DefaultRelayState": "callback_uri organization state",
    "Directory": "custom_data description name password_policy provider status",
    "EmailTemplate": """description from_email_address from_name html_body mime_type name reply_to subject
        text_body""",
    "EnableAttrDict": "enabled",
    "Factor": "type phone challenge status issuer account_name",
    "Field": "required",
    "Group": "custom_data description name status",
    "GroupMembership": "account group",
    "IDSite": """domain_name tls_public_cert tls_private_key git_repo_url git_branch authorized_origin_uris
        authorized_redirect_uris logo_url session_tti session_ttl session_cookie_persistent""",
    "MeDict": "enabled expand",
    "MeExpansionDict": """api_keys applications custom_data directory group_memberships groups provider_data
        tenant""",
    "OauthPolicy": "access_token_ttl refresh_token_ttl",
    "Organization": "custom_data description name name_key status",
    "OrganizationAccountStoreMapping": """account_store organization is_default_account_store
        is_default_group_store list_index""",
    "PasswordPolicy": "reset_email_status reset_success_email_status reset_token_ttl",
    "PasswordResetToken": "email account_store",
    "PasswordStrength": """max_length min_length min_lower_case min_upper_case min_numeric min_symbol
        min_diacritic prevent_reuse | prevent_common""",
    "Phone": "number status verification_status | name description",
    "Provider": """agent attribute_statement_mapping_rules client_id client_secret encoded_x509_signing_cert
        redirect_uri request_signature_algorithm provider_id sso_login_url sso_logout_url
        | scope authorization_endpoint token_endpoint resource_endpoint id_field access_token_type
        hd display access_type force_authn""",
    "ProviderData": """access_token access_token_secret code provider_id refresh_token
        | redirect_uri account_store""",
    "RegisteredSamlServiceProvider": """| name description assertion_consumer_service_url entity_id
        name_id_format encoded_x509_certificate""",
    "SamlIdentityProvider": "status",
    "SamlPolicy": "",
    "SamlServiceProvider": "",
    "SamlServiceProviderMetadata": "",
    "SamlServiceProviderRegistration": "| status default_relay_state service_provider identity_provider",
    "SmtpServer": "| name description host port username password security_protocol status",
    "Tenant": "custom_data key name | administrators",
    "WebConfig": """status dns_label oauth2 register verify_email login forgot_password change_password me
        | signing_api_key""",
}

ABILITIES = {
    "A": AutoSaveMixin,
    "S": SaveMixin,
    "D": DeleteMixin,
    "X": DictMixin,
    "T": StatusMixin,
}
ABLE = {
    "Account": "ASDXT", "AccountCreationPolicy": "XS", "AccountLink": "XD", "AccountLinkingPolicy": "XST",
    "AccountSchema": "XS", "AccountStoreMapping": "DXS", "Agent": "DXS", "ApiKey": "XDST",
    "Application": "DXAST", "AssertionConsumerServicePostEndpoint": "X",
    "AttributeStatementMappingRules": "S", "AuthToken": "XD", "Challenge": "DXS", "Directory": "DXAST",
    "DefaultModelEmailTemplate": "XS", "EmailTemplate": "XS", "Factor": "DXST", "Field": "XS",
    "GroupMembership": "D", "IDSite": "XS", "OauthPolicy": "XS", "OrganizationAccountStoreMapping": "DXS",
    "PasswordPolicy": "XS", "PasswordStrength": "XS", "Phone": "DXST", "Provider": "DXS",
    "ProviderData": "X", "SamlIdentityProvider": "XTS", "SamlIdentityProviderMetadata": "X",
    "SamlPolicy": "X", "SamlServiceProvider": "X", "SamlServiceProviderMetadata": "X",
    "SsoInitiationEndpoint": "X", "SsoLoginEndpoint": "X", "Tenant": "DXAS", "WebConfig": "TSX",
    "X509SigningCert": "X",
}  # fmt: skip

CONSTANTS: dict[str, dict[str, Any]] = {
    "Account": {
        "STATUS_ENABLED": "ENABLED",
        "STATUS_DISABLED": "DISABLED",
        "STATUS_UNVERIFIED": "UNVERIFIED",
        "STATUS_LOCKED": "LOCKED",
    },
    "AccountCreationPolicy": {"EMAIL_STATUS_ENABLED": "ENABLED", "EMAIL_STATUS_DISABLED": "DISABLED"},
    "AccountLinkingPolicy": {
        "AUTOMATIC_PROVISIONING_ENABLED": "ENABLED",
        "AUTOMATIC_PROVISIONING_DISABLED": "DISABLED",
        "MATCHING_PROPERTY_EMAIL": "email",
        "MATCHING_PROPERTY_NULL": None,
    },
    "Application": {
        "SSO_ENDPOINT": "https://api.stormpath.com/sso",
        "SSO_LOGOUT_ENDPOINT": "https://api.stormpath.com/sso/logout",
        "resolvable_attrs": ("name",),
    },
    "Challenge": {"STATUS_SUCCESS": "SUCCESS", "STATUS_CREATED": "CREATED", "STATUS_WAITING": "WAITING"},
    "Directory": {"autosaves": ("provider", "custom_data")},
    "EmailTemplate": {"MIME_TYPE_PLAIN_TEXT": "text/plain", "MIME_TYPE_HTML": "text/html"},
    "Factor": {
        "STATUS_VERIFIED": "VERIFIED",
        "STATUS_UNVERIFIED": "UNVERIFIED",
        "TYPE_SMS": "SMS",
        "TYPE_GOOGLE": "google-authenticator",
    },
    "OauthPolicy": {"timedelta_attrs": ("access_token_ttl", "refresh_token_ttl")},
    "Organization": {"autosaves": ("custom_data",)},
    "PasswordPolicy": {"RESET_EMAIL_STATUS_ENABLED": "ENABLED", "RESET_EMAIL_STATUS_DISABLED": "DISABLED"},
    "PasswordStrength": {
        "NUMERIC_DIGIT_MIN": "0",
        "NUMERIC_DIGIT_MAX": "9",
        "UPPER_CASE_LETTER_MIN": "A",
        "UPPER_CASE_LETTER_MAX": "Z",
        "LOWER_CASE_LETTER_MIN": "a",
        "LOWER_CASE_LETTER_MAX": "z",
    },
    "Phone": {"STATUS_VERIFIED": "VERIFIED", "STATUS_UNVERIFIED": "UNVERIFIED"},
    "Provider": {
        "GOOGLE": "google",
        "FACEBOOK": "facebook",
        "GITHUB": "github",
        "LINKEDIN": "linkedin",
        "TWITTER": "twitter",
        "STORMPATH": "stormpath",
        "SAML": "saml",
        "SIGNING_ALGORITHM_RSA_SHA_1": "RSA-SHA1",
        "SIGNING_ALGORITHM_RSA_SHA_256": "RSA-SHA256",
    },
}

# The lists that create items at a path of their own, and not below an owner.
CREATED_AT = {
    "AccountLinkList": "/accountLinks",
    "AccountStoreMappingList": "/accountStoreMappings",
    "ApplicationList": "/applications",
    "DirectoryList": "/directories",
    "GroupMembershipList": "/groupMemberships",
    "OrganizationAccountStoreMappingList": "/organizationAccountStoreMappings",
    "OrganizationList": "/organizations",
    "RegisteredSamlServiceProviders": "/registeredSamlServiceProviders",
    "SmtpServerList": "/smtpServers",
}


def named(name: str) -> Any:
    return getattr(stormpath.resources, name)


@pytest.mark.parametrize(("kind", "names"), WRITABLE.items())
def test_the_documented_attributes_are_writable(kind: str, names: str) -> None:
    # That no others are, is compared with the service in tests/shape/test_declarations.py.
    assert set(named(kind).writable_attrs) >= set(names.replace("|", "").split())


@pytest.mark.parametrize(("kind", "abilities"), ABLE.items())
def test_each_class_has_at_least_the_documented_abilities(kind: str, abilities: str) -> None:
    assert issubclass(named(kind), Resource)
    assert all(issubclass(named(kind), ABILITIES[each]) for each in abilities)


@pytest.mark.parametrize(("kind", "constants"), CONSTANTS.items())
def test_each_class_has_its_documented_constants(kind: str, constants: dict[str, Any]) -> None:
    assert {name: getattr(named(kind), name) for name in constants} == constants


@pytest.mark.parametrize(("kind", "path"), CREATED_AT.items())
def test_each_list_has_its_documented_create_path(kind: str, path: str) -> None:
    assert named(kind).create_path == path
