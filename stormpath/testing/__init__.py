"""For the tests of people who write a cache store of their own: what every store promises, as test classes.

Subclass the one that fits, say how your store is made, and let pytest collect it::

    from stormpath.testing import CacheStoreContract

    class TestShelfStore(CacheStoreContract):
        def make_store(self):
            return ShelfStore(path="cache.db")

`CacheStoreContract`
    for a store that keeps what it is given.
`SharedStoreContract`
    for one that keeps it on a server: the same, and what holds between processes.
`NullStoreContract`
    for one that keeps nothing.

The methods are plain ones that raise ``AssertionError``, and nothing here imports pytest: with
``unittest.TestCase`` as a second base the standard library runs them as well. A failure names the promise
that was broken.
"""

from stormpath.testing.base_store_contract import BaseStoreContract, NullStoreContract
from stormpath.testing.cache_store_contract import CacheStoreContract
from stormpath.testing.shared_store_contract import SharedStoreContract

__all__ = ["BaseStoreContract", "CacheStoreContract", "NullStoreContract", "SharedStoreContract"]
