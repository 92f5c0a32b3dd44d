"""Home: what there is, how it develops, and what needs attention."""

from __future__ import annotations

from typing import Final

from stormpath.server.console import attention, charts, labels
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views import quickstart
from stormpath.server.domain.security_events import Counted, day_of

_COUNTED: Final = ("application", "directory", "organization", "group", "account")

#: How many days the charts may have, and the number without being asked.
DAYS: Final = (30, 90)


def show(request: ConsoleRequest) -> None:
    """Show the overview: its cost is the same for a small tenant and a large one."""
    services, tenant_id = request.console.services, request.tenant["id"]
    with request.current.context.read() as unit:
        sizes = unit.console_reads.sizes()
    counts = [
        {
            "label": labels.plural(name),
            "size": sizes[name],
            "url": request.url(f"/{request.console.resources[name].plural}"),
        }
        for name in _COUNTED
    ]
    days = next((each for each in DAYS if request.query.get("days") == str(each)), DAYS[0])
    today = day_of(request.current.context.now_ms())
    daily = services["security_events"].daily(tenant_id, today - days + 1)
    overview = services["overview"](tenant_id)
    request.render(
        "home.html",
        counts=counts,
        charts=charts.charts(_labels(), daily, today - days + 1, today),
        days=days,
        choices=DAYS,
        attention=attention.items(request, overview),
        languages=quickstart.LANGUAGES,
    )


def _labels() -> dict[str, str]:
    return {
        Counted.REGISTRATIONS: gettext("Registrations"),
        Counted.LOGINS_SUCCEEDED: gettext("Logins"),
        Counted.LOGINS_FAILED: gettext("Failed logins"),
        Counted.RESETS: gettext("Password resets"),
        Counted.EMAILS_SENT: gettext("E-mails sent"),
        Counted.EMAILS_FAILED: gettext("E-mails that failed"),
    }


PAGES: Final = (Page("/", show, section="home"),)
