"""Help for tests of your application, and test classes for cache stores of your own.

``stormpath.testing.fixtures`` has fixtures for pytest: a client with a new database for each test.
`emails` returns the `Email` objects that the service has written, `text_messages` its `TextMessage` objects.

The test classes check everything that a store has to do. Subclass the class that fits, override
``make_store``, and let pytest collect it::

    from stormpath.testing import CacheStoreContract

    class TestShelfStore(CacheStoreContract):
        def make_store(self):
            return ShelfStore(path="cache.db")

`CacheStoreContract`
    For a store that keeps entries.
`SharedStoreContract`
    For a store that keeps entries on a server: the same tests, and tests with several processes.
`NullStoreContract`
    For a store that keeps nothing.

The tests are plain methods that raise ``AssertionError``, and nothing here imports pytest: with
``unittest.TestCase`` as a second base class, the standard library runs them as well. The message of a failure
names the rule that was broken.
"""

from stormpath.testing.base_store_contract import BaseStoreContract, NullStoreContract
from stormpath.testing.cache_store_contract import CacheStoreContract
from stormpath.testing.shared_store_contract import SharedStoreContract
from stormpath.testing.written_emails import Email, emails
from stormpath.testing.written_text_messages import TextMessage, text_messages

__all__ = [
    "BaseStoreContract",
    "CacheStoreContract",
    "Email",
    "NullStoreContract",
    "SharedStoreContract",
    "TextMessage",
    "emails",
    "text_messages",
]
