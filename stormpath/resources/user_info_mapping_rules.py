"""User info mapping rules: how members of a social profile set attributes of an account."""

from __future__ import annotations

from collections.abc import Iterable

from stormpath.resources.attributes import ListOf, Text
from stormpath.resources.fixed_attrs import FixedAttrsDict
from stormpath.resources.links import Link
from stormpath.resources.list_on_resource import ListOnResource
from stormpath.resources.mixins import SaveMixin
from stormpath.resources.resource import Resource


class UserInfoMappingRule(FixedAttrsDict):
    """One rule: the member of a name sets account attributes, which are named as on the wire."""

    name = Text(writable=True)
    account_attributes = ListOf[str](writable=True)

    def __init__(self, name: str, account_attributes: Iterable[str] = ()) -> None:
        super().__init__(None, {"name": name, "accountAttributes": list(account_attributes)})


class UserInfoMappingRuleItems(ListOnResource):
    """Rules in a list that is saved with its owner."""

    item_class = UserInfoMappingRule


class UserInfoMappingRules(SaveMixin, Resource):
    """The rules of a social or OAuth 2 directory; ``save()`` replaces them all."""

    items: Link[UserInfoMappingRuleItems] = Link(UserInfoMappingRuleItems, writable=True)
