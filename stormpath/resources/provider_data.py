"""Provider data: the tokens and the profile that a provider returned for an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import FreeObject, Text
from stormpath.resources.links import Link
from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.directory import Directory
    from stormpath.resources.group import Group
    from stormpath.resources.organization import Organization


class ProviderData(DictMixin, Resource):
    """The tokens and the profile of one account.

    The writable attributes are for ``accounts.create({"provider_data": {...}})``, a login by a token or code
    of a provider. Attributes of a SAML assertion are read by their own names.
    """

    provider_id = Text(writable=True)
    access_token = Text(writable=True, nullable=True, secret=True)
    access_token_secret = Text(writable=True, nullable=True, secret=True)
    refresh_token = Text(writable=True, nullable=True, secret=True)
    code = Text(writable=True, secret=True)
    redirect_uri = Text(writable=True)
    account_store: Link[Directory | Group | Organization] = Link("AccountStore", writable=True)
    user_info = FreeObject()
