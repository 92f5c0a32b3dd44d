"""HTML with values escaped where they are inserted, so that no value becomes markup."""

from __future__ import annotations

from html import escape
from typing import Final


class Html(str):
    """Text that is markup: made by ``html``, or a literal of these modules."""

    __slots__ = ()


NOTHING: Final = Html("")


def html(template: str, **values: str) -> Html:
    """Fill a template of these modules with values; those that are no ``Html`` are escaped.

    A value may stand between tags, or in an attribute in double quotes.
    """
    safe = {name: each if isinstance(each, Html) else escape(each) for name, each in values.items()}
    return Html(template.format_map(safe))
