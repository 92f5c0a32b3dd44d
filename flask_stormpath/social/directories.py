"""The directories in which the accounts of providers are: found among those of the application, or made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask_stormpath.state import application, client
from stormpath.error import Error
from stormpath.resources.directory import Directory

if TYPE_CHECKING:
    from flask_stormpath.social.providers import Provider

CONFLICT: Final = 409
#: The error code of a login at a provider of which no directory is mapped to the application.
NOT_MAPPED: Final = 5114
#: After the directories that the app has mapped itself.
LIST_INDEX: Final = 99
#: The kinds of providers whose directories hold a redirect URI: the service exchanges their codes.
WITH_REDIRECT_URI: Final = ("google", "linkedin")


def find(provider_id: str) -> Directory | None:
    """Return the first mapped directory of a provider; other stores are groups and organizations.

    One request for the mappings, and two for each directory that is not cached.
    """
    for mapping in application().account_store_mappings:
        store: Any = mapping.account_store
        if isinstance(store, Directory) and store.provider.provider_id == provider_id:
            return store
    return None


def make(provider: Provider, redirect_uri: str) -> bool:
    """Make the directory of a provider and map it; tell whether the settings say enough for that.

    Three requests or more. Several processes may do so at once: the names of directories and the pairs of
    mappings are unique.
    """
    if not (provider.client_id and provider.client_secret) or (
        provider.is_generic and not _is_complete(provider)
    ):
        return False
    directory = _made(f"{application().name}-{provider.id}", _described(provider, redirect_uri))
    if directory is None:
        return False
    try:
        application().account_store_mappings.create(
            {
                "application": application(),
                "account_store": directory,
                "list_index": LIST_INDEX,
                "is_default_account_store": False,
                "is_default_group_store": False,
            }
        )
    except Error as refused:
        # Another process has mapped it meanwhile.
        if refused.status != CONFLICT:
            raise
    return True


def _made(name: str, described: dict[str, Any]) -> Directory | None:
    """Return a new directory, or the one with that name and provider; None if the name is that of another."""
    directories = client().directories
    try:
        made: Directory = directories.create({"name": name, "provider": described})
    except Error as refused:
        if refused.status != CONFLICT:
            raise
        found = (each for each in directories.search({"name": name}) if each.name == name)
        return next((each for each in found if each.provider.provider_id == described["provider_id"]), None)
    return made


def _is_complete(provider: Provider) -> bool:
    return all((provider.authorization_endpoint, provider.token_endpoint, provider.resource_endpoint))


def _described(provider: Provider, redirect_uri: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "provider_id": provider.id,
        "client_id": provider.client_id,
        "client_secret": provider.client_secret,
    }
    if provider.is_generic or provider.id in WITH_REDIRECT_URI:
        described["redirect_uri"] = redirect_uri
    if provider.scopes:
        described["scope"] = list(provider.scopes)
    if provider.hd:
        described["hd"] = provider.hd
    if provider.is_generic:
        names = (
            "authorization_endpoint",
            "token_endpoint",
            "resource_endpoint",
            "id_field",
            "access_token_type",
        )
        described |= {name: getattr(provider, name) for name in names}
    return described
