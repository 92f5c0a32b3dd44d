"""SamlPolicy and SamlServiceProvider: the SAML roles of an application (rest-auth 6.3)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.rules import Rules
from stormpath.server.resources.saml import default_relay_state
from stormpath.server.schema import Address, Link, Resource

SAML_POLICY: Final = Resource(
    "samlPolicy",
    "samlPolicies",
    (
        Link(
            "serviceProvider",
            to=("samlServiceProvider",),
            companion=True,
            nullable=False,
            about="The role in which its people log in at an identity provider.",
        ),
        Link(
            "identityProvider",
            to=("samlIdentityProvider",),
            companion=True,
            nullable=False,
            about="The role in which people of other services log in here.",
        ),
    ),
    about="The roles of an application in SAML logins.",
    verbs=("GET",),
    view_of="application",
)

SAML_SERVICE_PROVIDER: Final = Resource(
    "samlServiceProvider",
    "samlServiceProviders",
    (
        Address(
            "ssoInitiationEndpoint",
            path="/applications/{id}/saml/sso/idpRedirect",
            about="The endpoint that sends a browser to an identity provider for a login.",
        ),
        default_relay_state.ENDPOINT,
    ),
    about="An application whose people log in at an identity provider.",
    verbs=("GET",),
    view_of="application",
)

POLICY_RULES: Final = Rules(SAML_POLICY)
SERVICE_PROVIDER_RULES: Final = Rules(SAML_SERVICE_PROVIDER)
