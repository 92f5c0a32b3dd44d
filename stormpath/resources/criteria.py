"""Checks of the criteria that callers search, look up and log in with.

A parameter without a value is not sent, and a search without its criterion finds everything: the first
account of all would log in, or be put into a group. So a criterion without a value is a ``ValueError``,
raised before any request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

#: The parameters of a list that choose no items. One that is None is not sent.
OPTIONS: Final = frozenset(("offset", "limit", "order_by", "orderBy", "expand"))

_STORE_NAMES: Final = ("href", "name_key", "nameKey")


def needed(name: str, value: Any) -> Any:
    """Return the value of a criterion; ``ValueError`` for one that has none."""
    if value is None or value == "":
        raise ValueError(f"{name} has no value ({value!r}); give it one: without it, everything would match")
    return value


def check_criteria(query: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` for a filter that has no value, or several.

    A list would be sent as one parameter for each of its elements, and an empty one not at all.
    """
    for name, value in query.items():
        if name in OPTIONS:
            continue
        needed(name, value)
        if isinstance(value, list | tuple | set | frozenset | Mapping | bytes):
            raise ValueError(f"{name} is searched for one value, not for a {type(value).__name__}")


def check_only_criteria(query: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` unless a search that must find one item has filters, and nothing else."""
    if chosen := OPTIONS.intersection(query):
        raise ValueError(f"{', '.join(sorted(chosen))} cannot tell one item from another: leave it out")
    if not query:
        raise ValueError('an empty dictionary has no criterion; give one, such as {"name": "Admins"}')
    check_criteria(query)


def check_account_store(account_store: Any) -> None:
    """Raise ``ValueError`` for a reference to an account store that names none: all would be searched."""
    needed("account_store", account_store)
    if isinstance(account_store, Mapping):
        given = [name for name in _STORE_NAMES if name in account_store]
        if not given:
            raise ValueError('account_store names no store; give {"href": ...} or {"name_key": ...}')
        for name in given:
            needed(f"account_store[{name!r}]", account_store[name])
    elif (referent := getattr(account_store, "_referent", None)) is not None and referent().is_new():
        raise ValueError(f"account_store is {account_store!r}, which has no href: it was never saved")


def check_lookup(properties: Mapping[str, Any], name: str) -> None:
    """Raise ``ValueError`` if a body that looks up an account lacks the value of this attribute.

    So it is with the account store, if the body has one.
    """
    needed(name, properties.get(name))
    for each in ("account_store", "accountStore"):
        if each in properties:
            check_account_store(properties[each])
