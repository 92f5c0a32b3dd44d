"""OAuth policies: the lifetimes of an application's tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Choice, Duration
from stormpath.resources.links import Link
from stormpath.resources.mixins import DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.application import Application
    from stormpath.resources.tenant import Tenant


class OauthPolicy(SaveMixin, DictMixin, Resource):
    """The rules of one application's tokens. Lifetimes are set as ``timedelta`` or ISO 8601 text.

    A ``refresh_token_ttl`` of zero means no refresh tokens. Years and months are isodate's ``Duration``. With
    ``refresh_token_rotation``, refreshing replaces the refresh token, and its reuse later than ten seconds
    after that revokes all that came of the login.
    """

    access_token_ttl = Duration(writable=True)
    refresh_token_ttl = Duration(writable=True)
    refresh_token_rotation = Choice("ENABLED", "DISABLED", writable=True)
    revoke_tokens_on_password_change = Choice("ENABLED", "DISABLED", writable=True)
    token_endpoint: Link[Resource] = Link("Resource")
    application: Link[Application] = Link("Application")
    tenant: Link[Tenant] = Link("Tenant")
