"""Protocols of the client and the data store that resources use.

Their types are never checked at run time. Applications and tests pass stand-ins for both, so these protocols
contain only the calls that resources make.
"""

from collections.abc import Mapping
from typing import Any, Protocol

JsonObject = dict[str, Any]


class Store(Protocol):
    """Reads and writes raw JSON objects by href.

    It may also have ``get_page`` (see ``paging.fetch``) and ``fetch_resource``, which is ``get_resource``
    bypassing every cache.
    """

    def get_resource(self, href: str, params: Mapping[str, Any] | None = None) -> JsonObject:
        """Return the object at an href, as a copy that the caller may keep."""
        ...

    def create_resource(self, href: str, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """POST to a collection and return the created object."""
        ...

    def update_resource(self, href: str, data: Any) -> Any:
        """POST to an object and return its new state."""
        ...

    def delete_resource(self, href: str) -> Any:
        """DELETE an object."""
        ...

    def uncache_resource(self, href: str) -> Any:
        """Remove an object from the cache."""
        ...


class Client(Protocol):
    """The client, as seen from a resource. Its members are properties: a real client may compute them."""

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
        """The credentials; tokens of the SDK are signed with their secret."""
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
        """The list that creates memberships."""
        ...
