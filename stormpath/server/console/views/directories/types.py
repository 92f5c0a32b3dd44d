"""The types of directories: what they are called, and what to enter at the system that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stormpath.server.console.texts import gettext

CLOUD: Final = "stormpath"
LDAP: Final = "ldap"
ACTIVE_DIRECTORY: Final = "ad"
SAML: Final = "saml"
OAUTH2: Final = "oauth2"

#: Their accounts are copied by an agent.
WITH_AGENT: Final = frozenset({LDAP, ACTIVE_DIRECTORY})


@dataclass(frozen=True, slots=True)
class DirectoryType:
    """A type that can be created. ``key`` stands in the address, ``provider`` is the API's provider type.

    ``steps`` say what to do at the provider before its values can be entered here.
    """

    key: str
    provider: str
    text: str
    about_text: str
    steps: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What people call it."""
        return gettext(self.text)

    @property
    def about(self) -> str:
        """What it is, in a sentence."""
        return gettext(self.about_text)


_COPY_ONCE: Final = "Copy the client ID and the client secret; most providers show the secret only once."

#: In the order in which they are offered.
TYPES: Final = (
    DirectoryType("cloud", CLOUD, "Cloud", "Accounts and groups are kept here."),
    DirectoryType(
        "mirror", LDAP, "Mirror", "AD/LDAP: an agent copies a server of LDAP or Active Directory into it."
    ),
    DirectoryType(
        "google",
        "google",
        "Google",
        "People log in with their account at Google.",
        (
            "In the Google Auth Platform (console.cloud.google.com/auth/overview), create a client of the "
            "type “Web application”.",
            "Add the page of your application to which people come back to its authorized redirect URIs, and "
            "enter the same address below.",
            _COPY_ONCE,
        ),
    ),
    DirectoryType(
        "facebook",
        "facebook",
        "Facebook",
        "People log in with their account at Facebook.",
        (
            "On developers.facebook.com, create an app with the use case “Authenticate and request data from "
            "users with Facebook Login”.",
            "Add the page of your application to which people come back to its valid OAuth redirect URIs.",
            "The App ID is the client ID, and the App secret is the client secret.",
        ),
    ),
    DirectoryType(
        "github",
        "github",
        "GitHub",
        "People log in with their account at GitHub.",
        (
            "On github.com/settings/developers, choose “OAuth Apps” and “New OAuth app”.",
            "Its authorization callback URL is the page of your application to which people come back.",
            _COPY_ONCE,
        ),
    ),
    DirectoryType(
        "linkedin",
        "linkedin",
        "LinkedIn",
        "People log in with their account at LinkedIn.",
        (
            "On linkedin.com/developers/apps, create an app and add the product “Sign In with LinkedIn using "
            "OpenID Connect”.",
            "Add the page of your application to which people come back to its authorized redirect URLs.",
            _COPY_ONCE,
        ),
    ),
    DirectoryType(
        "twitter",
        "twitter",
        "Twitter",
        "People log in with their account at X, formerly Twitter.",
        (
            "On developer.x.com, create an app, set up its user authentication, and ask for the e-mail "
            "address of people.",
            "Add the page of your application to which people come back to its callback URIs.",
            "The API key is the client ID, and the API key secret is the client secret.",
        ),
    ),
    DirectoryType(
        "oauth2",
        OAUTH2,
        "OAuth 2.0",
        "People log in at any other provider of OAuth 2.0 or OpenID Connect.",
        (
            "Register your application at the provider, with the page to which people come back.",
            "Enter the endpoints as the documentation of the provider names them.",
            "The Provider ID is a name of your choice; an application can have one directory of each.",
        ),
    ),
    DirectoryType(
        "saml",
        SAML,
        "SAML",
        "People log in at an identity provider by SAML 2.0.",
        (
            "The login URL, the logout URL and the certificate are in the metadata of the identity provider.",
            "After the creation, the tab “Identity Provider” has what the identity provider needs from here.",
        ),
    ),
)

_BY_KEY: Final = {each.key: each for each in TYPES} | {
    LDAP: next(each for each in TYPES if each.key == "mirror"),
    ACTIVE_DIRECTORY: next(each for each in TYPES if each.key == "mirror"),
}

#: What lists call the types of directories that there are.
_NAMES: Final = {each.provider: each.text for each in TYPES} | {
    LDAP: "LDAP",
    ACTIVE_DIRECTORY: "Active Directory",
}


def type_named(key: str) -> DirectoryType | None:
    """Return the type of a key in an address."""
    return _BY_KEY.get(key)


def provider_of(directory: Mapping[str, Any]) -> str:
    """Return the provider type of a directory by its JSON, in which the provider is inline."""
    return str((directory.get("provider") or {}).get("providerType", CLOUD))


def name_of(directory: Mapping[str, Any]) -> str:
    """Return what the type of a directory is called."""
    provider = provider_of(directory)
    text = gettext(_NAMES.get(provider, provider))
    if provider == OAUTH2:
        return f"{text} ({directory['provider']['providerId']})"
    return text


def has_agent(directory: Mapping[str, Any]) -> bool:
    """Tell whether an agent copies its accounts; one that was deleted does not."""
    return bool((directory.get("provider") or {}).get("agent"))


def is_saml(directory: Mapping[str, Any]) -> bool:
    """Tell whether people log in to it by SAML."""
    return provider_of(directory) == SAML


def is_login_provider(directory: Mapping[str, Any]) -> bool:
    """Tell whether people log in to it at another system, whose settings it has."""
    return provider_of(directory) not in {CLOUD, *WITH_AGENT}
