"""What examples need beyond the schemas: the source of each kind, and values that fit each other.

A new resource is a line in ``MADE_AT`` or ``FOUND_AT``, new tokens are one in ``TOKENS``.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from service.calls import Json, link
from service.provider_bodies import CERTIFICATE, of_kind
from service.token_calls import assertion, claims_of

if TYPE_CHECKING:
    from service.examples import Examples

PASSWORD = "Changeme1!"

#: A kind of provider for each set of attributes that providers have.
PROVIDERS = ("stormpath", "google", "linkedin", "amazon", "ldap", "ad", "saml")

#: A separate directory: its rules must not affect the accounts in the other one.
STRICT = "a directory with rules"

#: A directory whose new accounts have to verify their addresses.
VERIFYING = "a directory that verifies addresses"

#: Where one of each kind is created; the id in a path is that of the example of its first segment.
MADE_AT = {
    STRICT: "/directories",
    VERIFYING: "/directories",
    "applications": "/applications",
    "directories": "/directories",
    "accounts": "/directories/{id}/accounts",
    "groups": "/directories/{id}/groups",
    "groupMemberships": "/groupMemberships",
    "accountStoreMappings": "/accountStoreMappings",
    "organizations": "/organizations",
    "organizationAccountStoreMappings": "/organizationAccountStoreMappings",
    "accountLinks": "/accountLinks",
    "apiKeys": "/accounts/{id}/apiKeys",
    "phones": "/accounts/{id}/phones",
    "factors": "/accounts/{id}/factors",
    "challenges": "/factors/{id}/challenges",
    "registeredSamlServiceProviders": "/registeredSamlServiceProviders",
    "samlServiceProviderRegistrations": "/samlServiceProviderRegistrations",
    "smtpServers": "/smtpServers",
}

#: Resources of which a tenant has at most one, with their collection: a new one replaces the old one.
ONLY_ONE = {"/smtpServers": "smtpServers"}

#: Resources created along with others: the example of that other kind, and its link. The names of
#: kinds of providers stand for a provider of that kind.
FOUND_AT = {
    "tenants": ("directories", "tenant"),
    "idSites": ("tenants", "idSites"),
    "oAuthPolicies": ("applications", "oAuthPolicy"),
    "applicationWebConfigs": ("applications", "webConfig"),
    "accountLinkingPolicies": ("applications", "accountLinkingPolicy"),
    "samlPolicies": ("applications", "samlPolicy"),
    "samlServiceProviders": ("samlPolicies", "serviceProvider"),
    "samlIdentityProviders": ("samlPolicies", "identityProvider"),
    "samlIdentityProviderMetadatas": ("samlIdentityProviders", "metadata"),
    "x509certificates": ("samlIdentityProviders", "x509SigningCert"),
    "attributeStatementMappingRules": ("samlIdentityProviders", "attributeStatementMappingRules"),
    "samlServiceProviderMetadatas": ("saml", "serviceProviderMetadata"),
    "userInfoMappingRules": ("google", "userInfoMappingRules"),
    "agents": ("ldap", "agent"),
    "passwordPolicies": (STRICT, "passwordPolicy"),
    "accountCreationPolicies": (STRICT, "accountCreationPolicy"),
    "emailTemplates": ("passwordPolicies", "resetEmailTemplates"),
    "schemas": (STRICT, "accountSchema"),
    "fields": ("schemas", "fields"),
}

#: A function that lets an account log in and returns the href of what it gets, by its kind.
ISSUED: dict[str, Callable[[Examples, Json], str]] = {
    "accessTokens": lambda it, account: it.logged_in(account)["stormpath_access_token_href"],
    "refreshTokens": lambda it, account: (
        f"{it.api.base_url}/refreshTokens/{claims_of(it.logged_in(account)['refresh_token'])['jti']}"
    ),
}

#: The code for an unknown id, where it is not 404, by the first segment of the path.
UNKNOWN_IDS = dict.fromkeys(ISSUED, 10013)

#: A text that is no token of the tenant, below an address that validates JSON Web Tokens: status and code.
NO_JWT = (400, 10017)

#: A path that validates JSON Web Tokens, which are signed by keys of one tenant and are not spent.
JWTS = "/applications/{id}/authTokens/{token}"

#: Fields of forms, by their name, or by the grant and the name.
FIELDS: dict[str, Callable[[Examples], str]] = {
    "username": lambda it: it["accounts"]["username"],
    "password": lambda it: PASSWORD,
    "accountStore": lambda it: it["organizations"]["href"],
    "organizationNameKey": lambda it: it["organizations"]["nameKey"],
    "refresh_token": lambda it: it.logged_in(it["accounts"])["refresh_token"],
    "client_id": lambda it: it["apiKeys"]["id"],
    # The code is that of the challenge before it.
    "challenge": lambda it: it.challenge_with_code()["href"],
    "code": lambda it: it.code,
    "client_secret": lambda it: it["apiKeys"]["secret"],
    "token": lambda it: it.logged_in(it["accounts"])["access_token"],
    "stormpath_social.providerId": lambda it: it.login_provider().kind,
    "stormpath_social.accessToken": lambda it: "the-token-of-ada",
    "stormpath_social.accessTokenSecret": lambda it: "ignored",
    "stormpath_social.redirectUri": lambda it: "https://example.com/callback",
    # One of the two.
    "stormpath_social.code": lambda it: "",
    **{
        f"{grant}.token": lambda it: assertion(
            it.api, it["applications"], it["accounts"], time.time(), jti=f"login{it.number()}"
        )
        for grant in ("stormpath_token", "id_site_token")
    },
}

#: A function that makes a valid token, by the path that spends it: each for an account of its own.
TOKENS: dict[str, Callable[[Examples], Json]] = {
    "/accounts/emailVerificationTokens/{token}": lambda it: it.unverified()["emailVerificationToken"],
    "/applications/{id}/passwordResetTokens/{token}": lambda it: (
        it.api.post(
            it["applications"]["passwordResetTokens"]["href"], {"email": it.fresh("accounts")["email"]}
        ).ok
    ),
    JWTS: lambda it: {
        "href": f"{it['applications']['authTokens']['href']}/"
        + it.logged_in(it.fresh("accounts"))["access_token"]
    },
}

#: Examples that differ in more than values, such as attributes of one variant: one of each, by schema.
VARIANTS: dict[str, Callable[[Examples], list[Json]]] = {
    "Factor": lambda it: [it["factors"], it.sms_factor(), it.recovery_codes()],
    "Challenge": lambda it: [it["challenges"], it.sms_challenge()],
    "Account": lambda it: [it["accounts"], it.unverified()],
    "Provider": lambda it: [it[kind] for kind in PROVIDERS],
    "ProviderData": lambda it: [it["accounts"]["providerData"], *it.provider_data()],
    "Agent": lambda it: [it["agents"], it.found(it["ad"], "agent")],
    "EmailTemplate": lambda it: [
        it["emailTemplates"],
        it.found(it["passwordPolicies"], "resetSuccessEmailTemplates"),
    ],
}

#: Fields that a grant requires where others are not there.
ALSO_REQUIRED_FIELDS = {"stormpath_social": {"accessToken"}}

#: Members that a body requires at one path and that another path implies.
ALSO_REQUIRED = {
    "/samlServiceProviderRegistrations": {"identityProvider"},
    "/challenges/{id}": {"code"},
}

#: Links that the service sets: a bare link in their place is ignored (rest-core 1.7).
SAYS_NOTHING = {"provider", "providerData"}

#: Links that take a body of their own: it changes the resource of the service's own link, whatever the href.
EMBEDDED = {"userInfoMappingRules", "attributeStatementMappingRules"}

#: Members left out of bodies because they are ignored (there is none to send back before the account exists),
#: or because not every variant has it.
LEFT_OUT = {
    "AccountCreate.providerData",
    "OrganizationAccountCreate.providerData",
    "preview.defaultModel",
    # The example of a factor is an authenticator. A code would be a guess, and these are few.
    "FactorCreate.phone",
    "FactorCreate.challenge",
    "ChallengeCreate.message",
    "ChallengeCreate.code",
}

#: Attributes that an update accepts only unchanged.
FIXED = {"ProviderUpdate.providerId"}

#: Bodies in which 2016 means that there is no such account.
LOOKS_UP_AN_ACCOUNT = {"passwordResetTokens", "verificationEmails"}

#: Links with codes of their own for an href of nothing, and for a text that is no href (rest-core 8).
STORES_OF_MAPPINGS = {
    ("AccountStoreMappingCreate", "accountStore"),
    ("OrganizationAccountStoreMappingCreate", "accountStore"),
}


def unknown_target(body: str, name: str) -> int:
    """Return the code for a link to nothing, of that name in a body."""
    return 2014 if body in LOOKS_UP_AN_ACCOUNT or (body, name) in STORES_OF_MAPPINGS else 2016


#: Values by the name of the attribute, or of the body's schema and the attribute.
VALUES: dict[str, Callable[[Examples], Any]] = {
    "number": lambda it: it.phone_number(),
    "FactorCreate.type": lambda it: "google-authenticator",
    "accountName": lambda it: f"ada{it.number()}",
    "issuer": lambda it: f"Atlas {it.number()}",
    "FactorCreate.phone": lambda it: None,
    "FactorCreate.challenge": lambda it: None,
    "ChallengeCreate.message": lambda it: None,
    "code": lambda it: "000000",
    "email": lambda it: f"ada{it.number()}@example.com",
    "password": lambda it: PASSWORD,
    "authorizedCallbackUris": lambda it: [f"https://example.com/{it.number()}", "https://*.example.com"],
    "authorizedOriginUris": lambda it: [f"https://{it.number()}.example.com"],
    "emailDomainWhitelist": lambda it: [f"*.{it.number()}.example", "example.com"],
    "emailDomainBlacklist": lambda it: [f"*.{it.number()}.example"],
    "nameKey": lambda it: f"key-{it.number()}",
    # An account is in a group once, and a store is mapped once.
    "GroupMembershipCreate.account": lambda it: link(it.fresh("accounts")),
    "AccountStoreMappingCreate.accountStore": lambda it: link(it.fresh("directories")),
    "OrganizationAccountStoreMappingCreate.accountStore": lambda it: link(it.fresh("directories")),
    "AccountLinkCreate.leftAccount": lambda it: link(it.fresh("accounts")),
    "AccountLinkCreate.rightAccount": lambda it: link(it.account_elsewhere()),
    "AccountCreate.providerData": lambda it: link(it["accounts"]["providerData"]),
    "OrganizationAccountCreate.providerData": lambda it: link(it["accounts"]["providerData"]),
    "OrganizationAccountCreate.accountStore": lambda it: link(it["directories"]),
    "loginAttempts.value": lambda it: _credentials(it["accounts"]["username"]),
    "loginAttempts.accountStore": lambda it: link(it["directories"]),
    # One account would exceed its e-mail limit.
    "passwordResetTokens.email": lambda it: it.fresh("accounts")["email"],
    "passwordResetTokens.accountStore": lambda it: link(it["directories"]),
    "verificationEmails.login": lambda it: it.unverified()["username"],
    "verificationEmails.accountStore": lambda it: link(it[VERIFYING]),
    # E-mails of a directory go to its own accounts.
    "preview.account": lambda it: link(it.api.account(it[STRICT], f"eve{it.number()}")),
    "defaultRelayStates.callbackUri": lambda it: it["applications"]["authorizedCallbackUris"][0],
    "defaultRelayStates.organization": lambda it: {"nameKey": it["organizations"]["nameKey"]},
    "authorizationEndpoint": lambda it: it.url(),
    "tokenEndpoint": lambda it: it.url(),
    "resourceEndpoint": lambda it: it.url(),
    "ssoLoginUrl": lambda it: it.url(),
    "ssoLogoutUrl": lambda it: it.url(),
    "assertionConsumerServiceUrl": lambda it: it.url(),
    "linkBaseUrl": lambda it: it.url(),
    "host": lambda it: f"mail{it.number()}.example.com",
    "entityId": lambda it: f"urn:example:{it.number()}",
    "idField": lambda it: f"data[{it.number()}].id",
    "encodedX509SigningCert": lambda it: CERTIFICATE,
    "encodedX509Certificate": lambda it: CERTIFICATE,
    "SamlServiceProviderRegistrationCreate.serviceProvider": lambda it: link(
        it.fresh("registeredSamlServiceProviders")
    ),
    # Unique on the server, which other tests' tenants share.
    "dnsLabel": lambda it: f"label-{it.number()}-{it.api.tenant_id}",
    "domainName": lambda it: f"login{it.number()}.example.com",
    "signingApiKey": lambda it: {"href": f"{it.api.base_url}/apiKeys/{it.api.key_id}"},
    "fromEmailAddress": lambda it: f"us{it.number()}@example.com",
    "replyTo": lambda it: f"answers{it.number()}@example.com",
    "textBody": lambda it: f"Look here {it.number()}: ${{url}}",
    "htmlBody": lambda it: f"<p>Look here {it.number()}: $!{{sptoken}}</p>",
    # Each is bounded by the other.
    "minLength": lambda it: 7,
    "maxLength": lambda it: 120,
}

#: Sets of values that a schema cannot express.
SEVERAL: dict[str, list[Any]] = {
    "DirectoryUpdate.provider": [{"providerId": "stormpath"}],
    "DirectoryCreate.provider": [
        {"providerId": "stormpath"},
        *map(of_kind, PROVIDERS[1:]),
        *map(of_kind, ("facebook", "github", "twitter")),
    ],
    "ProviderUpdate.userInfoMappingRules": [
        {"items": [{"name": "mail", "accountAttributes": ["email", target]}]}
        for target in ("username", "surname")
    ],
    **{
        f"{body}.attributeStatementMappingRules": [
            {"items": [{"name": "mail", "nameFormat": None, "accountAttributes": ["email", target]}]}
            for target in ("username", "surname")
        ]
        for body in ("ProviderUpdate", "SamlIdentityProviderUpdate")
    },
    "UserInfoMappingRulesUpdate.items": [
        [],
        [{"name": "mail", "accountAttributes": ["email", "customData.mail"]}],
    ],
    "AttributeStatementMappingRulesUpdate.items": [
        [],
        [{"name": "mail", "nameFormat": None, "accountAttributes": ["email"]}],
        [{"name": None, "nameFormat": "urn:x", "accountAttributes": ["surname", "customData.name"]}],
    ],
}


def _credentials(username: str) -> str:
    return base64.b64encode(f"{username}:{PASSWORD}".encode()).decode()
