"""Attribute statement mapping rules: how attributes of a SAML assertion set those of an account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stormpath.resources.attributes import ListOf, Text
from stormpath.resources.fixed_attrs import FixedAttrsDict
from stormpath.resources.links import Link
from stormpath.resources.list_on_resource import ListOnResource
from stormpath.resources.mixins import SaveMixin
from stormpath.resources.resource import Resource


class AttributeStatementMappingRule(FixedAttrsDict):
    """One rule: the SAML attribute of a name (and format) sets account attributes.

    ``account_attributes`` are named as on the wire: ``givenName``, ``customData.role``. One of name and
    format may be None, which is not sent.
    """

    name = Text(writable=True, nullable=True)
    name_format = Text(writable=True, nullable=True)
    account_attributes = ListOf[str](writable=True)

    def __init__(
        self,
        name: str | None = None,
        name_format: str | None = None,
        account_attributes: Iterable[str] | None = None,
    ) -> None:
        targets = list(account_attributes or ())
        super().__init__(None, {"name": name, "nameFormat": name_format, "accountAttributes": targets})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AttributeStatementMappingRule):
            return NotImplemented
        return self._as_sent() == other._as_sent()

    def _as_sent(self) -> dict[str, Any]:
        return {key: value for key, value in super()._as_sent().items() if value is not None}


class AttributeStatementMappingRuleItems(ListOnResource):
    """Rules in a list that is saved with its owner."""

    item_class = AttributeStatementMappingRule


class AttributeStatementMappingRules(SaveMixin, Resource):
    """The rules of a SAML directory or identity provider; ``save()`` replaces them all."""

    items: Link[AttributeStatementMappingRuleItems] = Link(AttributeStatementMappingRuleItems, writable=True)
