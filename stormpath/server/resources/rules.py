"""The rules that all resources share: they are stored, changed and removed as declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import Owner, Present, RequestContext, Values
from stormpath.server.domain.events import CustomDataChanged, ResourceChanged
from stormpath.server.domain.storage import MissingReference, NotUnique, Row, Unit
from stormpath.server.resources import custom_data
from stormpath.server.schema import (
    DISABLED,
    CheckedList,
    Link,
    Object,
    Resource,
    Secret,
    Text,
    custom_data_keys,
    ids,
    snake_case,
)
from stormpath.server.schema.errors import ApiError, Code, no_match, not_found
from stormpath.server.schema.query import fold

NO_VALUES: Final[Values] = {}


class Rules:
    """The rules of one kind of resource. Subclasses override what differs in theirs.

    ``values`` and ``changes`` are bodies that were checked against the declaration, by column name.
    ``companions`` are the rules of the resources that are created with each of these, under the same id.
    """

    companions: tuple[Rules, ...] = ()
    prepares: bool = False
    refreshes: bool = False
    presents: bool = False

    def __init__(self, resource: Resource) -> None:
        self.resource: Final = resource
        self._checked_lists: Final = tuple(each for each in resource.own if isinstance(each, CheckedList))
        # Looked for once: a directory comes with ten more resources.
        self._with_defaults: Final = tuple(
            each for each in resource.own if each.initial is not None and each.columns()
        )

    def prepare(self, context: RequestContext, id: str) -> None:
        """Create what a representation of the resource needs; called before one if ``prepares`` is set."""

    def refresh(self, context: RequestContext) -> None:
        """Change what depends on the time; called before any are shown if ``refreshes`` is set."""

    def presenter(self, context: RequestContext, options: Mapping[str, Any]) -> Present | None:
        """Return a function that changes a representation as the read options say; refuse wrong options.

        Called before anything is done. ``None`` leaves representations as they are.
        """
        return None

    def document(self, context: RequestContext, row: Row, body: dict[str, Any]) -> bytes:
        """Return the bytes that replace the JSON ``body``; called for resources that declare a document."""
        raise NotImplementedError(f"{self.resource.name} declares a document and does not write it")

    def place(self, context: RequestContext, owner: Owner) -> Owner:
        """Return the owner that a creation under ``owner`` goes to; refuse it before the body is read."""
        return owner

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        """Refuse a forbidden change, before any other error of its body is reported (rest-core 6.22).

        ``body`` is the submitted body, unchecked.
        """

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        """Store a new resource that belongs to ``owner`` (the tenant, for one posted to a top-level path)."""
        with context.write() as unit:
            return self.insert(context, unit, {**self.owner_columns(owner), **values})

    def update(self, context: RequestContext, row: Row, changes: Values) -> Row:
        """Store the submitted changes, and return the changed resource."""
        with context.write() as unit:
            return self.change(context, unit, row, changes)

    def delete(self, context: RequestContext, row: Row) -> None:
        """Remove the resource."""
        with context.write() as unit:
            self.remove(context, unit, row)

    def merge_custom_data(self, context: RequestContext, row: Row, changes: Mapping[str, Any]) -> None:
        """Add keys to the resource's custom data, or replace their values."""
        with context.write() as unit:
            self._merge_custom_data(context, unit, row, changes)

    def remove_custom_data(self, context: RequestContext, row: Row, key: str | None) -> None:
        """Remove one key of the resource's custom data, or all of them."""
        with context.write() as unit:
            if key is None:
                is_changed = custom_data.clear(unit, self.resource, row, context.now_ms())
            else:
                is_changed = custom_data.remove_key(unit, self.resource, row, key, context.now_ms())
            if is_changed:
                self._emit_custom_data(context, unit, row)

    def owner_columns(self, owner: Owner) -> Values:
        """Return the columns that tie a new resource to its owner."""
        name = snake_case(owner.resource.name)
        linked = any(
            isinstance(each, Link) and each.name == owner.resource.name for each in self.resource.own
        )
        return {f"{name}_id": owner.id} if linked else {}

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        """Store a new resource, its custom data and its companions in a unit that is already open."""
        row = self._new_row(context, unit, values)
        document = row.pop("custom_data", None)
        self._check_lists(row)
        self.check_unique(unit, row)
        if document:
            custom_data_keys.check(document)
        self._insert_row(context, unit, row)
        context.keep_idempotent(unit, self.resource.name, row["id"])
        if document:
            custom_data.merge(unit, self.resource, row, document, row["created_at"])
        for each in self.companions:
            each.insert_companion(context, unit, self.resource, row)
        stored = self._reread(unit, row["id"])
        self._emit(context, unit, None, stored)
        return stored

    def new_row(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        """Return the columns of a new resource, for an insertion of many at once; nothing is checked."""
        row = self._new_row(context, unit, values)
        return {**row, **self.folded(row)}

    def _new_row(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        now = values.get("created_at", context.now_ms())
        return {
            **self._defaults(values.get(self.resource.variant)),
            "tenant_id": unit.tenant_id,
            "id": values.get("id") or ids.new_id(now),
            **values,
            "created_at": now,
            "modified_at": now,
        }

    def _insert_row(self, context: RequestContext, unit: Unit, row: Row) -> None:
        encrypted = self._encrypted(context, row["id"], row)
        try:
            unit.insert(self.resource.name, {**row, **self.folded(row), **encrypted})
        except NotUnique as error:
            raise self.not_unique(error.column) from error
        except MissingReference as error:
            raise self._missing_link(context, row) from error

    def insert_companion(
        self, context: RequestContext, unit: Unit, owner: Resource, row: Row, values: Values = NO_VALUES
    ) -> Row:
        """Store a companion of a resource that has just been stored; it has the owner's id."""
        own = {each.name for attribute in self.resource.own for each in attribute.columns()}
        link = f"{snake_case(owner.name)}_id"
        owner_column = {link: row["id"]} if link in own else {}
        common = {"id": row["id"], "created_at": row["created_at"]}
        return self.insert(context, unit, {**common, **owner_column, **values})

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        """Store changes in a unit that is already open; ``modifiedAt`` is set if an attribute differs."""
        changes = dict(changes)
        document = changes.pop("custom_data", None)
        if any(isinstance(each, Object) and each.column in changes for each in self.resource.own):
            # Two requests that change different members of one object must not undo each other.
            row = self.lock_and_reread(unit, row)
            changes |= self._merged_objects(row, changes)
        changed = effective_changes({**row, **self._decrypted(context, row, changes)}, changes)
        if changed:
            self._update_row(context, unit, row, changed)
        if document:
            custom_data_keys.check(document)
            self._merge_custom_data(context, unit, row, document)
        stored = self._reread(unit, row["id"])
        if changed:
            self._emit(context, unit, row, stored)
        return stored

    def _update_row(self, context: RequestContext, unit: Unit, row: Row, changed: Values) -> None:
        self._check_lists(changed, row)
        self.check_unique(unit, {**row, **changed}, except_id=row["id"])
        columns = {
            **changed,
            **self.folded(changed),
            **self._encrypted(context, row["id"], changed),
            "modified_at": context.now_ms(),
        }
        try:
            if not unit.update(self.resource.name, row["id"], columns):
                raise not_found()
        except NotUnique as error:
            raise self.not_unique(error.column) from error

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        """Remove the resource in a unit that is already open."""
        unit.deletions.remember(self.resource.name, row["id"], context.now_ms())
        if not unit.delete(self.resource.name, row["id"]):
            raise not_found()
        self._emit(context, unit, row, None)

    def folded(self, values: Values) -> Values:
        """Return the folded copies of the texts among the values."""
        return {
            each.key_column: None if values[each.column] is None else fold(values[each.column])
            for each in self.resource.own
            if isinstance(each, Text) and each.is_compared and each.column in values
        }

    def _emit(self, context: RequestContext, unit: Unit, before: Row | None, after: Row | None) -> None:
        id = (after or before or {})["id"]
        context.emit(unit, ResourceChanged(unit.tenant_id, self.resource.name, id, before, after))

    def _merge_custom_data(
        self, context: RequestContext, unit: Unit, row: Row, changes: Mapping[str, Any]
    ) -> None:
        if custom_data.merge(unit, self.resource, row, changes, context.now_ms()):
            self._emit_custom_data(context, unit, row)

    def _emit_custom_data(self, context: RequestContext, unit: Unit, row: Row) -> None:
        context.emit(unit, CustomDataChanged(unit.tenant_id, self.resource.name, row["id"], row))

    def _defaults(self, variant: Any) -> Values:
        return {
            each.column: each.initial
            for each in self._with_defaults
            if not each.only_for or variant in each.only_for
        }

    def _merged_objects(self, row: Row, changes: Values) -> Values:
        return {
            each.column: each.merged(row[each.column] or each.initial, changes[each.column])
            for each in self.resource.own
            if isinstance(each, Object) and each.column in changes
        }

    def _encrypted(self, context: RequestContext, id: str, values: Values) -> Values:
        """Return the secrets among the values, encrypted as they are stored."""
        return {
            each.column: context.secrets.seal(values[each.column], each.belongs_to(id))
            for each in self.resource.own
            if isinstance(each, Secret) and isinstance(values.get(each.column), str)
        }

    def _decrypted(self, context: RequestContext, row: Row, values: Values) -> Values:
        """Return the row's own secrets in plain text, for the columns that are among the values."""
        return {
            each.column: context.secrets.open(row[each.column], each.belongs_to(row["id"]))
            for each in self.resource.own
            if isinstance(each, Secret) and each.column in values and row.get(each.column) is not None
        }

    def check_unique(self, unit: Unit, row: Row, except_id: str | None = None) -> None:
        """Refuse a value that is taken. The unique index decides between concurrent requests."""
        for each in self.unique_texts(row):
            if each.unique_within is None or row.get(each.column) is None:
                continue
            scope = {column: row[column] for column in each.unique_within}
            taken = unit.find(self.resource.name, **scope, **{each.key_column: fold(row[each.column])})
            if taken is not None and taken["id"] != except_id:
                raise self.not_unique(each.column)

    def _check_lists(self, values: Values, stored: Values = NO_VALUES) -> None:
        """Refuse a bad entry that is added to a list."""
        for each in self._checked_lists:
            if each.column in values:
                each.check_added(values[each.column], stored.get(each.column))

    def unique_texts(self, row: Row) -> list[Text]:
        """Return the attributes that may be unique, in the order in which one that is taken is reported."""
        return [each for each in self.resource.own if isinstance(each, Text)]

    def not_unique(self, column: str) -> ApiError:
        """Return the error for a value that another resource has already."""
        name = next((each.name for each in self.resource.own if each.column == column), column)
        return ApiError(
            Code.NOT_UNIQUE,
            f"{self.resource.title} with that {name} already exists. Please choose another {name}.",
        )

    def _missing_link(self, context: RequestContext, row: Row) -> ApiError:
        """Return the error for the first link to a resource that was deleted a moment ago."""
        # A unit of its own: PostgreSQL reads nothing more in a transaction that has failed.
        with context.read() as unit:
            for link in self.resource.own:
                if isinstance(link, Link) and not link.companion:
                    targets = {kind: row.get(link.column_of(kind)) for kind in link.to}
                    if any(id is not None and unit.get(kind, id) is None for kind, id in targets.items()):
                        return no_match(f"The {link.name} property value", link.unknown)
        return self.missing_reference()

    def missing_reference(self) -> ApiError:
        """Return the error for a reference to a resource that was deleted a moment ago."""
        return no_match("A link of the resource")

    def lock_and_reread(self, unit: Unit, row: Row) -> Row:
        """Lock the resource until the unit ends, and return it as it is now."""
        unit.lock(self.resource.name, row["id"])
        return self._reread(unit, row["id"])

    def _reread(self, unit: Unit, id: str) -> Row:
        row = unit.get(self.resource.name, id)
        if row is None:
            raise not_found()
        return row


_ABSENT: Final = object()


def effective_changes(row: Row, changes: Values) -> Values:
    """Return the changes that differ from the row: clients send unchanged values back."""
    return {column: value for column, value in changes.items() if row.get(column, _ABSENT) != value}


def refuse_protected(row: Row, kind: str, changes: Mapping[str, Any] | None = None) -> None:
    """Refuse to delete, disable or rename a resource that the service itself needs (rest-core 6.18).

    ``changes`` are those of an update, by names that are the same in its body; without them the resource is
    about to be deleted.
    """
    if not row["protected"]:
        return
    is_allowed = (
        changes is not None
        and str(changes.get("status")).upper() != DISABLED
        and changes.get("name", row["name"]) == row["name"]
    )
    if not is_allowed:
        raise ApiError(
            Code.FORBIDDEN,
            f"The {kind} '{row['name']}' is part of the service itself.",
            f"The {kind} '{row['name']}' cannot be deleted, disabled or renamed.",
        )
