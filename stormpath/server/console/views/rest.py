"""The JSON of a resource, as the API answers it."""

from __future__ import annotations

import json
from typing import Any, Final

from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.schema import Secret
from stormpath.server.schema.errors import not_found

_HIDDEN: Final = "••••••••"


def show(request: ConsoleRequest) -> None:
    """Show the answer to a GET of the path that follows, with its secrets hidden."""
    path = f"/{request.params['path']}"
    if not path.strip("/"):
        raise not_found()
    body = request.api.get(path)
    hidden = {
        each.name
        for resource in request.console.resources.values()
        for each in resource.own
        if isinstance(each, Secret)
    }
    text = json.dumps(_without(body, hidden), indent=2, ensure_ascii=False)
    href = f"{request.console.settings.base_url}{path}"
    request.render("rest.html", title=path, text=text, href=href, back=request.url(path))


def _without(value: Any, hidden: set[str]) -> Any:
    if isinstance(value, dict):
        return {
            name: _HIDDEN if name in hidden and isinstance(each, str) else _without(each, hidden)
            for name, each in value.items()
        }
    return [_without(each, hidden) for each in value] if isinstance(value, list) else value


PAGES: Final = (Page("/rest/{path:path}", show),)
