"""Rate limits on e-mails: how many may be caused in an hour for one address, one account, one directory.

A limit must protect people from floods and not be one more way to shut them out. So each kind of e-mail has a
budget of its own; a person who opens a link begins a fresh one; beyond the limit an e-mail still goes out now
and then; and a directory that is flooded still sends to accounts that got nothing so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.outbox import EmailCount
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import limit_log
from stormpath.server.mail.mailboxes import counted_mailbox
from stormpath.server.schema import ids
from stormpath.server.schema.email_kinds import RESET, VERIFICATION, WELCOME
from stormpath.server.schema.errors import ApiError, Code

WINDOW_MS: Final = 60 * 60 * 1000

#: Beyond the limit of an address or an account, one more e-mail is sent so long after the last one, or later
#: where the limit itself is less than one in that time.
RESERVE_MS: Final = 5 * 60 * 1000

#: A directory beyond its limit sends so many times as many, to accounts that got none in the last hour.
HARD_BOUND: Final = 2

#: How far the clocks of two machines may differ. An e-mail further ahead was counted before a clock was put
#: back. It is not counted any more, or it could not be said when the next e-mail is sent.
SKEW_MS: Final = 60 * 1000

#: The budget of each kind of e-mail; those that report something share one.
_BUDGETS: Final = {VERIFICATION: "registration", WELCOME: "registration", RESET: "reset"}
_NOTICES: Final = "notice"


class _Reached(NamedTuple):
    """A limit that is reached: on what, its key, how many that is, and until when it lasts."""

    what: str
    key: str
    limit: int
    until: int


def refusal(context: RequestContext, unit: Unit, account: Row, kind: str) -> ApiError | None:
    """Return the error for one more e-mail to an account that got too many, or ``None``.

    It costs one statement a limit, whether that is reached or not. Where the account is locked, its number is
    exact. Requests for different accounts at the very same moment do not see each other's e-mails, and an
    address or a directory may get a few more than its number.
    """
    now = context.now_ms()
    reached = [each for each in _reached(context, unit, account, kind, now) if each.until > now]
    if not reached:
        return None
    # A caller that comes back when the last of them has room again is not refused by another one.
    last = max(reached, key=lambda each: each.until)
    for each in reached:
        limit_log.report(unit.tenant_id, each.key, each.what, each.limit, kind, account, now)
    seconds = -(-(last.until - now) // 1000)
    return ApiError(
        Code.TOO_MANY_REQUESTS,
        "Too many e-mails were sent. Please try again later.",
        f"The {last.what} got {last.limit} e-mails of this kind within an hour, which is the limit: "
        f"the next one can be asked for in {seconds} seconds.",
        retry_after=seconds,
    )


def count(context: RequestContext, unit: Unit, account: Row, kind: str, entry_id: str) -> None:
    """Count an e-mail to an account; it counts for an hour, also when the account is deleted."""
    now = context.now_ms()
    address, of_account, directory = _keys(context, account, kind)
    unit.outbox.count(EmailCount(entry_id, address, of_account, directory, now), purge_before=now - WINDOW_MS)


def pretend(context: RequestContext, unit: Unit, directory_id: str, kind: str) -> None:
    """Do the work of ``refusal`` for an account of the directory that got no e-mail."""
    list(_reached(context, unit, _unknown(directory_id), kind, context.now_ms()))


def write_decoy(context: RequestContext, unit: Unit, kind: str, entry_id: str) -> None:
    """Write a count that no limit reads and that is soon deleted: the same work as ``count``."""
    keys = _keys(context, _unknown(ids.new_token()), kind)
    # As old as can be: the oldest are deleted first.
    unit.outbox.count(EmailCount(entry_id, *keys, created_at=0), context.now_ms() - WINDOW_MS)


def _unknown(directory_id: str) -> Row:
    return {"id": ids.new_token(), "email": f"{ids.new_token()}@example.com", "directory_id": directory_id}


def link_was_used(context: RequestContext, unit: Unit, account: Row, kind: str) -> None:
    """Begin a fresh budget: the account's owner has used a link in an e-mail of that kind.

    A stranger who causes e-mails does not get to read them, and so never does that.
    """
    address, of_account, _ = _keys(context, account, kind)
    unit.outbox.uncount(address, of_account)


def _reached(context: RequestContext, unit: Unit, account: Row, kind: str, now: int) -> Iterator[_Reached]:
    """Yield the limits that have been reached; a limit of 0 costs no statement."""
    limits = context.mail_limits
    address, of_account, directory = _keys(context, account, kind)

    def latest(column: str, key: str, *numbers: int) -> tuple[int | None, ...]:
        return unit.outbox.latest(column, key, numbers, now - WINDOW_MS, now + SKEW_MS)

    last_of_any = 0
    for what, limit, column, key in (
        ("account", limits.account, "account_key", of_account),
        ("address", limits.address, "address_key", address),
    ):
        if limit == 0 == limits.directory:
            continue
        last, nth = latest(column, key, 1, max(limit, 1))
        last_of_any = max(last_of_any, last or 0)
        if limit and last is not None and nth is not None:
            reserve = max(RESERVE_MS, WINDOW_MS // limit)
            yield _Reached(what, key, limit, min(nth + WINDOW_MS, last + reserve))
    if limits.directory:
        nth, hard = latest("directory_key", directory, limits.directory, HARD_BOUND * limits.directory)
        if hard is not None:
            yield _Reached("directory", directory, HARD_BOUND * limits.directory, hard + WINDOW_MS)
        elif nth is not None:
            # An account that got nothing in the last hour is not above its fair share.
            until = min(nth, last_of_any) + WINDOW_MS if last_of_any else now
            yield _Reached("directory", directory, limits.directory, until)


def _keys(context: RequestContext, account: Row, kind: str) -> tuple[str, str, str]:
    """Return digests of an e-mail's mailbox, account and directory, each for the budget of its kind."""
    # The purpose is part of every stored digest: another text would begin all counts anew.
    purpose = f"mail caps: {_BUDGETS.get(kind, _NOTICES)}"

    def digest(text: str) -> str:
        return context.secrets.digest(text.encode(errors="surrogatepass"), purpose)

    return digest(counted_mailbox(account["email"])), digest(account["id"]), digest(account["directory_id"])
