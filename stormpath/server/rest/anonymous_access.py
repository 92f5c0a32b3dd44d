"""Access without credentials to public documents, which other systems fetch (rest-auth 6.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from stormpath.server.rest.hrefs import Hrefs
from stormpath.server.schema import Resource

#: Takes a resource's name and an id; returns the id of the tenant it belongs to.
TenantOf = Callable[[str, str], str | None]

_READING: Final = frozenset({"GET", "HEAD"})


class AnonymousAccess:
    """Finds the tenant of a public document."""

    def __init__(self, hrefs: Hrefs, resources: Mapping[str, Resource], tenant_of: TenantOf) -> None:
        self._hrefs = hrefs
        self._public = {name for name, each in resources.items() if each.document and each.document.public}
        self._tenant_of = tenant_of

    def tenant_id(self, method: str, path: str) -> str | None:
        """Return the id of the tenant whose public document is read, or ``None`` for any other request."""
        found = self._hrefs.resolve(path) if method in _READING else None
        if found is None or found[0] not in self._public:
            return None
        return self._tenant_of(*found)
