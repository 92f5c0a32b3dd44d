"""The application that people log in to: found by its name or href, or made in a database of your own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from flask_stormpath.errors import ConfigurationError
from flask_stormpath.mail_links import set_mail_links
from flask_stormpath.settings import database_of
from stormpath.error import Error

if TYPE_CHECKING:
    from stormpath import Client
    from stormpath.resources.application import Application

CONFLICT: Final = 409
#: The application of administrators, in each tenant.
OWN: Final = "Stormpath"
NOT_FOUND: Final = 404


def open_application(client: Client, config: Mapping[str, Any]) -> Application:
    """Return the application that the settings name.

    One request for a name, and one for an href. In a database of your own an unknown name is made, with a
    directory for new accounts; several processes may do that at once. `ConfigurationError` where there is no
    such application, or `STORMPATH_CHECK_STORES` finds that it cannot be used.
    """
    named = config["STORMPATH_APPLICATION"]
    if not named:
        return _checked(_only(client), config)
    found = _at(client, named) if "://" in named else _named(client, named)
    if found is None and database_of(config) and "://" not in named:
        found = _made(client, named, config)
    if found is None:
        raise ConfigurationError(
            f"There is no application {named!r} on this service: create it in the Admin Console, or with "
            "client.applications.create({'name': ...}, create_directory=True), or correct "
            "STORMPATH_APPLICATION."
        )
    return _checked(found, config)


def _checked(application: Application, config: Mapping[str, Any]) -> Application:
    if config["STORMPATH_CHECK_STORES"]:
        _check_stores(application, config)
    return application


def _only(client: Client) -> Application:
    """Return the only application of the tenant, besides the service's own."""
    found = [each for each in client.applications if each.name != OWN]
    if len(found) != 1:
        raise ConfigurationError(
            f"The tenant has {len(found)} applications, so that the one of this app cannot be guessed: name "
            "it in STORMPATH_APPLICATION."
        )
    return found[0]


def _at(client: Client, href: str) -> Application | None:
    try:
        found = client.applications.get(href)
        # The cache may hold one that is deleted.
        found.refresh()
    except Error as refused:
        if refused.status == NOT_FOUND:
            return None
        raise
    return found


def _named(client: Client, name: str) -> Application | None:
    return next((each for each in client.applications.search({"name": name}) if each.name == name), None)


def _made(client: Client, name: str, config: Mapping[str, Any]) -> Application | None:
    try:
        made = client.applications.create({"name": name}, create_directory=True)
    except Error as refused:
        # Another process has made it meanwhile.
        if refused.status == CONFLICT:
            return _named(client, name)
        raise
    set_mail_links(made, config)
    return made


def _check_stores(application: Application, config: Mapping[str, Any]) -> None:
    if not len(application.account_store_mappings):
        raise ConfigurationError(
            f"The application {application.name!r} has no account store: map a directory to it."
        )
    if config["STORMPATH_ENABLE_REGISTRATION"] and application.default_account_store_mapping is None:
        raise ConfigurationError(
            f"The application {application.name!r} has no default account store, where registrations go: "
            "make a mapping the default one, or set STORMPATH_ENABLE_REGISTRATION to False."
        )
