"""A new e-mail address: it is to be verified, and the reader of the old one is told (rest-core 6.12)."""

from __future__ import annotations

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.events import AddressChanged
from stormpath.server.domain.storage import Unit
from stormpath.server.flows import registration
from stormpath.server.mail import queue, rate_limits
from stormpath.server.mail.templates import EmailRequest
from stormpath.server.resources.accounts import email_verification
from stormpath.server.resources.accounts.email_verification import VERIFIED
from stormpath.server.schema.email_kinds import ADDRESS_CHANGED


def on_changed(context: RequestContext, unit: Unit, event: AddressChanged) -> None:
    """Enqueue the e-mails to both addresses, if the directory verifies addresses.

    The new address gets none if the request itself said that it is verified.
    """
    before, after = event.before, event.after
    if not email_verification.verifies_addresses(unit, after["directory_id"]):
        return
    if after["email_verification_token"] is not None and after["email_verification_status"] != VERIFIED:
        token = email_verification.pending_token(context, after)
        registration.enqueue_verification_email(context, unit, after, token, None)
    is_verified = before["email_verification_status"] == VERIFIED
    if is_verified or not rate_limits.refusal(context, unit, before, ADDRESS_CHANGED):
        # Verified addresses are as few as verifications: their readers are told in any case.
        queue.enqueue(context, unit, EmailRequest(ADDRESS_CHANGED, before), limited=False)
