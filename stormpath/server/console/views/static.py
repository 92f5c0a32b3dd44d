"""The files of the pages: styles, scripts, pictures."""

from __future__ import annotations

import mimetypes
from typing import Final

from stormpath.server.console import templating
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.schema.errors import not_found


def send(request: ConsoleRequest) -> None:
    """Send a file. Its address changes with it, so that a browser may keep it."""
    name = request.params["name"]
    # No path leads out of the folder: names are compared with those that are there.
    if name not in {each.name for each in templating.STATIC.iterdir() if each.is_file()}:
        raise not_found()
    if templating.static(name) != f"/static/{request.params['digest']}/{name}":
        raise not_found()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    request.resp.set_header("Cache-Control", "public, max-age=31536000, immutable")
    request.send((templating.STATIC / name).read_bytes(), kind)


PAGES: Final = (Page("/static/{digest}/{name}", send, public=True),)
