"""Directories of every kind: their pages, their providers and agents, their workflows."""

from __future__ import annotations

from functools import partial
from typing import Final

from stormpath.server.console.page import Page, View
from stormpath.server.console.views.directories import (
    agent_installation,
    agent_synchronization,
    agents,
    applications,
    creation,
    details,
    listing,
    mappings,
    messages,
    mirror_problems,
    policies,
    provider,
    saml,
    workflows,
)
from stormpath.server.console.views.directories.mails import CREATION, MAILS, PASSWORD_RESET

__all__ = ["PAGES", "listing"]

_ONE: Final = "/directories/{id}"


def _page(path: str, get: View | None, post: View | None = None) -> Page:
    return Page(path, get, post, section="directories")


def _of_mails() -> list[Page]:
    """Return the pages of each e-mail; their paths have no parameter but the id."""
    found = []
    for mail in MAILS:
        path = f"{_ONE}{mail.suffix}"
        found += [
            _page(path, partial(messages.show, mail), partial(messages.change, mail)),
            _page(f"{path}/preview", partial(messages.preview, mail), partial(messages.preview_draft, mail)),
            _page(f"{path}/test", partial(messages.show_test, mail), partial(messages.send_test, mail)),
        ]
    return found


PAGES: Final = (
    _page("/directories/new", creation.ask, creation.create),
    _page(_ONE, details.show, details.change),
    _page(f"{_ONE}/passwordStrength", details.show, details.change_strength),
    _page(f"{_ONE}/applications", applications.show),
    _page(f"{_ONE}/provider", provider.show, provider.change),
    _page(f"{_ONE}/provider/secret", provider.ask_secret, provider.show_secret),
    _page(f"{_ONE}/provider/mappings", mappings.show, mappings.change),
    _page(f"{_ONE}/saml", saml.show),
    _page(f"{_ONE}/saml/relayState", saml.ask_relay_state, saml.make_relay_state),
    _page(f"{_ONE}/saml/test", saml.test),
    _page(f"{_ONE}/agent", agents.show_of_directory, agents.change_of_directory),
    _page(f"{_ONE}/agent/download", agent_installation.show, agent_installation.download),
    _page(f"{_ONE}/agent/key", agent_installation.ask_key, agent_installation.replace_key),
    _page(f"{_ONE}/agent/synchronization", None, agent_synchronization.begin),
    _page(
        f"{_ONE}/agent/deletions", agent_synchronization.ask_deletions, agent_synchronization.allow_deletions
    ),
    _page(f"{_ONE}/agent/problems", mirror_problems.show),
    _page(f"{_ONE}/workflows", workflows.show),
    _page(f"{_ONE}/workflows/{CREATION}", workflows.show, workflows.change),
    _page(f"{_ONE}/workflows/{PASSWORD_RESET}", workflows.show, workflows.change),
    *_of_mails(),
    _page("/accountCreationPolicies/{id}", policies.show_creation, policies.change_creation),
    _page("/schemas/{id}", policies.show_schema, policies.change_schema),
    Page("/agents", agents.show_all, section="agents"),
    Page("/agents/{id}", agents.show, agents.change, section="agents"),
)
