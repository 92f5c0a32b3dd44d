"""What needs the attention of administrators: what has failed, or soon will, and the page to repair it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from stormpath.server.console import limit_use
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.templating import moment
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.domain.outbox import DEAD, PENDING
from stormpath.server.domain.overview import Overview
from stormpath.server.domain.security_events import DAY_MS
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.security import certificates

#: A certificate that expires in less is told of.
SOON_MS: Final = 30 * DAY_MS

#: A message that has waited for so long is late.
LATE_MS: Final = 10 * 60 * 1000

#: How many things of one kind are named; of more, the rest is a number.
MOST_NAMED: Final = 5

#: Of failing messages that wait, how many of the latest are looked at.
_LOOKED_AT: Final = 20

_LONGEST_ANSWER: Final = 200


#: Returns the kinds and rows of what lets administrators log in besides the service itself.
OpenPlaces = Callable[[Unit], list[tuple[str, Row]]]


class Item(NamedTuple):
    """One thing to see to: a sentence, what more is known of it, and the page (below the root) to go to."""

    text: str
    path: str
    link: str
    detail: str = ""


def items(request: ConsoleRequest, overview: Overview) -> list[Item]:
    """Return what needs attention, the most urgent first. Its cost does not grow with the tenant."""
    found: list[Item] = []
    with request.current.context.read() as unit:
        found += _agents(unit)
        found += _messages(request, unit, overview)
        found += _limits(request, unit)
        found += _certificates(request, unit)
        found += _administrators(request, unit)
    return found


def _agents(unit: Unit) -> Iterator[Item]:
    found = unit.console_reads.agents_in_trouble(MOST_NAMED + 1)
    for each in found[:MOST_NAMED]:
        text = (
            gettext("The agent of %(name)s has trouble with its server.")
            if each.status == "ERROR"
            else gettext("The agent of %(name)s is offline: its directory is not synchronized.")
        )
        detail = each.reason or ""
        yield Item(text % {"name": each.directory}, f"/agents/{each.id}", gettext("Agent"), detail)
    if len(found) > MOST_NAMED:
        yield Item(gettext("More agents are offline or have trouble."), "/agents", gettext("Agents"))


def _messages(request: ConsoleRequest, unit: Unit, overview: Overview) -> Iterator[Item]:
    if overview.dead_messages:
        last = unit.tenant_messages.entries(state=DEAD, limit=1)
        text = ngettext(
            "%(number)s message could not be sent and was given up.",
            "%(number)s messages could not be sent and were given up.",
            overview.dead_messages,
        )
        answer = (last[0].last_error or "") if last else ""
        yield Item(text, "/outbox?state=DEAD", gettext("Outbox"), answer[:_LONGEST_ANSWER])
    now = request.current.context.now_ms()
    if overview.oldest_due is not None and now - overview.oldest_due > LATE_MS:
        failing = unit.tenant_messages.entries(state=PENDING, limit=_LOOKED_AT)
        answer = next((each.last_error for each in failing if each.last_error), None) or ""
        yield Item(
            gettext("Messages wait to be sent since %(time)s.", time=moment(overview.oldest_due)),
            "/outbox?state=PENDING",
            gettext("Outbox"),
            answer[:_LONGEST_ANSWER] or gettext("No mail server has refused them: is there a sender?"),
        )


def _limits(request: ConsoleRequest, unit: Unit) -> Iterator[Item]:
    _, used = limit_use.messages_in_use(unit, request)
    for each in used[:MOST_NAMED]:
        text = (
            gettext("A limit is reached: %(what)s.")
            if each.is_reached
            else gettext("A limit is nearly reached: %(what)s.")
        )
        detail = gettext("%(messages)s of %(limit)s in an hour", messages=each.messages, limit=each.limit)
        yield Item(text % {"what": each.text}, "/limits", gettext("Limits"), detail)


def _certificates(request: ConsoleRequest, unit: Unit) -> Iterator[Item]:
    now = request.current.context.now_ms()
    expiring = []
    for each in unit.console_reads.certificates():
        ends_at = _ends_at(each.pem)
        if ends_at is not None and ends_at - now < SOON_MS:
            expiring.append((ends_at, each))
    expiring.sort(key=lambda each: each[0])
    shown = expiring[:MOST_NAMED]
    names = unit.console_reads.names("directory", [each.id for _, each in shown if each.resource != "idSite"])
    for ends_at, each in shown:
        what = gettext("ID Site") if each.resource == "idSite" else names.get(each.id, each.id)
        text = (
            gettext("The certificate of %(name)s has expired.")
            if ends_at <= now
            else gettext("The certificate of %(name)s expires soon.")
        )
        is_site = each.resource == "idSite"
        path = f"/idSites/{each.id}" if is_site else f"/directories/{each.id}/provider"
        yield Item(text % {"name": what}, path, gettext("Certificate"), moment(ends_at))
    if len(expiring) > len(shown):
        number = len(expiring) - len(shown)
        yield Item(
            ngettext(
                "%(number)s more certificate expires soon or has expired.",
                "%(number)s more certificates expire soon or have expired.",
                number,
            ),
            "/directories",
            gettext("Directories"),
        )


# Few change: a page of Home need not parse those again that the one before has parsed.
@lru_cache(maxsize=1024)
def _ends_at(pem: str) -> int | None:
    return certificates.first_expiry(pem)


def _administrators(request: ConsoleRequest, unit: Unit) -> Iterator[Item]:
    open_places: OpenPlaces = request.console.services["open_places"]
    for kind, row in open_places(unit)[:MOST_NAMED]:
        plural = "applications" if kind == "application" else "organizations"
        yield Item(
            gettext(
                "Administrators can log in to %(name)s, and their passwords be tried and reset there.",
                name=row["name"],
            ),
            f"/{plural}/{row['id']}/accountStoreMappings",
            gettext("Account Stores"),
        )
