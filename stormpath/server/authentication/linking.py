"""Where a login ends that an enabled account linking policy applies to (rest-auth 9.1, rest-core 6.17).

The account that proved itself is A; the default account store is D; the account in D that A stands for is B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from stormpath.server.authentication import account_stores
from stormpath.server.domain.context import (
    Owner,
    RequestContext,
    Values,
)
from stormpath.server.domain.storage import (
    Row,
    Unit,
)
from stormpath.server.resources.accounts import account, account_link
from stormpath.server.resources.policies.account_linking_policy import EMAIL
from stormpath.server.resources.providers import mirrors
from stormpath.server.resources.stores import default_stores, group_membership
from stormpath.server.resources.stores.store_mappings import Store
from stormpath.server.schema import ENABLED
from stormpath.server.schema.errors import ApiError
from stormpath.server.schema.query import fold

_VERIFIED: Final = "VERIFIED"
_COPIED: Final = ("email", "given_name", "middle_name", "surname", "email_verification_status")


@dataclass(frozen=True, slots=True)
class _Default:
    """The default account store: a directory or a group of one, and the organization that leads to it."""

    directory: Row
    group: Row | None
    organization: Row | None
    takes_accounts: bool

    def holds(self, unit: Unit, member: Row) -> bool:
        """Tell whether an account is in the store."""
        if member["directory_id"] != self.directory["id"]:
            return False
        return self.group is None or bool(
            unit.find("groupMembership", account_id=member["id"], group_id=self.group["id"])
        )

    def check_usable(self, member: Row) -> None:
        """Refuse an account of the store by the statuses that a login of its own would be refused by."""
        group, organization = self.group or {}, self.organization or {}
        account_stores.check_usable(self.directory["status"], group.get("status"), organization.get("status"))
        account_stores.check_status(member["status"])


def resolve(context: RequestContext, application: Row, store: Store | None, account_id: str) -> str:
    """Return the id of the account that a login of ``account_id`` ends at.

    The policy is known to be enabled: that of the organization which the login named, else that of the
    application. An account that is linked, matched or made in the default store must itself be able to log
    in; where nothing can be linked or made, the login ends where it began.
    """
    with context.read() as unit:
        proven = unit.get("account", account_id)
        owner = _owner(context, unit, application, store)
        if proven is None or owner is None:
            return account_id
        default = _default(context, unit, owner)
        if default is None or default.directory["id"] == proven["directory_id"]:
            return account_id
        found = _linked(unit, default, proven)
        policy = unit.get("accountLinkingPolicy", owner.id)
    if found is None and policy is not None and default.takes_accounts:
        found = _join(context, policy, default, proven)
    if found is None:
        return account_id
    default.check_usable(found)
    return str(found["id"])


def _owner(context: RequestContext, unit: Unit, application: Row, store: Store | None) -> Owner | None:
    if store is None or store.kind != "organization":
        return Owner(context.resources["application"], application)
    row = unit.get("organization", store.id)
    return None if row is None else Owner(context.resources["organization"], row)


def _default(context: RequestContext, unit: Unit, owner: Owner) -> _Default | None:
    path = default_stores.resolve(context, unit, owner, default_stores.ACCOUNTS)
    if not path or default_stores.apply_to(path[-1]):
        return None
    last, before = path[-1], path[0] if len(path) > 1 else None
    group = last.row if last.resource.name == "group" else None
    directory = last.row if group is None else unit.get("directory", group["directory_id"])
    if directory is None or mirrors.is_mirror(unit, directory["id"]):
        return None
    named = owner.row if owner.resource.name == "organization" else None
    takes_accounts = not any(default_stores.is_disabled(unit, each) for each in path)
    return _Default(directory, group, before.row if before else named, takes_accounts)


def _linked(unit: Unit, default: _Default, proven: Row) -> Row | None:
    for each in unit.account_links(proven["id"]):
        if each.directory_id == default.directory["id"]:
            found = unit.get("account", each.account_id)
            return found if found is not None and default.holds(unit, found) else None
    return None


def _join(context: RequestContext, policy: Row, default: _Default, proven: Row) -> Row | None:
    """Link the account to its match in the default store, or to a new one there, as the policy says."""
    try:
        with context.write() as unit:
            # Two logins of the same account at once: the second finds what the first has linked.
            unit.lock("account", proven["id"])
            found = _linked(unit, default, proven)
            if found is not None:
                return found
            found = _match(unit, default, proven) if policy["matching_property"] == EMAIL else None
            if found is None and policy["automatic_provisioning"] == ENABLED:
                found = _provision(context, unit, default, proven)
            if found is not None:
                sides = {"left_account_id": proven["id"], "right_account_id": found["id"]}
                account_link.RULES.insert(context, unit, sides)
            return found
    except ApiError:
        # The e-mail is taken there, or an account has its links already: nothing was kept.
        return None


def _match(unit: Unit, default: _Default, proven: Row) -> Row | None:
    if proven["email_verification_status"] != _VERIFIED:
        return None
    found = unit.find("account", directory_id=default.directory["id"], email_key=fold(proven["email"]))
    if found is None or found["email_verification_status"] != _VERIFIED:
        return None
    return found if default.holds(unit, found) else None


def _provision(context: RequestContext, unit: Unit, default: _Default, proven: Row) -> Row:
    place = default.directory["id"]
    taken = unit.find("account", directory_id=place, username_key=fold(proven["username"])) is not None
    values: dict[str, Any] = {each: proven[each] for each in _COPIED}
    values |= {"directory_id": place, "username": proven["email"] if taken else proven["username"]}
    made = account.RULES.insert(context, unit, values)
    if default.group is not None:
        member: Values = {"account_id": made["id"], "group_id": default.group["id"]}
        group_membership.RULES.insert(context, unit, member)
    return made
