"""The types of the resources as type checkers see them. Never run: mypy fails where a type has changed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal, assert_type

from stormpath import resource
from stormpath.api_auth import (
    AccessToken,
    ApiAuthenticationResult,
    ApiRequestAuthenticator,
    JwtAuthenticator,
    PasswordAuthenticationResult,
    PasswordGrantAuthenticator,
)
from stormpath.client import Client
from stormpath.error import Error
from stormpath.resources import (
    Account,
    AccountCreationPolicy,
    AccountLinkingPolicy,
    AccountLinkList,
    AccountList,
    AccountSchema,
    AccountStoreMapping,
    AccountStoreMappingList,
    Agent,
    AgentConfig,
    AgentList,
    ApiKey,
    ApiKeyList,
    Application,
    ApplicationList,
    AttributeStatementMappingRule,
    AuthenticationResult,
    AuthToken,
    AuthTokenList,
    Challenge,
    CustomData,
    DefaultModelEmailTemplate,
    DefaultRelayState,
    Directory,
    Expansion,
    Factor,
    FactorList,
    Field,
    Group,
    GroupList,
    GroupMembership,
    GroupMembershipList,
    IDSiteList,
    LoginAttemptList,
    OauthPolicy,
    Organization,
    OrganizationAccountStoreMapping,
    OrganizationAccountStoreMappingList,
    OrganizationList,
    PasswordPolicy,
    PasswordResetTokenList,
    PasswordStrength,
    Phone,
    PhoneList,
    Provider,
    ProviderData,
    Resource,
    SamlIdentityProvider,
    SamlPolicy,
    SmtpServerList,
    Tenant,
    UserInfoMappingRules,
    VerificationEmail,
    WebConfig,
)
from stormpath.resources.attributes import ListOf, Number, Status, Text, Timestamp
from stormpath.resources.links import Link, Links
from stormpath.saml import SamlIdpUrlBuilder


def attributes_of_an_account(account: Account) -> None:
    assert_type(account.href, str)
    assert_type(account.username, str)
    assert_type(account.email, str)
    assert_type(account.password, str)
    assert_type(account.given_name, str | None)
    assert_type(account.middle_name, str | None)
    assert_type(account.givenName, str | None)
    assert_type(account.middleName, str | None)
    assert_type(account.surname, str | None)
    assert_type(account.full_name, str)
    assert_type(account.status, str)
    assert_type(account.email_verification_status, str)
    assert_type(account.email_verification_token, Resource | None)
    assert_type(account.created_at, datetime)
    assert_type(account.modified_at, datetime)
    assert_type(account.password_modified_at, datetime | None)
    assert_type(account.sp_http_status, int)
    assert_type(account.is_new_account, bool)
    assert_type(account.custom_data, CustomData)
    assert_type(account.custom_data | {"any": "thing"}, dict[str, Any])
    assert_type(account.directory, Directory)
    assert_type(account.tenant, Tenant)
    assert_type(account.groups, GroupList)
    assert_type(account.group_memberships, GroupMembershipList)
    assert_type(account.applications, ApplicationList)
    assert_type(account.provider_data, ProviderData)
    assert_type(account.api_keys, ApiKeyList)
    assert_type(account.access_tokens, AuthTokenList)
    assert_type(account.factors, FactorList)
    assert_type(account.phones, PhoneList)
    assert_type(account.account_links, AccountLinkList)
    assert_type(account.linked_accounts, AccountList)


def attributes_of_a_class() -> None:
    assert_type(Account.email, Text[str])
    assert_type(Account.given_name, Text[str | None])
    assert_type(Account.status, Status)
    assert_type(Account.created_at, Timestamp[datetime])
    assert_type(Account.directory, Link[Directory])
    assert_type(Account.groups, Links[GroupList])
    assert_type(Application.authorized_callback_uris, ListOf[str])
    assert_type(AccountStoreMapping.list_index, Number)
    assert_type(Account.writable_attrs, tuple[str, ...])


def attributes_of_the_others(
    application: Application,
    directory: Directory,
    group: Group,
    mapping: AccountStoreMapping,
    membership: GroupMembership,
    tenant: Tenant,
) -> None:
    assert_type(application.name, str)
    assert_type(application.description, str | None)
    assert_type(application.authorized_callback_uris, list[str])
    assert_type(application.accounts, AccountList)
    assert_type(application.account_store_mappings, AccountStoreMappingList)
    assert_type(application.default_account_store_mapping, AccountStoreMapping | None)
    assert_type(application.login_attempts, LoginAttemptList)
    assert_type(application.api_keys, ApiKeyList)
    assert_type(application.oauth_policy, OauthPolicy)
    assert_type(application.saml_policy, SamlPolicy)
    assert_type(application.account_linking_policy, AccountLinkingPolicy)
    assert_type(application.web_config, WebConfig)
    assert_type(application.auth_tokens, AuthTokenList)
    assert_type(application.password_reset_tokens, PasswordResetTokenList)
    assert_type(directory.accounts, AccountList)
    assert_type(directory.groups, GroupList)
    assert_type(directory.provider, Provider)
    assert_type(directory.password_policy, PasswordPolicy)
    assert_type(directory.account_creation_policy, AccountCreationPolicy)
    assert_type(directory.account_schema, AccountSchema)
    assert_type(directory.organizations, OrganizationList)
    assert_type(directory.organization_mappings, OrganizationAccountStoreMappingList)
    assert_type(group.accounts, AccountList)
    assert_type(group.account_memberships, GroupMembershipList)
    assert_type(mapping.account_store, Directory | Group | Organization)
    assert_type(mapping.list_index, int)
    assert_type(mapping.is_default_account_store, bool)
    assert_type(membership.account, Account)
    assert_type(tenant.applications, ApplicationList)
    assert_type(tenant.organizations, OrganizationList)
    assert_type(tenant.agents, AgentList)
    assert_type(tenant.id_sites, IDSiteList)
    assert_type(tenant.smtp_servers, SmtpServerList)


def attributes_of_organizations_and_keys(
    organization: Organization, mapping: OrganizationAccountStoreMapping, key: ApiKey
) -> None:
    assert_type(organization.name_key, str)
    assert_type(organization.account_store_mappings, OrganizationAccountStoreMappingList)
    assert_type(organization.organization_account_store_mappings, OrganizationAccountStoreMappingList)
    assert_type(organization.default_account_store_mapping, OrganizationAccountStoreMapping | None)
    assert_type(mapping.organization, Organization)
    assert_type(mapping.account_store, Directory | Group | Organization)
    assert_type(key.secret, str | None)
    assert_type(key.name, str | None)
    assert_type(key.account, Account)


def attributes_of_providers(
    provider: Provider, agent: Agent, identity_provider: SamlIdentityProvider
) -> None:
    assert_type(provider.client_secret, str)
    assert_type(provider.scope, list[str])
    assert_type(provider.agent, Agent)
    assert_type(provider.user_info_mapping_rules, UserInfoMappingRules)
    assert_type(agent.config, AgentConfig)
    assert_type(agent.config.directory_port, int)
    assert_type(agent.config.account_config.email_rdn, str)
    assert_type(agent.download.content, bytes)
    assert_type(identity_provider.status, str)
    assert_type(AttributeStatementMappingRule(name="mail").account_attributes, list[str])


def attributes_of_policies(
    policy: PasswordPolicy, oauth: OauthPolicy, config: WebConfig, linking: AccountLinkingPolicy, field: Field
) -> None:
    assert_type(policy.strength, PasswordStrength)
    assert_type(policy.reset_email_templates[0], DefaultModelEmailTemplate)
    assert_type(policy.reset_email_templates[0].get_link_base_url(), str | None)
    assert_type(policy.reset_email_templates[0].preview(subject="Hi").text_body, str | None)
    assert_type(policy.strength.validate_password("x"), None)
    assert_type(oauth.access_token_ttl, timedelta | None)
    assert_type(config.verify_email.enabled, bool | None)
    assert_type(config.me.expand.groups, bool)
    assert_type(linking.matching_property, str | None)
    assert_type(field.required, bool)
    assert_type(field.account_schema, AccountSchema)


def attributes_of_factors(factor: Factor, phone: Phone) -> None:
    assert_type(factor.phone, Phone)
    assert_type(factor.most_recent_challenge, Challenge | None)
    assert_type(factor.challenge_factor(), Challenge)
    assert_type(factor.challenge_factor().submit("123456"), Challenge)
    assert_type(factor.is_verified(), bool)
    assert_type(phone.number, str)


def entry_points(client: Client) -> None:
    assert_type(client.organizations, OrganizationList)
    assert_type(client.organization_account_store_mappings, OrganizationAccountStoreMappingList)
    assert_type(client.agents, AgentList)
    assert_type(client.id_sites, IDSiteList)
    assert_type(client.api_keys, ApiKeyList)
    assert_type(client.account_links, AccountLinkList)
    assert_type(client.attach(client.accounts), AccountList)


def names_of_old_documents(error: resource.Error, account: resource.Account) -> None:
    assert_type(error, Error)
    assert_type(account, Account)


def collections(accounts: AccountList) -> None:
    assert_type(iter(accounts), Iterator[Account])
    assert_type(accounts[0], Account)
    assert_type(accounts["id"], Account)
    assert_type(accounts[1:2], AccountList)
    assert_type(len(accounts), int)
    assert_type(accounts.get("id", expand=Expansion("groups")), Account)
    assert_type(accounts.search("text"), AccountList)
    assert_type(accounts.query(limit=1), AccountList)
    assert_type(accounts.order("email"), AccountList)
    assert_type(accounts.prefetch(), AccountList)
    assert_type(list(accounts.prefetch()), list[Account])
    assert_type(accounts.create({"email": "x"}), Account)
    assert_type(accounts.items, list[Account])
    assert_type(accounts.size, int)
    assert_type(accounts.limit, int)
    assert_type(accounts.verify_email_token("t"), Account)


def methods(account: Account, application: Application, directory: Directory, group: Group) -> None:
    assert_type(account.add_group("admins"), GroupMembership)
    assert_type(account.has_group("admins"), bool)
    assert_type(account.save(), None)
    assert_type(account.is_enabled(), bool)
    assert_type(group.add_account("x"), GroupMembership)
    assert_type(group.has_accounts(["x"], all=False), bool)
    assert_type(directory.create_account({}, False), Account)
    assert_type(application.create_account({}), Account)
    assert_type(application.authenticate_account("x", "y"), AuthenticationResult)
    assert_type(application.authenticate_account("x", "y").account, Account)
    assert_type(application.authenticate_account("x", "y").get_jwt(), str)
    assert_type(application.has_account(account), bool)
    assert_type(application.api_keys.get_key("id", "secret"), ApiKey | Literal[False])
    assert_type(application.get_provider_account("google", code="x"), Account)
    assert_type(application.send_password_reset_email("x"), Account)
    assert_type(application.verify_password_reset_token("x"), Account)
    assert_type(application.reset_account_password("x", "y"), None)
    assert_type(application.verification_emails.resend("x", directory), VerificationEmail)
    assert_type(application.saml_policy.service_provider.default_relay_states.create(), DefaultRelayState)


def authenticating(application: Application) -> None:
    assert_type(ApiRequestAuthenticator(application).authenticate({}), ApiAuthenticationResult | None)
    assert_type(JwtAuthenticator(application).authenticate("x"), AuthToken | None)
    assert_type(JwtAuthenticator(application).authenticate("x", True), AccessToken | None)
    assert_type(
        PasswordGrantAuthenticator(application).authenticate("x", "y"), PasswordAuthenticationResult | None
    )
    assert_type(application.authenticate_account("x", "y").get_access_token(), AccessToken)
    assert_type(AccessToken(application, "x").account, Account | None)
    assert_type(SamlIdpUrlBuilder(application).build(), str)


def setting(account: Account, mapping: AccountStoreMapping, directory: Directory) -> None:
    account.given_name = None
    account.middleName = "Quincy"
    account.custom_data = {"any": "thing"}
    mapping.account_store = directory
    mapping.account_store = "https://id.example.com/v1/groups/x"
    mapping.account_store = {"href": "https://id.example.com/v1/groups/x"}
    mapping.list_index = 2


def mistakes(account: Account) -> None:
    # Each ignore covers an error that must occur; mypy reports an ignore without one.
    account.emial  # type: ignore[attr-defined]
    account.email = 7  # type: ignore[assignment] # a str is wanted
    account.nickname = "x"  # type: ignore[attr-defined] # not declared
    account.fullName  # type: ignore[attr-defined] # the spelling of the REST API, which works at run time
