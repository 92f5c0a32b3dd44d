"""The one sentence at the end of a diagnosis: which rule refuses the login, and what to do where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from stormpath.server.authentication.diagnosis import BIND, Facts
from stormpath.server.console import labels, templating
from stormpath.server.console.declared.kinds import title_of
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.accounts import frames
from stormpath.server.schema.errors import ApiError, Code

Json = dict[str, Any]


class Verdict(NamedTuple):
    """A sentence with a link to the page where the cause is removed; ``is_free`` if nothing refuses."""

    text: str
    page: str
    link: str
    is_free: bool = False


#: What the application itself refuses.
_OF_APPLICATION: Final[Mapping[Any, str]] = {
    Code.APPLICATION_DISABLED: "The application is disabled, so it lets no one in: enable it.",
    Code.APPLICATION_WITHOUT_STORES: (
        "The application has no account stores, so it knows no one: map a directory."
    ),
    Code.ORGANIZATION_WITHOUT_STORES: (
        "The organizations that are mapped have no account stores: map a directory to one of them."
    ),
    Code.LOGIN_UNKNOWN: (
        "No account store of the application has an account with this name: look for a typing mistake, "
        "create the account, or map the directory that has it."
    ),
    Code.LOGIN_ORGANIZATION_DISABLED: (
        "The organization through which the account gets in is disabled: enable it."
    ),
}

#: What is wrong with the account or its directory, by what the login answers.
_OF_ACCOUNT: Final[Mapping[Any, str]] = {
    Code.LOGIN_WRONG_PASSWORD: "The account has no password, so no password is right: set one.",
    Code.AGENT_NOT_CONNECTED: (
        "The agent of the directory tries this account's password, and is not connected: run the agent."
    ),
    Code.LOGIN_DIRECTORY_DISABLED: "The directory of the account is disabled: enable it.",
    Code.LOGIN_GROUP_DISABLED: (
        "The group through which the account gets in is disabled: enable the group, or map the directory."
    ),
    Code.LOGIN_ACCOUNT_UNVERIFIED: (
        "The account is unverified: its owner has to follow the link in the verification e-mail. Send it "
        "again, or enable the account."
    ),
}


def verdict_of(
    request: ConsoleRequest,
    application: Json,
    refusal: ApiError | None,
    first: Json | None,
    account: Json | None,
    facts: Facts,
    mappings: list[Json],
) -> Verdict:
    """Return what refuses the login.

    ``first`` is the account that the login compares, ``account`` the one whose login it should be.
    """
    code = None if refusal is None else refusal.code
    if code == Code.APPLICATION_DISABLED:
        return Verdict(gettext(_OF_APPLICATION[code]), *_application(request, application))
    if account is not None and first is not None and first["href"] != account["href"]:
        return _another(request, application, first, account)
    if code == Code.LOGIN_UNKNOWN and account is not None:
        return _not_found(request, application, account, mappings)
    if code in _OF_APPLICATION:
        return Verdict(gettext(_OF_APPLICATION[code]), *_application(request, application))
    if code is None and first is not None and facts.candidates[0].scheme == BIND:
        text = gettext(
            "Nothing refuses this login here: with the password of the directory's own server it succeeds, "
            "if that lets the person in."
        )
        return Verdict(text, *_agent(request, first), is_free=True)
    if code is None and first is not None:
        page = f"{request.page_of(first['href'])}/password"
        text = gettext(
            "Nothing refuses this login: with the right password it succeeds. If the person does not have "
            "it, change the password."
        )
        return Verdict(text, page, gettext("Change Password"), is_free=True)
    if first is None or code is None:
        text = gettext(
            "Logins with this name are refused: %(why)s", why=refusal.developer_message if refusal else ""
        )
        return Verdict(text, *_application(request, application))
    return _of_account(request, code, first, facts, refusal)


def _of_account(
    request: ConsoleRequest, code: Code, first: Json, facts: Facts, refusal: ApiError | None
) -> Verdict:
    page, title = request.page_of(first["href"]), title_of("account", first)
    if code == Code.TOO_MANY_REQUESTS:
        text = gettext(
            "Too many wrong passwords were tried: logins are refused until %(time)s. A new password lets the "
            "person in at once.",
            time=templating.moment(facts.refused_until),
        )
        return Verdict(text, f"{page}/password", gettext("Change Password"))
    if code == Code.LOGIN_ACCOUNT_DISABLED:
        status = labels.word(first["status"]).lower()
        return Verdict(gettext("The account is %(status)s: enable it.", status=status), page, title)
    ways: dict[Any, Callable[[], tuple[str, str]]] = {
        Code.LOGIN_WRONG_PASSWORD: lambda: (f"{page}/password", gettext("Change Password")),
        Code.LOGIN_ACCOUNT_UNVERIFIED: lambda: (
            f"{page}/verificationEmail",
            gettext("Resend Verification Email"),
        ),
        Code.LOGIN_GROUP_DISABLED: lambda: (f"{page}/groups", gettext("Groups")),
        Code.LOGIN_DIRECTORY_DISABLED: lambda: (
            request.page_of(first["directory"]["href"]),
            gettext("Directory"),
        ),
        Code.AGENT_NOT_CONNECTED: lambda: _agent(request, first),
    }
    text = _OF_ACCOUNT.get(code, refusal.developer_message if refusal else "")
    target = ways.get(code)
    return Verdict(gettext(text), *(target() if target else (page, title)))


def _application(request: ConsoleRequest, application: Json) -> tuple[str, str]:
    return request.page_of(application["href"]), title_of("application", application)


def _agent(request: ConsoleRequest, account: Json) -> tuple[str, str]:
    return f"{request.page_of(account['directory']['href'])}/agent", gettext("Agent")


def _another(request: ConsoleRequest, application: Json, first: Json, account: Json) -> Verdict:
    text = gettext(
        "Another account with the same name decides: %(title)s is in an account store with an earlier "
        "priority, so its password is the one that is compared. Change the order of the account stores, or "
        "one of the names.",
        title=title_of("account", first),
    )
    return Verdict(
        text, f"{request.page_of(application['href'])}/accountStoreMappings", gettext("Account Stores")
    )


def _not_found(request: ConsoleRequest, application: Json, account: Json, mappings: list[Json]) -> Verdict:
    """Return why none of the application's stores has the account under this name."""
    source = frames.source_of(request, account["directory"])
    if source and not account["passwordModifiedAt"]:
        text = gettext(
            "The account comes from %(source)s: this person logs in there, not with a name here.",
            source=source,
        )
        return Verdict(text, request.page_of(account["directory"]["href"]), gettext("Directory"))
    own = account["directory"]["href"]
    for each in mappings:
        store = each["accountStore"]
        if store.get("directory", {}).get("href") == own:
            text = gettext(
                "The application maps the group %(group)s of the account's directory, and the account is not "
                "in it: add it to the group, or map the directory.",
                group=store["name"],
            )
            return Verdict(text, f"{request.page_of(account['href'])}/groups", gettext("Groups"))
    text = gettext(
        "No account store of the application has this account: map its directory, or one of its groups, to "
        "it."
    )
    return Verdict(
        text, f"{request.page_of(application['href'])}/accountStoreMappings", gettext("Account Stores")
    )
