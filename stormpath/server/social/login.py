"""A login at a social or OAuth 2.0 provider, and the account that it leads to (rest-auth 5.3, 9.1)."""

from __future__ import annotations

from typing import NamedTuple

from stormpath.server.authentication import account_stores, linking, login_events
from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.events import LoginSucceeded
from stormpath.server.domain.storage import Row
from stormpath.server.resources.stores.store_mappings import Store, store_of
from stormpath.server.schema import ENABLED
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.social import accounts, directories, providers
from stormpath.server.social.directories import ProviderDirectory
from stormpath.server.social.profile import Credentials


class Entered(NamedTuple):
    """The account to which a login leads; ``is_new`` tells of the provider's own account for it."""

    account_id: str
    is_new: bool


def in_application(context: RequestContext, row: Row, values: Values) -> Values:
    """Carry out a POST of ``providerData`` to the accounts of an application."""
    return enter(context, Owner(context.resources["application"], row), values)._asdict()


def in_organization(context: RequestContext, row: Row, values: Values) -> Values:
    """Carry out a POST of ``providerData`` to the accounts of an organization."""
    return enter(context, Owner(context.resources["organization"], row), values)._asdict()


def enter(context: RequestContext, owner: Owner, values: Values) -> Entered:
    """Return the account of a person who has logged in at a provider, or raise ``ApiError``.

    ``values`` are ``provider_id``, the credentials and the account store of a request. The provider is asked
    while no transaction is open. The account is updated with what it tells, or made.
    """
    facts = {"application_id": owner.id if owner.resource.name == "application" else ""}
    try:
        entered = _enter(context, owner, values, facts)
    except ApiError as error:
        login_events.report_refusal(context, error, facts)
        raise
    facts["account_id"] = entered.account_id
    context.report(LoginSucceeded(context.tenant_id, **facts))
    return entered


def _enter(context: RequestContext, owner: Owner, values: Values, facts: dict[str, str]) -> Entered:
    with context.read() as unit:
        _check_owner(owner)
        found = directories.find(unit, owner, values)
    profile = providers.profile_of(context, found.provider, _credentials(values))
    own = accounts.account_of(context, found.directory, profile)
    facts["account_id"] = own.row["id"]
    account_stores.check_account_status(own.row["status"])
    return Entered(_linked(context, owner, values, found, own.row["id"]), own.is_new)


def _credentials(values: Values) -> Credentials:
    names = ("code", "access_token", "access_token_secret", "redirect_uri")
    return Credentials(*(values.get(each) for each in names))


def _check_owner(owner: Owner) -> None:
    if owner.row["status"] == ENABLED:
        return
    if owner.resource.name == "organization":
        raise account_stores.organization_disabled(account_stores.NOT_USABLE)
    raise ApiError(
        Code.APPLICATION_DISABLED,
        account_stores.NOT_USABLE,
        f"The application '{owner.row['name']}' is DISABLED: no person can log in to it.",
    )


def _linked(
    context: RequestContext, owner: Owner, values: Values, found: ProviderDirectory, account_id: str
) -> str:
    """Return the account to which the account linking policy leads: that of an organization that is named."""
    store = store_of(values)
    if owner.resource.name == "organization":
        store = Store("organization", owner.id)
    named = store.id if store is not None and store.kind == "organization" else owner.id
    with context.read() as unit:
        policy = unit.get("accountLinkingPolicy", named)
    if policy is None or policy["status"] != ENABLED:
        return account_id
    return linking.resolve(context, owner.row, store, account_id)
