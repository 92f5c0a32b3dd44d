"""The pages of the console: a module for each group of special ones; the others are declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.server.console.declared import exports
from stormpath.server.console.declared.pages import declared_pages
from stormpath.server.console.page import Page
from stormpath.server.console.views import (
    accounts,
    admins,
    api_keys,
    applications,
    directories,
    events,
    forgotten,
    home,
    invitations,
    limits,
    login,
    login_factor,
    login_link,
    outbox,
    own_account,
    own_factors,
    own_sessions,
    quickstart,
    registration,
    rest,
    search,
    session,
    static,
    tenant,
    tokens,
)

if TYPE_CHECKING:
    from stormpath.server.console.app import Console

#: Modules with ``PAGES``.
_MODULES = (
    accounts,
    admins,
    api_keys,
    applications,
    directories,
    events,
    exports,
    forgotten,
    home,
    invitations,
    limits,
    login,
    login_factor,
    login_link,
    outbox,
    own_account,
    own_factors,
    own_sessions,
    quickstart,
    registration,
    rest,
    search,
    session,
    static,
    tenant,
    tokens,
)


def pages(console: Console) -> list[Page]:
    """Return every page, each path once: a special page takes the place of a declared one."""
    found: dict[str, Page] = {}
    for page in [*(each for module in _MODULES for each in module.PAGES), *declared_pages(console)]:
        known = found.get(page.path)
        if known is None:
            found[page.path] = page
        elif known.get is None or known.post is None:
            found[page.path] = Page(
                page.path, known.get or page.get, known.post or page.post, known.public, known.section
            )
    return list(found.values())
