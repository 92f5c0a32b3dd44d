"""GroupMembership: an account in a group (rest-core 5.10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.providers import mirrors
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import TENANT_LINK, Link, Resource
from stormpath.server.schema.errors import ApiError, Code

GROUP_MEMBERSHIP: Final = Resource(
    "groupMembership",
    "groupMemberships",
    (
        Link("account", to=("account",), required=True, creatable=True, fixed=True),
        Link("group", to=("group",), required=True, creatable=True, fixed=True),
        TENANT_LINK,
    ),
    about="An account's membership in a group of the same directory.",
    verbs=("GET", "DELETE"),
    top_level=("POST",),
    # The group first: its members are listed in this order.
    unique=(("group_id", "account_id"),),
)


class GroupMembershipRules(Rules):
    """Members belong to the group's directory; an account is in a group only once."""

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        with context.read() as unit:
            _refuse_mirrored(unit, values)
        return super().create(context, owner, values, options)

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        account, group = unit.get("account", values["account_id"]), unit.get("group", values["group_id"])
        if account is None or group is None:
            raise self.missing_reference()
        if account["directory_id"] != group["directory_id"]:
            raise ApiError(
                Code.LINK_NOT_PERMITTED,
                "The account and the group are in different directories.",
                "A group takes only accounts of its own directory.",
            )
        return super().insert(context, unit, values)

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        _refuse_mirrored(unit, row)
        super().remove(context, unit, row)

    def not_unique(self, column: str) -> ApiError:
        return ApiError(Code.CONFLICT, "The account is in this group already.")


def _refuse_mirrored(unit: Unit, values: Values) -> None:
    if (group := unit.get("group", values["group_id"])) is not None:
        mirrors.refuse_mirrored(unit, group["directory_id"])


RULES: Final = GroupMembershipRules(GROUP_MEMBERSHIP)
