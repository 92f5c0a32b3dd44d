"""A login with a name and a password (rest-auth 2)."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from typing import Final

from stormpath.server.authentication import account_stores, linking
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.logins import Login
from stormpath.server.domain.storage import Busy, Row
from stormpath.server.schema import DISABLED, ENABLED
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.query import fold

_LOG_PURPOSE: Final = "login names in the log"


def attempt(context: RequestContext, application: Row, values: Values) -> Values:
    """Return the ``account_id`` of the account with that login and password, or raise ``ApiError``.

    The first store that contains the login decides. Errors are reported in the order of rest-auth 2.3, the
    password first: only a caller who knows it learns the state of the account.
    """
    login, password = decode(values["value"])
    facts = {"application": application["id"]}
    try:
        return _attempt(context, application, values, login, password, facts)
    except ApiError as error:
        if "account" not in facts:
            # Not the name itself: a password may have been typed there.
            digest = context.secrets.digest(fold(login).encode(), _LOG_PURPOSE)
            facts |= {"account": "unknown", "login": digest[:16]}
        error.facts |= facts
        raise


def _attempt(
    context: RequestContext,
    application: Row,
    values: Values,
    login: str,
    password: str,
    facts: dict[str, str],
) -> Values:
    """Do what ``attempt`` does; what becomes known on the way is added to the facts for the log."""
    with context.read() as unit:
        _check_application(application)
        store = account_stores.requested_store(unit, application, values)
        found = unit.logins.find(application["id"], fold(login), store)
        if found is None:
            account_stores.check_not_empty(unit, application, store)
        else:
            facts["account"] = found.account_id
    found = _verified(context, found, password)
    account_stores.check_store_statuses(found.directory_status, found.group_status, found.organization_status)
    account_stores.check_account_status(found.account_status)
    _renew_hash(context, found, password)
    if found.linking_status != ENABLED:
        return {"account_id": found.account_id}
    return {"account_id": linking.resolve(context, application, store, found.account_id)}


def _verified(context: RequestContext, found: Login | None, password: str) -> Login:
    # An unknown login costs a hash too: the time it takes must not tell whether the account exists.
    stored = None if found is None else found.password_hash
    is_right = context.passwords.verify(password, stored)
    if found is None:
        raise _unknown_login()
    if not is_right:
        raise _wrong_password()
    return found


def decode(value: str) -> tuple[str, str]:
    """Return login and password of a Base64 ``value``; padding may be missing. Split at the first colon.

    Logins and passwords contain no NUL, and PostgreSQL refuses one in a query.
    """
    try:
        text = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _malformed() from error
    login, colon, password = text.partition(":")
    if not colon or "\x00" in text:
        raise _malformed()
    return login, password


def _malformed() -> ApiError:
    return ApiError(
        Code.BAD_FORMAT,
        "The login attempt is malformed.",
        "value must be the Base64 form of login:password in UTF-8.",
    )


def _check_application(application: Row) -> None:
    if application["status"] == DISABLED:
        raise ApiError(
            Code.APPLICATION_DISABLED,
            account_stores.MESSAGE,
            f"The application '{application['name']}' is DISABLED: nobody can log in to it.",
        )


def _unknown_login() -> ApiError:
    return ApiError(
        Code.LOGIN_UNKNOWN,
        account_stores.MESSAGE,
        "No account store of the application holds an account with that login.",
    )


def _wrong_password() -> ApiError:
    return ApiError(
        Code.LOGIN_WRONG_PASSWORD, account_stores.MESSAGE, "The login exists, but the password is wrong."
    )


def _renew_hash(context: RequestContext, found: Login, password: str) -> None:
    stored = found.password_hash
    if stored is None or not context.passwords.is_outdated(stored):
        return
    # The login has succeeded already: if the service is too busy, the next login renews the hash.
    with suppress(ApiError, Busy):
        fresh = context.passwords.hash(password)
        with context.write() as unit:
            # Does nothing if the password was changed meanwhile, or another login has renewed its hash.
            unit.passwords.replace(found.account_id, stored, fresh)
