"""The JSON of a resource, as the API answers it."""

from __future__ import annotations

import json
from typing import Final

import falcon

from stormpath.server.console.declared.secrets import hidden_names, without_secrets
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.schema.errors import not_found


def show(request: ConsoleRequest) -> None:
    """Show the answer to a GET of the path that follows, with its secrets hidden."""
    path = f"/{request.params['path']}"
    if not path.strip("/"):
        raise not_found()
    raw, kind = request.api.document(path)
    if not kind.startswith(falcon.MEDIA_JSON):
        # A file, such as that with the key of an agent, which takes a password and a page of its own.
        raise not_found()
    body = json.loads(raw)
    hidden = hidden_names(request.console.resources.values())
    text = json.dumps(without_secrets(body, hidden), indent=2, ensure_ascii=False)
    href = f"{request.console.settings.base_url}{path}"
    request.render("rest.html", title=path, text=text, href=href, back=request.url(path))


PAGES: Final = (Page("/rest/{path:path}", show),)
