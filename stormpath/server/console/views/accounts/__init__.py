"""The pages of accounts and groups that are more than their declarations tell."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.console.declared import menus
from stormpath.server.console.declared.menus import Extra
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.views import api_keys
from stormpath.server.console.views.accounts import (
    creation,
    details,
    diagnosis,
    factors,
    frames,
    group_applications,
    group_creation,
    links,
    lists,
    members,
    memberships,
    passwords,
    tokens,
)

menus.add(
    "account",
    Extra("/groups", "Groups", replaces="groups"),
    Extra("/applications", "Applications", replaces="applications"),
    Extra("/tokens", "OAuth Tokens", replaces="accessTokens"),
    Extra("/links", "Linked Accounts", replaces="linkedAccounts"),
    Extra("/factors", "Factors", replaces="factors"),
    Extra("/password", "Change Password"),
    Extra("/diagnosis", diagnosis.QUESTION),
)
menus.add(
    "group",
    Extra("/accounts", "Accounts", replaces="accounts"),
    Extra("/applications", "Applications", replaces="applications"),
)
menus.add("application", Extra("/diagnosis", diagnosis.QUESTION))


def _account(request: ConsoleRequest) -> str:
    return f"/accounts/{request.params['id']}"


def _head(request: ConsoleRequest) -> dict[str, Any]:
    return frames.frame(request, "account")[2]


PAGES: Final = (
    *api_keys.pages_for("/accounts/{id}/apiKeys", _account, _head, "accounts"),
    *(
        page
        for module in (
            lists,
            creation,
            details,
            memberships,
            tokens,
            links,
            factors,
            passwords,
            diagnosis,
            group_creation,
            members,
            group_applications,
        )
        for page in module.PAGES
    ),
)
