"""The parts of a synchronization within one unit of work."""

from __future__ import annotations

from stormpath import forks
from stormpath.server.storage.mirror_entries import MirrorEntries
from stormpath.server.storage.mirror_members import MirrorMembers
from stormpath.server.storage.mirror_runs import MirrorRuns
from stormpath.server.storage.tenant_scoped import TenantScoped


class Mirrors(TenantScoped):
    """Runs, entries and members (``stormpath.server.domain.mirrors.Mirrors``)."""

    @forks.cached_property
    def runs(self) -> MirrorRuns:
        return MirrorRuns(self._connection, self._tables, self._tenant_id)

    @forks.cached_property
    def entries(self) -> MirrorEntries:
        return MirrorEntries(self._connection, self._tables, self._tenant_id)

    @forks.cached_property
    def members(self) -> MirrorMembers:
        return MirrorMembers(self._connection, self._tables, self._tenant_id)
