"""Password reset tokens: they allow a new password to be set without the old one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stormpath.resources.attributes import Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.criteria import check_lookup
from stormpath.resources.expansion import Expansion
from stormpath.resources.links import Link
from stormpath.resources.names import path_segment
from stormpath.resources.protocols import JsonObject
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.directory import Directory
    from stormpath.resources.group import Group
    from stormpath.resources.organization import Organization


class PasswordResetToken(Resource):
    """A token that was sent to an e-mail address; reading it does not spend it.

    Its href ends in the token: ``repr`` shows ``***`` instead, and it is not cached.
    """

    email = Text(writable=True)
    account_store: Link[Directory | Group | Organization] = Link("AccountStore", writable=True)
    account: Link[Account] = Link("Account")

    @property
    def token(self) -> str:
        """The token itself: the last part of the href. Makes no request."""
        return self.href.rpartition("/")[2]


class PasswordResetTokenList(CollectionResource[PasswordResetToken]):
    """The reset tokens of an application. They are created and looked up one at a time, and cannot be listed.

    ``create({"email": ..., "account_store": ...})`` creates a token, sends it, as
    ``Application.send_password_reset_email`` does, and returns it. ``get(token)`` returns a lazy one; reading
    it makes one request, and is an ``Error`` with status 404 for a bad token. ``ValueError`` for an e-mail, a
    store or a token without a value.
    """

    resource_class = PasswordResetToken

    def build_reset_href(self, token: PasswordResetToken) -> str:
        """Return the href to which the new password of a token is posted."""
        return self._href_of(token.token)

    def _prepare_for_create(
        self, properties: Mapping[str, Any] | None = None, expand: Expansion | None = None, **params: Any
    ) -> tuple[str, JsonObject, JsonObject]:
        check_lookup(properties or {}, "email")
        return super()._prepare_for_create(properties, expand, **params)

    def _href_of(self, reference: str) -> str:
        # The token may come from the query of a link that an anonymous user opened.
        home = f"{self._absolute_href()}/"
        return home + path_segment(self._own_spelling(reference).removeprefix(home))
