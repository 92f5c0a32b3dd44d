"""The account stores in which a request finds an account by its login.

A request may name one ``accountStore``: an href, or the ``nameKey`` of an organization (rest-auth 2.1 to 2.3,
9.4).
"""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.accounts.email_verification import UNVERIFIED
from stormpath.server.resources.applications.login_attempt import ACCOUNT_STORE
from stormpath.server.resources.stores.store_mappings import MAPPING_KINDS, Store, store_of
from stormpath.server.schema import DISABLED, ENABLED, LOCKED, Link
from stormpath.server.schema.errors import ApiError, Code

MESSAGE: Final = "Invalid username or password."
NOT_USABLE: Final = "The account store cannot be used here."

#: Clients compare it.
_NOT_ASSIGNED: Final = "The specified Account Store is not one of the Application's assigned Account Stores."


def requested_store(
    unit: Unit, application: Row, values: Values, link: Link = ACCOUNT_STORE, message: str = MESSAGE
) -> Store | None:
    """Return the store that a request names, or ``None``; refuse one that is not assigned to the application.

    A store is assigned if it is mapped to the application, if it is mapped to an organization that is, or if
    it is a group of an assigned directory. A store that is reached only through disabled organizations gets
    an error of its own. ``message`` is the error message for people.
    """
    store = store_of(values)
    if store is None:
        return None
    ways = unit.mappings.ways_to_store(application["id"], store.kind, store.id)
    if not ways:
        raise _not_assigned(link, message, is_named=link.name_column in values)
    if ENABLED not in ways:
        raise organization_disabled(message)
    return store


def _not_assigned(link: Link, message: str, *, is_named: bool) -> ApiError:
    if is_named:
        return ApiError(
            Code.LINK_NOT_PERMITTED,
            "The organization cannot be used here.",
            f"The organization of that {link.name}.nameKey is not assigned to this application.",
        )
    return ApiError(Code.STORE_NOT_MAPPED, message, _NOT_ASSIGNED)


def check_not_empty(unit: Unit, application: Row, store: Store | None) -> None:
    """Refuse a login to an application or an organization that has no account stores."""
    if store is None:
        _check_application_not_empty(unit, application)
    elif store.kind == "organization" and not _mapped_stores(unit, "organization", store.id):
        raise _organization_without_stores()


def _check_application_not_empty(unit: Unit, application: Row) -> None:
    mapped = _mapped_stores(unit, "application", application["id"])
    if not mapped:
        raise ApiError(
            Code.APPLICATION_WITHOUT_STORES,
            MESSAGE,
            f"The application '{application['name']}' has no account stores: map one to it.",
        )
    organizations = [each.id for each in mapped if each is not None and each.kind == "organization"]
    if len(organizations) == len(mapped) and not any(
        unit.mappings.ids(MAPPING_KINDS["organization"], each) for each in organizations
    ):
        raise _organization_without_stores()


def check_store_statuses(directory: str | None, group: str | None, organization: str | None) -> None:
    """Refuse a login if the account's directory, or the group or organization that led to it, is disabled."""
    if directory == DISABLED:
        raise ApiError(
            Code.LOGIN_DIRECTORY_DISABLED, MESSAGE, "The directory that holds the account is DISABLED."
        )
    if group == DISABLED:
        raise ApiError(
            Code.LOGIN_GROUP_DISABLED, MESSAGE, "The group through which the account logs in is DISABLED."
        )
    if organization == DISABLED:
        raise organization_disabled()


def check_account_status(account: str) -> None:
    """Refuse a login if the account is disabled, locked or unverified."""
    if account in (DISABLED, LOCKED):
        raise ApiError(Code.LOGIN_ACCOUNT_DISABLED, MESSAGE, f"The account is {account}.")
    if account == UNVERIFIED:
        raise ApiError(
            Code.LOGIN_ACCOUNT_UNVERIFIED,
            MESSAGE,
            "The account is UNVERIFIED: its e-mail is not verified yet.",
        )


def organization_disabled(message: str = MESSAGE) -> ApiError:
    """Return the error for a login through a disabled organization."""
    return ApiError(
        Code.LOGIN_ORGANIZATION_DISABLED,
        message,
        "The organization through which the account logs in is DISABLED.",
    )


def _mapped_stores(unit: Unit, owner: str, id: str) -> list[Store | None]:
    mapping = MAPPING_KINDS[owner]
    return [store_of(each) for each in unit.get_many(mapping, unit.mappings.ids(mapping, id)).values()]


def _organization_without_stores() -> ApiError:
    return ApiError(
        Code.ORGANIZATION_WITHOUT_STORES,
        MESSAGE,
        "The organization has no account stores: map a directory or a group to it.",
    )
