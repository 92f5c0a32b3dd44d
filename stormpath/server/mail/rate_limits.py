"""Rate limits on e-mails: how many may be caused in an hour for one address, one account, one directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.outbox import EmailCount
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import mime
from stormpath.server.schema.errors import ApiError, Code

WINDOW_MS: Final = 60 * 60 * 1000

#: How far the clocks of two machines may differ. An e-mail further ahead was counted before a clock was put
#: back. It is not counted any more, or it could not be said when the next e-mail is sent.
SKEW_MS: Final = 60 * 1000


def check(context: RequestContext, unit: Unit, account: Row) -> None:
    """Refuse to cause another e-mail to an account for which there were too many in the last hour.

    The account is locked, so for it the number is exact. Requests for different accounts at the very same
    moment do not see each other's e-mails, and an address or a directory may get a few more than its number.
    """
    now = context.now_ms()
    reached = [
        (earlier + WINDOW_MS, what, limit)
        for what, limit, column, value in _limits(context, account)
        if limit > 0
        and (earlier := unit.outbox.nth_latest(column, value, limit, now - WINDOW_MS, now + SKEW_MS))
    ]
    if not reached:
        return
    # A caller that comes back when the last of them has room again is not refused by another one.
    until, what, limit = max(reached)
    seconds = -(-(until - now) // 1000)
    raise ApiError(
        Code.TOO_MANY_REQUESTS,
        "Too many e-mails were sent. Please try again later.",
        f"The {what} got {limit} e-mails within an hour, which is as many as the service sends: "
        f"the next one can be asked for in {seconds} seconds.",
        retry_after=seconds,
    )


def count(context: RequestContext, unit: Unit, account: Row, entry_id: str) -> None:
    """Count an e-mail to an account; it counts for an hour, also when the account is deleted."""
    now = context.now_ms()
    address, of_account, directory = _keys(context, account)
    unit.outbox.count(EmailCount(entry_id, address, of_account, directory, now), purge_before=now - WINDOW_MS)


def _limits(context: RequestContext, account: Row) -> Iterator[tuple[str, int, str, str]]:
    limits = context.mail_limits
    address, of_account, directory = _keys(context, account)
    yield "account", limits.account, "account_key", of_account
    yield "address", limits.address, "address_key", address
    yield "directory", limits.directory, "directory_key", directory


def _keys(context: RequestContext, account: Row) -> tuple[str, str, str]:
    """Return digests of an e-mail's mailbox, account and directory."""

    def digest(text: str) -> str:
        # The purpose is part of every stored digest: another text would begin all counts anew.
        return context.secrets.digest(text.encode(errors="surrogatepass"), "mail caps")

    return digest(mime.mailbox(account["email"])), digest(account["id"]), digest(account["directory_id"])
