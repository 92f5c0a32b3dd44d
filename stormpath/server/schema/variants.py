"""The check of attributes that only some variants of a resource have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stormpath.server.schema.attributes import Attribute, required
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.objects import Object


def check(
    attributes: Iterable[Attribute],
    variant: str,
    values: Mapping[str, Any],
    *,
    creating: bool,
    inside: str = "",
) -> dict[str, Any]:
    """Return checked values without the nulls that clients write for attributes of other variants.

    Raises an error for an attribute of another variant, and for the lack of one that this variant requires.
    ``values`` are by column name or, ``inside`` an object, by the name of the member.
    """
    result = dict(values)
    for each in attributes:
        key = each.name if inside else each.column
        shown = f"{inside}.{each.name}" if inside else each.name
        value = values.get(key)
        if each.only_for and variant not in each.only_for:
            if value not in (None, []):
                raise _not_of(variant, shown)
            result.pop(key, None)
        elif each.only_for and value is None and _is_needed(each, submitted=key in values, creating=creating):
            raise required(shown)
        elif isinstance(each, Object) and isinstance(value, Mapping):
            result[key] = check(each.members, variant, value, creating=creating, inside=shown)
    return result


def _is_needed(attribute: Attribute, *, submitted: bool, creating: bool) -> bool:
    """Tell whether a variant that has the attribute needs a value here."""
    return (attribute.required and (creating or submitted)) or (submitted and not attribute.nullable)


def _not_of(variant: str, name: str) -> ApiError:
    return ApiError(
        Code.NOT_SUPPORTED,
        f"{name} is not supported here.",
        f"{name} is not an attribute of the kind '{variant}': leave it out.",
    )
