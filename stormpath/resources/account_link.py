"""Account links: accounts of different directories that belong to one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import Account


class AccountLink(DeleteMixin, DictMixin, Resource):
    """A link between two accounts. Their order, left and right, has no meaning."""

    left_account: Link[Account] = Link("Account", writable=True)
    right_account: Link[Account] = Link("Account", writable=True)


class AccountLinkList(CollectionResource[AccountLink]):
    """The links of an account. A link is created from a left and a right account."""

    create_path = "/accountLinks"
    resource_class = AccountLink
