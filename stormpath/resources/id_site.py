"""ID Sites: the hosted login pages of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Flag, ListOf, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.tenant import Tenant


class IDSite(SaveMixin, DictMixin, Resource):
    """The hosted pages of a tenant. The session times are ISO 8601 durations, as text."""

    domain_name = Text(writable=True)
    tls_public_cert = Text(writable=True)
    tls_private_key = Text(writable=True, nullable=True, secret=True)
    git_repo_url = Text(writable=True)
    git_branch = Text(writable=True)
    authorized_origin_uris = ListOf[str](writable=True)
    authorized_redirect_uris = ListOf[str](writable=True)
    logo_url = Text(writable=True, nullable=True)
    session_tti = Text(writable=True)
    session_ttl = Text(writable=True)
    session_cookie_persistent = Flag(writable=True)
    tenant: Link[Tenant] = Link("Tenant")


class IDSiteList(CollectionResource[IDSite]):
    """The ID Sites of a tenant: exactly one, which the service creates."""

    item_path = "/idSites"
    resource_class = IDSite
