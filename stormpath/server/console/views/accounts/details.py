"""The details of an account: its fields, as far as they can be changed here, and its security credentials."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from stormpath.server.console.declared import details, pages
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.declared.kinds import protection_of
from stormpath.server.console.declared.problems import Problems
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.schema import Resource

Json = dict[str, Any]

#: What the API lets callers change of a copy.
_OF_COPIES: Final = frozenset({"status"})

UNVERIFIED: Final = "UNVERIFIED"

#: What an administrator logs in with, and where the link for a new password goes.
_IDENTITY: Final = ("username", "email")


def is_administrator(account: Json) -> bool:
    """Tell whether an account, with its directory inline, is in the directory of the administrators."""
    return bool(protection_of("directory", account["directory"]))


def is_owner(request: ConsoleRequest, account: Json) -> bool:
    """Tell whether an account owns the tenant."""
    return bool(request.tenant["owner_account_id"] == frames.id_of(account))


def show(request: ConsoleRequest) -> None:
    """Show an account."""
    account = request.console.resources["account"]
    _show(request, account, details.read(request, account, pages.path_of(request, account)))


def _show(request: ConsoleRequest, resource: Resource, body: Json, **more: Any) -> None:
    source = frames.source_of(request, body["directory"])
    owns = is_owner(request, body)

    def adjusted(found: list[Field]) -> list[Field]:
        if source:
            return [replace(each, readonly=each.readonly or each.name not in _OF_COPIES) for each in found]
        return [replace(each, readonly=each.readonly or (owns and each.name == "status")) for each in found]

    details.show(
        request,
        resource,
        body,
        template="accounts/details.html",
        adjust=adjusted,
        mirrored=frames.mirrored(source),
        owns=owns,
        waits=body["status"] == UNVERIFIED,
        needs_proof=is_administrator(body) and not request.is_proved,
        **{**more, **({"can_delete": False} if owns else {})},
    )


def change(request: ConsoleRequest) -> None:
    """Save the form."""
    account = request.console.resources["account"]
    path = pages.path_of(request, account)
    body = details.read(request, account, path)
    is_identity = any(request.form.get(name, body[name]) != body[name] for name in _IDENTITY)
    if "as_code" not in request.form and is_administrator(body) and is_identity and not request.prove():
        text = gettext("Please give your password: this is what an administrator logs in with.")
        _show(request, account, body, problems=Problems(general=[text]), status=400)
        return
    details.change(request, account, path, _show)


def _show_group(request: ConsoleRequest, resource: Resource, body: Json, **more: Any) -> None:
    source = frames.source_of(request, body["directory"])

    def adjusted(found: list[Field]) -> list[Field]:
        can_change = _OF_COPIES if source else {each.name for each in found}
        return [replace(each, readonly=each.readonly or each.name not in can_change) for each in found]

    details.show(
        request,
        resource,
        body,
        template="accounts/group_details.html",
        adjust=adjusted,
        mirrored=frames.mirrored(source),
        **{**more, **({"can_delete": False} if source else {})},
    )


def show_group(request: ConsoleRequest) -> None:
    """Show a group."""
    group = request.console.resources["group"]
    _show_group(request, group, details.read(request, group, pages.path_of(request, group)))


def change_group(request: ConsoleRequest) -> None:
    """Save the form of a group."""
    group = request.console.resources["group"]
    details.change(request, group, pages.path_of(request, group), _show_group)


PAGES: Final = (
    Page("/accounts/{id}", show, change, section="accounts"),
    Page("/groups/{id}", show_group, change_group, section="groups"),
)
