"""Account schemas: the attributes that accounts of a directory must have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.links import Link, Links
from stormpath.resources.mixins import DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.directory import Directory
    from stormpath.resources.field import FieldList


class AccountSchema(SaveMixin, DictMixin, Resource):
    """The account attributes that a directory can require; each field is saved by itself."""

    directory: Link[Directory] = Link("Directory")
    fields: Links[FieldList] = Links("FieldList")
