"""How large the body of a request may be, by its path: what the declarations need there, and not more."""

from __future__ import annotations

from collections.abc import Iterable

from stormpath.server.rest.engine import Engine
from stormpath.server.rest.routes import Path, paths
from stormpath.server.schema import Attribute, Collection, CustomData, Endpoint, Text
from stormpath.server.schema.objects import ObjectList

#: The largest usual body, in bytes.
USUAL = 64 * 1024

#: A character takes up to four bytes, and there are names and quotes.
_MOST_CHARACTERS = USUAL // 5


class BodyLimits:
    """The limit of bodies in bytes: ``largest`` where custom data, certificates or templates may be sent.

    Everywhere else the limit is :data:`USUAL`.
    """

    def __init__(self, engine: Engine, largest: int) -> None:
        self.largest = largest
        self.usual = min(USUAL, largest)
        self._large = frozenset(
            _last_name(each.template) for each in paths(engine) if _is_large(engine, each)
        )

    def of(self, path: str) -> int:
        """Return the limit of a path, whether anything is served there or not."""
        # The last two parts: a collection or an endpoint, or else a collection and an id.
        return self.largest if self._large.intersection(path.split("/")[-2:]) else self.usual


def _last_name(template: str) -> str:
    return [each for each in template.split("/") if not each.startswith("{")][-1]


def _is_large(engine: Engine, path: Path) -> bool:
    if "POST" not in path.responders or path.resource is None or path.tokens is not None:
        return False
    subject = path.attribute
    if isinstance(subject, CustomData):
        return True
    if isinstance(subject, Endpoint):
        return _most_characters(subject.body) > _MOST_CHARACTERS
    resource = engine.resources[subject.of] if isinstance(subject, Collection) else path.resource
    return resource.custom_data is not None or _most_characters(resource.own) > _MOST_CHARACTERS


def _most_characters(attributes: Iterable[Attribute]) -> int:
    """Return how many characters the texts of these attributes have at the most."""
    total = 0
    for each in attributes:
        if isinstance(each, Text) and (each.creatable or each.updatable):
            total += each.max_length
        elif isinstance(each, ObjectList):
            total += each.max_items * _most_characters(each.members)
    return total
