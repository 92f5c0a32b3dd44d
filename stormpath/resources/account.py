"""Accounts: the people and programs that log in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pydispatch import dispatcher as dispatcher

from stormpath.error import Error as StormpathError
from stormpath.resources.attributes import Choice, Status, Text, Timestamp
from stormpath.resources.collection import CollectionResource
from stormpath.resources.expansion import Expansion
from stormpath.resources.links import FreeForm, Link, Links
from stormpath.resources.memberships import Finder, all_or_any
from stormpath.resources.mixins import AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin
from stormpath.resources.names import path_segment
from stormpath.resources.resource import CREATED, Resource
from stormpath.resources.signals import SIGNAL_RESOURCE_CREATED as SIGNAL_RESOURCE_CREATED

if TYPE_CHECKING:
    from stormpath.resources.account_link import AccountLinkList
    from stormpath.resources.api_key import ApiKeyList
    from stormpath.resources.application import ApplicationList
    from stormpath.resources.auth_token import AuthTokenList
    from stormpath.resources.directory import Directory
    from stormpath.resources.factor import FactorList
    from stormpath.resources.group import Group, GroupList
    from stormpath.resources.group_membership import GroupMembership, GroupMembershipList
    from stormpath.resources.phone import PhoneList
    from stormpath.resources.provider_data import ProviderData
    from stormpath.resources.tenant import Tenant


class Account(AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin, Resource):
    """A person or a program that can log in, in one directory.

    Where a method takes a group, it takes the object, its absolute href, its name (exactly, in the account's
    directory), or a dictionary to search the directory with. ``ValueError`` when there is no such group, a
    dictionary finds several or has a criterion without a value; ``TypeError`` for anything else.
    """

    STATUS_UNVERIFIED = "UNVERIFIED"
    STATUS_LOCKED = "LOCKED"
    _name_attribute = "username"

    username = Text(writable=True)
    email = Text(writable=True)
    password = Text(writable=True, secret=True)
    given_name = Text(writable=True, nullable=True)
    middle_name = Text(writable=True, nullable=True)
    surname = Text(writable=True, nullable=True)
    full_name = Text()
    status = Status("ENABLED", "DISABLED", "UNVERIFIED", "LOCKED")
    email_verification_status = Choice("VERIFIED", "UNVERIFIED", "UNKNOWN", writable=True)
    # A secret: its holder can verify the address. Listings, ``to_json()`` and caches leave it out.
    email_verification_token: Link[Resource | None] = Link(
        "EmailVerificationToken", secret=True, uncached=True
    )
    password_modified_at = Timestamp(nullable=True)
    custom_data = FreeForm()
    # Set by create only, to log in through a provider.
    provider_data: Link[ProviderData] = Link("ProviderData", writable=True, conventional=True)
    directory: Link[Directory] = Link("Directory")
    tenant: Link[Tenant] = Link("Tenant")

    groups: Links[GroupList] = Links("GroupList")
    group_memberships: Links[GroupMembershipList] = Links("GroupMembershipList")
    applications: Links[ApplicationList] = Links("ApplicationList")
    api_keys: Links[ApiKeyList] = Links("ApiKeyList")
    access_tokens: Links[AuthTokenList] = Links("AuthTokenList")
    refresh_tokens: Links[AuthTokenList] = Links("AuthTokenList")
    factors: Links[FactorList] = Links("FactorList")
    phones: Links[PhoneList] = Links("PhoneList")
    account_links: Links[AccountLinkList] = Links("AccountLinkList")
    linked_accounts: Links[AccountList] = Links("AccountList")

    if TYPE_CHECKING:
        # The spellings of the old guides, for type checkers. At run time every attribute has both spellings.
        givenName = given_name
        middleName = middle_name

    @property
    def is_new_account(self) -> bool:
        """Whether the answer that this object was made from created the account. Makes no request."""
        return self._was_created or self._raw.get("sp_http_status") == CREATED

    def is_unverified(self) -> bool:
        """Whether its e-mail address must be verified before a login; costs what ``get_status`` does."""
        return self.get_status() == self.STATUS_UNVERIFIED

    def add_group(self, resolvable: Any) -> GroupMembership:
        """Make it a member of a group; one request besides looking the group up."""
        membership: GroupMembership = self._client.group_memberships.create(
            {"account": self, "group": self._resolve_group(resolvable)}
        )
        return membership

    def add_groups(self, resolvables: Iterable[Any]) -> None:
        """Make it a member of several groups. All are looked up before the first is added."""
        for group in self._groups.resolve_all(resolvables):
            self.add_group(group)

    def has_group(self, resolvable: Any) -> bool:
        """Whether it is a member of a group: one request if it is, two if not."""
        self._groups.check(resolvable)
        if self._groups.is_name(resolvable) and not self._is_loaded():
            # The directory link is needed too, if the name is not found among its groups.
            self._load_with("groups")
        return self._groups.has(resolvable, self.groups)

    def has_groups(self, resolvables: Iterable[Any], all: bool = True) -> bool:
        """Whether it is a member of all of several groups, or with ``all=False`` of at least one.

        One request for an account of up to 100 groups. ``ValueError`` for a name that no group has, if it is
        reached.
        """
        return all_or_any(self._groups.has_each(resolvables, self.groups), all)

    def remove_group(self, resolvable: Any) -> None:
        """End its membership in a group; two requests. ``Error`` when it is not a member."""
        self._remove(self._groups.check_all([resolvable]), self.group_memberships)

    def remove_groups(self, resolvables: Iterable[Any]) -> None:
        """End its memberships in several groups in turn; ``Error`` at the first that it is not in."""
        self._remove(self._groups.check_all(resolvables), self.group_memberships)

    in_group = has_group
    in_groups = has_groups

    def _resolve_group(self, resolvable: Any) -> Group:
        return self._groups.resolve(resolvable)

    def _remove(self, references: list[Any], memberships: GroupMembershipList) -> None:
        if any(self._groups.is_name(each) for each in references):
            memberships = memberships.query(expand="group")
        held: Iterable[GroupMembership] = memberships if len(references) == 1 else list(memberships)
        for reference in references:
            wanted = reference if isinstance(reference, str) else self._resolve_group(reference)
            membership = next((each for each in held if self._groups.matches(each.group, wanted)), None)
            if membership is None:
                raise StormpathError(f"{self!r} is not a member of {self._resolve_group(wanted)!r}")
            membership.delete()

    @property
    def _groups(self) -> Finder[Group]:
        from stormpath.resources.group import Group

        return Finder(Group, self._client.groups, lambda: self.directory.groups, lambda name: ("name",))


class AccountList(CollectionResource[Account]):
    """Accounts. They are created in a directory or an application; the service refuses other places."""

    item_path = "/accounts"
    resource_class = Account
    distinguishing = ("email",)

    def create(
        self,
        properties: Mapping[str, Any] | None = None,
        expand: Expansion | None = None,
        password_format: str | None = None,
        registration_workflow_enabled: bool | None = None,
        **params: Any,
    ) -> Account:
        """POST a new account.

        ``password_format`` marks the password as a hash and names its kind.
        ``registration_workflow_enabled=False`` skips the directory's ``account_creation_policy``: no e-mail
        is sent, and the account is enabled at once. True and None follow the policy: where it verifies
        addresses, the account is ``UNVERIFIED`` until ``verify_email_token``. ``Error`` with status 429 after
        too many e-mails; nothing is created then.
        """
        options = {
            "password_format": password_format,
            "registration_workflow_enabled": registration_workflow_enabled,
        }
        given = {name: value for name, value in options.items() if value is not None}
        return super().create(properties, expand, **given, **params)

    def verify_email_token(self, token: str) -> Account:
        """POST a token from a verification e-mail, which spends it, and return its account; one request.

        The account is lazy: reading it makes one more request. It is ``ENABLED``, unless it was disabled
        meanwhile. The service sends the e-mails that the policy asks for next. Works on any list of accounts.
        ``Error`` with status 404 for a token that is unknown or spent, ``ValueError`` for None or an empty
        one.
        """
        href = f"/accounts/emailVerificationTokens/{path_segment(token)}"
        reply = self._store.create_resource(href, {})
        return Account(self._client, properties=reply)
