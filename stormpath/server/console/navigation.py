"""The main tabs, and the menu of the tenant."""

from __future__ import annotations

from typing import Final, NamedTuple

from stormpath.server.console.texts import gettext


class Place(NamedTuple):
    """An entry: the section that it stands for (or none), its label, and its path below the root."""

    section: str
    text: str
    path: str

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return gettext(self.text)


#: In the order in which they are shown.
SECTIONS: Final = (
    Place("home", "Home", "/"),
    Place("applications", "Applications", "/applications"),
    Place("organizations", "Organizations", "/organizations"),
    Place("directories", "Directories", "/directories"),
    Place("groups", "Groups", "/groups"),
    Place("accounts", "Accounts", "/accounts"),
    Place("agents", "Agents", "/agents"),
    Place("idSite", "ID Site", "/idSite"),
)

#: Below the name of the own account, and above the logout.
TENANT_MENU: Final = (
    Place("", "Account Admin", "/me"),
    Place("", "My Api Keys", "/me/apiKeys"),
    Place("", "Manage Tenant Admins", "/admins"),
    Place("", "Tenant", "/tenant"),
    Place("", "Mail Servers", "/smtpServers"),
    Place("", "Outbox", "/outbox"),
    Place("", "Security Events", "/events"),
    Place("", "Who is logged in", "/tokens"),
    Place("", "Limits", "/limits"),
    Place("", "QuickStart", "/quickstart"),
)
