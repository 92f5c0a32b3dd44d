"""What a form does, as the code of a program that would do the same: Python with the SDK, and curl."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from stormpath.server.schema import Resource, snake_case

#: Attributes whose value stands in no code that is shown.
_HIDDEN: Final = "..."


@dataclass(frozen=True, slots=True)
class Code:
    """One request, as code."""

    python: str
    curl: str


def creation(
    resource: Resource, href: str, body: Mapping[str, Any], query: Mapping[str, str] | None = None
) -> Code:
    """Return the code that creates a resource in the collection at ``href``."""
    owner, _, collection = href.rpartition("/")
    name = snake_case(collection)
    plural, _, id = owner.rpartition("/")[0].rpartition("/")[2], "", owner.rpartition("/")[2]
    place = f'client.{snake_case(plural)}.get("{owner}").{name}' if len(id) > 20 else f"client.{name}"
    options = "".join(f", {snake_case(key)}={_python(_option(each))}" for key, each in (query or {}).items())
    python = f"{snake_case(resource.name)} = {place}.create({_python(_snake(body))}{options})"
    return Code(python, curl("POST", href, body, query))


def update(resource: Resource, href: str, body: Mapping[str, Any]) -> Code:
    """Return the code that changes a resource."""
    name = snake_case(resource.name)
    lines = [f'{name} = client.{snake_case(resource.plural)}.get("{href}")']
    lines += [f"{name}.{snake_case(key)} = {_python(each)}" for key, each in _snake(body).items()]
    return Code("\n".join([*lines, f"{name}.save()"]), curl("POST", href, body))


def deletion(resource: Resource, href: str) -> Code:
    """Return the code that deletes a resource."""
    python = f'client.{snake_case(resource.plural)}.get("{href}").delete()'
    return Code(python, curl("DELETE", href))


def curl(
    method: str, href: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None
) -> str:
    """Return the command that sends a request."""
    address = f"{href}?{urlencode(query)}" if query else href
    lines = [f'curl --user "$STORMPATH_CLIENT_APIKEY_ID:$STORMPATH_CLIENT_APIKEY_SECRET" --request {method}']
    if body is not None:
        lines.append("--header 'Content-Type: application/json'")
        lines.append(f"--data {shlex.quote(json.dumps(dict(body), ensure_ascii=False))}")
    lines.append(shlex.quote(address))
    return " \\\n  ".join(lines)


def _option(text: str) -> Any:
    return {"true": True, "false": False}.get(text, text)


def _snake(value: Any) -> Any:
    if isinstance(value, Mapping):
        # The keys of custom data are the caller's own.
        return {snake_case(key): each if key == "customData" else _snake(each) for key, each in value.items()}
    return [_snake(each) for each in value] if isinstance(value, list) else value


def _python(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_python(name)}: {_python(each)}" for name, each in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{', '.join(_python(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
