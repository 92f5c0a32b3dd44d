"""What the pages of one account or group have in common: its JSON, its frame, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.console.declared import menus
from stormpath.server.console.declared.kinds import kind_of
from stormpath.server.console.notices import Notice
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema import Collection

Json = dict[str, Any]

#: The provider of directories whose accounts are the service's own.
CLOUD: Final = "stormpath"

#: Kinds of providers by the names that people know.
PROVIDERS: Final = {
    "ad": "Active Directory",
    "ldap": "LDAP",
    "google": "Google",
    "facebook": "Facebook",
    "github": "GitHub",
    "linkedin": "LinkedIn",
    "twitter": "Twitter",
    "saml": "SAML",
}


def frame(request: ConsoleRequest, kind: str, expand: str | None = None) -> tuple[str, Json, Json]:
    """Return the path of the resource in the address, its JSON, and the frame of its pages. One request."""
    resource = request.console.resources[kind]
    path = resource.path.replace("{id}", request.params["id"])
    expanded = ",".join([*kind_of(kind).expands, *([expand] if expand else [])])
    body = request.api.get(path, {"expand": expanded or None})
    head = menus.head_of(request, resource, body)
    # A page below an entry of the menu belongs to it.
    for number, each in enumerate(head["menu"]):
        is_below = number > 0 and request.url(request.path).startswith(f"{each.url}/")
        if is_below:
            head["menu"][number] = menus.Entry(each.label, each.url, is_current=True)
    return path, body, head


def collection(request: ConsoleRequest, kind: str, name: str) -> Collection:
    """Return the declaration of a collection of a kind of resource."""
    found = request.console.resources[kind].by_name[name]
    if not isinstance(found, Collection):
        raise TypeError(f"{name} of {kind} is no collection")
    return found


def is_id(text: str) -> bool:
    """Tell whether a text that was sent can be an id: it stands in paths of the API."""
    return text.isascii() and text.isalnum() and len(text) <= 64


def id_of(body: Mapping[str, Any]) -> str:
    """Return the id of a resource, or of what a link leads to."""
    return str(body["href"]).rpartition("/")[2]


def provider_of(request: ConsoleRequest, directory: Mapping[str, Any]) -> str:
    """Return the kind of a directory's provider. One request."""
    path = request.api.path_of(directory["href"])
    return str(request.api.get(f"{path}/provider")["providerId"])


def source_of(request: ConsoleRequest, directory: Mapping[str, Any]) -> str:
    """Return what a mirrored directory is a copy of; empty for one of the service's own. One request."""
    provider = provider_of(request, directory)
    return "" if provider == CLOUD else PROVIDERS.get(provider, provider)


def mirrored(source: str) -> str:
    """Return why what is copied from a source cannot be changed here."""
    text = gettext("This is copied from %(source)s: it is made, changed and removed there.", source=source)
    return text if source else ""


def report(tried: int, failed: list[tuple[str, str]], done: str) -> Notice:
    """Return the notice about so many changes, of which some may have failed; about none, what to do."""
    if not tried:
        return Notice(gettext("Tick the rows first."), "bad")
    if not failed:
        return Notice(done)
    lines = "; ".join(f"{title}: {why}" for title, why in failed[:5])
    return Notice(f"{done} {gettext('Not done: %(lines)s', lines=lines)}", "bad")
