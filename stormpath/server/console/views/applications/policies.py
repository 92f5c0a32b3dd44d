"""The policies of an application or an organization on one page: account linking, OAuth, SAML."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from stormpath.server.console.declared import menus
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.applications import sections
from stormpath.server.console.views.applications.sections import Json, Section

#: By the kind of the owner, its links to policies.
_POLICIES: Final = {
    "application": ("accountLinkingPolicy", "oAuthPolicy", "samlPolicy"),
    "organization": ("accountLinkingPolicy",),
}


def show(kind: str, request: ConsoleRequest) -> None:
    """Show the policies. A request for the owner with its policies, and one for the endpoint of SAML."""
    body = _read(request, kind)
    _render(kind, body, request, _sections(request, kind, body))


def save(kind: str, request: ConsoleRequest) -> None:
    """Save the policy whose form was sent."""
    body = _read(request, kind)
    sections.save(request, _sections(request, kind, body), partial(_render, kind, body))


def _read(request: ConsoleRequest, kind: str) -> Json:
    path = f"/{request.console.resources[kind].plural}/{request.params['id']}"
    return request.api.get(path, {"expand": ",".join(_POLICIES[kind])})


def _sections(request: ConsoleRequest, kind: str, body: Json) -> list[Section]:
    resources = request.console.resources
    found = [
        Section(
            gettext("Account Linking"),
            resources["accountLinkingPolicy"],
            body["accountLinkingPolicy"],
            gettext("What a login does with the other accounts of the same person."),
        )
    ]
    if kind == "application":
        about = gettext("How long the tokens of a login are valid.")
        found.append(Section(gettext("OAuth"), resources["oAuthPolicy"], body["oAuthPolicy"], about))
        found.append(_saml(request, body["samlPolicy"]))
    return found


def _saml(request: ConsoleRequest, policy: Json) -> Section:
    provider = request.api.get(policy["serviceProvider"]["href"])
    found = Section(
        gettext("SAML"),
        request.console.resources["samlServiceProvider"],
        provider,
        gettext("Where the browsers of people are sent for a login at an identity provider."),
    )
    login = gettext("This application as an identity provider for other services")
    found.links.append((login, request.page_of(policy["identityProvider"]["href"])))
    return found


def _render(
    kind: str, body: Json, request: ConsoleRequest, shown: list[Section], *, status: int = 200, **more: Any
) -> None:
    head = menus.head_of(request, request.console.resources[kind], body)
    values = {**head, "heading": gettext("Policies"), "sections": shown, "about": "", **more}
    request.render("applications/sections.html", values, status=status)


PAGES: Final = tuple(
    Page(f"/{plural}/{{id}}/policies", partial(show, kind), partial(save, kind), section=plural)
    for kind, plural in (("application", "applications"), ("organization", "organizations"))
)
