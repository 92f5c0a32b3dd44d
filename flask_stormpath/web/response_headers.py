"""The headers that keep pages out of caches: those of this extension, and those shown to its users."""

from __future__ import annotations

from typing import Final

from flask import Response, g, request

NO_STORE: Final = "no-store"

#: Of the views of this extension. The referrer stays on the site: the address of a page may hold a token.
OF_VIEWS: Final = {
    "Cache-Control": NO_STORE,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}

#: What Flask-Login keeps in ``g`` as soon as a view, or its template, has asked who the user is.
_ASKED: Final = "_login_user"


def clear_caches(answer: Response) -> Response:
    """Let the browser drop what it keeps of this site, after a logout.

    Chromium may show a page out of its memory again although the page said ``no-store``. Browsers follow it
    over HTTPS, and on localhost.
    """
    answer.headers.setdefault("Clear-Site-Data", '"cache"')
    return answer


def set_headers(answer: Response) -> Response:
    """Let no cache keep what a person who is logged in gets, nor a page of this extension.

    Else the back button would show it after the logout. A header that the app has set stays as it is. An
    answer that did not ask who the user is shows nothing of that person, and costs no request here.
    """
    if (request.endpoint or "").startswith("stormpath."):
        for name, value in OF_VIEWS.items():
            answer.headers.setdefault(name, value)
    elif (user := g.get(_ASKED)) is not None and user.is_authenticated:
        answer.headers.setdefault("Cache-Control", NO_STORE)
    return answer
