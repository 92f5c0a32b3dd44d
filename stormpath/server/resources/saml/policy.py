"""SamlPolicy and SamlServiceProvider: the two sides an application takes in SAML (rest-auth 6.3)."""

from __future__ import annotations

from typing import Final

from stormpath.server.resources.rules import Rules
from stormpath.server.resources.saml import default_relay_state
from stormpath.server.schema import (
    Address,
    Link,
    Resource,
)

SAML_POLICY: Final = Resource(
    "samlPolicy",
    "samlPolicies",
    (
        Link(
            "serviceProvider",
            to=("samlServiceProvider",),
            companion=True,
            nullable=False,
            about="Its people log in elsewhere.",
        ),
        Link(
            "identityProvider",
            to=("samlIdentityProvider",),
            companion=True,
            nullable=False,
            about="Other services' people log in here.",
        ),
    ),
    about="The sides that an application takes in SAML logins.",
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
            about="Where a browser is sent to log in at an identity provider.",
        ),
        default_relay_state.ENDPOINT,
    ),
    about="An application whose people log in at an identity provider.",
    verbs=("GET",),
    view_of="application",
)

POLICY_RULES: Final = Rules(SAML_POLICY)
SERVICE_PROVIDER_RULES: Final = Rules(SAML_SERVICE_PROVIDER)
