"""Expansions: requests for linked resources inline."""

import re
from typing import Any, Self

from stormpath.resources.names import Spelling, expansion_text, wire_name


class Expansion:
    """The links to include in an answer in full instead of as an href.

    ``Expansion("custom_data", "groups")``; names are taken in either spelling. A collection may be given a
    window with :meth:`add_property`. ``items`` maps each name, as it was given, to its window.
    """

    def __init__(self, *args: str) -> None:
        self.items: dict[str, dict[str, int]] = {name: {} for name in args}

    def add_property(self, attr: str, offset: int | None = None, limit: int | None = None) -> Self:
        """Add a link, to a collection with a window of its items, and return this expansion."""
        window = {"offset": offset, "limit": limit}
        self.items[attr] = {option: value for option, value in window.items() if value is not None}
        return self

    def get_params(self, spelled: Spelling = wire_name) -> str:
        """Return the value of the ``expand`` parameter: ``customData,groups(offset:0,limit:10)``.

        ``spelled`` gives the wire name of an attribute of the class that is expanded.
        """
        return ",".join(spelled(name) + _options(window) for name, window in self.items.items())

    def __repr__(self) -> str:
        return f"<Expansion {self.get_params()}>"


def _options(window: dict[str, int]) -> str:
    options = ",".join(f"{option}:{value}" for option, value in window.items())
    return f"({options})" if options else ""


def expand_parameter(expand: Any, spelled: Spelling = wire_name) -> str:
    """Return the ``expand`` parameter of an :class:`Expansion`, of its text, or of an object like it."""
    if isinstance(expand, Expansion):
        return expand.get_params(spelled)
    return expansion_text(expand if isinstance(expand, str) else expand.get_params(), spelled)


def expands(expand: Any, wire: str, spelled: Spelling = wire_name) -> bool:
    """Whether an expansion, in either form, includes the link of that wire name."""
    if expand is None:
        return False
    return wire in re.sub(r"\([^)]*\)", "", expand_parameter(expand, spelled)).split(",")
