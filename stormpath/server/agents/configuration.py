"""The configuration of an agent, as its program gets it, and the version by which it asks for changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.providers.agent import PASSWORD, opened_secret
from stormpath.server.resources.providers.mirrors import LDAP
from stormpath.server.schema import snake_case
from stormpath.server.security.ldap_hashes import SCHEMES

Json = dict[str, Any]

_COLUMN = snake_case(PASSWORD)
_PURPOSE = "agent configuration"
_VERSION_WIDTH = 32


def kind_of(unit: Unit, row: Row) -> str:
    """Return the kind of an agent's server, which never changes: ``ldap`` or ``ad``."""
    provider = unit.get("provider", row["directory_id"])
    return LDAP if provider is None else str(provider["provider_type"])


def version_of(context: RequestContext, row: Row, kind: str) -> str:
    """Return the version of an agent's configuration: another one whenever anything in it has changed."""
    # The password as it is encrypted: that changes with it, and tells nothing.
    parts = (row["config"], kind, _schemes(), bytes(row[_COLUMN] or b""))
    return context.secrets.digest(msgspec.json.encode(parts, order="sorted"), _PURPOSE)[:_VERSION_WIDTH]


def configuration_of(context: RequestContext, row: Row, kind: str) -> Json:
    """Return an agent's configuration, with the password of its user on the server."""
    return {
        "directory": row["directory_id"],
        "kind": kind,
        "hashSchemes": _schemes(),
        "config": {**row["config"], PASSWORD: _password(context, row)},
    }


def _schemes() -> Sequence[str]:
    return list(SCHEMES)


def _password(context: RequestContext, row: Row) -> str | None:
    sealed = row[_COLUMN]
    return None if sealed is None else opened_secret(context.secrets, row["id"], PASSWORD, sealed)
