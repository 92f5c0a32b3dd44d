"""The page for whatever is refused. All links that cannot be used get the same one, whatever is wrong."""

from __future__ import annotations

from typing import Final

import falcon

from stormpath.server.pages.layout import FAILED, heading
from stormpath.server.pages.layout import show as show_page
from stormpath.server.pages.markup import html
from stormpath.server.schema.errors import (
    ApiError,
    Code,
)

_REFUSED: Final = """{sign}
{heading}
<p role="alert">{what}</p>
<p>{then}</p>"""

_BAD_LINK: Final = (
    "This link cannot be used",
    "It may have been used already, or be too old, or not be whole.",
    "If you have just used it, there is nothing left to do. Otherwise, please ask for a new one where you"
    " asked for this one.",
)


def show(resp: falcon.Response, refusal: ApiError) -> None:
    """Answer with the page of a refusal. Status and headers are set already."""
    title, what, then = _words(refusal)
    show_page(resp, title, html(_REFUSED, sign=FAILED, heading=heading(title, None), what=what, then=then))


def _words(refusal: ApiError) -> tuple[str, str, str]:
    if refusal.code == Code.NOT_FOUND:
        return _BAD_LINK
    if refusal.code in (Code.UNAVAILABLE, Code.INTERNAL):
        return (
            "That did not work",
            refusal.message,
            "Your link is still there: please go back and try again in a moment.",
        )
    return "That did not work", refusal.message, "Please open the link in your e-mail once more."
