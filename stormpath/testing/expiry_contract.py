"""How long a store keeps its entries: tried in real time, because a server has a clock of its own."""

import time

from stormpath.cache.cache import Cache
from stormpath.testing.base_store_contract import BaseStoreContract
from stormpath.testing.expect import equal, no_failures

ATTEMPTS = 5
# Longer than the thirty days up to which Memcached takes a number of seconds for an age, and not for a date.
TEN_YEARS = 10 * 365 * 24 * 3600


class ExpiryContract(BaseStoreContract):
    """What ``ttl`` and ``tti`` of a region mean, whatever keeps its entries."""

    tick: float = 1.0
    """Seconds that tests of ages count in; less is faster, where the store knows fractions of seconds.

    The clock of a server may be coarse: nothing ends early, and by two ticks late at most.
    """

    def test_what_is_read_stays_and_what_is_idle_goes(self) -> None:
        """``tti`` counts from the last read, and from the next one anew."""
        for _ in range(ATTEMPTS):
            cache = self._cache(ttl=60 * self.tick, tti=2 * self.tick)
            cache.put_many([("read", 1), ("idle", 1)])

            if self._read_repeatedly(cache, "read", 3.1 * self.tick):
                equal(cache.get("read"), 1, "an entry that is read lives on")
                equal(cache.get("idle"), None, "an entry that nobody reads ends after tti")
                time.sleep(4 * self.tick)
                equal(cache.get("read"), None, "an entry ends tti after its last read")
                no_failures(cache)
                return
        raise AssertionError("this machine is too busy to try ages of this length: set tick to more seconds")

    def test_ttl_ends_what_is_read_all_the_time(self) -> None:
        """``ttl`` counts from when the value was stored; reading does not change it."""
        cache = self._cache(ttl=3 * self.tick, tti=2 * self.tick)
        cache.put("a", 1)

        self._read_repeatedly(cache, "a", 3 * self.tick)

        equal(cache.get("a"), None, "ttl ends an entry that is read all the time")
        no_failures(cache)

    def test_ttl_ends_what_may_be_idle_for_longer(self) -> None:
        """A ``tti`` longer than ``ttl`` makes nothing live longer."""
        cache = self._cache(ttl=self.tick, tti=1000 * self.tick)
        cache.put("a", 1)

        time.sleep(1.05 * self.tick)

        equal(cache.get("a"), None, "ttl ends an entry, however long tti is")
        no_failures(cache)

    def test_long_ages_are_ages(self) -> None:
        """Years are kept like minutes."""
        cache = self._cache(ttl=TEN_YEARS, tti=TEN_YEARS)

        cache.put("a", 1)

        equal(cache.get("a"), 1, "an entry of a region with a ttl of ten years is there")
        no_failures(cache)

    def test_ages_may_be_fractions(self) -> None:
        """Ages are any number of seconds."""
        for ttl, tti in ((60.25, 90.75), (90.75, 60.25)):
            cache = self._cache(ttl=ttl, tti=tti)

            cache.put("a", 1)

            equal([cache.get("a"), cache.get("a")], [1, 1], "ages may be fractions of seconds")
            no_failures(cache)

    def test_an_age_of_nothing_keeps_nothing(self) -> None:
        """A ``ttl`` or ``tti`` of 0 turns a region off, and is no error."""
        for ttl, tti in ((0, 300), (300, 0), (0, 0)):
            cache = self._cache(ttl=ttl, tti=tti)

            cache.put("a", 1)

            equal(cache.get("a"), None, "a region with an age of 0 keeps nothing")
            no_failures(cache)

    def _read_repeatedly(self, cache: Cache, key: str, seconds: float) -> bool:
        """Read an entry again and again; False when this process itself slept too long to judge by it."""
        last = time.monotonic()
        end = last + seconds
        in_time = True
        while last < end:
            time.sleep(0.6 * self.tick)
            cache.get(key)
            now = time.monotonic()
            in_time = in_time and now - last < self.tick
            last = now
        return in_time
