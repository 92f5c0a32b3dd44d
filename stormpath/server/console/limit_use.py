"""How much of each limit a tenant uses at present."""

from __future__ import annotations

from typing import Final, NamedTuple

from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.domain.guesses import SKEW_MS
from stormpath.server.domain.outbox import EMAIL, SMS
from stormpath.server.domain.storage import Unit
from stormpath.server.settings import Settings, variable_of

HOUR_MS: Final = 60 * 60 * 1000

#: A limit of which so large a part is used is nearly reached.
NEAR: Final = 0.8

#: The settings of the limits on messages, by channel and by what they are counted for.
MESSAGE_LIMITS: Final = {
    EMAIL: {
        "address": "mails_per_address",
        "account": "mails_per_account",
        "directory": "mails_per_directory",
    },
    SMS: {"address": "sms_per_number", "account": "sms_per_account", "directory": "sms_per_directory"},
}


class MessageUse(NamedTuple):
    """A limit on messages that is nearly reached or reached, and what it is that got so many.

    ``path`` is the page of the account or directory, below the root; empty where it was deleted meanwhile.
    """

    channel: str
    what: str
    setting: str
    limit: int
    messages: int
    path: str

    @property
    def is_reached(self) -> bool:
        """Whether nothing more is sent."""
        return self.messages >= self.limit

    @property
    def text(self) -> str:
        """What it is, for people."""
        return gettext(_TEXTS[self.channel, self.what])

    @property
    def variable(self) -> str:
        """The environment variable that changes the limit."""
        return variable_of(self.setting)


_TEXTS: Final = {
    (EMAIL, "address"): "E-mails of one kind to one address",
    (EMAIL, "account"): "E-mails of one kind to one account",
    (EMAIL, "directory"): "E-mails of one kind to all accounts of a directory",
    (SMS, "address"): "Text messages to one number",
    (SMS, "account"): "Text messages to one account",
    (SMS, "directory"): "Text messages to all accounts of a directory",
}


def text_of(channel: str, what: str) -> str:
    """Return what a limit on messages counts, for people."""
    return gettext(_TEXTS[channel, what])


def messages_in_use(unit: Unit, request: ConsoleRequest) -> tuple[dict[str, int], list[MessageUse]]:
    """Return the numbers of messages in the last hour by channel, and the limits that are nearly reached.

    One statement; where there were more messages than the smallest limit, up to three more for each channel.
    """
    settings, now = request.console.settings, request.current.context.now_ms()
    numbers = unit.tenant_messages.messages_since(now - HOUR_MS)
    found: list[MessageUse] = []
    for channel, names in MESSAGE_LIMITS.items():
        near = {what: _near(settings, name) for what, name in names.items()}
        if not any(0 < each <= numbers.get(channel, 0) for each in near.values()):
            continue
        for each in unit.tenant_messages.reached_limits(near, now - HOUR_MS, now + SKEW_MS, channel):
            name = names[each.what]
            path = f"/accounts/{each.account_id}" if each.account_id else ""
            if each.what == "directory":
                path = f"/directories/{each.directory_id}" if each.directory_id else ""
            limit = int(getattr(settings, name))
            found.append(MessageUse(channel, each.what, name, limit, each.messages, path))
    return numbers, found


def _near(settings: Settings, name: str) -> int:
    limit = int(getattr(settings, name))
    return max(1, int(limit * NEAR)) if limit else 0
