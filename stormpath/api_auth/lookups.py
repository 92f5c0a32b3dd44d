"""The subjects of tokens and credentials: accounts and API keys of an application.

The id or href that is looked up comes from an anonymous user, or from a token. What cannot be one costs no
request, and what leads elsewhere is not asked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakKeyDictionary

from stormpath.error import Error
from stormpath.resources.names import is_plain_id

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.api_key import ApiKey
    from stormpath.resources.application import Application

T = TypeVar("T")

BAD_REQUEST, NOT_FOUND = 400, 404

#: The longest secret of an API key; those of the service have 43 characters.
MAX_SECRET_LENGTH: Final = 1024
#: How long an id that the application did not have is not asked for again, in seconds, and how many are kept.
FORGET_AFTER: Final = 5.0
MAX_UNKNOWN: Final = 1000


class UnknownKeys:
    """The ids of API keys that an application did not have a moment ago.

    A program with a wrong id repeats it with every request. Ids are random and made by the service, so that
    no key of this id can be made meanwhile. Bounded: strangers choose the ids.
    """

    def __init__(self, forget_after: float = FORGET_AFTER, most: int = MAX_UNKNOWN) -> None:
        self._forget_after = forget_after
        self._most = most
        self._until: dict[tuple[str, str], float] = {}

    def add(self, app_href: str, key_id: str) -> None:
        """Remember an id; all others are forgotten when there are too many."""
        if len(self._until) >= self._most:
            self._until = {}
        self._until[app_href, key_id] = time.monotonic() + self._forget_after

    def has(self, app_href: str, key_id: str) -> bool:
        """Return whether an id was unknown a moment ago."""
        return self._until.get((app_href, key_id), 0.0) > time.monotonic()

    def __len__(self) -> int:
        return len(self._until)


_unknown_keys: WeakKeyDictionary[Any, UnknownKeys] = WeakKeyDictionary()


def is_account(app: Application, subject: object) -> bool:
    """Return whether the subject of a token is the href of an account of this client's service."""
    if not isinstance(subject, str):
        return False
    home = f"{app._client.BASE_URL}/accounts/"
    if not subject.startswith(home) and "://" in subject:
        subject = app._own_spelling(subject)
    return subject.startswith(home) and is_plain_id(subject[len(home) :])


def account_of(app: Application, subject: str | None) -> Account | None:
    """Return the account that a token is about, loaded; one request, or none if it is cached.

    None, without a request, for what is no account's href; None for an account that is gone.
    """
    if subject is None or not is_account(app, subject):
        return None
    account = app.accounts.get(subject)
    return None if _unless_gone(account.get_status) is None else account


def api_key_of(app: Application, key_id: str | None) -> ApiKey | None:
    """Return an API key of the application, with its account loaded; None if there is none.

    One request; none while key and account are cached, nor for an id that was unknown a moment ago.
    """
    app_href = app._absolute_href()
    if app_href is None or not is_plain_id(key_id):
        return None
    known = _known_key(app, app_href, key_id)
    return known if known is not None else _asked_for(app, app_href, key_id)


def api_key_with_secret(app: Application, key_id: object, secret: object) -> ApiKey | None:
    """Return the application's API key that has an id and a secret, with its account loaded.

    One request: secrets are not cached. None, without a request, for an id that was unknown a moment ago.
    """
    app_href = app._absolute_href()
    if app_href is None or not is_plain_id(key_id) or not isinstance(secret, str):
        return None
    if not 0 < len(secret) <= MAX_SECRET_LENGTH:
        return None
    key = _asked_for(app, app_href, key_id)
    return key if key is not None and _has_secret(key, secret) else None


def is_usable_account(account: Account | None) -> bool:
    """Return whether an account exists and is enabled; no request if it is loaded or cached."""
    return account is not None and _unless_gone(account.is_enabled) is True


def is_usable_key(key: ApiKey | None) -> bool:
    """Return whether an API key and its account exist and are enabled; no request if both are loaded."""
    if key is None or _unless_gone(key.is_enabled) is not True:
        return False
    return is_usable_account(key.account)


def _has_secret(key: ApiKey, secret: str) -> bool:
    # It came with the look-up: secrets of the service are never in a cache. One that this client may not see
    # is None, and equals nothing.
    own = getattr(key, "secret", None)
    return own is not None and compare_digest(own.encode(), secret.encode("utf-8", "surrogatepass"))


def _known_key(app: Application, app_href: str, key_id: str) -> ApiKey | None:
    """Return a key that the cache knows to be the application's; it costs requests only if parts are gone."""
    from stormpath.resources.api_key import ApiKey

    store = app._store
    membership = f"{app_href}/apiKeys/{key_id}"
    look = getattr(store, "_cache_get", None)
    found = None if look is None else look(membership)
    if found is None:
        return None
    key = ApiKey(app._client, href=found["apiKey"]["href"])
    if _unless_gone(key.get_status) is None:
        store.uncache_resource(membership)
        return None
    return key


def _asked_for(app: Application, app_href: str, key_id: str) -> ApiKey | None:
    store = app._store
    unknown = _unknown_keys.setdefault(store, UnknownKeys())
    if unknown.has(app_href, key_id):
        return None
    key = app.api_keys.query(expand="account").get_key(key_id)
    if key is False:
        unknown.add(app_href, key_id)
        return None
    # Whether a key is the application's is no attribute of the key: it is an entry of its own, which lives as
    # long as the others. Whether the key still exists, and its status, is in the key's entry.
    membership = f"{app_href}/apiKeys/{key_id}"
    if (put := getattr(store, "_cache_put", None)) is not None:
        put(membership, {"href": membership, "apiKey": {"href": key.href}})
    return key


def _unless_gone(read: Callable[[], T]) -> T | None:
    """Return what a read returns; None if the service has no such resource. Any other `Error` is raised."""
    try:
        return read()
    except Error as refused:
        if refused.status in (BAD_REQUEST, NOT_FOUND):
            return None
        raise
