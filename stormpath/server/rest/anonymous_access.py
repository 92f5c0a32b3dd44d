"""Callers without credentials, who may read what is public: other systems' machines (rest-auth 6.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from stormpath.server.rest.hrefs import Hrefs
from stormpath.server.schema import Resource

#: Takes a resource's name and an id; returns the id of the tenant it belongs to.
TenantOf = Callable[[str, str], str | None]

_READING: Final = frozenset({"GET", "HEAD"})


class AnonymousAccess:
    """Finds whose a public document is."""

    def __init__(self, hrefs: Hrefs, resources: Mapping[str, Resource], tenant_of: TenantOf) -> None:
        self._hrefs = hrefs
        self._public = {name for name, each in resources.items() if each.document and each.document.public}
        self._tenant_of = tenant_of

    def tenant_id(self, method: str, path: str) -> str | None:
        """Return the tenant whose document a visitor reads, or ``None`` where credentials are needed."""
        found = self._hrefs.resolve(path) if method in _READING else None
        if found is None or found[0] not in self._public:
            return None
        return self._tenant_of(*found)
