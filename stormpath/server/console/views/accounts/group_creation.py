"""The form for a new group, in a directory that is chosen first or named by the address."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from stormpath.server.console.declared import creation
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.console.views.accounts.creation import directory_picker
from stormpath.server.schema.errors import not_found


def _named(answer: Any, request: ConsoleRequest) -> None:
    """Show or send the form for the directory in the query; ask for one, where none is named."""
    id = request.query.get("directory", "")
    if not id:
        values = directory_picker(request, gettext("Create Group"), "/groups/new")
        request.render("accounts/pick.html", values)
        return
    if not frames.is_id(id):
        raise not_found()
    path = f"/directories/{id}"
    _answer(answer, request, path, request.api.get(path), None)


def _in_directory(answer: Any, request: ConsoleRequest) -> None:
    path, body, head = frames.frame(request, "directory")
    _answer(answer, request, path, body, head)


def _answer(answer: Any, request: ConsoleRequest, path: str, directory: Any, head: Any) -> None:
    answer(
        request.console.resources["group"],
        f"{path}/groups",
        request,
        head=head,
        template="accounts/create_group.html",
        directory=directory,
        directory_page=request.url(path),
        refused=frames.mirrored(frames.source_of(request, directory)),
    )


PAGES: Final = (
    Page("/groups/new", partial(_named, creation.ask), partial(_named, creation.create), section="groups"),
    Page(
        "/directories/{id}/groups/new",
        partial(_in_directory, creation.ask),
        partial(_in_directory, creation.create),
        section="directories",
    ),
)
