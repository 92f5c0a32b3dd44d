"""A login with a name and a password (rest-auth 2)."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple

from stormpath.server.authentication import account_stores, delegated, guesses, linking, login_events
from stormpath.server.domain import logins
from stormpath.server.domain.context import Passwords, RequestContext, Values
from stormpath.server.domain.events import LoginSucceeded
from stormpath.server.domain.logins import LONGEST_NAME, MOST_COLONS, Login, names_meant
from stormpath.server.domain.storage import Busy, Row, Unit
from stormpath.server.resources.stores.store_mappings import Store
from stormpath.server.schema import DISABLED, ENABLED
from stormpath.server.schema.errors import ApiError, Code

#: So much of the digest of a name is in the log.
LOGGED: Final = 16


class LoggedIn(NamedTuple):
    """The account that logged in, which may be linked to the one whose login name and password these were."""

    account_id: str
    login: Login


def attempt(context: RequestContext, application: Row, values: Values) -> Values:
    """Return the ``account_id`` of the account with that login and password, or raise ``ApiError``.

    The value is split into login and password at the last colon before which there is a login: so one with
    colons is found by the same number of hashes and statements, and time tells nothing.
    """
    passwords = _by_name(decode(values["value"]))
    return {"account_id": authenticate(context, application, values, passwords).account_id}


def authenticate(
    context: RequestContext, application: Row, values: Values, passwords_by_name: dict[str, str]
) -> LoggedIn:
    """Return the account with one of these folded names and its password, or raise ``ApiError``.

    Make ``passwords_by_name`` by :func:`passwords_of`; the ``values`` name the account store, if they do. The
    first store that contains the login decides. Errors are reported in the order of rest-auth 2.3, the
    password first: only a caller who knows it learns the state of the account. Beyond the limits of
    ``guesses`` no password is compared, and the error is 429 for known and unknown names alike.
    """
    facts = {"application_id": application["id"]}
    try:
        logged_in = _authenticate(context, application, values, passwords_by_name, facts)
    except ApiError as error:
        if "login" not in facts:
            # Not the name itself: a password may have been typed there.
            facts["login"] = digest_of(context, _usual(passwords_by_name))[:LOGGED]
        if "account_id" in facts:
            del facts["login"]
        login_events.report_refusal(context, error, facts)
        raise
    del facts["login"]
    facts["account_id"] = logged_in.account_id
    context.report(LoginSucceeded(context.tenant_id, **facts))
    return logged_in


def passwords_of(typed: str, password: str) -> dict[str, str]:
    """Return the password by the folded names that a login may mean, the one as typed first.

    Blanks around a login are left out, unless there is one with them.
    """
    return _by_name([(typed, password)])


def _by_name(splits: list[tuple[str, str]]) -> dict[str, str]:
    """Return passwords by the folded names that they may belong to; first the name that is meant usually."""
    return {name: password for typed, password in splits for name in reversed(names_meant(typed))}


def _usual(passwords: dict[str, str]) -> str:
    """Return the name that is taken for the unknown one, where there is none of them all."""
    return next(iter(passwords))


def digest_of(context: RequestContext, name: str) -> str:
    """Return a keyed digest of a login name, for what must not hold the name itself."""
    return context.secrets.digest(f"{context.tenant_id}\0{name}".encode(), "login name")


def _authenticate(
    context: RequestContext,
    application: Row,
    values: Values,
    passwords_by_name: dict[str, str],
    facts: dict[str, str],
) -> LoggedIn:
    """Do what ``authenticate`` does; what becomes known on the way is added to the facts of its event."""
    with context.read() as unit:
        check_application(application)
        store = account_stores.requested_store(unit, application, values)
        name, found = logins.find(unit.logins, application["id"], list(passwords_by_name), store)
        key = digest_of(context, name)
        stand_in = _stand_in(context, unit, application, store, key)
    # For known names, too: the time must not tell which they are.
    facts["login"] = key[:LOGGED]
    if found is not None:
        facts["account_id"] = found.account_id
    passwords = context.passwords_of(key)
    # An unknown login costs a hash too, of a kind that accounts have there; an account without a password one
    # of the service's own kind, as which it is counted. The time must not tell whether the account exists, or
    # where the value was split.
    stored = stand_in if found is None else delegated.stored_for(found)
    with guesses.counted(context, guesses.subject_of_login(name, found)) as guess:
        among, typed = passwords_by_name.values(), passwords_by_name[name]
        matching = delegated.match(context, passwords, typed, stored, found, among)
        if found is not None and matching is not None:
            guess.was_right()
    if found is None or matching is None:
        raise _refusal(context, application, store, found)
    account_stores.check_store_statuses(found.directory_status, found.group_status, found.organization_status)
    account_stores.check_account_status(found.account_status)
    _renew_hash(context, passwords, found, matching)
    if found.linking_status != ENABLED:
        return LoggedIn(found.account_id, found)
    return LoggedIn(linking.resolve(context, application, store, found.account_id), found)


def _stand_in(context: RequestContext, unit: Unit, application: Row, store: Store | None, key: str) -> str:
    """Return a hash for a login that no account has; it is made for every login alike."""
    id = application["id"]
    return context.passwords.stand_in((id, store), key, partial(unit.logins.hash_kinds, id, store))


def _refusal(context: RequestContext, application: Row, store: Store | None, found: Login | None) -> ApiError:
    # Whether there are stores at all is looked up for a known login, too: both cost the same statements.
    with context.read() as unit:
        if not unit.logins.has_stores(application["id"], store):
            account_stores.check_not_empty(unit, application, store)
    return unknown_login() if found is None else wrong_password()


def decode(value: str) -> list[tuple[str, str]]:
    """Return the logins and passwords that a Base64 ``value`` may stand for; padding may be missing.

    Passwords hold colons, and so do some logins: it may be split at any of the first ``MOST_COLONS + 1``. The
    first split, at the first colon, is the usual one. Logins and passwords contain no NUL, and PostgreSQL
    refuses one in a query.
    """
    try:
        text = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _malformed() from error
    if ":" not in text or "\x00" in text:
        raise _malformed()
    splits: list[tuple[str, str]] = []
    end = text.find(":")
    while end >= 0 and len(splits) <= MOST_COLONS and (end <= LONGEST_NAME or not splits):
        splits.append((text[:end], text[end + 1 :]))
        end = text.find(":", end + 1)
    return splits


def _malformed() -> ApiError:
    return ApiError(
        Code.BAD_FORMAT,
        "The login attempt is malformed.",
        "value must be the Base64 form of login:password in UTF-8.",
    )


def check_application(application: Row) -> None:
    """Refuse a login to an application that is disabled."""
    if application["status"] == DISABLED:
        raise ApiError(
            Code.APPLICATION_DISABLED,
            account_stores.MESSAGE,
            f"The application '{application['name']}' is DISABLED: nobody can log in to it.",
        )


def unknown_login() -> ApiError:
    """Return the error for a name that no account has."""
    return ApiError(
        Code.LOGIN_UNKNOWN,
        account_stores.MESSAGE,
        "Login attempt failed because there is no Account in the Application's associated Account Stores "
        "with the specified username or email.",
    )


def wrong_password() -> ApiError:
    """Return the error for another password than the account's."""
    return ApiError(
        Code.LOGIN_WRONG_PASSWORD,
        account_stores.MESSAGE,
        "Login attempt failed because the specified password is incorrect.",
    )


def _renew_hash(context: RequestContext, passwords: Passwords, found: Login, password: str) -> None:
    stored = found.password_hash
    if stored is None or not passwords.is_outdated(stored, password):
        return
    # The login has succeeded already: if the service is too busy, the next login renews the hash.
    with suppress(ApiError, Busy):
        fresh = passwords.hash(password)
        with context.write() as unit:
            # Does nothing if the password was changed meanwhile, or another login has renewed its hash.
            unit.passwords.replace(found.account_id, stored, fresh)
