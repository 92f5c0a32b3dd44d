"""What tests of the pages of accounts and groups make: copies of other systems, and tokens."""

from __future__ import annotations

from service.calls import Api, Json
from service.factor_calls import set_columns
from stormpath.server.app import Service


def as_mirror(service: Service, directory: Json) -> None:
    """Let a directory be a copy of an LDAP server, with what it holds."""
    set_columns(service, "provider", directory, provider_id="ldap", provider_type="ldap")


def without_password(service: Service, account: Json) -> None:
    """Let an account have no password, as those of people who log in elsewhere."""
    set_columns(service, "accounts", account, password_hash=None, password_modified_at=None)


def several(api: Api, place: Json, number: int, kind: str = "group") -> list[Json]:
    """Create groups or accounts with numbers."""
    if kind == "group":
        return [api.group(place, f"Group {each}") for each in range(number)]
    return [api.account(place, f"person{each}") for each in range(number)]
