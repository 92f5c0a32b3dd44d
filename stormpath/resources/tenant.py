"""Tenants: the owners of all other resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stormpath.resources.attributes import Choice, Text
from stormpath.resources.links import FreeForm, Links
from stormpath.resources.mixins import AutoSaveMixin, DeleteMixin, DictMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import AccountList
    from stormpath.resources.agent import AgentList
    from stormpath.resources.application import ApplicationList
    from stormpath.resources.directory import DirectoryList
    from stormpath.resources.group import GroupList
    from stormpath.resources.id_site import IDSiteList
    from stormpath.resources.organization import OrganizationList
    from stormpath.resources.smtp_server import SmtpServerList

CURRENT = "/tenants/current"
# Collections that also exist at the API's root: they are reached without knowing the tenant.
AT_ROOT = frozenset(("accounts", "applications", "directories", "groups", "organizations"))


class Tenant(AutoSaveMixin, DeleteMixin, DictMixin, Resource):
    """The owner of all applications, directories, groups and accounts that a client can see.

    With ``administrators`` ``separate``, only the API keys of the account that owns the tenant may read the
    keys of other administrators and change what they log in with; with ``shared``, every administrator's may.
    """

    ADMINISTRATORS_SEPARATE: ClassVar[str] = "separate"
    ADMINISTRATORS_SHARED: ClassVar[str] = "shared"

    name = Text(writable=True)
    key = Text(writable=True)  # assigned by the service, which refuses a different one
    administrators = Choice("separate", "shared", writable=True)
    custom_data = FreeForm()

    applications: Links[ApplicationList] = Links("ApplicationList")
    directories: Links[DirectoryList] = Links("DirectoryList")
    groups: Links[GroupList] = Links("GroupList")
    accounts: Links[AccountList] = Links("AccountList")
    organizations: Links[OrganizationList] = Links("OrganizationList")
    agents: Links[AgentList] = Links("AgentList")
    id_sites: Links[IDSiteList] = Links("IDSiteList")
    smtp_servers: Links[SmtpServerList] = Links("SmtpServerList")

    @property
    def href(self) -> str:
        """The absolute href. A tenant known only as ``/tenants/current`` is fetched first."""
        if self._href == CURRENT:
            self._ensure_data()
        return super().href

    def _conventional_href(self, wire: str) -> str | None:
        if self._href != CURRENT:
            return super()._conventional_href(wire)
        wanted = super()._conventional_href(wire)
        return f"/{wire}" if wanted is not None and wire in AT_ROOT else None
