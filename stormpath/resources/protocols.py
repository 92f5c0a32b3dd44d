"""What resources need of the client they are given; nobody checks its type.

Applications and tests pass their own stand-ins for both, so these protocols name the calls that are made and
nothing else.
"""

from collections.abc import Mapping
from typing import Any, Protocol

JsonObject = dict[str, Any]


class Store(Protocol):
    """Reads and writes raw JSON objects by href.

    It may also offer ``get_page``, see ``paging.fetch``, and ``fetch_resource``: ``get_resource`` past
    every cache.
    """

    def get_resource(self, href: str, params: Mapping[str, Any] | None = None) -> JsonObject:
        """Return the object at an href, a copy the caller may keep."""
        ...

    def create_resource(self, href: str, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """POST to a collection and return what was created."""
        ...

    def update_resource(self, href: str, data: Any) -> Any:
        """POST to an object and return its new state."""
        ...

    def delete_resource(self, href: str) -> Any:
        """DELETE an object."""
        ...

    def uncache_resource(self, href: str) -> Any:
        """Forget what is cached of an object."""
        ...


class Client(Protocol):
    """The entry point, as seen from a resource. Properties where a real client may compute the value."""

    @property
    def data_store(self) -> Any:
        """A :class:`Store`, or a caller's stand-in for one."""
        ...

    @property
    def BASE_URL(self) -> str:
        """The API root, without a trailing slash."""
        ...

    @property
    def auth(self) -> Any:
        """The credentials; tokens made here are signed with their secret."""
        ...

    @property
    def groups(self) -> Any:
        """All groups."""
        ...

    @property
    def accounts(self) -> Any:
        """All accounts."""
        ...

    @property
    def group_memberships(self) -> Any:
        """Where memberships are created."""
        ...
