"""The window, the order and the cursor of a collection (rest-core 3.2, 3.3)."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec

from stormpath.server.rest.hrefs import is_id
from stormpath.server.rest.parameters import Parameters
from stormpath.server.rest.search import CUSTOM_PREFIX, Resolve, custom_path, no_href, parse_filter
from stormpath.server.schema import Collection, ColumnKind, Resource, Text
from stormpath.server.schema.errors import ApiError, Code, invalid_query, shown
from stormpath.server.schema.query import DEFAULT_LIMIT, MAX_LIMIT, Cursor, Order, Query

EXPAND: Final = "expand"

#: The most attributes that one list is ordered by, and the most custom data values it is searched for.
MAX_ORDERS: Final = 8
MAX_CUSTOM_FILTERS: Final = 8

_MAX_OFFSET: Final = 2**31 - 1
_STATEMENT: Final = re.compile(r"\s*(?P<name>[^\s,]+)(?:\s+(?P<direction>asc|desc))?\s*", re.IGNORECASE)


def parse_query(
    parameters: Parameters, item: Resource, collection: Collection, resolve: Resolve = no_href
) -> Query:
    """Return the query of a collection of ``item`` that the parameters ask for.

    ``resolve`` returns the kind and the id of the resource that an href names.
    """
    if not parameters:
        return Query(order=_default_order(item, collection))
    if sum(name.startswith(CUSTOM_PREFIX) for name in parameters) > MAX_CUSTOM_FILTERS:
        raise ApiError(
            Code.QUERY_MALFORMED,
            f"A list is searched for {MAX_CUSTOM_FILTERS} custom data values at the most.",
        )
    order = (
        parse_order(parameters["orderBy"], item, collection)
        if "orderBy" in parameters
        else _default_order(item, collection)
    )
    return Query(
        filters=tuple(
            parse_filter(name, value, item, collection, resolve)
            for name, value in parameters.items()
            if name not in _RESERVED
        ),
        order=order,
        offset=parse_offset(parameters.get("offset", "0")),
        limit=parse_limit(parameters.get("limit", str(DEFAULT_LIMIT))),
        cursor=parse_cursor(parameters, order, item) if "cursor" in parameters else None,
    )


_RESERVED: Final = frozenset({"offset", "limit", "orderBy", "cursor", EXPAND})


def parse_limit(text: str) -> int:
    """Return the page size; a larger number than the maximum means the maximum."""
    return min(_whole("limit", text, minimum=1), MAX_LIMIT)


def parse_offset(text: str) -> int:
    """Return the zero-based index of the first item."""
    return _whole("offset", text, minimum=0)


def parse_order(text: str, item: Resource, collection: Collection) -> tuple[Order, ...]:
    """Return the sort keys of an ``orderBy``; names and directions in any letter case."""
    if text.count(",") >= MAX_ORDERS:
        raise ApiError(Code.ORDER_MALFORMED, f"orderBy names {MAX_ORDERS} attributes at the most.")
    return tuple(_statement(each, text, item, collection) for each in text.split(","))


def _statement(statement: str, text: str, item: Resource, collection: Collection) -> Order:
    found = _STATEMENT.fullmatch(statement)
    if found is None:
        raise ApiError(
            Code.ORDER_MALFORMED,
            f"orderBy={shown(text)} is malformed: write names, each with asc or desc, with commas between.",
        )
    name, descending = found["name"], (found["direction"] or "").lower() == "desc"
    if name.startswith(CUSTOM_PREFIX) and collection.searches_custom_data:
        return Order(descending=descending, custom_path=custom_path(name))
    attribute = item.by_folded_name.get(name.lower())
    if attribute is None or not attribute.sortable or not attribute.shown:
        raise ApiError(Code.NOT_SORTABLE, f"A list of {item.plural} cannot be ordered by {shown(name)}.")
    column = attribute.key_column if isinstance(attribute, Text) else attribute.column
    return Order(column, descending)


def _default_order(item: Resource, collection: Collection) -> tuple[Order, ...]:
    # Ids sort by creation, so without a sort key the order is that of createdAt, then id.
    column = collection.order or item.order
    return (Order(column),) if column else ()


def _whole(name: str, text: str, minimum: int) -> int:
    if not re.fullmatch(r"-?\d{1,10}", text, re.ASCII) or not minimum <= int(text) <= _MAX_OFFSET:
        raise invalid_query(name, f"{name} must be a whole number from {minimum}; {shown(text)} is not.")
    return int(text)


def parse_cursor(parameters: Parameters, order: tuple[Order, ...], item: Resource) -> Cursor:
    """Return the cursor that a ``next`` link carries.

    It is neither secret nor signed: an altered one reads another part of the same list, or is an error.
    """
    text = parameters["cursor"]
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        offset, size, id, after, of_order = _decode_state(decoded)
    except (binascii.Error, ValueError, RecursionError, msgspec.MsgspecError):
        raise _bad_cursor(text) from None
    kinds: dict[str, ColumnKind] = {
        "id": "id",
        **{each.name: each.kind for attribute in item.attributes for each in attribute.columns()},
    }
    if of_order != _stamp(parameters) or len(after) != len(order) or not is_id(id):
        raise _bad_cursor(text)
    # A value of another type would be an error in the database.
    if not all(
        _may_hold("key" if key.custom_path else kinds.get(key.column), value)
        for key, value in zip(order, after, strict=True)
    ):
        raise _bad_cursor(text)
    return Cursor(tuple(after), id, offset, size)


_Whole = Annotated[int, msgspec.Meta(ge=0, le=_MAX_OFFSET)]
# No sort value is a float. See ``schema.json_text`` for what it costs to read one.
_decode_state: Final = msgspec.json.Decoder(
    tuple[_Whole, _Whole, str, list[Any], int], float_hook=float
).decode


def _stamp(parameters: Parameters) -> int:
    # A cursor is only good for the order it was made in.
    return zlib.crc32(parameters.get("orderBy", "").encode())


def _may_hold(kind: ColumnKind | None, value: Any) -> bool:
    if value is None:
        return kind is not None
    if kind in ("integer", "instant"):
        return type(value) is int and abs(value) < 2**63
    if kind == "boolean":
        return type(value) is bool
    return kind is not None and isinstance(value, str) and "\x00" not in value


def _bad_cursor(text: str) -> ApiError:
    return invalid_query(
        "cursor", f"cursor={shown(text)} is not one of this list: follow the next link as it was given."
    )


def next_query(parameters: Parameters, cursor: Cursor) -> str:
    """Return the query string of the next page: the same parameters, and a cursor."""
    state = msgspec.json.encode(
        (cursor.offset, cursor.size, cursor.id, list(cursor.after), _stamp(parameters))
    )
    kept = {name: value for name, value in parameters.items() if name not in ("offset", "cursor")}
    kept["cursor"] = base64.urlsafe_b64encode(state).decode().rstrip("=")
    return "&".join(f"{quote(name, safe='.')}={quote(value, safe='')}" for name, value in kept.items())
