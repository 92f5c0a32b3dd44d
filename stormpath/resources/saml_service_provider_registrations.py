"""SAML service provider registrations: the service providers that may use an identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Status, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin, SaveMixin, StatusMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.registered_saml_service_providers import RegisteredSamlServiceProvider
    from stormpath.resources.saml_identity_provider import SamlIdentityProvider
    from stormpath.resources.tenant import Tenant


class SamlServiceProviderRegistration(SaveMixin, DeleteMixin, StatusMixin, DictMixin, Resource):
    """The permission of one service provider to use one identity provider."""

    status = Status("ENABLED", "DISABLED")
    default_relay_state = Text(writable=True, nullable=True)
    service_provider: Link[RegisteredSamlServiceProvider] = Link(
        "RegisteredSamlServiceProvider", writable=True
    )
    identity_provider: Link[SamlIdentityProvider] = Link("SamlIdentityProvider", writable=True)
    tenant: Link[Tenant] = Link("Tenant")


class SamlServiceProviderRegistrations(CollectionResource[SamlServiceProviderRegistration]):
    """The registrations at an identity provider."""

    item_path = "/samlServiceProviderRegistrations"
    resource_class = SamlServiceProviderRegistration
