"""AccountSchema and Field: which names an account of a directory must have (rest-core 5.15)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from stormpath.server.domain.context import (
    RequestContext,
    Values,
)
from stormpath.server.domain.storage import (
    Row,
    Unit,
)
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import (
    Collection,
    Flag,
    Hidden,
    Link,
    Resource,
    Text,
    snake_case,
)
from stormpath.server.schema.attributes import required

#: The attributes of an account that a directory may ask for.
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
            sortable=False,
            about="The account's attribute.",
        ),
        Flag("required", about="Whether accounts must have it from their creation on."),
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
        Link(
            "directory", to=("directory",), nullable=False, about="The directory whose accounts it is about."
        ),
        Hidden("tenantId", column_kind="id", refers_to="tenant", nullable=False),
    ),
    about="Which attributes the accounts of a directory must have. Its fields can be changed.",
    verbs=("GET", "POST"),
)


class AccountSchemaRules(Rules):
    """A schema is made with its directory, and brings its fields."""

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        row = super().insert(context, unit, values)
        for name in NAMES:
            FIELD_RULES.insert(
                context, unit, {"schema_id": row["id"], "name": name, "created_at": row["created_at"]}
            )
        return row


def check_required(unit: Unit, directory_id: str, values: Values, names: Iterable[str] = NAMES) -> None:
    """Refuse an account without an attribute that its directory asks for; ``values`` are by column.

    Asks the database only when one is missing.
    """
    missing = [each for each in names if _is_blank(values.get(snake_case(each)))]
    # A schema shares its directory's id. Most require nothing, and one question tells.
    asks_for = {"schema_id": directory_id, "required": True}
    if not missing or unit.find("field", **asks_for) is None:
        return
    for name in missing:
        if unit.find("field", name=name, **asks_for) is not None:
            raise required(name)


def _is_blank(value: Any) -> bool:
    return value is None or not str(value).strip()


FIELD_RULES: Final = Rules(FIELD)
RULES: Final = AccountSchemaRules(ACCOUNT_SCHEMA)
