"""Logging in with a name and a password (rest-auth 2)."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from typing import Final

from stormpath.server.contract import Busy, Login, Row, Unit
from stormpath.server.declaration import DISABLED
from stormpath.server.query import fold
from stormpath.server.refusals import Code, Refusal
from stormpath.server.work import Values, Work

_MESSAGE: Final = "Invalid username or password."


def attempt(work: Work, application: Row, values: Values) -> Values:
    """Return the account (its ``account_id``) that the login and password open, or refuse.

    The first store that holds the login decides. What is wrong is told in the order of rest-auth 2.3, the
    password first, so that only who knows it learns the state of the account.
    """
    login, password = decode(values["value"])
    store = _store(values)
    with work.read() as unit:
        _check_application(unit, application, store)
        found = unit.find_login(application["id"], fold(login), store)
        if found is None and store is None:
            _check_has_stores(unit, application)
    # An unknown login costs a hash too: the time it takes must not tell whether the account exists.
    stored = None if found is None else found.password_hash
    is_right = work.passwords.verify(password, stored)
    if found is None:
        raise _unknown()
    if not is_right:
        raise _wrong_password()
    _check_states(found)
    _renew_hash(work, found, password)
    return {"account_id": found.account_id}


def decode(value: str) -> tuple[str, str]:
    """Return login and password of a Base64 ``value``; padding may be missing. Split at the first colon.

    A NUL is in no login and no password, and PostgreSQL would not even take it in a question.
    """
    try:
        text = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _malformed() from error
    login, colon, password = text.partition(":")
    if not colon or "\x00" in text:
        raise _malformed()
    return login, password


def _malformed() -> Refusal:
    return Refusal(
        Code.BAD_FORMAT,
        "The login attempt is malformed.",
        "value must be the Base64 form of login:password in UTF-8.",
    )


def _store(values: Values) -> tuple[str, str] | None:
    for kind in ("directory", "group"):
        if store_id := values.get(f"account_store_{kind}_id"):
            return kind, store_id
    return None


def _check_application(unit: Unit, application: Row, store: tuple[str, str] | None) -> None:
    if application["status"] == DISABLED:
        raise Refusal(
            Code.APPLICATION_DISABLED,
            _MESSAGE,
            f"The application '{application['name']}' is DISABLED: nobody can log in to it.",
        )
    if store is not None:
        _check_assigned(unit, application, *store)


def _check_has_stores(unit: Unit, application: Row) -> None:
    if not unit.mapping_ids(application["id"]):
        raise Refusal(
            Code.APPLICATION_WITHOUT_STORES,
            _MESSAGE,
            f"The application '{application['name']}' has no account stores: map one to it.",
        )


def _check_assigned(unit: Unit, application: Row, kind: str, store_id: str) -> None:
    """Refuse a store that the application does not log in from, itself or through its directory."""
    wanted = {f"account_store_{kind}_id": store_id}
    assigned = unit.find("accountStoreMapping", application_id=application["id"], **wanted) is not None
    if not assigned and kind == "group":
        assigned = unit.contains("application", application["id"], "groups", "group", store_id)
    if not assigned:
        raise Refusal(
            Code.STORE_NOT_MAPPED,
            _MESSAGE,
            "The accountStore is not assigned to this application.",
        )


def _unknown() -> Refusal:
    return Refusal(
        Code.LOGIN_UNKNOWN, _MESSAGE, "No account store of the application holds an account with that login."
    )


def _wrong_password() -> Refusal:
    return Refusal(Code.LOGIN_WRONG_PASSWORD, _MESSAGE, "The login exists, but the password is wrong.")


def _check_states(found: Login) -> None:
    if found.directory_status == DISABLED:
        raise Refusal(
            Code.LOGIN_DIRECTORY_DISABLED, _MESSAGE, "The directory that holds the account is DISABLED."
        )
    if found.group_status == DISABLED:
        raise Refusal(
            Code.LOGIN_GROUP_DISABLED, _MESSAGE, "The group through which the account logs in is DISABLED."
        )
    if found.account_status == DISABLED:
        raise Refusal(Code.LOGIN_ACCOUNT_DISABLED, _MESSAGE, "The account is DISABLED.")
    if found.account_status == "UNVERIFIED":
        raise Refusal(
            Code.LOGIN_ACCOUNT_UNVERIFIED,
            _MESSAGE,
            "The account is UNVERIFIED: its e-mail is not verified yet.",
        )


def _renew_hash(work: Work, found: Login, password: str) -> None:
    stored = found.password_hash
    if stored is None or not work.passwords.is_outdated(stored):
        return
    # Whoever gets this far may enter: when the service is too busy, the next login renews the hash.
    with suppress(Refusal, Busy):
        fresh = work.passwords.hash(password)
        with work.write() as unit:
            # Nothing happens when the password was changed, or another login renewed its hash, meanwhile.
            unit.replace_password_hash(found.account_id, stored, fresh)
