"""What JSON shows of the resources that an account links to, where `STORMPATH_ME_EXPAND` names them.

A resource has the attributes that are listed here and no others: no secret, no token, no link.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from flask_stormpath.logins import login_list
from flask_stormpath.settings import EXPANDABLE
from flask_stormpath.state import client
from flask_stormpath.web.negotiation import SHOWN, as_json
from stormpath.resources.collection import CollectionResource
from stormpath.resources.expansion import Expansion

if TYPE_CHECKING:
    from flask_stormpath.models import User

#: Items of a collection: one page.
MOST: Final = 100

_OF_ALL: Final = ("href", "createdAt", "modifiedAt")
_NAMED: Final = ("name", "description", "status", *_OF_ALL)

#: By the names of the links. The SDK knows attributes by their names in JSON, too.
ATTRIBUTES: Final[dict[str, Sequence[str]]] = {
    "groups": _NAMED,
    "groupMemberships": _OF_ALL,
    "directory": _NAMED,
    "tenant": ("name", "key", *_OF_ALL),
    "applications": _NAMED,
    "apiKeys": ("id", "name", "description", "status", "href"),
    "providerData": ("providerId", *_OF_ALL),
    "factors": ("type", "status", "verificationStatus", *_OF_ALL),
    "phones": ("number", "name", "description", "status", "verificationStatus", *_OF_ALL),
    "linkedAccounts": tuple(SHOWN),
}
CUSTOM_DATA: Final = "customData"


def linked(user: User, names: Sequence[str]) -> dict[str, Any]:
    """Return the named links of an account, as JSON; one request for all, none for no name.

    A collection is ``{"size": ..., "items": [...]}``, with its first 100 items.
    """
    from flask_stormpath.models import User

    if not names:
        return {}
    expansion = Expansion()
    for name in names:
        expansion.add_property(name, limit=MOST if name in _COLLECTIONS else None)
    loaded = User(client(), href=user.href, expand=expansion)
    return {name: _shown(name, getattr(loaded, name)) for name in names}


_COLLECTIONS: Final = {*EXPANDABLE} - {CUSTOM_DATA, "directory", "tenant", "providerData"}


def _shown(name: str, found: Any) -> Any:
    if name == CUSTOM_DATA:
        # The list of logins is the business of the view ``sessions``.
        return {key: as_json(value) for key, value in login_list.without_entries(found).items()}
    if isinstance(found, CollectionResource):
        return {"size": found.size, "items": [_attributes(name, each) for each in found.items]}
    return _attributes(name, found)


def _attributes(name: str, resource: Any) -> dict[str, Any]:
    return {each: as_json(getattr(resource, each, None)) for each in ATTRIBUTES[name]}
