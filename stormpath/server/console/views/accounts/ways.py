"""The ways by which an account gets into an application: through which of its account stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.authentication import diagnosis
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.views.accounts import frames

Json = dict[str, Any]

#: The most applications of an account that are offered.
MOST: Final = 25

#: The most account stores of an application that are walked through.
MOST_STORES: Final = 100


def applications_of(request: ConsoleRequest, account: str) -> list[tuple[str, str, str]]:
    """Return the ids, names and statuses of the first applications that an account can use. One request."""
    body = request.api.get(f"{account}/applications", {"limit": MOST, "orderBy": "name"})
    return [(frames.id_of(each), each["name"], each["status"]) for each in body["items"]]


def mappings_of(request: ConsoleRequest, path: str) -> tuple[list[Json], int]:
    """Return the first account stores of an application or organization, in their order, and their number."""
    body = request.api.get(f"{path}/accountStoreMappings", {"limit": MOST_STORES, "expand": "accountStore"})
    return sorted(body["items"], key=lambda each: each["listIndex"]), int(body["size"])


def store_of(request: ConsoleRequest, application: str, account: Mapping[str, Any]) -> str | None:
    """Return the href of the directory or group through which an application knows an account."""
    id = frames.id_of(account)
    facts = diagnosis.facts_of(request.current.context, application, account["email"])
    found = next((each for each in facts.candidates if each.account_id == id), None)
    if found is None:
        return None
    outer = _at(mappings_of(request, f"/applications/{application}")[0], found.list_index)
    if outer is None:
        return None
    store = outer["accountStore"]["href"]
    if request.console.kind_at(store) != "organization":
        return str(store)
    inner = _at(mappings_of(request, request.api.path_of(store))[0], found.inner_index)
    return None if inner is None else str(inner["accountStore"]["href"])


def _at(mappings: list[Json], index: int) -> Json | None:
    return next((each for each in mappings if each["listIndex"] == index), None)
