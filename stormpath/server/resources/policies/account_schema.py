"""AccountSchema and Field: the required attributes of a directory's accounts (rest-core 5.15)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import Collection, Flag, Hidden, Link, Resource, Text, snake_case
from stormpath.server.schema.attributes import required

#: The attributes of an account that a directory may require.
NAMES: Final = ("givenName", "surname")

FIELD: Final = Resource(
    "field",
    "fields",
    (
        Text(
            "name",
            required=True,
            creatable=False,
            updatable=False,
            searchable=True,
            about="The name of the account's attribute.",
        ),
        Flag("required", about="Whether new accounts must have it, and no change may remove it."),
        Link("schema", to=("accountSchema",), nullable=False, about="The schema it is in."),
        Hidden("tenantId", column_kind="id", refers_to="tenant", nullable=False),
    ),
    about="One attribute of a directory's accounts.",
    verbs=("GET", "POST"),
    unique=(("schema_id", "name"),),
)

ACCOUNT_SCHEMA: Final = Resource(
    "accountSchema",
    "schemas",
    (
        Collection("fields", of="field", through="schema", about="givenName and surname."),
        Link("directory", to=("directory",), nullable=False, about="The directory of the accounts."),
        Hidden("tenantId", column_kind="id", refers_to="tenant", nullable=False),
    ),
    about="The required attributes of a directory's accounts. Its fields can be changed.",
    verbs=("GET", "POST"),
)


class AccountSchemaRules(Rules):
    """A schema is created with its directory, and its fields with it."""

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        row = super().insert(context, unit, values)
        for name in NAMES:
            FIELD_RULES.insert(
                context, unit, {"schema_id": row["id"], "name": name, "created_at": row["created_at"]}
            )
        return row


def check_required(unit: Unit, directory_id: str, values: Values, names: Iterable[str] = NAMES) -> None:
    """Refuse an account that lacks an attribute which its directory requires; ``values`` are by column.

    Queries the database only if one is missing.
    """
    missing = [each for each in names if _is_blank(values.get(snake_case(each)))]
    # A schema has its directory's id. Most require nothing, and one query is enough for these.
    is_required = {"schema_id": directory_id, "required": True}
    if not missing or unit.find("field", **is_required) is None:
        return
    for name in missing:
        if unit.find("field", name=name, **is_required) is not None:
            raise required(name).of("Account")


def _is_blank(value: Any) -> bool:
    return value is None or not str(value).strip()


FIELD_RULES: Final = Rules(FIELD)
RULES: Final = AccountSchemaRules(ACCOUNT_SCHEMA)
