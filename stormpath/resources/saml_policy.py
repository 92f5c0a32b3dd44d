"""SAML policies: an application as service provider and as identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.links import Link
from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.saml_identity_provider import SamlIdentityProvider
    from stormpath.resources.saml_service_provider import SamlServiceProvider


class SamlPolicy(DictMixin, Resource):
    """The links to an application's two roles in SAML."""

    service_provider: Link[SamlServiceProvider] = Link("SamlServiceProvider")
    identity_provider: Link[SamlIdentityProvider] = Link("SamlIdentityProvider")
