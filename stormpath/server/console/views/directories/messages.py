"""The editor of one e-mail: its switch, its sender, its texts, a preview beside them, and a test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from stormpath.server.console.declared import code, details, fields
from stormpath.server.console.declared.code import Code
from stormpath.server.console.declared.fields import Field
from stormpath.server.console.declared.problems import Problems, problems_of, sentence
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import forms, frame, test_mails, workflows
from stormpath.server.console.views.directories.frame import Frame
from stormpath.server.console.views.directories.mails import Mail
from stormpath.server.console.views.directories.test_mails import TestMail
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]

_RESOURCE: Final = "emailTemplate"
_LABELS: Final = frozenset({"name", "description"})


def show(mail: Mail, request: ConsoleRequest) -> None:
    """Show the editor."""
    found = frame.of_request(request)
    _show(request, mail, found, *_read(request, mail, found))


def change(mail: Mail, request: ConsoleRequest) -> None:
    """Save the texts, then the switch, which cannot be refused."""
    found = frame.of_request(request)
    policy, template = _read(request, mail, found)
    if why := found.why_no_workflows:
        _show(request, mail, found, policy, template, Problems(general=[why]), status=400)
        return
    resource = request.console.resources[_RESOURCE]
    changed = fields.values(_attributes(request), request.form, details.opened_texts(request))
    if "as_code" in request.form:
        shown = code.update(resource, template["href"], changed)
        _show(request, mail, found, policy, template, as_code=shown)
        return
    try:
        if changed:
            request.api.post(template["href"], changed)
        status = request.form.get("status", "")
        if status and status != policy[mail.status]:
            request.api.post(policy["href"], {mail.status: status})
    except ApiError as error:
        problems = problems_of(error, _fields(request, mail, template))
        _show(request, mail, found, policy, template, problems, status=error.status)
        return
    request.redirect(f"{found.path}{mail.suffix}", gettext("Saved."))


def preview(mail: Mail, request: ConsoleRequest) -> None:
    """Answer with the document that the frame beside the editor shows: the e-mail as it is stored."""
    found = frame.of_request(request)
    _, template = _read(request, mail, found)
    _send_preview(request, template, {})


def preview_draft(mail: Mail, request: ConsoleRequest) -> None:
    """Answer with the document for what was typed, which is not stored."""
    found = frame.of_request(request)
    _, template = _read(request, mail, found)
    _send_preview(request, template, _draft(request))


def send_test(mail: Mail, request: ConsoleRequest) -> None:
    """Send what was typed to the administrator's own address; the editor stays as it is."""
    found = frame.of_request(request)
    policy, template = _read(request, mail, found)
    if why := found.why_no_workflows:
        _show(request, mail, found, policy, template, Problems(general=[why]), status=400)
        return
    try:
        sent = test_mails.send(request, template, _draft(request))
    except ApiError as error:
        problems = problems_of(error, _fields(request, mail, template))
        if error.retry_after is not None:
            request.resp.set_header("Retry-After", str(error.retry_after))
        _show(request, mail, found, policy, template, problems, status=error.status)
        return
    _show(request, mail, found, policy, template, test=sent)


def show_test(mail: Mail, request: ConsoleRequest) -> None:
    """Show what became of a test."""
    found = frame.of_request(request)
    sent = test_mails.find(request, request.query.get("entry", ""))
    values = {"test": sent, "mail": mail, "mail_path": request.url(f"{found.path}{mail.suffix}")}
    request.render("directories/test_mail.html", {**found.head, **values})


def _read(request: ConsoleRequest, mail: Mail, found: Frame) -> tuple[Json, Json]:
    """Return the policy that switches the e-mail, and its template. Two requests."""
    policy = request.api.get(found.body[mail.policy]["href"])
    return policy, workflows.template_of(request, policy, mail)


def _attributes(request: ConsoleRequest) -> list[Any]:
    resource = request.console.resources[_RESOURCE]
    return [each for each in resource.own if each.updatable and not each.fixed and each.name not in _LABELS]


def _draft(request: ConsoleRequest) -> Json:
    found = fields.values(_attributes(request), request.form)
    # What is empty has a default, or is reported when it is saved.
    return {name: value for name, value in found.items() if value is not None}


def _send_preview(request: ConsoleRequest, template: Json, draft: Json) -> None:
    shown: Json = {"problem": "", "email": None}
    status = 200
    try:
        shown["email"] = request.api.post(f"{template['href']}/preview", draft)
    except ApiError as error:
        if error.status >= 500:
            raise
        shown["problem"], status = sentence(error.text_for_people), error.status
    request.render("directories/preview.html", shown, status=status)
    for name, value in _PREVIEW_HEADERS.items():
        request.resp.set_header(name, value)


#: The document of a preview runs nothing, loads nothing and sends nothing, wherever it is shown: what stands
#: in a template was written by others. It may be framed by this console alone.
_PREVIEW_HEADERS: Final = {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}


def _fields(request: ConsoleRequest, mail: Mail, template: Json) -> list[Field]:
    found = fields.fields_of(request.console.resources[_RESOURCE], template, mail.kind, _LABELS)
    # HTML is typed as code is.
    return [replace(each, kind="json") if each.name == "htmlBody" else each for each in found]


def _show(
    request: ConsoleRequest,
    mail: Mail,
    found: Frame,
    policy: Json,
    template: Json,
    problems: Problems | None = None,
    as_code: Code | None = None,
    test: TestMail | None = None,
    status: int = 200,
) -> None:
    shown = _fields(request, mail, template)
    opened = details.opened_of(shown)
    if request.form:
        shown = forms.with_typed(shown, request.form, problems)
    why_not = found.why_no_workflows
    if why_not:
        shown = [replace(each, readonly=True) for each in shown]
    request.render(
        "directories/message.html",
        {
            **found.head,
            "mail": mail,
            "mail_path": request.url(f"{found.path}{mail.suffix}"),
            "workflows_url": request.url(f"{found.path}/workflows/{mail.workflow}"),
            "status": request.form.get("status", policy[mail.status]),
            "fields": shown,
            "opened": request.form.get("opened", opened),
            "why_not": why_not,
            "own_address": request.administrator["email"],
            "template_rest_url": request.url(f"/rest{request.api.path_of(template['href'])}"),
            "template": template,
            "problems": problems,
            "as_code": as_code,
            "test": test,
        },
        status=status,
    )
