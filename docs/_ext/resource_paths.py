"""The paths and methods of a resource, read from the service's OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from falcon.testing import TestClient
from resource_facts import plain

from stormpath.server.app import Service
from stormpath.server.resources import RESOURCES
from stormpath.server.schema import Resource, TokenLink
from stormpath.server.settings import Settings

_VERBS: Final = ("get", "post", "delete")
_SCHEMA: Final = "#/components/schemas/"
# Parameters that all lists share, and the word that the tables use for them.
_USUAL: Final = {"offset": "paging", "limit": "paging", "cursor": "paging", "orderBy": "order", "q": "search"}


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path, its effect, and its query parameters."""

    method: str
    path: str
    does: str
    query: str
    lists: bool


@cache
def document() -> Mapping[str, Any]:
    """Return the OpenAPI document of a temporary service."""
    service = Service(Settings("sqlite://"))
    try:
        found: Mapping[str, Any] = TestClient(service).simulate_get("/v1/openapi.json").json
    finally:
        service.close()
    return found


def operations_on(resource: Resource) -> list[Operation]:
    """Return the operations on one such resource, then those of the collections that list or create it."""
    found = [
        Operation(
            verb.upper(),
            path,
            _does(path, verb, described, resource),
            _query(described),
            lists=_schema(described).endswith("Collection"),
        )
        for path, verb, described in _operations()
        if _is_about(path, described, resource)
    ]
    return sorted(found, key=lambda each: not each.path.startswith(resource.path))


def _operations() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in document()["paths"].items():
        yield from ((path, verb, methods[verb]) for verb in _VERBS if verb in methods)


def _is_about(path: str, described: Mapping[str, Any], resource: Resource) -> bool:
    if path == resource.path or path in _paths_of_tokens(resource):
        return True
    schema = _schema(described)
    if schema in (resource.title, f"{resource.title}Collection"):
        return True
    # Paths below it that answer with no resource: endpoints, downloads.
    is_below = path.startswith(f"{resource.path}/") or path == f"/{resource.plural}/current"
    return is_below and not schema and "customData" not in path and path not in _paths_of_others(resource)


def _paths_of_tokens(resource: Resource) -> set[str]:
    return {each.tokens.path for each in resource.own if isinstance(each, TokenLink)}


def _paths_of_others(resource: Resource) -> set[str]:
    return {each.path for each in RESOURCES if each is not resource}


def _schema(described: Mapping[str, Any]) -> str:
    """Return the name of the schema of an operation's answer, or an empty text where it has no name."""
    for status in ("200", "201"):
        content = described["responses"].get(status, {}).get("content", {})
        reference: str = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        if reference:
            return reference.removeprefix(_SCHEMA)
    return ""


def _does(path: str, verb: str, described: Mapping[str, Any], resource: Resource) -> str:
    if text := described.get("description"):
        return plain(text)
    is_one = path == resource.path
    if verb == "delete":
        return "Delete it. Answers 204."
    if verb == "post":
        return "Change the given attributes. Answers 200." if is_one else "Create one. Answers 201."
    if is_one:
        public = " Needs no API key." if {} in described.get("security", ()) else ""
        return f"Read it. Answers 200{_media(described)}.{public}"
    if "302" in described["responses"]:
        return "Redirect to the caller's own. Answers 302."
    return "List them. Answers 200." if _schema(described) else "Answers 200."


def _media(described: Mapping[str, Any]) -> str:
    """Return the media types of an operation's answer, or an empty text where it is JSON alone."""
    types = list(described["responses"]["200"].get("content", {}))
    if types in ([], ["application/json"]):
        return ""
    others = f"; {' or '.join(types[1:])} if the Accept header asks for it" if types[1:] else ""
    return f" as {types[0]}{others}"


def _query(described: Mapping[str, Any]) -> str:
    words: list[str] = []
    for each in described.get("parameters", ()):
        if each["in"] != "query":
            continue
        word = _USUAL.get(each["name"]) or _word(each, is_list="paging" in words)
        if word not in words:
            words.append(word)
    return ", ".join(words)


def _word(parameter: Mapping[str, Any], *, is_list: bool) -> str:
    if parameter.get("required"):
        return f"``{parameter['name']}`` (required)"
    if is_list and parameter["description"].startswith("Only items whose"):
        return "search"
    return "expand" if parameter["name"] == "expand" else f"``{parameter['name']}``"
