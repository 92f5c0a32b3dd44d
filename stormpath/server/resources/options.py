"""Reading the query parameters that a creation takes."""

from __future__ import annotations

from collections.abc import Callable

from stormpath.server.schema.errors import (
    ApiError,
    Code,
    shown,
)


def truth(name: str) -> Callable[[str], bool]:
    """Return a reader of true and false, in any letter case."""

    def parse(text: str) -> bool:
        if text.lower() not in ("true", "false"):
            raise ApiError(Code.QUERY_INVALID, f"{name} must be true or false; {shown(text)} is neither.")
        return text.lower() == "true"

    return parse
