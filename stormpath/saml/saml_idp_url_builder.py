"""The address that begins a login at an identity provider of SAML."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from stormpath.api_auth.jwts import signed
from stormpath.forks import cached_property
from stormpath.resources.expansion import Expansion
from stormpath.resources.hosted_login import with_token
from stormpath.resources.saml_policy import SamlPolicy

if TYPE_CHECKING:
    from stormpath.resources.application import Application

#: The callback, the href of an account store, the name key of an organization, and the caller's state.
_OPTIONS: Final = ("cb_uri", "ash", "onk", "state")


class SamlIdpUrlBuilder:
    """Builds the addresses to which an application sends browsers for a login by SAML."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def build(self, options: Mapping[str, Any] | None = None) -> str:
        """Return a new address, which begins one login.

        Options: ``cb_uri``, where the browser comes back to; ``ash``, the account store (a resource or its
        href); ``onk``, the name key of an organization; ``state``, a text that comes back. Other options, and
        those that are None, are left out.

        The first address of a builder costs up to two requests, to learn the application's endpoint.
        """
        auth = self.application._client.auth
        given = {name: (options or {}).get(name) for name in _OPTIONS}
        claims = {
            "iat": int(time.time()),
            "jti": uuid4().hex,
            "iss": auth.id,
            **{name: _plain(value) for name, value in given.items() if value is not None},
        }
        return with_token(self._endpoint, "accessToken", signed(claims, auth.secret, {"kid": auth.id}))

    @cached_property
    def _endpoint(self) -> str:
        policy = self.application.saml_policy
        if not policy._is_loaded():
            # One request for the policy and its service provider.
            policy = SamlPolicy(policy._client, href=policy.href, expand=Expansion("service_provider"))
        return policy.service_provider.sso_initiation_endpoint.href


def _plain(value: Any) -> Any:
    return getattr(value, "href", value)
