"""The workflows of a directory: their switches, as one page with a form for each."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import frame, mails
from stormpath.server.console.views.directories.frame import Frame
from stormpath.server.console.views.directories.mails import CREATION, MAILS, PASSWORD_RESET
from stormpath.server.schema import DISABLED, ENABLED
from stormpath.server.schema.email_kinds import RESET, VERIFICATION
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]

#: Each workflow's e-mail with a link, whose base URL is set here too.
_LINKED: Final = {
    CREATION: next(each for each in MAILS if each.kind == VERIFICATION),
    PASSWORD_RESET: next(each for each in MAILS if each.kind == RESET),
}


def show(request: ConsoleRequest) -> None:
    """Show both workflows."""
    _show(request, frame.of_request(request), _workflow_of(request))


def change(request: ConsoleRequest) -> None:
    """Save the form of one workflow."""
    found, workflow = frame.of_request(request), _workflow_of(request)
    if why := found.why_no_workflows:
        _show(request, found, workflow, problem=why, status=400)
        return
    try:
        _change_link(request, found, workflow)
        policy = request.api.get(found.body[mails.POLICIES[workflow]]["href"])
        changes = _registration(request) if workflow == CREATION else _reset(request)
        changed = {name: value for name, value in changes.items() if value != policy[name]}
        if changed:
            request.api.post(policy["href"], changed)
    except ApiError as error:
        if error.status >= 500:
            raise
        _show(request, found, workflow, problem=sentence(error.text_for_people), status=error.status)
        return
    request.redirect(request.path, gettext("Saved."))


def template_of(request: ConsoleRequest, policy: Json, mail: mails.Mail) -> Json:
    """Return the one template of an e-mail. One request."""
    found: Json = request.api.get(policy[mail.templates]["href"])["items"][0]
    return found


def _workflow_of(request: ConsoleRequest) -> str:
    return PASSWORD_RESET if request.path.endswith(f"/{PASSWORD_RESET}") else CREATION


def _change_link(request: ConsoleRequest, found: Frame, workflow: str) -> None:
    """Set the base URL of the links: first, because it is what can be refused."""
    mail = _LINKED[workflow]
    policy = request.api.get(found.body[mail.policy]["href"])
    template = template_of(request, policy, mail)
    typed = request.form.get("linkBaseUrl", "").strip()
    if typed and typed != template["defaultModel"]["linkBaseUrl"]:
        request.api.post(template["href"], {"defaultModel": {"linkBaseUrl": typed}})


def _registration(request: ConsoleRequest) -> Json:
    """Return the switches of the e-mails by the two boxes: the welcome, and the two about addresses."""
    is_on = request.form.get("enabled") == "true"
    verifies = is_on and request.form.get("verify") == "true"
    return {
        "welcomeEmailStatus": _status(is_on),
        "verificationEmailStatus": _status(verifies),
        "verificationSuccessEmailStatus": _status(verifies),
    }


def _reset(request: ConsoleRequest) -> Json:
    found: Json = {"resetEmailStatus": _status(request.form.get("enabled") == "true")}
    if hours := request.form.get("resetTokenTtl", "").strip():
        found["resetTokenTtl"] = int(hours) if hours.isdecimal() and len(hours) < 10 else hours
    return found


def _status(is_on: bool) -> str:
    return ENABLED if is_on else DISABLED


def _show(
    request: ConsoleRequest, found: Frame, workflow: str, *, problem: str = "", status: int = 200
) -> None:
    policies = {name: request.api.get(found.body[each]["href"]) for name, each in mails.POLICIES.items()}
    links = {
        name: template_of(request, policies[name], mail)["defaultModel"]["linkBaseUrl"]
        for name, mail in _LINKED.items()
    }
    creation, reset = policies[CREATION], policies[PASSWORD_RESET]
    values: Json = {
        "registration_enabled": ENABLED
        in (creation["welcomeEmailStatus"], creation["verificationEmailStatus"]),
        "verification_required": creation["verificationEmailStatus"] == ENABLED,
        "reset_enabled": reset["resetEmailStatus"] == ENABLED,
        "hours": reset["resetTokenTtl"],
        "links": links,
    }
    if request.form:
        values |= _typed(request, workflow, values)
    request.render(
        "directories/workflows.html",
        {
            **found.head,
            **values,
            "why_not": found.why_no_workflows,
            "opened": workflow if not request.path.endswith("/workflows") else "",
            "problem": problem,
            "mails": {name: _rows(request, found, policies[name], name) for name in mails.POLICIES},
        },
        status=status,
    )


def _rows(request: ConsoleRequest, found: Frame, policy: Json, workflow: str) -> list[Json]:
    return [
        {
            "label": each.label,
            "about": each.about,
            "url": request.url(f"{found.path}{each.suffix}"),
            "status": policy[each.status],
        }
        for each in mails.of_workflow(workflow)
    ]


def _typed(request: ConsoleRequest, workflow: str, shown: Json) -> Json:
    """Return what was typed in the form of one workflow, in place of what is stored."""
    form = request.form
    links = {**shown["links"], workflow: form.get("linkBaseUrl", "")}
    if workflow == CREATION:
        return {
            "registration_enabled": form.get("enabled") == "true",
            "verification_required": form.get("verify") == "true",
            "links": links,
        }
    return {
        "reset_enabled": form.get("enabled") == "true",
        "hours": form.get("resetTokenTtl", ""),
        "links": links,
    }
