"""Account linking: the account to which a login leads (rest-auth 9.1, rest-core 6.17).

The documents call the authenticated account A, the default account store D, and the linked account in D B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from stormpath.server.authentication import account_stores
from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import mailboxes
from stormpath.server.resources.accounts import account, account_link
from stormpath.server.resources.policies.account_linking_policy import EMAIL
from stormpath.server.resources.providers import mirrors
from stormpath.server.resources.stores import default_stores, group_membership
from stormpath.server.resources.stores.store_mappings import Store
from stormpath.server.schema import ENABLED
from stormpath.server.schema.errors import ApiError
from stormpath.server.schema.query import fold

_VERIFIED: Final = "VERIFIED"
_COPIED_COLUMNS: Final = ("email", "given_name", "middle_name", "surname", "email_verification_status")


@dataclass(frozen=True, slots=True)
class _DefaultStore:
    """The default account store: a directory or one of its groups, and the organization that leads to it."""

    directory: Row
    group: Row | None
    organization: Row | None
    takes_accounts: bool

    def contains(self, unit: Unit, member: Row) -> bool:
        """Tell whether an account is in the store."""
        if member["directory_id"] != self.directory["id"]:
            return False
        return self.group is None or bool(
            unit.find("groupMembership", account_id=member["id"], group_id=self.group["id"])
        )

    def check_can_log_in(self, member: Row) -> None:
        """Refuse an account of the store if its status, or that of the store, would forbid its own login."""
        group, organization = self.group or {}, self.organization or {}
        account_stores.check_store_statuses(
            self.directory["status"], group.get("status"), organization.get("status")
        )
        account_stores.check_account_status(member["status"])


def resolve(context: RequestContext, application: Row, store: Store | None, account_id: str) -> str:
    """Return the id of the account to which a login of ``account_id`` leads.

    The caller has checked that the policy is enabled: that of the organization which the login names, or else
    that of the application. An account that is linked, matched or created in the default store must itself be
    able to log in; if there is none, the login leads to ``account_id``.
    """
    with context.read() as unit:
        authenticated = unit.get("account", account_id)
        owner = _owner(context, unit, application, store)
        if authenticated is None or owner is None:
            return account_id
        default = _default_store(context, unit, owner)
        if default is None or default.directory["id"] == authenticated["directory_id"]:
            return account_id
        linked = _linked_account(unit, default, authenticated)
        policy = unit.get("accountLinkingPolicy", owner.id)
    if linked is None and policy is not None and default.takes_accounts:
        linked = _create_link(context, policy, default, authenticated)
    if linked is None:
        return account_id
    default.check_can_log_in(linked)
    return str(linked["id"])


def _owner(context: RequestContext, unit: Unit, application: Row, store: Store | None) -> Owner | None:
    if store is None or store.kind != "organization":
        return Owner(context.resources["application"], application)
    row = unit.get("organization", store.id)
    return None if row is None else Owner(context.resources["organization"], row)


def _default_store(context: RequestContext, unit: Unit, owner: Owner) -> _DefaultStore | None:
    stores = default_stores.resolve(context, unit, owner, default_stores.ACCOUNTS)
    if not stores or default_stores.apply_to(stores[-1]):
        return None
    store = stores[-1]
    group = store.row if store.resource.name == "group" else None
    directory = store.row if group is None else unit.get("directory", group["directory_id"])
    if directory is None or mirrors.is_mirror(unit, directory["id"]):
        return None
    # It is the default store of the application, or the organization that the login names.
    organization = next((each.row for each in (*stores, owner) if each.resource.name == "organization"), None)
    takes_accounts = not any(default_stores.is_disabled(unit, each) for each in stores)
    return _DefaultStore(directory, group, organization, takes_accounts)


def _linked_account(unit: Unit, default: _DefaultStore, authenticated: Row) -> Row | None:
    for each in unit.account_links.of_account(authenticated["id"]):
        if each.directory_id == default.directory["id"]:
            found = unit.get("account", each.account_id)
            return found if found is not None and default.contains(unit, found) else None
    return None


def _create_link(
    context: RequestContext, policy: Row, default: _DefaultStore, authenticated: Row
) -> Row | None:
    """Link the account to its match in the default store, or to a new account there, as the policy says."""
    try:
        with context.write() as unit:
            # Of two concurrent logins of an account, the second finds the link that the first has created.
            locked = _lock(unit, default, policy, authenticated)
            if locked is None:
                return None
            authenticated, match = locked
            found = _linked_account(unit, default, authenticated)
            if found is not None:
                return found
            found = match
            if found is None and policy["automatic_provisioning"] == ENABLED:
                found = _provision(context, unit, default, authenticated)
            if found is not None:
                sides = {"left_account_id": authenticated["id"], "right_account_id": found["id"]}
                account_link.RULES.insert(context, unit, sides)
            return found
    except ApiError:
        # The e-mail is taken there, or an account has all its links already: nothing was stored.
        return None


def _lock(
    unit: Unit, default: _DefaultStore, policy: Row, authenticated: Row
) -> tuple[Row, Row | None] | None:
    """Lock the account and its match, if it has one; return both as they are now, or ``None``.

    An address that is changed meanwhile is not verified any more. Both are locked in the order of their ids:
    logins from both sides at once do not wait for each other.
    """
    account_id = authenticated["id"]
    match = _matching_account(unit, default, policy, authenticated)
    for each in sorted({account_id} | ({match["id"]} if match else set())):
        unit.lock("account", each)
    now = unit.get("account", account_id)
    if now is None:
        return None
    found = _matching_account(unit, default, policy, now)
    if found is not None and (match is None or found["id"] != match["id"]):
        # Not the one that is locked: the next login links it.
        return None
    return now, found


def _matching_account(unit: Unit, default: _DefaultStore, policy: Row, authenticated: Row) -> Row | None:
    """Return the account of the default store with the same address, if it is verified on both sides."""
    if policy["matching_property"] != EMAIL or authenticated["email_verification_status"] != _VERIFIED:
        return None
    email = authenticated["email"]
    found = unit.find("account", directory_id=default.directory["id"], email_key=fold(email))
    if found is None or found["email_verification_status"] != _VERIFIED:
        return None
    # Equal after case folding is not enough: two domains, and so two people, may be.
    if not mailboxes.is_same_address(found["email"], email):
        return None
    return found if default.contains(unit, found) else None


def _provision(context: RequestContext, unit: Unit, default: _DefaultStore, authenticated: Row) -> Row:
    directory_id, username = default.directory["id"], authenticated["username"]
    is_taken = unit.find("account", directory_id=directory_id, username_key=fold(username)) is not None
    values: dict[str, Any] = {each: authenticated[each] for each in _COPIED_COLUMNS}
    values |= {"directory_id": directory_id, "username": authenticated["email"] if is_taken else username}
    created = account.RULES.insert(context, unit, values)
    if default.group is not None:
        membership: Values = {"account_id": created["id"], "group_id": default.group["id"]}
        group_membership.RULES.insert(context, unit, membership)
    return created
