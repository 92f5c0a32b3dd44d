"""Forgotten tenants: an e-mail lists those in which its reader is an administrator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from stormpath.server.authentication.administrator_logins import own_application
from stormpath.server.domain.administrators import AdministeredTenant, ContextIn
from stormpath.server.flows import equal_work
from stormpath.server.mail import queue
from stormpath.server.mail.templates import EmailRequest
from stormpath.server.schema.email_kinds import TENANT_NAMES
from stormpath.server.schema.errors import not_found

_DAY_MS: Final = 24 * 60 * 60 * 1000

#: Returns the tenants that an address administers.
Find = Callable[[str], Sequence[AdministeredTenant]]


def remind(find: Find, context_in: ContextIn, own_tenant_id: str, email: str, link: str) -> None:
    """Send the e-mail, if the address is that of an administrator; ``link`` is followed by a tenant's key.

    An unknown address, or one that got too many e-mails, gets none, and takes the same work: a decoy is
    written, that of an unknown address in the service's own tenant.
    """
    found = find(email)
    context = context_in(found[0].tenant_id if found else own_tenant_id)
    with context.write() as unit:
        account, is_known = equal_work.locked_or_stand_in(unit, found[0].account_id if found else None)
        application = own_application(unit)
        if application is None:
            raise not_found()
        usual = equal_work.usual_directory(unit, application)
        refusal = equal_work.refusal(context, unit, account, TENANT_NAMES, usual, is_real=is_known)
        lines = [f"{each.key}: {link}{each.key}" for each in found] or [link]
        request = EmailRequest(TENANT_NAMES, account, values={"tenants": "\n".join(lines)})
        # To the address that is stored, not to the text that was typed.
        add = queue.enqueue_unlimited if is_known and refusal is None else queue.write_decoy
        add(context, unit, request, context.now_ms() + _DAY_MS)
