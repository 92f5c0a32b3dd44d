"""The organization that a person belongs to, where an app serves several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, request

from flask_stormpath.state import application, client
from flask_stormpath.texts import gettext as _
from flask_stormpath.web.negotiation import body_of_json, sends_json
from stormpath.error import Error

if TYPE_CHECKING:
    from stormpath.resources.organization import Organization

#: Of a field in a form or a JSON body.
FIELD = "organizationNameKey"


def name_key() -> str | None:
    """Return the name key that the request names; None where it names none, or the app has no organizations.

    That of the field ``organizationNameKey``, else the sub-domain of `STORMPATH_ORGANIZATION_DOMAIN`.
    """
    config = current_app.config
    if not config["STORMPATH_ENABLE_ORGANIZATIONS"]:
        return None
    sent: Any = (body_of_json() if sends_json() else request.form).get(FIELD)
    if isinstance(sent, str) and sent:
        return sent
    host, domain = request.host.partition(":")[0].lower(), config["STORMPATH_ORGANIZATION_DOMAIN"]
    if domain and host.endswith(f".{domain}"):
        return host.removesuffix(f".{domain}")
    return None


def account_store() -> dict[str, str] | None:
    """Return the organization of the request as an account store, for the SDK; None where there is none."""
    found = name_key()
    return {"name_key": found} if found else None


def organization() -> Organization | None:
    """Return the organization that the request names, or None where it names none; two requests or more.

    `Error` for one that does not exist, or is not among the account stores of the application: people must
    not register for an organization of another application.
    """
    wanted = name_key()
    if wanted is None:
        return None
    found = next((each for each in client().organizations.search({"name_key": wanted})), None)
    mapped = application().account_store_mappings
    if found is None or not any(each.account_store.href == found.href for each in mapped):
        raise Error({"status": 400, "message": _("This organization does not exist.")})
    return found
