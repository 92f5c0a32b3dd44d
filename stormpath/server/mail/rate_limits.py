"""Rate limits on e-mails: the budget of each kind (``jobs/rate_limits.py``).

A person who opens a link begins a fresh budget, and beyond the limit an e-mail still goes out now and then:
a stranger's flood shuts no person out.
"""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.outbox import EMAIL
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.jobs import rate_limits
from stormpath.server.jobs.rate_limits import Budget, Recipient
from stormpath.server.mail.mailboxes import counted_mailbox
from stormpath.server.schema import ids
from stormpath.server.schema.email_kinds import (
    INVITATION,
    RESET,
    TENANT_NAMES,
    TENANT_REGISTRATION,
    TEST,
    VERIFICATION,
    WELCOME,
)
from stormpath.server.schema.errors import ApiError

#: The budget of each kind of e-mail; those that report something share one.
_BUDGETS: Final = {
    VERIFICATION: "registration",
    WELCOME: "registration",
    RESET: "reset",
    INVITATION: "invitation",
    TENANT_NAMES: "tenant names",
    TENANT_REGISTRATION: "tenant registration",
    TEST: "test",
}
_NOTICES: Final = "notice"


def refusal(context: RequestContext, unit: Unit, account: Row, kind: str) -> ApiError | None:
    """Return the error for one more e-mail to an account that got too many, or ``None``.

    It costs one statement a limit, whether that is reached or not.
    """
    return rate_limits.refusal(context, unit, _budget(context, kind), _recipient(account), kind)


def count(context: RequestContext, unit: Unit, account: Row, kind: str, entry_id: str) -> None:
    """Count an e-mail to an account; it counts for an hour, also when the account is deleted."""
    rate_limits.count(context, unit, _budget(context, kind), _recipient(account), entry_id)


def pretend(context: RequestContext, unit: Unit, directory_id: str, kind: str) -> None:
    """Do the work of ``refusal`` for an account of the directory that got no e-mail."""
    rate_limits.look(context, unit, _budget(context, kind), _recipient(_unknown(directory_id)))


def write_decoy(context: RequestContext, unit: Unit, kind: str, entry_id: str) -> None:
    """Write a count that no limit reads and that is soon deleted: the same work as ``count``."""
    unknown = _recipient(_unknown(ids.new_token()))
    # As old as can be: the oldest are deleted first.
    rate_limits.count(context, unit, _budget(context, kind), unknown, entry_id, created_at=0)


def link_was_used(context: RequestContext, unit: Unit, account: Row, kind: str) -> None:
    """Begin a fresh budget: the account's owner has used a link in an e-mail of that kind.

    A stranger who causes e-mails does not get to read them, and so never does that.
    """
    address, of_account, _ = rate_limits.keys(context, _budget(context, kind), _recipient(account))
    unit.outbox.uncount(address, of_account)


def _unknown(directory_id: str) -> Row:
    return {"id": ids.new_token(), "email": f"{ids.new_token()}@example.com", "directory_id": directory_id}


def _recipient(account: Row) -> Recipient:
    return Recipient(counted_mailbox(account["email"]), account["id"], account["directory_id"])


def _budget(context: RequestContext, kind: str) -> Budget:
    purpose = f"mail caps: {_BUDGETS.get(kind, _NOTICES)}"
    return Budget(purpose, context.mail_limits, EMAIL, "e-mails", "address", has_reserve=True)
