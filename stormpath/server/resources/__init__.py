"""All resources of the service: their declarations and their rules."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources import mapping_rules
from stormpath.server.resources.accounts import account, account_link, api_key, auth_token
from stormpath.server.resources.applications import application, oauth_policy, web_config
from stormpath.server.resources.factors import challenge, factor, phone
from stormpath.server.resources.policies import (
    account_creation_policy,
    account_linking_policy,
    account_schema,
    email_template,
    password_policy,
    password_strength,
)
from stormpath.server.resources.providers import agent, provider, provider_data
from stormpath.server.resources.rules import Rules
from stormpath.server.resources.saml import (
    identity_provider,
    policy,
    registered_service_provider,
    service_provider_metadata,
    x509_certificate,
)
from stormpath.server.resources.stores import (
    account_store_mapping,
    directory,
    group,
    group_membership,
    organization,
    organization_account_store_mapping,
)
from stormpath.server.resources.tenants import id_site, smtp_server, tenant

#: The rules of each resource, by its name; ``resource`` is its declaration.
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
        policy.POLICY_RULES,
        policy.SERVICE_PROVIDER_RULES,
        identity_provider.RULES,
        identity_provider.METADATA_RULES,
        service_provider_metadata.RULES,
        x509_certificate.RULES,
        registered_service_provider.RULES,
        registered_service_provider.REGISTRATION_RULES,
        password_policy.RULES,
        password_strength.RULES,
        account_creation_policy.RULES,
        email_template.RULES,
        account_schema.RULES,
        account_schema.FIELD_RULES,
        api_key.RULES,
        auth_token.ACCESS_RULES,
        auth_token.REFRESH_RULES,
        oauth_policy.RULES,
        web_config.RULES,
        id_site.RULES,
        smtp_server.RULES,
        organization.RULES,
        organization_account_store_mapping.RULES,
        account_link.RULES,
        account_linking_policy.RULES,
        phone.RULES,
    )
}

#: Resources whose rules are in a room above this one: ``stormpath.server.factors``.
_RULES_ELSEWHERE: Final = (factor.FACTOR, challenge.CHALLENGE)

#: The declarations alone.
RESOURCES: Final = (*(each.resource for each in RULES.values()), *_RULES_ELSEWHERE)
