"""Tests of the lifetimes of entries, in real time, because a server has a clock of its own."""

import time

from stormpath.cache.cache import Cache
from stormpath.testing.base_store_contract import BaseStoreContract
from stormpath.testing.expect import equal, no_failures

ATTEMPTS = 5
# Longer than thirty days: Memcached reads a larger number of seconds as a Unix time.
TEN_YEARS = 10 * 365 * 24 * 3600


class ExpiryContract(BaseStoreContract):
    """Tests of a region's ``ttl`` and ``tti``, which mean the same in every store."""

    tick: float = 1.0
    """The unit of time of these tests, in seconds; less is faster, if the store keeps fractions of seconds.

    The clock of a server may be coarse: no entry may expire early, nor more than two ticks late.
    """

    def test_tti_ends_an_idle_entry_and_not_one_that_is_read(self) -> None:
        """``tti`` counts from the last read; each read starts it again."""
        for _ in range(ATTEMPTS):
            cache = self._cache(ttl=60 * self.tick, tti=2 * self.tick)
            cache.put_many([("read", 1), ("idle", 1)])

            if self._read_repeatedly(cache, "read", 3.1 * self.tick):
                equal(cache.get("read"), 1, "an entry that is read lives on")
                equal(cache.get("idle"), None, "an entry that is not read ends after tti")
                time.sleep(4 * self.tick)
                equal(cache.get("read"), None, "an entry ends tti after its last read")
                no_failures(cache)
                return
        raise AssertionError(
            "this machine is too busy to test lifetimes of this length: set tick to more seconds"
        )

    def test_ttl_ends_an_entry_that_is_read_all_the_time(self) -> None:
        """``ttl`` counts from when the value was stored; reading does not change it."""
        cache = self._cache(ttl=3 * self.tick, tti=2 * self.tick)
        cache.put("a", 1)

        self._read_repeatedly(cache, "a", 3 * self.tick)

        equal(cache.get("a"), None, "ttl ends an entry that is read all the time")
        no_failures(cache)

    def test_a_longer_tti_does_not_extend_ttl(self) -> None:
        """A ``tti`` longer than ``ttl`` does not extend the lifetime of an entry."""
        cache = self._cache(ttl=self.tick, tti=1000 * self.tick)
        cache.put("a", 1)

        time.sleep(1.05 * self.tick)

        equal(cache.get("a"), None, "ttl ends an entry, however long tti is")
        no_failures(cache)

    def test_a_lifetime_of_years_is_not_a_date(self) -> None:
        """A lifetime of ten years is not misread as a date."""
        cache = self._cache(ttl=TEN_YEARS, tti=TEN_YEARS)

        cache.put("a", 1)

        equal(cache.get("a"), 1, "an entry of a region with a ttl of ten years is there")
        no_failures(cache)

    def test_lifetimes_may_be_fractions_of_seconds(self) -> None:
        """A lifetime may be any number of seconds, also with a fraction."""
        for ttl, tti in ((60.25, 90.75), (90.75, 60.25)):
            cache = self._cache(ttl=ttl, tti=tti)

            cache.put("a", 1)

            equal([cache.get("a"), cache.get("a")], [1, 1], "lifetimes may be fractions of seconds")
            no_failures(cache)

    def test_a_lifetime_of_zero_keeps_nothing(self) -> None:
        """A ``ttl`` or ``tti`` of 0 turns a region off; the store does not raise."""
        for ttl, tti in ((0, 300), (300, 0), (0, 0)):
            cache = self._cache(ttl=ttl, tti=tti)

            cache.put("a", 1)

            equal(cache.get("a"), None, "a region with a lifetime of 0 keeps nothing")
            no_failures(cache)

    def _read_repeatedly(self, cache: Cache, key: str, seconds: float) -> bool:
        """Read an entry repeatedly; return False if this process itself was delayed too long to judge."""
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
