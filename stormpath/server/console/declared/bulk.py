"""What is done to all ticked rows of a list, with a report of what failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema import Resource
from stormpath.server.schema.errors import ApiError

#: The most rows that are ticked on one page.
MOST: Final = 100


def run(item: Resource, show: Callable[..., None], request: ConsoleRequest) -> None:
    """Do the action of the form to the rows that are ticked; then show the list again, with a report."""
    action, ids = request.form.get("action", ""), request.form.every("id")[:MOST]
    if not ids:
        show(request, report={"text": gettext("Tick the rows first."), "failed": []})
        return
    done, failed = 0, []
    for each in ids:
        path = item.path.replace("{id}", each)
        try:
            if action == "delete":
                request.api.delete(path)
            else:
                request.api.post(path, {"status": action})
            done += 1
        except ApiError as error:
            if error.status >= 500:
                raise
            failed.append((each, sentence(error.text_for_people)))
    text = gettext("%(done)s of %(all)s are done.", done=done, all=len(ids))
    report: dict[str, Any] = {"text": text, "failed": failed}
    show(request, report=report)
