"""Limits on guesses: how many wrong passwords and secrets are compared for one account, address or API key.

A guess is reserved in all of its counters before its secret is compared, so that parallel guesses are no more
than others; it is given back when the secret was right. Beyond a limit nothing is compared: that costs no
hash, and tells nothing about the secret.

A limit must not be one more way to shut people out. No wait is longer than five minutes; a new password
begins a fresh count, so a reset by e-mail helps at once; and an address from which the account has logged in
before has a count of its own, which guesses from elsewhere do not use up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.guesses import KNOWN_MS, Counter, TooMany, Window
from stormpath.server.domain.logins import Login
from stormpath.server.domain.storage import Row, StorageError
from stormpath.server.schema.errors import ApiError, Code

#: Seconds between the tries of a guess that finds only others in its way that are being compared.
_PAUSES: Final = (0.02, 0.04, 0.08, 0.16, 0.3, 0.4)

MESSAGE: Final = "Too many login attempts. Please try again later."


class Guess:
    """A guess that is reserved: it counts as wrong until the block says that it was not."""

    def __init__(self) -> None:
        self.is_wrong = True
        self.is_right = False

    def was_right(self) -> None:
        """Give the guess back at the end: the secret was right, whatever else is refused afterwards."""
        self.is_wrong, self.is_right = False, True

    def was_not_compared(self) -> None:
        """Give the guess back at the end: its secret was compared with nothing."""
        self.is_wrong = False


class _Subject(NamedTuple):
    """What the guesses are about, and the end user's address, as digests; empty where none is named."""

    account: str
    account_there: str
    address: str
    known_until: int


@contextmanager
def counted(context: RequestContext, subject: str, *, is_guessable: bool = True) -> Iterator[Guess]:
    """Reserve a guess at the secret of a ``subject``; the block compares it, and its end settles the guess.

    ::

        with guesses.counted(context, guesses.subject_of_key(key_id)) as guess:
            if not is_right(secret):
                raise wrong_secret()
            guess.was_right()

    The subject is a text that stays the same for one account, login name or API key: see ``subject_of_login``
    and ``subject_of_key``. Raises ``ApiError`` (429, with the wait) where a limit is reached, before the
    block. A guess does not count that the block refuses with a status from 500: too many passwords wait, or
    the server that would compare it does not answer.

    A right guess clears no count: each login of a person would give an attacker a fresh one. It is the proof
    that the end user's address, if it is named, belongs to the subject for a month (``KNOWN_MS``).

    Costs one short write before the block and one after it; with an address a read too, and at times a write.
    A secret that is not ``is_guessable``, because it has many random bits, costs one read where it is right.
    It is counted once it was wrong, so that parallel guesses may be a few more than the limit.
    """
    now, limits = context.now_ms(), context.guess_limits
    if not any(limits):
        yield Guess()
        return
    found = _subject(context, subject, now)
    counters = _counters(context, found)
    taken = _take(context, counters) if is_guessable else _check(context, counters)
    guess = Guess()
    try:
        yield guess
    except ApiError as error:
        if error.status >= 500:
            guess.was_not_compared()
        raise
    finally:
        if guess.is_wrong and not is_guessable:
            # It has been refused already: a limit that is reached meanwhile changes nothing.
            with suppress(ApiError):
                taken = _take(context, counters)
        _settle(context, found, taken, guess, now)


def subject_of_login(name: str, found: Login | None) -> str:
    """Return the subject of a folded login name, or of the account that it means.

    An account has one for all of its names. Another password is another subject, and so begins a fresh count.
    """
    if found is None:
        return f"login name\0{name}"
    return _subject_of_account(found.account_id, found.password_modified_at)


def subject_of_key(key_id: str) -> str:
    """Return the subject of an API key whose secret a client sends, be there one with that id or not."""
    return f"API key\0{key_id}"


def subject_of_factors(account_id: str) -> str:
    """Return the subject of all second factors of an account together.

    A guess at one of them is a guess at the account: so none has a count of its own, which would never be
    reached first. Another password is no other subject.
    """
    return f"second factors\0{account_id}"


def refused_until(context: RequestContext, subject: str) -> int | None:
    """Return until when guesses at a subject's secret are refused, in milliseconds since 1970, or ``None``.

    That is the limit of the subject itself, for end users at addresses where it is not known. One read.
    """
    if not (limit := context.guess_limits.account):
        return None
    counter = Counter(_digest(context, "account", subject), limit)
    try:
        context.guesses.check(context.tenant_id, [counter], context.now_ms())
    except TooMany as reached:
        return None if reached.is_pending else reached.until
    return None


def know_address(context: RequestContext, account: Row) -> None:
    """Let the end user's address, if one is named, be known for an account: its owner is there.

    The account is its row as it is now, with its present password.
    """
    if context.end_user_address and any(context.guess_limits):
        text = _subject_of_account(account["id"], account["password_modified_at"])
        subject = _subject(context, text, now := context.now_ms())
        # It has no bearing on what was done: without it, the next login counts as from anywhere.
        with suppress(StorageError):
            context.guesses.know(context.tenant_id, subject.account, subject.account_there, now)


def _subject_of_account(account_id: str, password_modified_at: int | None) -> str:
    return f"account\0{account_id}\0{password_modified_at}"


def _subject(context: RequestContext, subject: str, now: int) -> _Subject:
    account, address = _digest(context, "account", subject), context.end_user_address
    if not address:
        return _Subject(account, "", "", 0)
    there = _digest(context, "account there", f"{subject}\0{address}")
    known_until = context.guesses.known_until(context.tenant_id, account, there, now)
    return _Subject(account, there, _digest(context, "address", address), known_until)


def _counters(context: RequestContext, subject: _Subject) -> dict[Counter, str]:
    """Return the counters in which a guess counts, with what they limit.

    From an address where the account is known, neither guesses from elsewhere nor those of all users of the
    calling API key stand in the way.
    """
    limits = context.guess_limits
    if subject.known_until:
        found = {Counter(subject.account_there, limits.account): "account there"}
    else:
        key = _digest(context, "calling key", context.caller_key_id)
        found = {Counter(subject.account, limits.account): "account", Counter(key, limits.key): "key"}
    if subject.address:
        found[Counter(subject.address, limits.address)] = "address"
    return {each: what for each, what in found.items() if each.limit}


def _take(context: RequestContext, counters: dict[Counter, str]) -> Sequence[Window]:
    """Reserve a guess; where others that are being compared stand in the way, wait for a second at the most.

    A program that logs in often with the right password would be refused else.
    """
    if not counters:
        return ()
    for pause in (*_PAUSES, None):
        now = context.now_ms()
        try:
            return context.guesses.take(context.tenant_id, list(counters), now)
        except TooMany as reached:
            if pause is None or not reached.is_pending:
                raise _refusal(reached, counters, now) from None
            time.sleep(pause)
    raise AssertionError("the last try returns or raises")


def _check(context: RequestContext, counters: dict[Counter, str]) -> Sequence[Window]:
    """Refuse a guess where a limit is reached; nothing is reserved."""
    now = context.now_ms()
    try:
        if counters:
            context.guesses.check(context.tenant_id, list(counters), now)
    except TooMany as reached:
        raise _refusal(reached, counters, now) from None
    return ()


def _digest(context: RequestContext, what: str, text: str) -> str:
    # The purpose is part of every stored digest: another text would begin all counts anew.
    data = f"{context.tenant_id}\0{text}".encode(errors="surrogatepass")
    return context.secrets.digest(data, f"guesses: {what}")


def _settle(
    context: RequestContext, subject: _Subject, taken: Sequence[Window], guess: Guess, now: int
) -> None:
    # A right login does not fail because its guess cannot be given back: that counts until its window ends.
    with suppress(StorageError):
        context.guesses.settle(context.tenant_id, taken, was_wrong=guess.is_wrong)
        if guess.is_right and subject.address and subject.known_until - now < KNOWN_MS // 2:
            context.guesses.know(context.tenant_id, subject.account, subject.account_there, now)


def _refusal(reached: TooMany, counters: dict[Counter, str], now: int) -> ApiError:
    seconds = max(1, -(-(reached.until - now) // 1000))
    # One text for all: which limit it is would tell whether there is such an account. The log has it.
    limits = {what for each, what in counters.items() if each.key in reached.keys}
    return ApiError(
        Code.TOO_MANY_REQUESTS,
        MESSAGE,
        "Too many passwords or secrets for this login, from this address or by this API key were wrong: "
        f"the right one is accepted again in {seconds} seconds.",
        retry_after=seconds,
        facts={"limit": ", ".join(sorted(limits))},
    )
