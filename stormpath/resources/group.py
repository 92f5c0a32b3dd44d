"""Groups: accounts of a directory that belong together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stormpath.error import Error as StormpathError
from stormpath.resources.attributes import Status, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import FreeForm, Link, Links
from stormpath.resources.memberships import Finder, all_or_any
from stormpath.resources.mixins import AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import Account, AccountList
    from stormpath.resources.application import ApplicationList
    from stormpath.resources.directory import Directory
    from stormpath.resources.group_membership import GroupMembership, GroupMembershipList
    from stormpath.resources.tenant import Tenant


class Group(AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin, Resource):
    """A set of accounts of one directory.

    Where a method takes an account, it takes the object, its absolute href, its username or e-mail
    (exactly, in the group's directory), or a dictionary to search the directory with. ``ValueError`` when
    there is no such account, a dictionary finds several or has a criterion without a value; ``TypeError``
    for anything else.
    """

    name = Text(writable=True)
    description = Text(writable=True, nullable=True)
    status = Status("ENABLED", "DISABLED")
    custom_data = FreeForm()
    directory: Link[Directory] = Link("Directory")
    tenant: Link[Tenant] = Link("Tenant")

    accounts: Links[AccountList] = Links("AccountList")
    account_memberships: Links[GroupMembershipList] = Links("GroupMembershipList")
    applications: Links[ApplicationList] = Links("ApplicationList")

    def add_account(self, resolvable: Any) -> GroupMembership:
        """Make an account a member; one request besides looking the account up."""
        membership: GroupMembership = self._client.group_memberships.create(
            {"account": self._resolve_account(resolvable), "group": self}
        )
        return membership

    def add_accounts(self, resolvables: Iterable[Any]) -> None:
        """Make several accounts members. All are looked up before the first is added."""
        for account in [self._resolve_account(each) for each in self._accounts.check_all(resolvables)]:
            self.add_account(account)

    def has_account(self, resolvable: Any) -> bool:
        """Whether an account is a member; one request if it is."""
        if not isinstance(resolvable, Resource):
            return self._accounts.has(resolvable, self.accounts)
        account = self._resolve_account(resolvable)
        # An account has few groups, a group may have a million accounts.
        return account in self.accounts if account._is_loaded() else self in account.groups

    def has_accounts(self, resolvable: Iterable[Any], all: bool = True) -> bool:
        """Whether all of several accounts are members, or with ``all=False`` at least one."""
        return all_or_any(map(self.has_account, self._accounts.check_all(resolvable)), all)

    def remove_account(self, resolvable: Any) -> None:
        """End an account's membership; two requests besides looking it up. ``Error`` if it is no member."""
        self._accounts.check(resolvable)
        account = self._member(resolvable) or self._resolve_account(resolvable)
        membership = next((each for each in account.group_memberships if each.group == self), None)
        if membership is None:
            raise StormpathError(f"{account!r} is not a member of {self!r}")
        membership.delete()

    def remove_accounts(self, resolvables: Iterable[Any]) -> None:
        """End the memberships of several accounts in turn; ``Error`` at the first that is not a member."""
        for each in self._accounts.check_all(resolvables):
            self.remove_account(each)

    def _resolve_account(self, resolvable: Any) -> Account:
        return self._accounts.resolve(resolvable)

    def _member(self, resolvable: Any) -> Account | None:
        return self._accounts.named(resolvable, self.accounts) if self._accounts.is_name(resolvable) else None

    @property
    def _accounts(self) -> Finder[Account]:
        from stormpath.resources.account import Account

        return Finder(Account, self._client.accounts, lambda: self.directory.accounts, _fields_of_login)


class GroupList(CollectionResource[Group]):
    """Groups. They are created in a directory or an application; ``ValueError`` at client level."""

    item_path = "/groups"
    resource_class = Group
    distinguishing = ("name",)

    def _get_create_path(self) -> str:
        path = (self._absolute_href() or "").removeprefix(self._client.BASE_URL)
        if path == self.item_path or path.startswith("/tenants/"):
            raise ValueError(
                "a group is created in a directory or an application: directory.groups.create(...)"
            )
        return super()._get_create_path()


def _fields_of_login(login: str) -> tuple[str, ...]:
    # As in a login: where one account's e-mail is another's username, the e-mail wins.
    return ("email", "username") if "@" in login else ("username",)
