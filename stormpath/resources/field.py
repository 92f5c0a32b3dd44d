"""Fields: the attributes in an account schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Flag, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account_schema import AccountSchema


class Field(SaveMixin, DictMixin, Resource):
    """An account attribute, named as on the wire (``givenName``), and whether new accounts require it."""

    name = Text()
    required = Flag(writable=True)
    account_schema: Link[AccountSchema] = Link("AccountSchema", wire="schema")


class FieldList(CollectionResource[Field]):
    """The fields of a schema. They are fixed; none can be created."""

    item_path = "/fields"
    resource_class = Field
