"""SAML service providers: applications that send their users to an identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.links import Link, Links
from stormpath.resources.mixins import DictMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.default_relay_state import DefaultRelayStateList
    from stormpath.resources.sso_initiation_endpoint import SsoInitiationEndpoint


class SamlServiceProvider(DictMixin, Resource):
    """An application in its role as a service provider."""

    sso_initiation_endpoint: Link[SsoInitiationEndpoint] = Link("SsoInitiationEndpoint")
    default_relay_states: Links[DefaultRelayStateList] = Links("DefaultRelayStateList")
