"""Mapping rules: from the data of a login to account attributes (rest-core 5.7.2, 5.7.3; rest-auth 6.2)."""

from __future__ import annotations

import re
from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import Hidden, ObjectList, Resource, Text, TextList, required
from stormpath.server.schema.errors import ApiError, Code, shown

TARGETS: Final = ("username", "email", "givenName", "middleName", "surname")

_CUSTOM_DATA: Final = re.compile(r"customData\.[0-9A-Za-z_][0-9A-Za-z_-]{0,254}", re.ASCII)

_ACCOUNT_ATTRIBUTES: Final = TextList(
    "accountAttributes", required=True, about="username, email, givenName, ..., or customData.<key>."
)
_OWNER_COLUMNS: Final = (
    Hidden("directoryId", column_kind="id", refers_to="directory"),
    Hidden("tenantId", column_kind="id", nullable=False, refers_to="tenant"),
)

USER_INFO_MAPPING_RULES: Final = Resource(
    "userInfoMappingRules",
    "userInfoMappingRules",
    (
        ObjectList(
            "items",
            members=(
                Text(
                    "name",
                    required=True,
                    max_length=1024,
                    about="A key of the user info; a dot leads into an object.",
                ),
                _ACCOUNT_ATTRIBUTES,
            ),
            about="Replaced as a whole.",
        ),
        *_OWNER_COLUMNS,
    ),
    about="The account attributes to which the user info of a social or OAuth 2 login is copied.",
    verbs=("GET", "POST"),
)

ATTRIBUTE_STATEMENT_MAPPING_RULES: Final = Resource(
    "attributeStatementMappingRules",
    "attributeStatementMappingRules",
    (
        ObjectList(
            "items",
            members=(
                Text("name", max_length=1024, about="The SAML attribute's name."),
                Text(
                    "nameFormat", max_length=1024, about="The SAML attribute's name format; null matches any."
                ),
                _ACCOUNT_ATTRIBUTES,
            ),
            about="Replaced as a whole.",
        ),
        *_OWNER_COLUMNS,
        Hidden("applicationId", column_kind="id", refers_to="application"),
    ),
    about="The account attributes to which the attributes of a SAML assertion are copied.",
    verbs=("GET", "POST"),
)


class MappingRules(Rules):
    """Each rule names a source, and target attributes that accounts have."""

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        for each in values.get("items", ()):
            _check(each)
        return super().insert(context, unit, values)

    def change_of_owner(self, context: RequestContext, unit: Unit, owner: Row, changes: Values) -> None:
        """Store changes that came inside a body of their owner, which has their id."""
        if changes:
            self.change(context, unit, self._reread(unit, owner["id"]), changes)

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        for each in changes.get("items", ()):
            _check(each)
        return super().change(context, unit, row, changes)


def _check(rule: dict[str, Any]) -> None:
    if not ((rule.get("name") or "").strip() or (rule.get("nameFormat") or "").strip()):
        raise required("items.name")
    for target in rule["accountAttributes"]:
        if target not in TARGETS and not _CUSTOM_DATA.fullmatch(target):
            raise ApiError(
                Code.INVALID,
                f"{shown(target)} is not an attribute that can be mapped to.",
                f"accountAttributes takes {', '.join(TARGETS)} and customData.<key>, not {shown(target)}.",
            )


USER_INFO_RULES: Final = MappingRules(USER_INFO_MAPPING_RULES)
ATTRIBUTE_STATEMENT_RULES: Final = MappingRules(ATTRIBUTE_STATEMENT_MAPPING_RULES)
