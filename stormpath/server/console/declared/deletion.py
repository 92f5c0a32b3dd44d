"""The page that asks before something is deleted: what goes with it, and how much of it."""

from __future__ import annotations

from typing import Any

from stormpath.server.console import labels
from stormpath.server.console.declared import code, details, menus
from stormpath.server.console.declared.kinds import kind_of
from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema import Collection, Resource
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]

#: Deleted with the resource, by kind: collections whose items are no more then.
_GO_WITH: dict[str, tuple[str, ...]] = {
    "directory": ("accounts", "groups", "applicationMappings", "organizationMappings"),
    "application": ("accountStoreMappings",),
    "organization": ("accountStoreMappings",),
    "group": ("accountMemberships",),
    "account": ("apiKeys", "groupMemberships", "accessTokens", "refreshTokens", "factors", "accountLinks"),
}


def lost_with(request: ConsoleRequest, resource: Resource, body: Json) -> list[tuple[int, str]]:
    """Return the numbers of what is deleted with a resource, and its names. One request for each kind."""
    found = []
    for name in _GO_WITH.get(resource.name, ()):
        collection = resource.by_name[name]
        if isinstance(collection, Collection) and name in body:
            size = int(request.api.get(body[name]["href"], {"limit": 1})["size"])
            if size:
                found.append((size, labels.label(name, resource.name)))
    return found


def goes_with(resource: Resource) -> list[str]:
    """Return the names of what is deleted with each resource of a kind."""
    return [labels.label(name, resource.name) for name in _GO_WITH.get(resource.name, ())]


def ask(request: ConsoleRequest, resource: Resource, path: str, problem: str = "", status: int = 200) -> None:
    """Show what would be deleted, with a tick that says that this was read."""
    body = details.read(request, resource, path)
    lost = lost_with(request, resource, body)
    request.render(
        "delete.html",
        {
            **menus.head_of(request, resource, body),
            "lost": lost,
            "about": gettext(about) if (about := kind_of(resource.name).deleting) else "",
            "needs_proof": bool(lost) and not request.is_proved,
            "problem": problem,
            "as_code": code.deletion(resource, body["href"]),
        },
        status=status,
    )


def delete(request: ConsoleRequest, resource: Resource, path: str, back: str) -> None:
    """Delete a resource, when the tick is there; and the password, where much goes with it."""
    body = details.read(request, resource, path)
    title = menus.head_of(request, resource, body)["title"]
    if request.form.get("understood") != "true":
        ask(request, resource, path, gettext("Please tick the box first."), 400)
        return
    if lost_with(request, resource, body) and not request.prove():
        ask(request, resource, path, gettext("The password is wrong."), 400)
        return
    try:
        request.api.delete(path)
    except ApiError as error:
        if error.status >= 500:
            raise
        ask(request, resource, path, sentence(error.text_for_people), error.status)
        return
    request.redirect(back, gettext("%(title)s is deleted.", title=title))
