"""Where people are sent after a login: to a page of this site, and nowhere else."""

from __future__ import annotations

import unicodedata
from typing import Final
from urllib.parse import urlsplit

from flask import current_app, redirect, request
from werkzeug.wrappers import Response

#: Longer than any path of an app; what comes from a stranger is cut before it is read.
LONGEST: Final = 2_000


def is_safe(target: str | None) -> bool:
    """Whether a target that came with a request lies on this site.

    Either a path with one slash at its beginning, or an ``http(s)`` URL with the host of the request itself.
    """
    if not target or len(target) > LONGEST or "\\" in target or _has_control_characters(target):
        return False
    if target.startswith("/"):
        return not target.startswith("//")
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == request.host.lower()


def _has_control_characters(text: str) -> bool:
    # With format characters, lone surrogates and blanks that are no space: browsers drop or change some.
    return any(each != " " and unicodedata.category(each)[0] in "CZ" for each in text)


def next_target() -> str | None:
    """Return the target that the query of the request names as ``next``, if it is safe."""
    target = request.args.get("next")
    return target if is_safe(target) else None


def after_login(target: str | None = None) -> Response:
    """Redirect to a target of the app's own, else to that of the query, else to `STORMPATH_REDIRECT_URL`."""
    return redirect(target or next_target() or current_app.config["STORMPATH_REDIRECT_URL"])
