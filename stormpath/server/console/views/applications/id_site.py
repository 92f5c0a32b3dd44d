"""The hosted login pages of the tenant."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.console.declared import details
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema.errors import not_found


def lead(request: ConsoleRequest) -> None:
    """Lead to the page of the tenant's ID site: each tenant has one."""
    found = request.api.get(f"/tenants/{request.tenant['id']}/idSites", {"limit": 1})["items"]
    if not found:
        raise not_found()
    request.redirect(request.api.path_of(found[0]["href"]))


def show(request: ConsoleRequest) -> None:
    """Show the settings."""
    resource = request.console.resources["idSite"]
    _render(request, resource, details.read(request, resource, _path(request)))


def save(request: ConsoleRequest) -> None:
    """Save what was changed."""
    details.change(request, request.console.resources["idSite"], _path(request), _render)


def _path(request: ConsoleRequest) -> str:
    return f"/idSites/{request.params['id']}"


def _render(request: ConsoleRequest, resource: Any, body: Any, **more: Any) -> None:
    details.show(
        request,
        resource,
        body,
        template="applications/id_site.html",
        grouped=grouped,
        **more,
    )


def grouped(found: list[Field]) -> list[tuple[str, list[Field]]]:
    """Return the fields under the headings of the page; those of new attributes under the last one."""
    by_name = {each.name: each for each in found}

    def taken(*names: str) -> list[Field]:
        return [by_name.pop(name) for name in names if name in by_name]

    return [
        (gettext("Address"), taken("domainName", "tlsPublicCert", "tlsPrivateKey")),
        (gettext("Pages"), taken("gitRepoUrl", "gitBranch", "logoUrl")),
        (gettext("Applications"), taken("authorizedOriginUris", "authorizedRedirectUris")),
        (gettext("Sessions"), taken("sessionTti", "sessionTtl", "sessionCookiePersistent")),
        (gettext("More"), list(by_name.values())),
    ]


PAGES: Final = (
    Page("/idSite", lead, section="idSite"),
    # A list of one.
    Page("/idSites", lead, section="idSite"),
    Page("/idSites/{id}", show, save, section="idSite"),
)
