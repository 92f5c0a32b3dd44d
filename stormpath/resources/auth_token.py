"""Access and refresh tokens that an application has issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stormpath.resources.attributes import FreeObject, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin
from stormpath.resources.names import path_segment
from stormpath.resources.resource import Resource
from stormpath.resources.templates import alters_data

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.application import Application
    from stormpath.resources.tenant import Tenant

# In the href of a token that is asked for by its text.
_BY_TEXT: Final = "/authTokens/"


class AuthToken(DeleteMixin, DictMixin, Resource):
    """An access or refresh token as the service keeps it; deleting it revokes it.

    The access tokens that were made with a refresh token are revoked with it. ``expanded_jwt`` is the decoded
    ``jwt``: ``header``, ``claims`` and ``signature``, keys as in the token.
    """

    jwt = Text(secret=True)
    expanded_jwt = FreeObject(secret=True)
    account: Link[Account] = Link("Account")
    application: Link[Application] = Link("Application")
    tenant: Link[Tenant] = Link("Tenant")

    @alters_data
    def delete(self) -> None:
        """Revoke it; one request, and one more for a token that was got by its text and not read so far."""
        if _BY_TEXT in (self._href or ""):
            # Its own href is not known before the service has validated it.
            self._ensure_data()
        super().delete()


class AuthTokenList(CollectionResource[AuthToken]):
    """The tokens of an account.

    An application's ``auth_tokens`` cannot be listed. There ``get(<jwt>)`` returns a lazy token: reading it
    makes a request, by which the service validates it, and is an ``Error`` if the token is not valid.
    """

    resource_class = AuthToken

    def _href_of(self, reference: str) -> str:
        kind = (self._href or "").rpartition("/")[2]
        if kind in ("accessTokens", "refreshTokens"):
            return super()._href_of(reference if "/" in reference else f"/{kind}/{reference}")
        home = f"{self._absolute_href()}/"
        return home + path_segment(self._own_spelling(reference).removeprefix(home))
