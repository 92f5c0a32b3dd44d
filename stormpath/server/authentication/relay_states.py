"""Default relay states: tokens that tell where a login belongs which an identity provider starts.

They are pasted into the identity provider's configuration, so they do not expire and are not used up
(rest-auth 6.3).
"""

from __future__ import annotations

from typing import Any, Final

import jwt

from stormpath.server import callback_uris, ids
from stormpath.server.contract import Row, Unit
from stormpath.server.declaration import DISABLED, Text
from stormpath.server.query import fold
from stormpath.server.refusals import Code, Refusal, not_found, shown
from stormpath.server.work import Values, Work

#: What the key is for, that these tokens are signed with.
PURPOSE: Final = "SAML default relay state"


def create(work: Work, service_provider: Row, values: Values) -> Values:
    """Return the token (``default_relay_state``) for an application as service provider."""
    with work.read() as unit:
        application = unit.get("application", service_provider["id"])
        if application is None:
            raise not_found()
        claims = _claims(work, unit, application, values)
    token = jwt.encode(claims, work.secrets.key_for(PURPOSE), "HS256", headers={"tid": work.tenant_id})
    return {"default_relay_state": token}


def _claims(work: Work, unit: Unit, application: Row, values: Values) -> dict[str, Any]:
    claims: dict[str, Any] = {"spUid": application["id"], "jti": ids.new_id(work.now_ms())}
    if (uri := values.get("callback_uri")) is not None:
        _check_callback(application, uri)
        claims["cb_uri"] = uri
    if (organization := values.get("organization")) is not None:
        _check_organization(work, unit, application, organization["nameKey"])
        claims["onk"] = organization["nameKey"]
    if (state := values.get("state")) is not None:
        claims["state"] = state
    return claims


def _check_callback(application: Row, uri: str) -> None:
    if not callback_uris.is_authorized(uri, application["authorized_callback_uris"]):
        raise Refusal(
            Code.CALLBACK_NOT_AUTHORIZED,
            "The callback URI is not authorized.",
            f"callbackUri {shown(uri)} matches none of the application's authorizedCallbackUris.",
        )


def _check_organization(work: Work, unit: Unit, application: Row, name_key: str) -> None:
    found = _organization(work, unit, name_key)
    if found is None:
        raise Refusal(Code.ORGANIZATION_UNKNOWN, f"There is no organization {shown(name_key)}.")
    if found["status"] == DISABLED:
        raise Refusal(Code.ORGANIZATION_DISABLED, f"The organization {shown(name_key)} is disabled.")
    mapping = unit.find(
        "accountStoreMapping", application_id=application["id"], account_store_organization_id=found["id"]
    )
    if mapping is None:
        raise Refusal(
            Code.ORGANIZATION_NOT_MAPPED,
            f"The organization {shown(name_key)} is not assigned to the application.",
        )


def _organization(work: Work, unit: Unit, name_key: str) -> Row | None:
    declared = work.resources.get("organization")
    key = None if declared is None else declared.by_name["nameKey"]
    return unit.find("organization", **{key.key_column: fold(name_key)}) if isinstance(key, Text) else None
