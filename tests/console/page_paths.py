"""The paths of all pages of the console, with ids of examples in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from service.calls import Json, id_of
from stormpath.server.app import Service
from stormpath.server.console.page import Page

#: What stands for parameters of paths other than ids, so that there is such a page.
OTHERS: dict[str, str] = {
    # An API key that no account has.
    "key": "2OT0K7B9YB6A0LCCMB6E3ZWD5",
}

#: Pages that belong to no resource, whose parameters are described elsewhere.
LEFT_OUT = re.compile(r"/static/|/rest/")

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


def with_ids(service: Service) -> Iterator[Page]:
    """Return the pages of single resources."""
    for page in service.console.pages:
        if "{" in page.path and not LEFT_OUT.match(page.path):
            yield page


def filled(page: Page, examples: Mapping[str, Json]) -> str | None:
    """Return the path with the id of an example of its kind; ``None`` where there is no such example."""
    plural = page.path.split("/")[1]
    if plural not in examples:
        return None

    def value(found: re.Match[str]) -> str:
        if found[1] == "id":
            return id_of(examples[plural])
        assert found[1] in OTHERS, f"say in {__name__} what stands for {found[0]} of {page.path}"
        return OTHERS[found[1]]

    return _PARAMETER.sub(value, page.path)
