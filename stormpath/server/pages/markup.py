"""HTML that is escaped where it is put together: what is not markup already cannot become any."""

from __future__ import annotations

from html import escape
from typing import Final


class Html(str):
    """Text that is markup. Made by ``html``, and of what is written in these modules."""

    __slots__ = ()


NOTHING: Final = Html("")


def html(template: str, **values: str) -> Html:
    """Fill a template, one of ours, with values: those that are no ``Html`` are escaped.

    A value belongs between tags, or into an attribute in double quotes.
    """
    safe = {name: each if isinstance(each, Html) else escape(each) for name, each in values.items()}
    return Html(template.format_map(safe))
