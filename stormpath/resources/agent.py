"""Agents: programs that synchronize a directory with an LDAP server or an Active Directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stormpath.resources.attributes import Attribute, Choice, Flag, Number, Text, Timestamp
from stormpath.resources.collection import CollectionResource
from stormpath.resources.expansion import Expansion
from stormpath.resources.fixed_attrs import FixedAttrsDict
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin, SaveMixin
from stormpath.resources.resource import Resource
from stormpath.resources.templates import alters_data

if TYPE_CHECKING:
    from stormpath.resources.directory import Directory
    from stormpath.resources.tenant import Tenant


class AgentAccountConfig(FixedAttrsDict):
    """The place of accounts on the server, and the server's names of their attributes."""

    dn_suffix = Text(writable=True, nullable=True)
    object_class = Text(writable=True)
    object_filter = Text(writable=True, nullable=True)
    email_rdn = Text(writable=True)
    given_name_rdn = Text(writable=True)
    middle_name_rdn = Text(writable=True, nullable=True)
    surname_rdn = Text(writable=True)
    username_rdn = Text(writable=True)
    password_rdn = Text(writable=True, nullable=True)


class AgentGroupConfig(FixedAttrsDict):
    """The place of groups on the server, and the server's names of their attributes."""

    dn_suffix = Text(writable=True, nullable=True)
    object_class = Text(writable=True)
    object_filter = Text(writable=True, nullable=True)
    name_rdn = Text(writable=True)
    description_rdn = Text(writable=True)
    members_rdn = Text(writable=True, nullable=True)


class AgentConfig(FixedAttrsDict):
    """The connection of an agent to its server. The password is sent, and never returned."""

    directory_host = Text(writable=True)
    directory_port = Number(writable=True)
    ssl_required = Flag(writable=True)
    agent_user_dn = Text(writable=True)
    agent_user_dn_password = Text(writable=True, secret=True)
    base_dn = Text(writable=True)
    poll_interval = Number(writable=True)  # minutes
    # The next two are for Active Directory only.
    referral_mode = Choice("follow", "ignore", writable=True)
    ignore_referral_issues = Flag(writable=True)
    account_config: Link[AgentAccountConfig] = Link(AgentAccountConfig, writable=True)
    group_config: Link[AgentGroupConfig] = Link(AgentGroupConfig, writable=True)


class AgentDownload(DictMixin, Resource):
    """The properties file of the program, ``agent.properties``: its key is a secret.

    ``content`` is the file; reading either attribute fetches it.
    """

    content = Attribute[bytes](secret=True)
    filename = Text(nullable=True)


class Agent(SaveMixin, DeleteMixin, DictMixin, Resource):
    """The agent of one directory, created with it by ``provider={"agent": {"config": {...}}}``.

    ``status`` tells whether its program is at work, and ``status_reason`` what is wrong if it is not.
    """

    id = Text()
    status = Choice("ONLINE", "OFFLINE", "ERROR")
    status_reason = Text(nullable=True)
    last_seen_at = Timestamp(nullable=True)
    last_synchronized_at = Timestamp(nullable=True)
    config: Link[AgentConfig] = Link(AgentConfig, writable=True)
    download: Link[AgentDownload] = Link(AgentDownload, conventional=True)
    directory: Link[Directory] = Link("Directory")
    tenant: Link[Tenant] = Link("Tenant")
    synchronizations: Link[Resource] = Link("Resource", conventional=True)

    @alters_data
    def synchronize(self, full: bool = False, allow_deletions: bool = False) -> None:
        """Ask the program to synchronize now: it begins as soon as it hears of it. One request.

        A ``full`` run compares everything. One that would delete more accounts or groups than a run usually
        may is stopped (``status_reason`` says so), unless the deletions are allowed, this once.
        """
        body = {"full": full, "allowDeletions": allow_deletions}
        self._store.create_resource(self.synchronizations.href, body)

    @alters_data
    def replace_key(self) -> AgentDownload:
        """Give the program another key, and return the file with it; one request.

        The key before is of no use from now on: the program has to be started with the new file.
        """
        download = self.download
        download._set_properties(self._store.create_resource(download.href, {}), overwrite=True)
        return download


class AgentList(CollectionResource[Agent]):
    """The agents of a tenant."""

    item_path = "/agents"
    resource_class = Agent

    def create(
        self, properties: Mapping[str, Any] | None = None, expand: Expansion | None = None, **params: Any
    ) -> Agent:
        """Raise ``ValueError``: an agent is created with its directory."""
        raise ValueError("an agent is created with its directory: directories.create({..., 'provider': ...})")
