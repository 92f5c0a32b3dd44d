"""The end of accounts and groups whose entries are gone, unless there are suspiciously many of them.

A server that answers with less than it has (a changed filter, a lost right, a restored backup) looks as if
entries had been deleted. Where it would cost more than a share of the accounts or groups, nothing is deleted
until an administrator allows it, or the entries are back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stormpath.server.agents import accounts, groups
from stormpath.server.agents.entries import Kind
from stormpath.server.agents.held_run import DELETING, HeldRun
from stormpath.server.agents.work import TimeLimit
from stormpath.server.domain.mirrors import ACCOUNT, GROUP, Entry
from stormpath.server.domain.storage import Unit
from stormpath.server.schema.errors import ApiError, Code

#: The share of the accounts, or groups, of a directory that one run may delete; and what it always may.
SHRINK_SHARE: Final = 0.2
SHRINK_LEAST: Final = 10

#: Accounts or groups that are deleted in one transaction.
_AT_ONCE: Final = 20

_REMEDY: Final = "Check the base DN, the filter and the rights of the agent's user, or allow the deletions."

_KINDS: Final = (groups.KIND, accounts.KIND)
_PLURALS: Final = {ACCOUNT: "accounts", GROUP: "groups"}


def refusal(held: HeldRun, unit: Unit, *, is_complete: bool) -> str | None:
    """Return why the run must delete nothing, or ``None`` if it may."""
    for kind, plural in _PLURALS.items():
        lost, total, is_any_seen = unit.mirrors.entries.losses(
            held.directory_id, kind, held.run, is_complete=is_complete
        )
        if kind == ACCOUNT and is_complete and lost and not is_any_seen:
            return (
                f"The server came back without any account, and the directory has {total}: nothing was "
                f"deleted. {_REMEDY}"
            )
        if lost > max(SHRINK_LEAST, SHRINK_SHARE * total):
            return (
                f"The synchronization would delete {lost} of {total} {plural}, more than "
                f"{SHRINK_SHARE:.0%}: nothing was deleted. {_REMEDY}"
            )
    return None


def delete(held: HeldRun, limit: TimeLimit) -> bool:
    """Delete the accounts and groups whose entries are gone; tell whether all of them are."""
    for kind in _KINDS:
        last: str | None = ""
        while last is not None:
            if limit.is_over():
                return False
            with held.write(DELETING) as unit:
                gone = unit.mirrors.entries.doomed(held.directory_id, kind.name, held.run, last, _AT_ONCE)
                _delete(held, unit, kind, gone)
                unit.mirrors.entries.remove(held.directory_id, kind.name, [each.id for each in gone])
            last = gone[-1].id if gone else None
    return _delete_without_email(held, limit)


def _delete_without_email(held: HeldRun, limit: TimeLimit) -> bool:
    """Delete accounts whose entries have lost their e-mail; the entries stay, with their problem."""
    while True:
        if limit.is_over():
            return False
        with held.write(DELETING) as unit:
            found = unit.mirrors.entries.without_email(held.directory_id, _AT_ONCE)
            if not found:
                return True
            _delete(held, unit, accounts.KIND, found)


def _delete(held: HeldRun, unit: Unit, kind: Kind, chosen: Sequence[Entry]) -> None:
    ids = [each.id for each in chosen]
    keys = {key for each in chosen for key in each.keys}
    unit.mirrors.members.touch_holders(held.directory_id, keys)
    if kind.name == GROUP:
        unit.mirrors.members.remove_of(held.directory_id, ids)
    # First: the entry would be deleted with its account.
    unit.mirrors.entries.detach(held.directory_id, kind.name, ids)
    for each in sorted(chosen, key=lambda each: each.stored_id or ""):
        _erase(held, unit, kind, each)


def _erase(held: HeldRun, unit: Unit, kind: Kind, entry: Entry) -> None:
    if entry.stored_id is None:
        return
    tenant = unit.get("tenant", unit.tenant_id)
    if tenant is not None and tenant["owner_account_id"] == entry.stored_id:
        # The tenant would have no owner: the account stays, and belongs to no entry any more.
        return
    try:
        kind.rules.erase(held.context, unit, kind.rules.lock_and_reread(unit, {"id": entry.stored_id}))
    except ApiError as error:
        if error.code != Code.NOT_FOUND:
            raise
