"""Rate limits on messages: how many may be caused in an hour for one address, one account, one directory.

A limit must protect people from floods and not be one more way to shut them out. So each purpose of messages
has a budget of its own; a directory that is flooded still sends to accounts that got nothing so far; and
where a budget has a reserve, one more message goes out now and then beyond the limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from stormpath.server.domain.context import MessageLimits, RequestContext
from stormpath.server.domain.outbox import MessageCount
from stormpath.server.domain.storage import Unit
from stormpath.server.jobs import limit_log
from stormpath.server.schema.errors import ApiError, Code

WINDOW_MS: Final = 60 * 60 * 1000

#: Beyond the limit of an address or an account with a reserve, one more message is sent so long after the
#: last one, or later where the limit itself is less than one in that time.
RESERVE_MS: Final = 5 * 60 * 1000

#: A directory beyond its limit sends so many times as many, to accounts that got none in the last hour.
HARD_BOUND: Final = 2

#: How far the clocks of two machines may differ. A message further ahead was counted before a clock was put
#: back. It is not counted any more, or it could not be said when the next one is sent.
SKEW_MS: Final = 60 * 1000


@dataclass(frozen=True, slots=True)
class Budget:
    """How many messages of one purpose there may be.

    ``purpose`` is part of every stored digest: another text would begin all counts anew. ``noun`` is what
    refusals call the messages, ``address`` what they call their addresses.
    """

    purpose: str
    limits: MessageLimits
    channel: str
    noun: str
    address: str
    has_reserve: bool


class Recipient(NamedTuple):
    """To whom a message goes: an e-mail address or a phone number, in one spelling; account and directory."""

    address: str
    account_id: str
    directory_id: str


class _Reached(NamedTuple):
    """A limit that is reached: on what, its key, how many that is, and until when it lasts."""

    what: str
    key: str
    limit: int
    until: int


def refusal(
    context: RequestContext, unit: Unit, budget: Budget, recipient: Recipient, kind: str
) -> ApiError | None:
    """Return the error for one more message of that kind to one who got too many, or ``None``.

    It costs one statement a limit, whether that is reached or not. Where the account is locked, its number is
    exact. Requests for different accounts at the very same moment do not see each other's messages, and an
    address or a directory may get a few more than its number.
    """
    now = context.now_ms()
    # By one reading of the clock: what is over at the present moment would not be, a millisecond earlier.
    reached = [
        each for each in _reached(unit, budget, keys(context, budget, recipient), now) if each.until > now
    ]
    if not reached:
        return None
    # A caller that comes back when the last of them has room again is not refused by another one.
    last = max(reached, key=lambda each: each.until)
    for each in reached:
        what = f"{kind} {budget.noun}"
        limit_log.report(unit.tenant_id, each.key, each.what, each.limit, what, recipient, now)
    seconds = -(-(last.until - now) // 1000)
    return ApiError(
        Code.TOO_MANY_REQUESTS,
        f"Too many {budget.noun} were sent. Please try again later.",
        f"The {last.what} got {last.limit} {budget.noun} of this kind within an hour, which is the limit: "
        f"the next one can be asked for in {seconds} seconds.",
        retry_after=seconds,
    )


def look(context: RequestContext, unit: Unit, budget: Budget, recipient: Recipient) -> list[_Reached]:
    """Return the limits that have been reached, some of them over by now; a limit of 0 costs no statement."""
    return list(_reached(unit, budget, keys(context, budget, recipient), context.now_ms()))


def count(
    context: RequestContext,
    unit: Unit,
    budget: Budget,
    recipient: Recipient,
    entry_id: str,
    created_at: int | None = None,
) -> None:
    """Count a message; it counts for an hour, also when the account is deleted."""
    now = context.now_ms()
    created_at = now if created_at is None else created_at
    of_recipient = keys(context, budget, recipient)
    counted = MessageCount(entry_id, *of_recipient, created_at=created_at, channel=budget.channel)
    unit.outbox.count(counted, purge_before=now - WINDOW_MS)


def keys(context: RequestContext, budget: Budget, recipient: Recipient) -> tuple[str, str, str]:
    """Return digests of a message's address, account and directory, each for the budget of its purpose."""

    def digest(text: str) -> str:
        return context.secrets.digest(text.encode(errors="surrogatepass"), budget.purpose)

    return digest(recipient.address), digest(recipient.account_id), digest(recipient.directory_id)


def _reached(unit: Unit, budget: Budget, of_recipient: tuple[str, str, str], now: int) -> Iterator[_Reached]:
    limits = budget.limits
    address, of_account, directory = of_recipient

    def latest(column: str, key: str, *numbers: int) -> tuple[int | None, ...]:
        return unit.outbox.latest(column, key, numbers, now - WINDOW_MS, now + SKEW_MS)

    last_of_any = 0
    for what, limit, column, key in (
        ("account", limits.account, "account_key", of_account),
        (budget.address, limits.address, "address_key", address),
    ):
        if limit == 0 == limits.directory:
            continue
        last, nth = latest(column, key, 1, max(limit, 1))
        last_of_any = max(last_of_any, last or 0)
        if limit and last is not None and nth is not None:
            until = nth + WINDOW_MS
            if budget.has_reserve:
                until = min(until, last + max(RESERVE_MS, WINDOW_MS // limit))
            yield _Reached(what, key, limit, until)
    if limits.directory:
        nth, hard = latest("directory_key", directory, limits.directory, HARD_BOUND * limits.directory)
        if hard is not None:
            yield _Reached("directory", directory, HARD_BOUND * limits.directory, hard + WINDOW_MS)
        elif nth is not None:
            # An account that got nothing in the last hour is not above its fair share.
            until = min(nth, last_of_any) + WINDOW_MS if last_of_any else now
            yield _Reached("directory", directory, limits.directory, until)
