"""Hashes that stand in for those of accounts which do not exist.

A login with an unknown name verifies one, so that its time does not tell that there is no such account.
Hashes differ by scheme and cost, from one millisecond to a second, so it has to be of the kind that an
account of that name would have.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import secrets
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Final, NamedTuple

from stormpath import forks
from stormpath.server.security.imported_hashes import DIGESTS, is_imported

#: Seconds for which the proportions of a place are kept, and the number of places.
LIFETIME: Final = 60.0
MOST_PLACES: Final = 1000

#: The most recipes of one place that are told apart; the rarest are left out.
_MOST_RECIPES: Final = 64

#: A recipe of bcrypt: the characters of salt and digest, in an alphabet of its own, follow it.
_BCRYPT: Final = re.compile(r"\$2[abxy]\$[0-9]{2}\$")
_BCRYPT_SALT, _BCRYPT_DIGEST = 16, 23
_TO_BCRYPT: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)
_SALT, _DIGEST = 16, 32


def recipe_of(stored: str) -> str:
    """Return the part of a hash that names scheme and cost: what stands before salt and digest."""
    if found := _BCRYPT.match(stored):
        return found[0]
    return stored.rpartition("$")[0].rpartition("$")[0] + "$"


def like(recipe: str) -> str:
    """Return a hash of that recipe with random salt and digest. It costs nothing until it is verified."""
    if _BCRYPT.fullmatch(recipe):
        return recipe + _bcrypt_random(_BCRYPT_SALT) + _bcrypt_random(_BCRYPT_DIGEST)
    if is_imported(recipe):
        algorithm = DIGESTS.get(recipe.split("$")[2], "sha256")
        length = hashlib.new(algorithm, usedforsecurity=False).digest_size
        return f"{recipe}{_random(_SALT)}${_random(length)}"
    return f"{recipe}{_random(_SALT).rstrip('=')}${_random(_DIGEST).rstrip('=')}"


class _Shares(NamedTuple):
    """The weights of the recipes in a place."""

    weights: dict[str, float]
    expires_at: float

    def recipe_of(self, name: str) -> str:
        if len(self.weights) == 1:
            return next(iter(self.weights))
        # Each recipe draws a number for the name, and the smallest for its weight wins: when weights change,
        # a name moves only to a recipe that has gained, as accounts do when a login renews their hashes.
        return min(self.weights, key=lambda each: -math.log(_drawn(name, each)) / self.weights[each])


def _drawn(name: str, recipe: str) -> float:
    digest = hashlib.blake2b(f"{name} {recipe}".encode(), digest_size=8).digest()
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
        self._own = own
        self._lifetime, self._most_places, self._clock = lifetime, most_places, clock
        self._places: OrderedDict[Hashable, _Shares] = OrderedDict()
        self._lock = forks.Lock()

    def choose(self, place: Hashable, name: str, sample: Callable[[], Iterable[tuple[str, float]]]) -> str:
        """Return a hash that no password matches, of the same recipe each time for one name.

        ``name`` is a keyed digest, so that its recipe cannot be foreseen. ``sample`` returns hashes with
        their weights; it is called when the place is new or its proportions have expired.
        """
        return like((self._shares(place) or self._sampled(place, sample)).recipe_of(name))

    def _shares(self, place: Hashable) -> _Shares | None:
        now = self._clock()
        with self._lock:
            found = self._places.get(place)
            if found is None:
                return None
            self._places.move_to_end(place)
            if now < found.expires_at:
                return found
            # This caller samples again; for others the old ones are good for a while longer.
            self._places[place] = found._replace(expires_at=now + self._lifetime)
        return None

    def _sampled(self, place: Hashable, sample: Callable[[], Iterable[tuple[str, float]]]) -> _Shares:
        weights: defaultdict[str, float] = defaultdict(float)
        for stored, weight in sample():
            weights[recipe_of(stored)] += weight
        if not weights:
            weights[recipe_of(self._own())] = 1.0
        most = sorted(weights, key=lambda each: (-weights[each], each))[:_MOST_RECIPES]
        shares = _Shares({each: weights[each] for each in most}, self._clock() + self._lifetime)
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
