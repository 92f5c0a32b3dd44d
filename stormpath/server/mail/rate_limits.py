"""How many e-mails may be caused in an hour: for one address, one account, one directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import (
    EmailCount,
    Row,
    Unit,
)
from stormpath.server.mail import mime
from stormpath.server.schema.errors import (
    ApiError,
    Code,
)

WINDOW_MS: Final = 60 * 60 * 1000

#: How far the clocks of two machines may differ. What lies further ahead was made before a clock was put
#: back; it counts for nothing, or nobody could say when the next e-mail is sent.
SKEW_MS: Final = 60 * 1000


def check(context: RequestContext, unit: Unit, account: Row) -> None:
    """Refuse to cause another e-mail to an account for which there were too many in the last hour.

    The account is locked, so for it the number is exact. Requests for different accounts at the very same
    moment do not see each other's e-mails, and an address or a directory may get a few more than its number.
    """
    now = context.now_ms()
    full = [
        (earlier + WINDOW_MS, what, cap)
        for what, cap, column, value in _capped(context, account)
        if cap > 0
        and (earlier := unit.nth_latest_mailing(column, value, cap, now - WINDOW_MS, now + SKEW_MS))
    ]
    if not full:
        return
    # Whoever comes back when the last of them has room again is not refused by another one.
    until, what, cap = max(full)
    seconds = -(-(until - now) // 1000)
    raise ApiError(
        Code.TOO_MANY_REQUESTS,
        "Too many e-mails were sent. Please try again later.",
        f"The {what} got {cap} e-mails within an hour, which is as many as the service sends: "
        f"the next one can be asked for in {seconds} seconds.",
        retry_after=seconds,
    )


def count(context: RequestContext, unit: Unit, account: Row, message_id: str) -> None:
    """Count an e-mail to an account; it counts for an hour, also when the account is deleted."""
    now = context.now_ms()
    address, of_account, directory = _keys(context, account)
    mailing = EmailCount(message_id, address, of_account, directory, now)
    unit.add_mailing(mailing, forget_before=now - WINDOW_MS)


def _capped(context: RequestContext, account: Row) -> Iterator[tuple[str, int, str, str]]:
    caps = context.mail_limits
    address, of_account, directory = _keys(context, account)
    yield "account", caps.account, "account_key", of_account
    yield "address", caps.address, "address_key", address
    yield "directory", caps.directory, "directory_key", directory


def _keys(context: RequestContext, account: Row) -> tuple[str, str, str]:
    """Return whom an e-mail is for: digests of the mailbox, the account and the directory."""

    def digest(text: str) -> str:
        return context.secrets.digest(text.encode(errors="surrogatepass"), "mail caps")

    return digest(mime.mailbox(account["email"])), digest(account["id"]), digest(account["directory_id"])
