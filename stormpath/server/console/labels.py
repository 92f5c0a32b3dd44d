"""What attributes, resources and words of the API are called on the pages.

Names are made of those of the wire; here are the ones that people know under another name.
"""

from __future__ import annotations

import re
from typing import Final

from stormpath.server.console.texts import gettext

_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

#: By attribute, or by resource and attribute.
_LABELS: Final[dict[str, str]] = {
    "givenName": "First Name",
    "middleName": "Middle Name",
    "surname": "Last Name",
    "fullName": "Name",
    "createdAt": "Created",
    "modifiedAt": "Modified",
    "href": "HREF",
    "id": "ID",
    "nameKey": "Name Key",
    "passwordModifiedAt": "Password Changed",
    "emailVerificationStatus": "Email Verification",
    "authorizedCallbackUris": "Authorized Callback URIs",
    "authorizedOriginUris": "Authorized Origin URIs",
    "accountStoreMappings": "Account Stores",
    "organizationAccountStoreMappings": "Account Stores",
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
    "clientId": "Client ID",
    "dnsLabel": "DNS Label",
    "customData": "Custom Data",
    "passwordPolicy": "Password Policy",
    "accountCreationPolicy": "Account Creation Policy",
    "accountSchema": "Schema",
    "oAuthPolicy": "OAuth",
    "samlPolicy": "SAML",
    "webConfig": "Client API",
    "webConfig.status": "Status",
    "webConfig.oauth2": "OAuth 2.0",
    "webConfig.me": "/me",
    "webConfig.expand": "Expansions of /me",
    "automaticProvisioning": "Automatic Provisioning",
    "matchingProperty": "Matching Property",
    "accessTokenTtl": "Access Token time to live",
    "refreshTokenTtl": "Refresh Token time to live",
    "tokenEndpoint": "OAuth Token URL",
    "ssoInitiationEndpoint": "SAML SSO Initiation Endpoint",
    "signingApiKey": "Signing API Key",
    "idSite.authorizedOriginUris": "Authorized JavaScript Origin URLs",
    "authorizedRedirectUris": "Authorized Redirect URIs",
    "domainName": "Domain Name",
    "tlsPublicCert": "SSL Public Certificate / Chain",
    "tlsPrivateKey": "SSL Private Key",
    "gitRepoUrl": "Git Repository HTTPS URL",
    "gitBranch": "Git Repository Branch Name",
    "logoUrl": "Logo URL",
    "sessionTti": "Session idle time",
    "sessionTtl": "Session absolute time",
    "sessionCookiePersistent": "Session cookie outlives the browser",
    "idSite": "ID Site",
    "agent": "Agent",
    "ssoLoginUrl": "SAML SSO Login Url",
    "ssoLogoutUrl": "SAML SSO Logout Url",
    "encodedX509SigningCert": "SAML X.509 Signing Cert",
    "requestSignatureAlgorithm": "SAML Request Signature Algorithm",
    "forceAuthn": "Force a new login",
    "providerId": "Provider ID",
    "redirectUri": "Authorized Redirect URI",
    "scope": "Scopes",
    "hd": "Google Workspace Domain",
    "idField": "ID Field",
    "emailDomainWhitelist": "Allowed Domains",
    "emailDomainBlacklist": "Denied Domains",
    "passwordStrength.minLength": "Min characters",
    "passwordStrength.maxLength": "Max characters",
    "preventReuse": "Latest passwords that may not be used again",
    "preventCommon": "Refuse common passwords",
    "emailTemplate.mimeType": "Message Format",
    "fromName": "“From” Name",
    "fromEmailAddress": "“From” Email Address",
    "replyTo": "Reply-To Address",
    "textBody": "Body (Plain Text)",
    "htmlBody": "Body (HTML)",
    "linkBaseUrl": "Link Base URL",
    "resetTokenTtl": "Expiration Window (hours)",
    "sslRequired": "Use SSL",
    "agentUserDn": "Agent User DN",
    "agentUserDnPassword": "Agent Password",
    "baseDn": "Base DN",
    "pollInterval": "Directory Services Poll Interval (minutes)",
    "referralMode": "Use Referrals",
    "ignoreReferralIssues": "Ignore Referral Exceptions",
    "accountConfig": "Account Configuration",
    "accountConfig.dnSuffix": "Account DN Suffix",
    "accountConfig.objectClass": "Account Object Class",
    "accountConfig.objectFilter": "Account Object Filter",
    "emailRdn": "Account Email Attribute",
    "givenNameRdn": "Account First Name Attribute",
    "middleNameRdn": "Account Middle Name Attribute",
    "surnameRdn": "Account Last Name Attribute",
    "usernameRdn": "Account Login Name Attribute",
    "passwordRdn": "Account Password Attribute",
    "groupConfig": "Group Configuration",
    "groupConfig.dnSuffix": "Group DN Suffix",
    "groupConfig.objectClass": "Group Object Class",
    "groupConfig.objectFilter": "Group Object Filter",
    "nameRdn": "Group Name Attribute",
    "descriptionRdn": "Group Description Attribute",
    "membersRdn": "Group Members Attribute",
}

_RESOURCES: Final[dict[str, tuple[str, str]]] = {
    "apiKey": ("API Key", "API Keys"),
    "oAuthPolicy": ("OAuth Policy", "OAuth Policies"),
    "smtpServer": ("Mail Server", "Mail Servers"),
    "idSite": ("ID Site", "ID Sites"),
    "accountStoreMapping": ("Account Store", "Account Stores"),
    "organizationAccountStoreMapping": ("Account Store", "Account Stores"),
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
    "text/plain": "Plain Text",
    "text/html": "HTML",
    "multipart/alternative": "Plain Text and HTML",
    "follow": "Follow",
    "ignore": "Ignore",
}


def label(attribute: str, resource: str = "") -> str:
    """Return the name of an attribute on forms and above columns."""
    text = _LABELS.get(f"{resource}.{attribute}") or _LABELS.get(attribute) or _split(attribute)
    return gettext(text)


def singular(resource: str) -> str:
    """Return the name of a kind of resource."""
    found = _RESOURCES.get(resource)
    return gettext(found[0] if found else _split(resource))


def plural(resource: str) -> str:
    """Return the name of several resources of a kind."""
    if (found := _RESOURCES.get(resource)) is not None:
        return gettext(found[1])
    text = _split(resource)
    return gettext(f"{text[:-1]}ies" if text.endswith("y") else f"{text}s")


def word(text: str | None) -> str:
    """Return a word of the API, such as a status, for people."""
    return gettext(_WORDS.get(text or "", text or ""))


def _split(name: str) -> str:
    words = _CAPITAL.sub(" ", name)
    return words[:1].upper() + words[1:]
