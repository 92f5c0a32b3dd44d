"""Why can't this person log in? One page that walks through what a login checks, and says what refuses it.

The accounts and the refusal are those of the login itself (``authentication.diagnosis``); the API tells the
rest. No password is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from stormpath.server.authentication import diagnosis
from stormpath.server.authentication.diagnosis import Candidate, Facts
from stormpath.server.console import labels
from stormpath.server.console.declared.kinds import title_of
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.accounts import frames, ways
from stormpath.server.console.views.accounts.checks import Step, steps_of
from stormpath.server.console.views.accounts.verdicts import Verdict, verdict_of
from stormpath.server.schema import ENABLED
from stormpath.server.schema.errors import not_found

Json = dict[str, Any]

QUESTION: Final = "Why can't this person log in?"

#: The longest login name that is looked for.
LONGEST: Final = 512

#: Accounts of the name, and organizations, that are read one by one.
_MOST_READ: Final = 3


class Store(NamedTuple):
    """An account store of the application, and what it has of the name."""

    priority: int
    title: str
    page: str
    kind: str
    status: str
    has: str
    decides: bool


@dataclass(slots=True)
class Diagnosis:
    """What the page shows of one application and one name."""

    application: Json
    login: str
    facts: Facts
    stores: list[Store] = field(default_factory=list)
    more_stores: int = 0
    steps: list[Step] = field(default_factory=list)
    verdict: Verdict | None = None


def of_application(request: ConsoleRequest) -> None:
    """Ask for a login name of an application; show what decides about it."""
    _, body, head = frames.frame(request, "application")
    login = request.query.get("login", "")[:LONGEST]
    found = _diagnose(request, body, login, None) if login.strip() else None
    request.render(
        "accounts/diagnosis.html",
        {**head, "question": gettext(QUESTION), "login": login, "found": found, "names": [], "choices": []},
    )


def of_account(request: ConsoleRequest) -> None:
    """Show what decides about logins of an account, to one of the applications that it can use."""
    path, body, head = frames.frame(request, "account")
    choices = ways.applications_of(request, path)
    chosen = request.query.get("application", "") or (choices[0][0] if choices else "")
    names = list(dict.fromkeys([body["username"], body["email"]]))
    login = request.query.get("login", "")
    login = login if login in names else names[0]
    found = None
    if chosen:
        if not frames.is_id(chosen):
            raise not_found()
        found = _diagnose(request, request.api.get(f"/applications/{chosen}"), login, body)
    if chosen and chosen not in {id for id, _, _ in choices}:
        choices = [(chosen, found.application["name"] if found else "", ""), *choices]
    nowhere = Verdict(
        gettext(
            "No application has this account in its account stores: map its directory, or one of its groups, "
            "to an application."
        ),
        request.page_of(body["directory"]["href"]),
        gettext("Directory"),
    )
    request.render(
        "accounts/diagnosis.html",
        {
            **head,
            "question": gettext(QUESTION),
            "login": login,
            "found": found,
            "names": names,
            "choices": choices,
            "chosen": chosen,
            "nowhere": None if chosen else nowhere,
        },
    )


def _diagnose(request: ConsoleRequest, application: Json, login: str, account: Json | None) -> Diagnosis:
    """Walk through what a login with that name checks. ``account`` is whose login it should be."""
    id = frames.id_of(application)
    facts = diagnosis.facts_of(request.current.context, id, login)
    found = Diagnosis(application, login, facts)
    mappings, size = ways.mappings_of(request, f"/applications/{id}")
    found.more_stores = size - len(mappings)
    accounts = _accounts(request, facts, account)
    found.stores = [_store(request, each, facts, accounts, account) for each in mappings]
    refusal = diagnosis.refusal_of(request.current.context, id, facts)
    first = accounts.get(facts.candidates[0].account_id) if facts.candidates else None
    found.steps = steps_of(request, application, facts, first)
    found.verdict = verdict_of(request, application, refusal, first, account, facts, mappings)
    if refusal is None and first is not None and found.verdict.is_free:
        step, found.verdict = _linked(request, found, first, found.verdict)
        found.steps += [step] if step else []
    return found


def _accounts(request: ConsoleRequest, facts: Facts, account: Json | None) -> dict[str, Json]:
    """Return the first accounts of the name, by their ids."""
    known = {} if account is None else {frames.id_of(account): account}
    for id in list(dict.fromkeys(each.account_id for each in facts.candidates))[:_MOST_READ]:
        if id not in known:
            known[id] = request.api.get(f"/accounts/{id}")
    return known


def _store(
    request: ConsoleRequest, mapping: Json, facts: Facts, accounts: Mapping[str, Json], account: Json | None
) -> Store:
    store = mapping["accountStore"]
    kind = request.console.kind_at(store["href"]) or "directory"
    here = [each for each in facts.candidates if each.list_index == mapping["listIndex"]]
    titles = [_title(accounts, each, account) for each in here[:_MOST_READ]]
    return Store(
        priority=int(mapping["listIndex"]) + 1,
        title=title_of(kind, store),
        page=request.page_of(store["href"]),
        kind=labels.singular(kind),
        status=str(store.get("status", "")),
        has=", ".join(titles),
        decides=bool(here) and here[0] == facts.candidates[0],
    )


def _title(accounts: Mapping[str, Json], candidate: Candidate, account: Json | None) -> str:
    if account is not None and candidate.account_id == frames.id_of(account):
        return gettext("this account")
    body = accounts.get(candidate.account_id)
    name = candidate.account_id if body is None else title_of("account", body)
    return name if account is None else gettext("another account: %(title)s", title=name)


def _linked(
    request: ConsoleRequest, found: Diagnosis, account: Json, verdict: Verdict
) -> tuple[Step | None, Verdict]:
    """Return where account linking leads to, and what it refuses."""
    mapping = found.application.get("defaultAccountStoreMapping")
    if found.facts.candidates[0].linking_status != ENABLED or not mapping:
        return None, verdict
    path = request.api.path_of(mapping["href"])
    store = request.api.get(path, {"expand": "accountStore"})["accountStore"]
    default = store["directory"]["href"] if "directory" in store else store["href"]
    if default == account["directory"]["href"]:
        return None, verdict
    items = request.api.get(f"{request.api.path_of(account['href'])}/linkedAccounts", {"limit": 100})["items"]
    linked = next((each for each in items if each["directory"]["href"] == default), None)
    if linked is None:
        text = gettext("Account linking is on, and the account has no link into the default directory yet.")
        return Step("plain", text), verdict
    title, page = title_of("account", linked), request.page_of(linked["href"])
    text = gettext("Account linking is on: the login leads to the linked account %(title)s.", title=title)
    if linked["status"] == ENABLED:
        return Step("plain", text, page, title), verdict
    why = gettext(
        "The login leads to the linked account %(title)s, which is %(status)s: enable that account, or "
        "unlink it.",
        title=title,
        status=labels.word(linked["status"]).lower(),
    )
    return Step("bad", text, page, title), Verdict(why, page, title)


PAGES: Final = (
    Page("/accounts/{id}/diagnosis", of_account, None, section="accounts"),
    Page("/applications/{id}/diagnosis", of_application, None, section="applications"),
)
