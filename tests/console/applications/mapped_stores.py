"""Applications with account stores, and what the API says of them."""

from __future__ import annotations

from service.calls import Api, Json, id_of


def order_of(api: Api, owner: Json) -> list[str]:
    """Return the names of the mapped stores in the order in which logins search them."""
    items = api.every(owner["accountStoreMappings"]["href"], expand="accountStore")
    return [each["accountStore"]["name"] for each in items]


def locations_of(api: Api, owner: Json) -> tuple[str | None, str | None]:
    """Return the names of the stores of new accounts and new groups."""
    items = api.every(owner["accountStoreMappings"]["href"], expand="accountStore")
    found = []
    for flag in ("isDefaultAccountStore", "isDefaultGroupStore"):
        names = [each["accountStore"]["name"] for each in items if each[flag]]
        assert len(names) <= 1
        found.append(names[0] if names else None)
    return found[0], found[1]


def with_directories(api: Api, *names: str) -> tuple[Json, dict[str, str]]:
    """Return an application with directories of those names, and the ids of its mappings by these."""
    application = api.application()
    ids = {name: id_of(api.mapping(application, api.directory(name))) for name in names}
    return application, ids
