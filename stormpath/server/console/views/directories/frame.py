"""The frame of all pages of one directory: its JSON, its menu, and what kind it is."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from stormpath.server.console.declared import menus
from stormpath.server.console.declared.kinds import is_mirror, protection_of
from stormpath.server.console.declared.menus import Extra
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import types
from stormpath.server.schema.errors import not_found

Json = dict[str, Any]

RESOURCE: Final = "directory"


class Frame(NamedTuple):
    """A directory with its provider inline, and what the frame of its pages shows."""

    body: Json
    head: Json

    @property
    def path(self) -> str:
        """The path of the directory."""
        return str(self.head["path"])

    @property
    def provider(self) -> Json:
        """The JSON of its provider."""
        found: Json = self.body["provider"]
        return found

    @property
    def is_mirror(self) -> bool:
        """Whether it copies another system."""
        return is_mirror(self.body)

    @property
    def why_fixed(self) -> str:
        """Why its workflows and its password policy cannot be changed; empty where they can."""
        return protection_of(RESOURCE, self.body)

    @property
    def why_no_workflows(self) -> str:
        """Why its workflows cannot be used; empty where they can."""
        if self.is_mirror:
            return gettext(
                "Workflows are for cloud directories. The accounts of this one are copied from another "
                "system: they are registered, and their passwords reset, there."
            )
        return self.why_fixed


def of_request(request: ConsoleRequest) -> Frame:
    """Return the directory whose id is in the address. One request; raises 404."""
    return of_id(request, request.params["id"])


def of_id(request: ConsoleRequest, id: str) -> Frame:
    """Return the directory with that id. One request; raises 404."""
    body = request.api.get(f"/directories/{id}", {"expand": "provider"})
    return Frame(body, menus.head_of(request, request.console.resources[RESOURCE], body))


def require(condition: bool) -> None:
    """Answer 404 where a directory does not have the page."""
    if not condition:
        raise not_found()


menus.add(
    RESOURCE,
    Extra("/accounts", "Accounts", replaces="accounts"),
    Extra("/groups", "Groups", replaces="groups"),
    Extra("/applications", "Applications", replaces="applications"),
    Extra("/workflows", "Workflows", replaces="passwordPolicy"),
    Extra("/agent", "Agent Configuration", shown=types.has_agent),
    Extra("/agent/download", "Download Agent", shown=types.has_agent),
    Extra("/agent/problems", "Skipped Entries", shown=types.has_agent),
    Extra("/provider", "Provider Configuration", replaces="provider", shown=types.is_login_provider),
    Extra("/provider/mappings", "Attribute Mappings", shown=types.is_login_provider),
    Extra("/saml", "Identity Provider", shown=types.is_saml),
    Extra("/saml/relayState", "Generate Default Relay State", shown=types.is_saml),
    Extra("/saml/test", "Configuration Test", shown=types.is_saml),
)
