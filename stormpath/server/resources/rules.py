"""What happens to a resource when nothing special is said: it is stored, changed and removed as declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import (
    Owner,
    Present,
    RequestContext,
    Values,
)
from stormpath.server.domain.events import ResourceChanged
from stormpath.server.domain.storage import (
    MissingReference,
    NotUnique,
    Row,
    Unit,
)
from stormpath.server.resources import custom_data
from stormpath.server.schema import (
    DISABLED,
    Link,
    Object,
    Resource,
    Secret,
    Text,
    custom_data_keys,
    ids,
    snake_case,
)
from stormpath.server.schema.errors import (
    ApiError,
    Code,
    not_found,
)
from stormpath.server.schema.query import fold

NO_VALUES: Final[Values] = {}


class Rules:
    """The rules of one kind of resource. Subclasses override what is special about theirs.

    ``values`` and ``changes`` are bodies that were checked against the declaration, by column name.
    ``companions`` are the rules of what is made with each of these resources, under its id.
    """

    companions: tuple[Rules, ...] = ()
    prepares: bool = False

    def __init__(self, resource: Resource) -> None:
        self.resource: Final = resource

    def prepare(self, context: RequestContext, id: str) -> None:
        """Complete a resource that is about to be shown; called where ``prepares`` is set."""

    def presenter(self, context: RequestContext, options: Mapping[str, Any]) -> Present | None:
        """Return what makes a representation as the reader's options want it; refuse options that are wrong.

        Called before anything is done. ``None`` leaves representations as they are.
        """
        return None

    def document(self, context: RequestContext, row: Row, body: dict[str, Any]) -> bytes:
        """Write what is shown instead of the JSON ``body``; called where the resource declares a document."""
        raise NotImplementedError(f"{self.resource.name} declares a document and does not write it")

    def place(self, context: RequestContext, owner: Owner) -> Owner:
        """Return where a creation under ``owner`` really goes; refuse it before the body is read."""
        return owner

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        """Refuse a change that is forbidden whatever else is wrong with it (rest-core 6.22).

        ``body`` is what was submitted, unchecked.
        """

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        """Store a new resource that belongs to ``owner`` (the tenant, for one posted to a bare path)."""
        with context.write() as unit:
            return self.insert(context, unit, {**self.belonging_to(owner), **values})

    def update(self, context: RequestContext, row: Row, changes: Values) -> Row:
        """Change what was submitted, and return the resource as it is then."""
        with context.write() as unit:
            return self.change(context, unit, row, changes)

    def delete(self, context: RequestContext, row: Row) -> None:
        """Remove the resource."""
        with context.write() as unit:
            self.remove(context, unit, row)

    def merge_custom_data(self, context: RequestContext, row: Row, changes: Mapping[str, Any]) -> None:
        """Add keys to the resource's custom data, replacing those it has."""
        with context.write() as unit:
            custom_data.merge(unit, self.resource, row, changes, context.now_ms())

    def remove_custom_data(self, context: RequestContext, row: Row, key: str | None) -> None:
        """Remove one key of the resource's custom data, or all of them."""
        with context.write() as unit:
            if key is None:
                custom_data.clear(unit, self.resource, row, context.now_ms())
            else:
                custom_data.remove_key(unit, self.resource, row, key, context.now_ms())

    def belonging_to(self, owner: Owner) -> Values:
        """Return the columns that tie a new resource to its owner."""
        name = snake_case(owner.resource.name)
        linked = any(
            isinstance(each, Link) and each.name == owner.resource.name for each in self.resource.own
        )
        return {f"{name}_id": owner.id} if linked else {}

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        """Store a new resource in a unit that is open already, custom data included."""
        now = values.get("created_at", context.now_ms())
        row: Row = {
            **self._initial(values.get(self.resource.variant)),
            "tenant_id": unit.tenant_id,
            "id": values.get("id") or ids.new_id(now),
            **values,
            "created_at": now,
            "modified_at": now,
        }
        document = row.pop("custom_data", None)
        self.check_unique(unit, row)
        if document:
            custom_data_keys.check(document)
        try:
            unit.insert(
                self.resource.name, {**row, **self.folded(row), **self._sealed(context, row["id"], row)}
            )
        except NotUnique as error:
            raise self.not_unique(error.column) from error
        except MissingReference as error:
            raise self.missing_reference() from error
        context.keep_idempotent(unit, self.resource.name, row["id"])
        if document:
            custom_data.merge(unit, self.resource, row, document, now)
        for each in self.companions:
            each.accompany(context, unit, self.resource, row)
        stored = self._reread(unit, row["id"])
        self._emit(context, unit, None, stored)
        return stored

    def accompany(
        self, context: RequestContext, unit: Unit, owner: Resource, row: Row, values: Values = NO_VALUES
    ) -> Row:
        """Store the companion of a resource that has just been stored; it shares the owner's id."""
        own = {each.name for attribute in self.resource.own for each in attribute.columns()}
        link = f"{snake_case(owner.name)}_id"
        tied = {link: row["id"]} if link in own else {}
        return self.insert(
            context, unit, {"id": row["id"], "created_at": row["created_at"], **tied, **values}
        )

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        """Store the changes in a unit that is open already; ``modifiedAt`` moves when any attribute does."""
        changes = dict(changes)
        document = changes.pop("custom_data", None)
        if any(isinstance(each, Object) and each.column in changes for each in self.resource.own):
            # Two that change different members of one object must not undo each other.
            row = self.locked(unit, row)
            changes |= self._merged(row, changes)
        changed = differing({**row, **self._opened(context, row, changes)}, changes)
        if changed:
            self.check_unique(unit, {**row, **changed}, except_id=row["id"])
            changed |= {
                **self.folded(changed),
                **self._sealed(context, row["id"], changed),
                "modified_at": context.now_ms(),
            }
            try:
                if not unit.update(self.resource.name, row["id"], changed):
                    raise not_found()
            except NotUnique as error:
                raise self.not_unique(error.column) from error
        if document:
            custom_data_keys.check(document)
            custom_data.merge(unit, self.resource, row, document, context.now_ms())
        stored = self._reread(unit, row["id"])
        if changed:
            self._emit(context, unit, row, stored)
        return stored

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        """Remove the resource in a unit that is open already."""
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

    def _initial(self, variant: Any) -> Values:
        found = {
            each.column: each.initial
            for each in self.resource.own
            if each.columns() and (not each.only_for or variant in each.only_for)
        }
        return {column: value for column, value in found.items() if value is not None}

    def _merged(self, row: Row, changes: Values) -> Values:
        return {
            each.column: each.merged(row[each.column] or each.initial, changes[each.column])
            for each in self.resource.own
            if isinstance(each, Object) and each.column in changes
        }

    def _sealed(self, context: RequestContext, id: str, values: Values) -> Values:
        """Return the secrets among the values as they are stored."""
        return {
            each.column: context.secrets.seal(values[each.column], each.belongs_to(id))
            for each in self.resource.own
            if isinstance(each, Secret) and isinstance(values.get(each.column), str)
        }

    def _opened(self, context: RequestContext, row: Row, values: Values) -> Values:
        """Return the secrets that the row has, of those among the values, as a caller knows them."""
        return {
            each.column: context.secrets.open(row[each.column], each.belongs_to(row["id"]))
            for each in self.resource.own
            if isinstance(each, Secret) and each.column in values and row.get(each.column) is not None
        }

    def check_unique(self, unit: Unit, row: Row, except_id: str | None = None) -> None:
        """Refuse a value that is taken. The unique index decides when two come at once."""
        for each in self.resource.own:
            if not isinstance(each, Text) or each.unique_within is None or row.get(each.column) is None:
                continue
            scope = {column: row[column] for column in each.unique_within}
            taken = unit.find(self.resource.name, **scope, **{each.key_column: fold(row[each.column])})
            if taken is not None and taken["id"] != except_id:
                raise self.not_unique(each.column)

    def not_unique(self, column: str) -> ApiError:
        """Return the refusal for a value that another resource has already."""
        name = next((each.name for each in self.resource.own if each.column == column), column)
        return ApiError(
            Code.NOT_UNIQUE,
            f"{self.resource.title} with that {name} already exists. Please choose another {name}.",
        )

    def missing_reference(self) -> ApiError:
        """Return the refusal for a reference to what was deleted a moment ago."""
        return ApiError(Code.NO_SUCH_TARGET, "A resource that this one refers to does not exist any more.")

    def locked(self, unit: Unit, row: Row) -> Row:
        """Return the resource as it is now, kept from others until the unit ends."""
        unit.lock(self.resource.name, row["id"])
        return self._reread(unit, row["id"])

    def _reread(self, unit: Unit, id: str) -> Row:
        row = unit.get(self.resource.name, id)
        if row is None:
            raise not_found()
        return row


_ABSENT: Final = object()


def differing(row: Row, changes: Values) -> Values:
    """Return the changes that would change something: clients echo what a resource has already."""
    return {column: value for column, value in changes.items() if row.get(column, _ABSENT) != value}


def refuse_protected(row: Row, what: str, changes: Mapping[str, Any] | None = None) -> None:
    """Refuse to delete, disable or rename what the service itself stands on (rest-core 6.18).

    ``changes`` are those of an update, by names that are the same in its body; without them the resource is
    about to be deleted.
    """
    if not row["protected"]:
        return
    harmless = (
        changes is not None
        and str(changes.get("status")).upper() != DISABLED
        and changes.get("name", row["name"]) == row["name"]
    )
    if not harmless:
        raise ApiError(
            Code.FORBIDDEN,
            f"The {what} '{row['name']}' is part of the service itself.",
            f"The {what} '{row['name']}' cannot be deleted, disabled or renamed.",
        )
