"""Templates of the body that a gateway gets: a form or JSON, with ``${to}``, ``${text}`` and ``${from}``.

A template is read as a form or as JSON first, and then the values are put into its fields: whatever a value
is, it stays inside its field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlencode

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"

_PLACEHOLDER: Final = re.compile(r"\$\{([^}]*)\}")
_NAMES: Final = ("to", "text", "from")


@dataclass(frozen=True, slots=True)
class BodyTemplate:
    """A template that was read: the pairs of a form, or a value of JSON."""

    content_type: str
    content: Any

    @classmethod
    def parse(cls, template: str, *, has_sender: bool) -> BodyTemplate:
        """Read a template: JSON if it begins with a brace, otherwise a form.

        In a form, ``%`` escapes as in URLs, and a plus is a plus. Raises ``ValueError`` with one line.
        """
        text = template.strip()
        read = _json(text) if text.startswith("{") else cls(FORM, _pairs(text))
        used = set(read._placeholders())
        if unknown := used.difference(_NAMES):
            raise ValueError(f"the body of text messages has an unknown placeholder, ${{{min(unknown)}}}")
        if missing := {"to", "text"} - used:
            raise ValueError(f"the body of text messages has no ${{{max(missing)}}}")
        if "from" in used and not has_sender:
            raise ValueError("the body of text messages has ${from}: set STORMPATH_SMS_FROM")
        return read

    def filled(self, values: Mapping[str, str]) -> bytes:
        """Return the body with these values of the placeholders."""
        if self.content_type == FORM:
            return urlencode([(name, _filled(each, values)) for name, each in self.content]).encode()
        return json.dumps(_walk(self.content, values)).encode()

    def _placeholders(self) -> Iterator[str]:
        return (found[1] for each in _texts(self.content) for found in _PLACEHOLDER.finditer(each))


def _json(text: str) -> BodyTemplate:
    try:
        return BodyTemplate(JSON, json.loads(text))
    except (ValueError, RecursionError):
        raise ValueError(
            "the body of text messages begins with { and is no JSON: write "
            '{"to": "${to}", "text": "${text}"}, each placeholder within quotes'
        ) from None


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = [each.partition("=") for each in text.split("&")]
    if not all(name and equals for name, equals, _ in pairs):
        raise ValueError("the body of text messages must be JSON, or a form: write To=${to}&Body=${text}")
    return [(unquote(name), unquote(value)) for name, _, value in pairs]


def _texts(content: Any) -> Iterator[str]:
    """Yield the texts into which values are put."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for each in content.values():
            yield from _texts(each)
    elif isinstance(content, list):
        for each in content:
            yield from _texts(each[1] if isinstance(each, tuple) else each)


def _walk(content: Any, values: Mapping[str, str]) -> Any:
    if isinstance(content, str):
        return _filled(content, values)
    if isinstance(content, dict):
        return {name: _walk(each, values) for name, each in content.items()}
    return [_walk(each, values) for each in content] if isinstance(content, list) else content


def _filled(text: str, values: Mapping[str, str]) -> str:
    # In one pass: a placeholder in a value stays what it is.
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)
