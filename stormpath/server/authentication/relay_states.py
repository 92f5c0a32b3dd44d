"""Default relay states: tokens with the destination of an IdP-initiated login.

An administrator pastes them into the identity provider's configuration, so they do not expire and can be used
more than once (rest-auth 6.3).
"""

from __future__ import annotations

from typing import Any, Final

import jwt

from stormpath.server.authentication import callback_uris
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.schema import DISABLED, Text, ids
from stormpath.server.schema.errors import ApiError, Code, not_found, shown
from stormpath.server.schema.query import fold

#: The purpose of the key that signs these tokens.
PURPOSE: Final = "SAML default relay state"


def create(context: RequestContext, service_provider: Row, values: Values) -> Values:
    """Return the token (``default_relay_state``) for an application as service provider."""
    with context.read() as unit:
        application = unit.get("application", service_provider["id"])
        if application is None:
            raise not_found()
        claims = _claims(context, unit, application, values)
    token = jwt.encode(claims, context.secrets.key_for(PURPOSE), "HS256", headers={"tid": context.tenant_id})
    return {"default_relay_state": token}


def _claims(context: RequestContext, unit: Unit, application: Row, values: Values) -> dict[str, Any]:
    claims: dict[str, Any] = {"spUid": application["id"], "jti": ids.new_id(context.now_ms())}
    if (uri := values.get("callback_uri")) is not None:
        _check_callback(application, uri)
        claims["cb_uri"] = uri
    if (organization := values.get("organization")) is not None:
        _check_organization(context, unit, organization["nameKey"])
        claims["onk"] = organization["nameKey"]
    if (state := values.get("state")) is not None:
        claims["state"] = state
    return claims


def _check_callback(application: Row, uri: str) -> None:
    if not callback_uris.is_authorized(uri, application["authorized_callback_uris"]):
        raise ApiError(
            Code.CALLBACK_NOT_AUTHORIZED,
            "The callback URI is not authorized.",
            f"callbackUri {shown(uri)} matches none of the application's authorizedCallbackUris.",
        )


def _check_organization(context: RequestContext, unit: Unit, name_key: str) -> None:
    """Refuse an organization that cannot be used. It need not be mapped to the application yet."""
    found = _find_organization(context, unit, name_key)
    if found is None:
        raise ApiError(Code.ORGANIZATION_UNKNOWN, f"There is no organization {shown(name_key)}.")
    if found["status"] == DISABLED:
        raise ApiError(Code.ORGANIZATION_DISABLED, f"The organization {shown(name_key)} is disabled.")


def _find_organization(context: RequestContext, unit: Unit, name_key: str) -> Row | None:
    declared = context.resources.get("organization")
    key = None if declared is None else declared.by_name["nameKey"]
    return unit.find("organization", **{key.key_column: fold(name_key)}) if isinstance(key, Text) else None
