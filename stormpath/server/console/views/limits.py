"""Every limit of the service on one page: its number, how much of it is in use, and how it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from stormpath.server.console import limit_use
from stormpath.server.console.limit_use import MESSAGE_LIMITS, MessageUse
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.domain import challenges
from stormpath.server.domain.guesses import WINDOW_MS
from stormpath.server.domain.storage import Unit
from stormpath.server.logs.security import Event
from stormpath.server.outbound import client as outbound
from stormpath.server.outbound import slots, urls
from stormpath.server.rest import body_limits, paging, search
from stormpath.server.schema import json_text, query
from stormpath.server.security import hash_threads
from stormpath.server.settings import SETTINGS, variable_of

Json = dict[str, Any]

#: So many of the latest refused logins are looked at.
_LATEST: Final = 200


#: Limits that belong to rules, which the console does not know: their names in the service ``rule_limits``.
CUSTOM_DATA_BYTES: Final = "custom data bytes"
PROVIDER_BYTES: Final = "provider bytes"
PROVIDER_SECONDS: Final = "provider seconds"


class Limit(NamedTuple):
    """A limit: what it bounds, its number (``None`` for no limit), its setting, and what is in use."""

    text: str
    number: str | None
    setting: str = ""
    used: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that changes it; empty for one that is fixed."""
        return variable_of(self.setting) if self.setting else ""


class Section(NamedTuple):
    """Limits of one subject."""

    title: str
    about: str
    limits: list[Limit]


def show(request: ConsoleRequest) -> None:
    """Show the limits."""
    refused = _refused(request)
    with request.current.context.read() as unit:
        numbers, used = limit_use.messages_in_use(unit, request)
        sections = [
            _passwords(request, unit),
            _messages(request, numbers, used),
            _hashes(request),
            _requests(request),
            _outbound(request),
            _database(request),
        ]
        names = unit.console_reads.names("account", refused)
    shown = [{"id": id, "name": names[id], "at": at} for id, at in refused.items() if id in names]
    request.render("limits/page.html", sections=sections, used=used, refused=shown)


def _passwords(request: ConsoleRequest, unit: Unit) -> Section:
    now, counters = request.current.context.now_ms(), ""
    if request.console.settings.redis_url is None:
        found = unit.console_reads.guess_counters(now)
        highest = found[0].wrong if found else 0
        counters = gettext("highest count now: %(number)s", number=highest)
    else:
        counters = gettext("counted in Redis")
    return Section(
        gettext("Wrong passwords"),
        gettext("In five minutes, from the first wrong one. Another password begins a fresh count."),
        [
            _of_setting(request, gettext("For one account or login name"), "guesses_per_account", counters),
            _of_setting(request, gettext("From one address of end users"), "guesses_per_address"),
            _of_setting(request, gettext("By one calling API key"), "guesses_per_key"),
            Limit(gettext("For one challenge of a second factor, in all"), str(challenges.MOST_WRONG)),
        ],
    )


def _messages(request: ConsoleRequest, numbers: dict[str, int], used: list[MessageUse]) -> Section:
    highest: dict[str, int] = {}
    for each in used:
        highest[each.setting] = max(each.messages, highest.get(each.setting, 0))
    limits = []
    for channel, names in MESSAGE_LIMITS.items():
        for what, setting in names.items():
            in_use = (
                gettext("highest count now: %(number)s", number=highest[setting])
                if setting in highest
                else gettext("%(number)s messages in all", number=numbers.get(channel, 0))
            )
            limits.append(_of_setting(request, limit_use.text_of(channel, what), setting, in_use))
    return Section(gettext("Messages"), gettext("In an hour."), limits)


def _hashes(request: ConsoleRequest) -> Section:
    return Section(
        gettext("Passwords at work"),
        gettext("In one process. Beyond these, logins are answered with 503 for a moment."),
        [
            _of_setting(request, gettext("Hashes that are computed at a time"), "hash_slots"),
            Limit(gettext("Hashes that wait, in all"), str(hash_threads.WAITING)),
            Limit(gettext("Hashes that wait for one account"), str(hash_threads.WAITING_FOR_ONE)),
            Limit(gettext("Seconds for which one waits"), f"{hash_threads.PATIENCE:g}"),
            _of_setting(request, gettext("Cost of imported bcrypt hashes"), "max_bcrypt_cost"),
            _of_setting(request, gettext("Links of an account to others"), "max_links"),
        ],
    )


def _requests(request: ConsoleRequest) -> Section:
    return Section(
        gettext("Requests"),
        "",
        [
            Limit(gettext("Bytes of a body"), f"{body_limits.USUAL:,}"),
            _of_setting(
                request, gettext("Bytes of a body with custom data, certificates or templates"), "max_body"
            ),
            Limit(
                gettext("Bytes of the custom data of one resource"),
                f"{_fixed(request, CUSTOM_DATA_BYTES):,.0f}",
            ),
            Limit(gettext("Values in a body"), f"{json_text.MAX_VALUES:,}"),
            Limit(gettext("Levels in a body"), str(json_text.MAX_DEPTH)),
            Limit(gettext("Characters of a query"), f"{query.MAX_QUERY:,}"),
            Limit(gettext("Parameters of a query"), str(query.MAX_PARAMETERS)),
            Limit(gettext("Characters of a text that is searched for"), f"{search.MAX_TEXT:,}"),
            Limit(gettext("Attributes that a list is ordered by"), str(paging.MAX_ORDERS)),
            Limit(gettext("Filters of custom data"), str(paging.MAX_CUSTOM_FILTERS)),
            _of_setting(request, gettext("Seconds of age of a signed request"), "signature_window"),
        ],
    )


def _outbound(request: ConsoleRequest) -> Section:
    return Section(
        gettext("Requests to other systems"),
        gettext("Those that the service sends for a tenant, to providers for example."),
        [
            Limit(gettext("Seconds of a request, with its redirects"), f"{outbound.SECONDS:g}"),
            Limit(gettext("Bytes that are sent or received"), f"{outbound.MOST_BYTES:,}"),
            Limit(gettext("Redirects that a GET follows"), str(outbound.MOST_REDIRECTS)),
            Limit(gettext("Characters of a URL"), f"{urls.LONGEST:,}"),
            Limit(gettext("Requests of a process at a time"), str(slots.MOST)),
            Limit(gettext("Requests of one tenant at a time"), str(slots.MOST_OF_ONE)),
            Limit(
                gettext("Bytes of an answer of a social provider"), f"{_fixed(request, PROVIDER_BYTES):,.0f}"
            ),
            Limit(
                gettext("Seconds after which a login at a provider begins no request"),
                f"{_fixed(request, PROVIDER_SECONDS):g}",
            ),
        ],
    )


def _database(request: ConsoleRequest) -> Section:
    return Section(
        gettext("The database"),
        "",
        [
            _of_setting(request, gettext("Connections of a process"), "database_connections"),
            _of_setting(request, gettext("Seconds of a statement"), "statement_timeout"),
            _of_setting(
                request, gettext("Security events of one kind of the tenant"), "security_events_per_kind"
            ),
            _of_setting(request, gettext("Days for which they are stored"), "security_events_days"),
        ],
    )


def _fixed(request: ConsoleRequest, name: str) -> float:
    found: Mapping[str, float] = request.console.services["rule_limits"]
    return found[name]


def _of_setting(request: ConsoleRequest, text: str, setting: str, used: str = "") -> Limit:
    value = getattr(request.console.settings, setting)
    # 0 lifts those limits of which it is the least value.
    is_lifted = not value and SETTINGS[setting].least == (0, "no limit")
    number = f"{value:,g}" if isinstance(value, float) else f"{value:,}"
    return Limit(text, None if is_lifted else number, setting, used)


def _refused(request: ConsoleRequest) -> dict[str, int]:
    """Return the accounts whose logins were refused in the last five minutes because too many had failed.

    By id, with the time of the latest refusal. It takes a connection of its own: open no unit around it.
    """
    now, stored = request.current.context.now_ms(), request.console.services["security_events"]
    found: dict[str, int] = {}
    for event in (Event.LOGIN_LIMITED, Event.FACTOR_LIMITED):
        for each in stored.events(request.tenant["id"], event=event.value, limit=_LATEST):
            if each.account_id and now - each.at < WINDOW_MS:
                found[each.account_id] = max(each.at, found.get(each.account_id, 0))
    return found


PAGES: Final = (Page("/limits", show),)
