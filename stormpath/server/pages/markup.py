"""HTML from templates: values that are not markup already are escaped."""

from __future__ import annotations

from html import escape
from typing import Final


class Html(str):
    """Text that is markup: made by ``html``, or a literal in these modules."""

    __slots__ = ()


NOTHING: Final = Html("")


def html(template: str, **values: str) -> Html:
    """Fill a trusted template with values; a value that is not ``Html`` is escaped.

    A value may stand between tags, or in an attribute in double quotes.
    """
    safe = {name: each if isinstance(each, Html) else escape(each) for name, each in values.items()}
    return Html(template.format_map(safe))
