"""What a login checks, one by one, as sentences with links to the pages where each is changed."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from stormpath.server.authentication.diagnosis import BIND, Candidate, Facts
from stormpath.server.console import labels, templating
from stormpath.server.console.declared.kinds import title_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.domain.outbox import DEAD, EMAIL
from stormpath.server.schema import ENABLED
from stormpath.server.schema.email_kinds import VERIFICATION

Json = dict[str, Any]

#: The latest e-mails to an address that are looked at.
_MOST_MAILS: Final = 5


class Step(NamedTuple):
    """One thing that was looked at: ``kind`` is ``good``, ``bad`` or ``plain``."""

    kind: str
    text: str
    page: str = ""
    link: str = ""


def steps_of(request: ConsoleRequest, application: Json, facts: Facts, first: Json | None) -> list[Step]:
    """Return what was looked at. ``first`` is the account that the login compares."""
    steps = [_status(request, gettext("application"), application["name"], application)]
    if first is None:
        return [*steps, Step("bad", gettext("No account store has an account with this name."))]
    candidate = facts.candidates[0]
    title = title_of("account", first)
    page = request.page_of(first["href"])
    steps.append(
        Step(
            "plain",
            gettext("The first store that has the name decides: %(title)s.", title=title),
            page,
            title,
        )
    )
    for text, status in (
        (gettext("organization"), candidate.organization_status),
        (gettext("directory"), candidate.directory_status),
        (gettext("group"), candidate.group_status),
    ):
        if status is not None:
            sentence = gettext("The %(what)s is %(status)s.", what=text, status=labels.word(status).lower())
            steps.append(Step("good" if status == ENABLED else "bad", sentence))
    steps.append(_status(request, gettext("account"), title, first))
    is_bound = candidate.scheme == BIND
    steps.append(_agent(request, facts, first) if is_bound else _password(request, candidate, first))
    if facts.refused_until is None:
        text = gettext("There were not too many wrong passwords in the last minutes.")
        steps.append(Step("good", text))
    else:
        until = templating.moment(facts.refused_until)
        steps.append(
            Step("bad", gettext("Too many wrong passwords: logins are refused until %(time)s.", time=until))
        )
    steps += _verification(request, first)
    steps.append(_factors(request, first))
    return steps


def _status(request: ConsoleRequest, what: str, title: str, body: Json) -> Step:
    status = body["status"]
    text = gettext(
        "The %(what)s %(title)s is %(status)s.", what=what, title=title, status=labels.word(status).lower()
    )
    return Step("good" if status == ENABLED else "bad", text, request.page_of(body["href"]), title)


def _password(request: ConsoleRequest, candidate: Candidate, account: Json) -> Step:
    page = f"{request.page_of(account['href'])}/password"
    if not candidate.scheme:
        return Step("bad", gettext("The account has no password."), page, gettext("Change Password"))
    text = gettext(
        "The account has a password, changed %(time)s.", time=templating.moment(account["passwordModifiedAt"])
    )
    if candidate.scheme in ("bcrypt", "stormpath2", "stormpath1") or candidate.scheme.startswith("{"):
        text += " " + gettext(
            "Its hash was imported (%(scheme)s): the first login renews it.", scheme=candidate.scheme
        )
    return Step("good", text, page, gettext("Change Password"))


def _agent(request: ConsoleRequest, facts: Facts, account: Json) -> Step:
    """Return what is known of the agent that tries the account's password."""
    page = f"{request.page_of(account['directory']['href'])}/agent"
    agent = facts.agent
    if facts.is_agent_connected:
        text = gettext("The directory's agent tries this account's password, and is connected.")
    elif agent is None or agent.last_seen_at is None:
        text = gettext("The directory's agent tries this account's password, and has never been connected.")
    else:
        text = gettext(
            "The directory's agent tries this account's password, and is offline since %(time)s.",
            time=templating.moment(agent.last_seen_at),
        )
    if agent is not None and agent.status_reason:
        text += " " + gettext("It says: %(reason)s", reason=agent.status_reason)
    return Step("good" if facts.is_agent_connected else "bad", text, page, gettext("Agent"))


def _verification(request: ConsoleRequest, account: Json) -> list[Step]:
    """Return what is known of the verification e-mail of an account that is not verified."""
    if account["status"] != "UNVERIFIED":
        return []
    page = request.page_of(account["href"])
    since = templating.moment(account["createdAt"])
    if account.get("emailVerificationToken"):
        text = gettext(
            "The address %(email)s waits to be verified: a link was issued.", email=account["email"]
        )
    else:
        text = gettext(
            "The address %(email)s is not verified, and no link is waiting.", email=account["email"]
        )
    text += " " + gettext("The account was created %(time)s.", time=since)
    steps = [Step("bad", text, f"{page}/verificationEmail", gettext("Resend Verification Email"))]
    return [*steps, *_mails(request, account)]


def _mails(request: ConsoleRequest, account: Json) -> list[Step]:
    """Return what became of the latest verification e-mails to the account: what the mail server answered."""
    with request.current.context.read() as unit:
        found = unit.tenant_messages.entries(channel=EMAIL, address=account["email"], limit=_MOST_MAILS)
    steps = []
    for each in found:
        if each.account_id != frames.id_of(account) or each.kind != VERIFICATION:
            continue
        state = labels.word(each.state).lower()
        text = gettext(
            "The verification e-mail of %(time)s: %(state)s.",
            time=templating.moment(each.created_at),
            state=state,
        )
        if each.last_error:
            text += " " + gettext("The mail server answered: %(answer)s", answer=each.last_error)
        kind = "bad" if each.state == DEAD or each.last_error else "plain"
        steps.append(Step(kind, text, request.url(f"/outbox/{each.id}"), gettext("Outbox")))
    return steps


def _factors(request: ConsoleRequest, account: Json) -> Step:
    path = request.api.path_of(account["href"])
    query = {"status": ENABLED, "verificationStatus": "VERIFIED", "limit": 1}
    size = int(request.api.get(f"{path}/factors", query)["size"])
    if not size:
        return Step("good", gettext("No second factor is asked for."))
    text = ngettext(
        "The account has %(number)s verified factor: an application that asks for it does so after the "
        "password.",
        "The account has %(number)s verified factors: an application that asks for one does so after the "
        "password.",
        size,
    )
    return Step("plain", text, request.url(f"{path}/factors"), gettext("Factors"))
