"""Hashes that stand in for those of accounts which do not exist.

A login with an unknown name verifies one, so that its time does not tell that there is no such account.
Hashes differ by scheme and cost, from one millisecond to a second, so it has to be of the kind that an
account of that name would have.
"""

from __future__ import annotations

import base64
import hashlib
import math
import secrets
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Final, NamedTuple

from stormpath import forks
from stormpath.server.domain.hash_kinds import HashKind, directory_of_bind, kind_of
from stormpath.server.security import ldap_hashes
from stormpath.server.security.imported_hashes import DIGESTS, is_imported

#: Seconds for which the proportions of a place are kept, and the number of places.
LIFETIME: Final = 60.0
MOST_PLACES: Final = 1000

#: The most kinds of one place that are told apart; the rarest are left out.
_MOST_KINDS: Final = 64

_BCRYPT_SALT, _BCRYPT_DIGEST = 16, 23
_TO_BCRYPT: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)
_SALT, _DIGEST = 16, 32


def like(kind: str) -> str:
    """Return a hash of that kind with random salt and digest. It costs nothing until it is verified."""
    if directory_of_bind(kind) is not None:
        return kind
    if ldap_hashes.is_of_ldap(kind) and not ldap_hashes.bcrypt_in(kind):
        return ldap_hashes.like(kind)
    if kind.startswith("$2") or ldap_hashes.is_of_ldap(kind):
        return kind + _bcrypt_random(_BCRYPT_SALT) + _bcrypt_random(_BCRYPT_DIGEST)
    if is_imported(kind):
        algorithm = DIGESTS.get(kind.split("$")[2], "sha256")
        length = hashlib.new(algorithm, usedforsecurity=False).digest_size
        return f"{kind}{_random(_SALT)}${_random(length)}"
    return f"{kind}{_random(_SALT).rstrip('=')}${_random(_DIGEST).rstrip('=')}"


class _Shares(NamedTuple):
    """How many hashes of each kind a place has."""

    numbers: dict[str, float]
    expires_at: float

    def kind_for(self, name: str) -> str:
        if len(self.numbers) == 1:
            return next(iter(self.numbers))
        # Each kind draws a lot for the name, and the shortest for its share wins: when shares change, a name
        # moves only to a kind that has gained, as accounts do when a login renews their hashes.
        return min(self.numbers, key=lambda each: -math.log(_drawn(name, each)) / self.numbers[each])


def _drawn(name: str, kind: str) -> float:
    digest = hashlib.blake2b(f"{name} {kind}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest) + 1) / (1 << 64)


class StandIns:
    """Chooses the stand-in of a name, by the proportions of the hashes among the accounts of a place.

    ``own`` makes a hash of the service's own scheme. The proportions of the last places are kept for
    ``lifetime`` seconds, by a clock that only goes forward.
    """

    def __init__(
        self,
        own: Callable[[], str],
        *,
        lifetime: float = LIFETIME,
        most_places: int = MOST_PLACES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._own = kind_of(own())
        self._lifetime, self._most_places, self._clock = lifetime, most_places, clock
        self._places: OrderedDict[Hashable, _Shares] = OrderedDict()
        self._lock = forks.Lock()

    def choose(self, place: Hashable, name: str, kinds: Callable[[], Iterable[HashKind]]) -> str:
        """Return a hash that no password matches, of the same kind each time for one name.

        ``name`` is a keyed digest, so that its kind cannot be foreseen. ``kinds`` returns those of the place;
        it is called when the place is new or its proportions have expired.
        """
        return like((self._shares(place) or self._counted(place, kinds)).kind_for(name))

    def _shares(self, place: Hashable) -> _Shares | None:
        now = self._clock()
        with self._lock:
            found = self._places.get(place)
            if found is None:
                return None
            self._places.move_to_end(place)
            if now < found.expires_at:
                return found
            # This caller counts again; for others the old ones are good for a while longer.
            self._places[place] = found._replace(expires_at=now + self._lifetime)
        return None

    def _counted(self, place: Hashable, kinds: Callable[[], Iterable[HashKind]]) -> _Shares:
        numbers: defaultdict[str, float] = defaultdict(float)
        for kind, number in kinds():
            if number > 0:
                numbers[self._own if kind is None else kind] += number
        most = sorted(numbers, key=lambda each: (-numbers[each], each))[:_MOST_KINDS] or [self._own]
        shares = _Shares({each: numbers.get(each, 1.0) for each in most}, self._clock() + self._lifetime)
        with self._lock:
            self._places[place] = shares
            self._places.move_to_end(place)
            while len(self._places) > self._most_places:
                self._places.popitem(last=False)
        return shares


def _random(length: int) -> str:
    return base64.b64encode(secrets.token_bytes(length)).decode()


def _bcrypt_random(length: int) -> str:
    return base64.b64encode(secrets.token_bytes(length)).rstrip(b"=").translate(_TO_BCRYPT).decode()
