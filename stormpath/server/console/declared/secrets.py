"""What no page shows that is merely opened: passwords, keys, tokens, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from stormpath.server.schema import (
    Attribute,
    Object,
    ObjectList,
    OfSecret,
    Password,
    Resource,
    Secret,
    SecretLookup,
    ShownOnce,
)

#: Stands on a page for a secret that is there.
HIDDEN: Final = "••••••••"

#: Stands for it in code.
IN_CODE: Final = "..."


def is_secret(attribute: Attribute) -> bool:
    """Tell whether the value of an attribute is a secret, or would tell one."""
    return isinstance(attribute, (Password, Secret, OfSecret, SecretLookup, ShownOnce))


def hidden_names(resources: Iterable[Resource]) -> frozenset[str]:
    """Return the names of all secrets, those of members of objects too."""
    return frozenset(each.name for resource in resources for each in _every(resource.own) if is_secret(each))


def without_secrets(value: Any, hidden: frozenset[str], sign: str = HIDDEN) -> Any:
    """Return JSON with a sign in place of its secrets; null stays."""
    if isinstance(value, Mapping):
        return {
            name: sign if name in hidden and each is not None else without_secrets(each, hidden, sign)
            for name, each in value.items()
        }
    return [without_secrets(each, hidden, sign) for each in value] if isinstance(value, list) else value


def _every(attributes: Iterable[Attribute]) -> Iterator[Attribute]:
    for each in attributes:
        yield each
        if isinstance(each, (Object, ObjectList)):
            yield from _every(each.members)
