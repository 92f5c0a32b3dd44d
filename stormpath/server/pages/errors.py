"""The page for an error. Every link that cannot be used gets the same one, which does not say why."""

from __future__ import annotations

from typing import Final

import falcon

from stormpath.server.pages.layout import FAILED, heading, show
from stormpath.server.pages.markup import html
from stormpath.server.schema.errors import ApiError, Code

_PAGE: Final = """{sign}
{heading}
<p role="alert">{what}</p>
<p>{then}</p>"""

_BAD_LINK: Final = (
    "This link cannot be used",
    "It may have been used already, or be too old, or not be whole.",
    "If you have just used it, there is nothing left to do. Otherwise, please ask for a new one where you"
    " asked for this one.",
)


def render_error(resp: falcon.Response, error: ApiError) -> None:
    """Answer with the page for an error. Status and headers are set already."""
    title, what, then = _words(error)
    show(resp, title, html(_PAGE, sign=FAILED, heading=heading(title, None), what=what, then=then))


def _words(error: ApiError) -> tuple[str, str, str]:
    if error.code == Code.NOT_FOUND:
        return _BAD_LINK
    if error.code in (Code.UNAVAILABLE, Code.INTERNAL):
        return (
            "That did not work",
            error.message,
            "Your link is still there: please go back and try again in a moment.",
        )
    return "That did not work", error.message, "Please open the link in your e-mail once more."
