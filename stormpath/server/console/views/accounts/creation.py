"""The form for a new account, in a directory that is chosen first or in that of the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from stormpath.server.console.declared import code, creation, details, fields, pickers
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.declared.kinds import title_of
from stormpath.server.console.declared.problems import Problems, problems_of, sentence
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.console.views.accounts.frames import CLOUD, Json
from stormpath.server.schema import ENABLED
from stormpath.server.schema.errors import ApiError, not_found

#: The option of the API that leaves out the e-mails of a registration.
SUPPRESS: Final = {"registrationWorkflowEnabled": "false"}

#: What the form asks for, whatever the directory's schema requires.
_REQUIRED: Final = ("givenName", "surname")

_CONFIRM: Final = "confirmPassword"
_MAILS: Final = ("verificationEmailStatus", "verificationSuccessEmailStatus", "welcomeEmailStatus")

#: The most groups that are ticked at once.
MOST_GROUPS: Final = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Where the account will be: the path of its directory in the API, its JSON, and the id of a group.

    ``source`` is what a mirrored directory is a copy of. ``sends_mails`` tells whether a workflow is on.
    """

    path: str
    directory: Json
    source: str
    sends_mails: bool
    head: Mapping[str, Any] | None = None
    group: str = ""


def choose(request: ConsoleRequest) -> None:
    """Ask for the directory, unless the address names one."""
    if request.query.get("directory"):
        _ask(request, _named(request))
        return
    request.render(
        "accounts/pick.html", **directory_picker(request, gettext("Create Account"), "/accounts/new")
    )


def directory_picker(request: ConsoleRequest, heading: str, path: str) -> Json:
    """Return the values of a page that asks for a directory in which something is created."""

    def is_mirror(body: Mapping[str, Any]) -> str:
        provider = str(body["provider"].get("providerId", CLOUD))
        return "" if provider == CLOUD else frames.mirrored(frames.PROVIDERS.get(provider, provider))

    picker = pickers.pick(
        request,
        "directory",
        f"/tenants/{request.tenant['id']}/directories",
        columns=("description", "status"),
        expand="provider",
        url_of=lambda id, body: request.url(path, {"directory": id}),
        problem_of=is_mirror,
    )
    about = gettext("Directory: choose the account location first. It cannot be changed afterwards.")
    return {"picker": picker, "heading": heading, "about": about}


def _named(request: ConsoleRequest) -> Place:
    id = request.query["directory"]
    if not frames.is_id(id):
        raise not_found()
    return _place(request, f"/directories/{id}")


def _in_directory(request: ConsoleRequest) -> Place:
    path, _, head = frames.frame(request, "directory")
    return _place(request, path, head)


def _in_group(request: ConsoleRequest) -> Place:
    _, body, head = frames.frame(request, "group")
    return _place(request, request.api.path_of(body["directory"]["href"]), head, request.params["id"])


def _place(
    request: ConsoleRequest, path: str, head: Mapping[str, Any] | None = None, group: str = ""
) -> Place:
    directory = request.api.get(path, {"expand": "provider,accountCreationPolicy"})
    provider = str(directory["provider"]["providerId"])
    policy = directory["accountCreationPolicy"]
    source = "" if provider == CLOUD else frames.PROVIDERS.get(provider, provider)
    sends_mails = any(policy.get(each) == ENABLED for each in _MAILS)
    return Place(path, directory, source, sends_mails, head, group)


def _adjusted(found: list[Field]) -> list[Field]:
    """Return the fields as this form has them: names are required, and the password is typed twice."""
    adjusted = []
    for each in found:
        adjusted.append(replace(each, required=True) if each.name in _REQUIRED else each)
        if each.kind == "password":
            label = gettext("Confirm Password")
            adjusted.append(replace(each, name=_CONFIRM, label=label, about="", required=True))
    return adjusted


def _ask(
    request: ConsoleRequest,
    place: Place,
    problems: Problems | None = None,
    as_code: code.Code | None = None,
    status: int = 200,
) -> None:
    resource = request.console.resources["account"]
    creation.ask(
        resource,
        f"{place.path}/accounts",
        request,
        template="accounts/create.html",
        problems=problems,
        as_code=as_code,
        head=place.head,
        status=status,
        adjust=_adjusted,
        directory=place.directory,
        directory_page=request.page_of(place.directory["href"]),
        refused=frames.mirrored(place.source),
        sends_mails=place.sends_mails,
        suppress=request.form.get("suppress") == "true",
        **_groups(request, place),
    )


def _groups(request: ConsoleRequest, place: Place) -> Json:
    """Return the groups to tick: the first ones that a search finds, and those that are ticked already."""
    if place.group or place.source:
        return {"groups": [], "more_groups": 0, "find": ""}
    find = request.form.get("find", "").strip()[:200]
    ticked = _ticked(request)
    path = request.api.path_of(place.directory["href"])
    body = request.api.get(f"{path}/groups", {"limit": pickers.MOST, "q": find or None})
    groups = [(frames.id_of(each), each["name"], frames.id_of(each) in ticked) for each in body["items"]]
    shown = {id for id, _, _ in groups}
    for id in ticked:
        if id not in shown:
            groups.append((id, request.api.get(f"/groups/{id}")["name"], True))
    return {"groups": groups, "more_groups": int(body["size"]) - len(body["items"]), "find": find}


def _ticked(request: ConsoleRequest) -> list[str]:
    return [each for each in dict.fromkeys(request.form.every("group")) if frames.is_id(each)][:MOST_GROUPS]


def _create(request: ConsoleRequest, place: Place) -> None:
    resource, form = request.console.resources["account"], request.form
    if "find_groups" in form or place.source:
        _ask(request, place, status=409 if place.source else 200)
        return
    body = fields.values([each for each in resource.own if each.creatable], form)
    body = {name: value for name, value in body.items() if value is not None}
    query = SUPPRESS if form.get("suppress") == "true" else None
    api_path = f"{place.path}/accounts"
    if "as_code" in form:
        href = f"{request.console.settings.base_url}{api_path}"
        _ask(request, place, as_code=code.creation(resource, href, details.masked(resource, body), query))
        return
    if (problems := _problems(request, _adjusted(fields.fields_for_creation(resource)))) is not None:
        _ask(request, place, problems, status=400)
        return
    groups = [place.group] if place.group else _ticked(request)
    _check_groups(request, place, groups)
    try:
        made = request.api.post(api_path, body, query)
    except ApiError as error:
        problems = problems_of(error, fields.fields_for_creation(resource))
        _ask(request, place, problems, status=error.status)
        return
    failed = _add_to(request, made, groups)
    done = gettext("%(title)s is created.", title=title_of(resource.name, made))
    request.redirect(request.api.path_of(made["href"]), frames.report(1, failed, done))


def _check_groups(request: ConsoleRequest, place: Place, groups: list[str]) -> None:
    """Refuse groups of another directory before the account is made."""
    for id in groups:
        if request.api.get(f"/groups/{id}")["directory"]["href"] != place.directory["href"]:
            raise not_found()


def _add_to(request: ConsoleRequest, account: Json, groups: list[str]) -> list[tuple[str, str]]:
    failed = []
    for id in groups:
        group = {"href": f"{request.console.settings.base_url}/groups/{id}"}
        try:
            request.api.post("/groupMemberships", {"account": {"href": account["href"]}, "group": group})
        except ApiError as error:
            if error.status >= 500:
                raise
            failed.append((id, sentence(error.text_for_people)))
    return failed


def _problems(request: ConsoleRequest, found: list[Field]) -> Problems | None:
    """Return what is wrong with what this form alone asks for."""
    form = request.form
    wrong = {
        each.name: gettext("%(label)s is required.", label=each.label)
        for each in found
        if each.name in _REQUIRED and not form.get(each.name, "").strip()
    }
    if form.get("password", "") != form.get(_CONFIRM, ""):
        wrong[_CONFIRM] = gettext("The two passwords differ.")
    return Problems(wrong) if wrong else None


def _create_named(request: ConsoleRequest) -> None:
    if not request.query.get("directory"):
        choose(request)
        return
    _create(request, _named(request))


def _pages(path: str, section: str, place_of: Any) -> Page:
    def ask(request: ConsoleRequest) -> None:
        _ask(request, place_of(request))

    def create(request: ConsoleRequest) -> None:
        _create(request, place_of(request))

    return Page(path, ask, create, section=section)


PAGES: Final = (
    Page("/accounts/new", choose, _create_named, section="accounts"),
    _pages("/directories/{id}/accounts/new", "directories", _in_directory),
    _pages("/groups/{id}/accounts/new", "groups", _in_group),
)
