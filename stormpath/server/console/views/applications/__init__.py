"""Applications and organizations: creation, account stores, policies, and where account stores are used."""

from __future__ import annotations

from typing import Final

from stormpath.server.console.declared import menus
from stormpath.server.console.declared.menus import Extra
from stormpath.server.console.views.applications import (
    account_stores,
    client_api,
    creation,
    groups,
    id_site,
    mapping,
    policies,
    uses,
)

_POLICIES: Final = Extra("/policies", "Policies", replaces="accountLinkingPolicy")

menus.add(
    "application",
    Extra("/accountStores", "Account Stores (Login Sources)", replaces="accountStoreMappings"),
    _POLICIES,
    Extra("/clientApi", "Client API", replaces="webConfig"),
)
menus.add(
    "organization",
    Extra("/accountStores", "Account Stores", replaces="accountStoreMappings"),
    _POLICIES,
    Extra("/applications", "Applications"),
)

PAGES: Final = (
    *creation.PAGES,
    *account_stores.PAGES,
    *mapping.PAGES,
    *groups.PAGES,
    *policies.PAGES,
    *client_api.PAGES,
    *uses.PAGES,
    *id_site.PAGES,
)
