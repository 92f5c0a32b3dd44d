"""Public names of the resource classes' bases, each defined in a module of its own."""

from pydispatch import dispatcher

from stormpath.resources.collection import CollectionResource
from stormpath.resources.encoder import ResourceEncoder
from stormpath.resources.expansion import Expansion
from stormpath.resources.fixed_attrs import FixedAttrsDict
from stormpath.resources.list_on_resource import ListOnResource
from stormpath.resources.mixins import AutoSaveMixin, DeleteMixin, DictMixin, SaveMixin, StatusMixin
from stormpath.resources.resource import Resource
from stormpath.resources.signals import (
    SIGNAL_RESOURCE_CREATED,
    SIGNAL_RESOURCE_DELETED,
    SIGNAL_RESOURCE_UPDATED,
)

__all__ = [
    "SIGNAL_RESOURCE_CREATED",
    "SIGNAL_RESOURCE_DELETED",
    "SIGNAL_RESOURCE_UPDATED",
    "AutoSaveMixin",
    "CollectionResource",
    "DeleteMixin",
    "DictMixin",
    "Expansion",
    "FixedAttrsDict",
    "ListOnResource",
    "Resource",
    "ResourceEncoder",
    "SaveMixin",
    "StatusMixin",
    "dispatcher",
]
