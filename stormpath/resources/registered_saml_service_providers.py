"""Registered SAML service providers: those that a tenant's identity providers may serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Choice, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.tenant import Tenant


class RegisteredSamlServiceProvider(SaveMixin, DeleteMixin, DictMixin, Resource):
    """The description of a service provider. With a certificate, its requests must be signed."""

    name = Text(writable=True, nullable=True)
    description = Text(writable=True, nullable=True)
    assertion_consumer_service_url = Text(writable=True)
    entity_id = Text(writable=True)
    name_id_format = Choice("EMAIL", "PERSISTENT", "TRANSIENT", writable=True)
    encoded_x509_certificate = Text(writable=True, nullable=True)
    tenant: Link[Tenant] = Link("Tenant")


class RegisteredSamlServiceProviders(CollectionResource[RegisteredSamlServiceProvider]):
    """The registered service providers of a tenant or an identity provider."""

    create_path = "/registeredSamlServiceProviders"
    resource_class = RegisteredSamlServiceProvider
