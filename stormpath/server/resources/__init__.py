"""Every resource of the service: what it is, and what may happen to it."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources import (
    account,
    account_creation_policy,
    account_link,
    account_linking_policy,
    account_schema,
    account_store_mapping,
    agent,
    api_key,
    application,
    directory,
    email_template,
    group,
    group_membership,
    id_site,
    mapping_rules,
    oauth_policy,
    organization,
    organization_account_store_mapping,
    password_policy,
    password_strength,
    provider,
    provider_data,
    registered_saml_service_provider,
    saml_identity_provider,
    saml_policy,
    saml_service_provider_metadata,
    smtp_server,
    tenant,
    web_config,
    x509_certificate,
)
from stormpath.server.resources.rules import Rules

#: The rules of each resource, by its name; each knows its declaration.
RULES: Final[dict[str, Rules]] = {
    each.resource.name: each
    for each in (
        tenant.RULES,
        application.RULES,
        directory.RULES,
        account.RULES,
        group.RULES,
        group_membership.RULES,
        account_store_mapping.RULES,
        provider.RULES,
        provider_data.RULES,
        agent.RULES,
        mapping_rules.USER_INFO_RULES,
        mapping_rules.ATTRIBUTE_STATEMENT_RULES,
        saml_policy.POLICY_RULES,
        saml_policy.SERVICE_PROVIDER_RULES,
        saml_identity_provider.RULES,
        saml_identity_provider.METADATA_RULES,
        saml_service_provider_metadata.RULES,
        x509_certificate.RULES,
        registered_saml_service_provider.RULES,
        registered_saml_service_provider.REGISTRATION_RULES,
        password_policy.RULES,
        password_strength.RULES,
        account_creation_policy.RULES,
        email_template.RULES,
        account_schema.RULES,
        account_schema.FIELD_RULES,
        api_key.RULES,
        oauth_policy.RULES,
        web_config.RULES,
        id_site.RULES,
        smtp_server.RULES,
        organization.RULES,
        organization_account_store_mapping.RULES,
        account_link.RULES,
        account_linking_policy.RULES,
    )
}

#: The declarations alone.
RESOURCES: Final = tuple(each.resource for each in RULES.values())
