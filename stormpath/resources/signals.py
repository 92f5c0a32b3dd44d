"""The signals that tell an application what was created, updated or deleted through the SDK.

They are sent in the caller's thread through PyDispatcher, to which an application connects by itself::

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
    """Tell that one of a kind was created. The sender is the class; both mappings are in wire spelling."""
    dispatcher.send(signal=SIGNAL_RESOURCE_CREATED, sender=kind, data=data, params=params)


def updated(resource: "Resource", properties: Mapping[str, Any]) -> None:
    """Tell that an object was saved, and with which body."""
    dispatcher.send(
        signal=SIGNAL_RESOURCE_UPDATED, sender=resource, href=resource.href, properties=properties
    )


def deleted(resource: "Resource") -> None:
    """Tell that an object is gone."""
    dispatcher.send(signal=SIGNAL_RESOURCE_DELETED, sender=resource, href=resource.href)
