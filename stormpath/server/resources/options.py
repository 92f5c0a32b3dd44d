"""Parsers of query parameters."""

from __future__ import annotations

from collections.abc import Callable

from stormpath.server.schema.errors import invalid_query, shown


def boolean(name: str) -> Callable[[str], bool]:
    """Return a parser of true and false, in any letter case, for the parameter of that name."""

    def parse(text: str) -> bool:
        if text.lower() not in ("true", "false"):
            raise invalid_query(name, f"{name} must be true or false; {shown(text)} is neither.")
        return text.lower() == "true"

    return parse
