"""What attributes, resources and words of the API are called on the pages.

Names are made of those of the wire; here are the ones that people know under another name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from stormpath.server.console.texts import gettext
from stormpath.server.schema import Attribute, Choice, Object, Password, Resource

_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])")

#: Parts of names that are written in another way.
_PARTS: Final[dict[str, str]] = {
    "Api": "API",
    "Dn": "DN",
    "Dns": "DNS",
    "Html": "HTML",
    "Id": "ID",
    "Jwt": "JWT",
    "Oauth2": "OAuth",
    "Qr": "QR",
    "Saml": "SAML",
    "Sha": "SHA-1",
    "Smtp": "SMTP",
    "Ssl": "SSL",
    "Sso": "SSO",
    "Ttl": "Lifetime",
    "Tls": "TLS",
    "Uri": "URI",
    "Uris": "URIs",
    "Url": "URL",
    "X509": "X.509",
}

#: By attribute, or by resource and attribute.
_LABELS: Final[dict[str, str]] = {
    # People, and what all have
    "givenName": "First Name",
    "middleName": "Middle Name",
    "surname": "Last Name",
    "fullName": "Name",
    "createdAt": "Created",
    "modifiedAt": "Modified",
    "href": "HREF",
    "passwordModifiedAt": "Password Changed",
    "emailVerificationStatus": "Email Verification",
    "providerData": "Provider Data",
    "accountName": "Name in the App",
    "keyUri": "Key URI",
    "base64QRImage": "QR Code",
    # Where people log in
    "authorizedCallbackUris": "Authorized Callback URIs",
    "authorizedOriginUris": "Authorized Origin URIs",
    "accountStoreMappings": "Account Stores",
    "organizationAccountStoreMappings": "Account Stores",
    "applicationMappings": "Applications Mapped",
    "organizationMappings": "Organizations Mapped",
    "defaultAccountStoreMapping": "Default Account Location",
    "defaultGroupStoreMapping": "Default Group Location",
    "linkedAccounts": "Linked Accounts",
    "accountMemberships": "Memberships",
    "groupMemberships": "Group Memberships",
    "apiKeys": "API Keys",
    "apiKey": "API Key",
    "mapping.isDefaultAccountStore": "Default Account Location",
    "mapping.isDefaultGroupStore": "Default Group Location",
    "isDefaultAccountStore": "Default Account Location",
    "isDefaultGroupStore": "Default Group Location",
    "listIndex": "Priority",
    "accountLinkingPolicy": "Account Linking",
    "webConfig": "Client API",
    "webConfig.status": "Status",
    "webConfig.oauth2": "OAuth 2.0",
    "automaticProvisioning": "Automatic Provisioning",
    "matchingProperty": "Matching Property",
    "accessTokenTtl": "Access Token time to live",
    "refreshTokenTtl": "Refresh Token time to live",
    "tokenEndpoint": "OAuth Token URL",
    "authorizedRedirectUris": "Authorized Redirect URIs",
    "domainName": "Domain Name",
    "logoUrl": "Logo URL",
    "idSite": "ID Site",
    "idSites": "ID Site",
    "oAuthPolicy": "OAuth",
    "oAuthPolicy.tokenEndpoint": "OAuth Token URL",
    "refreshTokenRotation": "Refresh Token Rotation",
    "revokeTokensOnPasswordChange": "End Tokens with a New Password",
    "signingApiKey": "Signing API Key",
    "webConfig.me": "/me",
    "webConfig.expand": "Expansions of /me",
    "smtpServers": "Mail Servers",
    "securityProtocol": "Encryption",
    # Directories
    "accountSchema": "Schema",
    "userInfoMappingRules": "Attribute Mappings",
    "attributeStatementMappingRules": "Attribute Mappings",
    "hd": "Google Workspace Domain",
    "provider.redirectUri": "Authorized Redirect URI",
    "provider.scope": "Scopes",
    "idField": "ID Field",
    "items": "Rules",
    "resetTokenTtl": "Expiration Window (hours)",
    "resetEmailStatus": "Password Reset Email",
    "resetSuccessEmailStatus": "Password Reset Success Email",
    "resetEmailTemplates": "Password Reset Message",
    "resetSuccessEmailTemplates": "Password Reset Success Message",
    "verificationEmailStatus": "Verification Email",
    "verificationSuccessEmailStatus": "Verification Success Email",
    "welcomeEmailStatus": "Welcome Email",
    "verificationEmailTemplates": "Verification Message",
    "verificationSuccessEmailTemplates": "Verification Success Message",
    "welcomeEmailTemplates": "Welcome Message",
    "emailDomainWhitelist": "Allowed Email Domains",
    "emailDomainBlacklist": "Refused Email Domains",
    "strength": "Password Strength",
    "minLength": "Min Characters",
    "maxLength": "Max Characters",
    "minLowerCase": "Min Lower Case (abc)",
    "minUpperCase": "Min Upper Case (ABC)",
    "minNumeric": "Min Digits (012)",
    "minSymbol": "Min Symbols",
    "minDiacritic": "Min Diacritics",
    "preventReuse": "Remembered Passwords",
    "preventCommon": "Refuse Common Passwords",
    # E-mails
    "fromName": "“From” Name",
    "fromEmailAddress": "“From” Email Address",
    "replyTo": "Reply To",
    "textBody": "Plain Text",
    "htmlBody": "HTML",
    "mimeType": "Message Format",
    "defaultModel": "Link",
    "linkBaseUrl": "Link Base URL",
    # Agents
    "config": "Agent Configuration",
    "statusReason": "Reason",
    "lastSeenAt": "Last Seen",
    "lastSynchronizedAt": "Last Synchronized",
    "sslRequired": "Require SSL",
    "agentUserDnPassword": "Agent Password",
    "pollInterval": "Directory Services Poll Interval (minutes)",
    "referralMode": "Use Referrals",
    "ignoreReferralIssues": "Ignore Referral Exceptions",
    "accountConfig": "Account Configuration",
    "groupConfig": "Group Configuration",
    "dnSuffix": "DN Suffix",
    "emailRdn": "Email Attribute",
    "givenNameRdn": "First Name Attribute",
    "middleNameRdn": "Middle Name Attribute",
    "surnameRdn": "Last Name Attribute",
    "usernameRdn": "Login Name Attribute",
    "passwordRdn": "Password Attribute",
    "nameRdn": "Name Attribute",
    "descriptionRdn": "Description Attribute",
    "membersRdn": "Members Attribute",
    # SAML
    "ssoLoginUrl": "SAML SSO Login URL",
    "ssoLogoutUrl": "SAML SSO Logout URL",
    "encodedX509SigningCert": "SAML X.509 Signing Cert",
    "encodedX509Certificate": "X.509 Certificate",
    "requestSignatureAlgorithm": "SAML Request Signature Algorithm",
    "forceAuthn": "Force a New Login",
    "ssoInitiationEndpoint": "SAML SSO Initiation Endpoint",
    "samlPolicy": "SAML",
    "x509SigningCert": "X.509 Signing Cert",
    "assertionConsumerServicePostEndpoint": "Assertion Consumer Service URL",
    "registeredSamlServiceProviders": "Registered Services",
    "samlServiceProviderRegistrations": "Service Registrations",
    "nameIdFormat": "Name ID Format",
    # ID Site
    "tlsPublicCert": "SSL Public Certificate / Chain",
    "tlsPrivateKey": "SSL Private Key",
    "gitRepoUrl": "Git Repository HTTPS URL",
    "gitBranch": "Git Repository Branch Name",
    "idSite.authorizedOriginUris": "Authorized JavaScript Origin URLs",
    "sessionTti": "Session Idle Time",
    "sessionTtl": "Session Absolute Time",
    "sessionCookiePersistent": "Session Cookie Persistence",
    "agent": "Agent",
    "providerId": "Provider ID",
    "redirectUri": "Authorized Redirect URI",
    "scope": "Scopes",
    "passwordStrength.minLength": "Min characters",
    "passwordStrength.maxLength": "Max characters",
    "emailTemplate.mimeType": "Message Format",
    "agentUserDn": "Agent User DN",
    "baseDn": "Base DN",
    "accountConfig.dnSuffix": "Account DN Suffix",
    "accountConfig.objectClass": "Account Object Class",
    "accountConfig.objectFilter": "Account Object Filter",
    "groupConfig.dnSuffix": "Group DN Suffix",
    "groupConfig.objectClass": "Group Object Class",
    "groupConfig.objectFilter": "Group Object Filter",
    "agent.sslRequired": "Use SSL",
    "agent.agentUserDn": "Agent User DN",
    "agent.baseDn": "Base DN",
    "accountConfig.emailRdn": "Account Email Attribute",
    "accountConfig.givenNameRdn": "Account First Name Attribute",
    "accountConfig.middleNameRdn": "Account Middle Name Attribute",
    "accountConfig.surnameRdn": "Account Last Name Attribute",
    "accountConfig.usernameRdn": "Account Login Name Attribute",
    "accountConfig.passwordRdn": "Account Password Attribute",
    "groupConfig.nameRdn": "Group Name Attribute",
    "groupConfig.descriptionRdn": "Group Description Attribute",
    "groupConfig.membersRdn": "Group Members Attribute",
    "emailTemplate.textBody": "Body (Plain Text)",
    "emailTemplate.htmlBody": "Body (HTML)",
}

_RESOURCES: Final[dict[str, tuple[str, str]]] = {
    "accountStoreMapping": ("Account Store", "Account Stores"),
    "organizationAccountStoreMapping": ("Account Store", "Account Stores"),
    "accountSchema": ("Schema", "Schemas"),
    "attributeStatementMappingRules": ("Attribute Mappings", "Attribute Mappings"),
    "userInfoMappingRules": ("Attribute Mappings", "Attribute Mappings"),
    "oAuthPolicy": ("OAuth Policy", "OAuth Policies"),
    "providerData": ("Provider Data", "Provider Data"),
    "registeredSamlServiceProvider": ("Registered Service", "Registered Services"),
    "samlServiceProviderRegistration": ("Service Registration", "Service Registrations"),
    "samlIdentityProviderMetadata": ("SAML Identity Provider Metadata", "SAML Identity Provider Metadata"),
    "samlServiceProviderMetadata": ("SAML Service Provider Metadata", "SAML Service Provider Metadata"),
    "smtpServer": ("Mail Server", "Mail Servers"),
    "webConfig": ("Client API", "Client APIs"),
    "passwordStrength": ("Password Strength", "Password Strengths"),
}

_WORDS: Final[dict[str, str]] = {
    "ENABLED": "Enabled",
    "DISABLED": "Disabled",
    "UNVERIFIED": "Unverified",
    "LOCKED": "Locked",
    "VERIFIED": "Verified",
    "ONLINE": "Online",
    "OFFLINE": "Offline",
    "ERROR": "Error",
    "PENDING": "Pending",
    "SENT": "Sent",
    "DEAD": "Failed",
    "separate": "Separate",
    "shared": "Shared",
    "follow": "Follow",
    "ignore": "Ignore",
    "email": "Email",
    "EMAIL": "Email",
    "PERSISTENT": "Persistent",
    "TRANSIENT": "Transient",
    "text/plain": "Plain Text",
    "text/html": "HTML",
    "multipart/alternative": "Plain Text and HTML",
    "google-authenticator": "Authenticator App",
    "recovery-codes": "Recovery Codes",
    "bearer": "Bearer Header",
    "access_token": "Parameter access_token",
    "oauth_token": "Parameter oauth_token",
    "TLS": "STARTTLS",
    "SSL": "SSL/TLS",
    "CREATED": "Created",
    "WAITING_FOR_PROVIDER": "Waiting for the Provider",
    "WAITING_FOR_VALIDATION": "Waiting for the Code",
    "SUCCESS": "Success",
    "FAILED": "Failed",
    "EXPIRED": "Expired",
    "UNDELIVERED": "Undelivered",
    "DENIED": "Denied",
    "CANCELLED": "Cancelled",
}


def label(attribute: str, resource: str = "") -> str:
    """Return the name of an attribute on forms and above columns."""
    return gettext(_label(attribute, resource))


def singular(resource: str) -> str:
    """Return the name of a kind of resource."""
    return gettext(_names(resource)[0])


def plural(resource: str) -> str:
    """Return the name of several resources of a kind."""
    return gettext(_names(resource)[1])


def word(text: str | None) -> str:
    """Return a word of the API, such as a status, for people."""
    return gettext(_WORDS.get(text or "", text or ""))


def texts(resources: Iterable[Resource]) -> Iterator[str]:
    """Return every text that this module makes of the declarations, and their own: for the catalogue."""
    yield from _WORDS.values()
    for resource in resources:
        yield from _names(resource.name)
        yield from _of_attributes(resource.attributes, resource.name)


def _of_attributes(attributes: Iterable[Attribute], resource: str) -> Iterator[str]:
    for each in attributes:
        if each.shown or isinstance(each, Password):
            yield _label(each.name, resource)
            yield from [each.about] if each.about else []
        if isinstance(each, Choice):
            yield from (_WORDS.get(text, text) for text in each.choices)
        if isinstance(each, Object):
            yield from _of_attributes(each.members, resource)


def _label(attribute: str, resource: str) -> str:
    return _LABELS.get(f"{resource}.{attribute}") or _LABELS.get(attribute) or _split(attribute)


def _names(resource: str) -> tuple[str, str]:
    if (found := _RESOURCES.get(resource)) is not None:
        return found
    text = _split(resource)
    return text, f"{text[:-1]}ies" if re.search("[^aeiou]y$", text) else f"{text}s"


def _split(name: str) -> str:
    words = [each[:1].upper() + each[1:] for each in _CAPITAL.sub(" ", name).split()]
    return " ".join(_PARTS.get(each, each) for each in words)
