"""Every text that people see goes through ``gettext``: the catalogue is collected from its calls."""

from __future__ import annotations

from typing import Any


def gettext(text: str, /, **values: Any) -> str:
    """Return the text in the language of the reader, with ``%(name)s`` replaced by the values."""
    return text % values if values else text


def ngettext(one: str, many: str, number: int, /, **values: Any) -> str:
    """Return the text for that number of things; ``%(number)s`` is replaced by it, with commas."""
    return (one if number == 1 else many) % {"number": f"{number:,}", **values}
