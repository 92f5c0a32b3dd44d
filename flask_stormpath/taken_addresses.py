"""Registrations with an address that has an account already, where addresses are verified.

Such a registration is answered as one that was accepted: no stranger learns who has an account. The reader of
the address gets an e-mail instead, with which an account that exists can be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from flask import current_app

from flask_stormpath.models import users
from flask_stormpath.organizations import account_store
from flask_stormpath.state import application, for_end_user
from stormpath.error import Error

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.organization import Organization

CONFLICT: Final = 409


def is_hidden(refused: Error, given: Mapping[str, Any], organization: Organization | None) -> bool:
    """Whether a registration was refused because of its address, in an app that hides that.

    If so, the reader of the address gets an e-mail, and the service compares a password, which takes the time
    of the hash of a new one. Three requests.
    """
    if not current_app.config["STORMPATH_VERIFY_EMAIL"] or refused.status != CONFLICT:
        return False
    found = next(iter(users(organization).search({"email": given["email"]})), None)
    if found is None:
        # It is the username that is taken.
        return False
    with for_end_user():
        with suppress(Error):
            application().authenticate_account(given["email"], given["password"])
        with suppress(Error):
            _write_to(found)
    return True


def _write_to(account: Account) -> None:
    asked = application()
    if account.is_unverified():
        mapping = asked.default_account_store_mapping
        store = account_store() or (mapping and mapping.account_store)
        asked.verification_emails.resend(account.email, store)
    elif current_app.config["STORMPATH_ENABLE_FORGOT_PASSWORD"]:
        asked.send_password_reset_email(account.email, account_store())
