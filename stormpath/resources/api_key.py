"""API keys: the credentials with which an account calls an application's own API."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Literal

from stormpath.error import Error
from stormpath.resources.attributes import Status, Text
from stormpath.resources.collection import NOT_FOUND, CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin, SaveMixin, StatusMixin
from stormpath.resources.names import is_plain_id
from stormpath.resources.resource import Resource
from stormpath.resources.wire import ABSENT, Missing

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.tenant import Tenant

BAD_REQUEST = 400


class ApiKey(SaveMixin, DeleteMixin, StatusMixin, DictMixin, Resource):
    """A pair of id and secret that authenticates as its account.

    The secret is not cached: reading it costs a request unless this object was just created or listed. It is
    ``None`` for a key of another administrator, where administrators are separate (see ``Tenant``).
    """

    id = Text()
    secret = Text(secret=True, uncached=True, nullable=True)
    status = Status("ENABLED", "DISABLED")
    name = Text(writable=True, nullable=True)
    description = Text(writable=True, nullable=True)
    account: Link[Account] = Link("Account")
    tenant: Link[Tenant] = Link("Tenant")


class ApiKeyList(CollectionResource[ApiKey]):
    """The keys of an account, or of the accounts of an application, where they are only looked up by id.

    At client level, keys are fetched by id and not listed.
    """

    item_path = "/apiKeys"
    resource_class = ApiKey
    distinguishing = ("id",)
    listed_by = "the api_keys of an account"

    def get_key(
        self, client_id: str, client_secret: str | Missing | None = ABSENT
    ) -> ApiKey | Literal[False]:
        """Return the key of an id if it is in this list and, where a secret is given, has that secret.

        One request; none for what is no id. False for any other pair, also one with None or an empty text, so
        that an application may pass on unchecked input. The caller checks the status of the key and of its
        account. ``ValueError`` at client level, where a key of any account would be found.
        """
        self._refuse_reading()
        has_secret = client_secret is not ABSENT
        key = (
            self._found(client_id)
            if is_plain_id(client_id) and not (has_secret and not client_secret)
            else None
        )
        if key is None or (has_secret and not _is_same(key.secret, client_secret)):
            return False
        return key

    def _wanted(self, item: object) -> ApiKey | None:
        wanted = super()._wanted(item)
        if wanted is None or "id" in wanted._raw:
            return wanted
        # An application's keys can be asked for by id only, and the href ends in it.
        known = {"href": wanted.href, "id": wanted.href.rpartition("/")[2]}
        return ApiKey(self._client, properties=known)

    def _found(self, client_id: str) -> ApiKey | None:
        try:
            found = list(self.query(id=client_id))
        except Error as refused:
            # A malformed id, or an application that is gone: neither has a key.
            if refused.status in (BAD_REQUEST, NOT_FOUND):
                return None
            raise
        # In a search an asterisk is a wildcard; no id contains one.
        return next((each for each in found if each.id == client_id), None)


def _is_same(secret: str | None, given: object) -> bool:
    if secret is None or not isinstance(given, str):
        return False
    return compare_digest(secret.encode(), given.encode("utf-8", "surrogatepass"))
