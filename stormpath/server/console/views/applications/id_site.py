"""The hosted login pages of the tenant."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.console.declared import details
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.schema.errors import not_found

#: The fields in the order in which people think of them; what is not named here comes last.
_GROUPS: Final = (
    ("Address", ("domainName", "tlsPublicCert", "tlsPrivateKey")),
    ("Pages", ("gitRepoUrl", "gitBranch", "logoUrl")),
    ("Applications", ("authorizedOriginUris", "authorizedRedirectUris")),
    ("Sessions", ("sessionTti", "sessionTtl", "sessionCookiePersistent")),
)


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
    """Return the fields under the headings of the page."""
    by_name = {each.name: each for each in found}
    groups = [
        (gettext(title), [by_name.pop(name) for name in names if name in by_name]) for title, names in _GROUPS
    ]
    return [*groups, (gettext("More"), list(by_name.values()))]


PAGES: Final = (
    Page("/idSite", lead, section="idSite"),
    # A list of one.
    Page("/idSites", lead, section="idSite"),
    Page("/idSites/{id}", show, save, section="idSite"),
)
