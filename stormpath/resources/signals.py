"""The signals about resources that were created, updated or deleted through the SDK.

They are sent in the caller's thread through PyDispatcher. Applications connect receivers to it directly::

    dispatcher.connect(receiver, signal=SIGNAL_RESOURCE_CREATED, sender=Account)
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydispatch import dispatcher

if TYPE_CHECKING:
    from stormpath.resources.record import Record
    from stormpath.resources.resource import Resource

SIGNAL_RESOURCE_CREATED = "resource-created"
SIGNAL_RESOURCE_UPDATED = "resource-updated"
SIGNAL_RESOURCE_DELETED = "resource-deleted"


def created(kind: type["Record"], data: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Signal that one of a kind was created. The sender is the class; both mappings are in wire spelling."""
    dispatcher.send(signal=SIGNAL_RESOURCE_CREATED, sender=kind, data=data, params=params)


def updated(resource: "Resource", properties: Mapping[str, Any]) -> None:
    """Signal that a resource was saved with a body. The sender is the resource."""
    dispatcher.send(
        signal=SIGNAL_RESOURCE_UPDATED, sender=resource, href=resource.href, properties=properties
    )


def deleted(resource: "Resource") -> None:
    """Signal that a resource was deleted. The sender is the resource."""
    dispatcher.send(signal=SIGNAL_RESOURCE_DELETED, sender=resource, href=resource.href)
