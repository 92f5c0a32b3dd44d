"""Asking for linked resources inline."""

import re
from typing import Any, Self

from stormpath.resources.names import expansion_text, to_camel_case


class Expansion:
    """The links that an answer shall carry in full instead of as an href.

    ``Expansion("custom_data", "groups")``; names are taken in either spelling. A collection may be given a
    window with :meth:`add_property`. ``items`` maps each name, as it was given, to its window.
    """

    def __init__(self, *args: str) -> None:
        self.items: dict[str, dict[str, int]] = {name: {} for name in args}

    def add_property(self, attr: str, offset: int | None = None, limit: int | None = None) -> Self:
        """Add a link, for a collection with its window, and return this expansion."""
        window = {"offset": offset, "limit": limit}
        self.items[attr] = {option: value for option, value in window.items() if value is not None}
        return self

    def get_params(self) -> str:
        """Return the value of the ``expand`` parameter: ``customData,groups(offset:0,limit:10)``."""
        return ",".join(_item(name, window) for name, window in self.items.items())

    def __repr__(self) -> str:
        return f"<Expansion {self.get_params()}>"


def _item(name: str, window: dict[str, int]) -> str:
    options = ",".join(f"{option}:{value}" for option, value in window.items())
    return to_camel_case(name) + (f"({options})" if options else "")


def expand_parameter(expand: Any) -> str:
    """Return the ``expand`` parameter for an :class:`Expansion` or for its text."""
    return expansion_text(expand) if isinstance(expand, str) else str(expand.get_params())


def expands(expand: Any, wire: str) -> bool:
    """Whether an expansion, in either form, asks for the link of that wire name."""
    if expand is None:
        return False
    return wire in re.sub(r"\([^)]*\)", "", expand_parameter(expand)).split(",")
