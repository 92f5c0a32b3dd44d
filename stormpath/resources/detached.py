"""Resources without a client: what pickling carries, and how an unpickled resource gets a client again.

A pickle holds the data and never a credential: no client, no attribute that is declared secret, no token at
the end of an href.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

from stormpath.base_url import without_token
from stormpath.error import Error

if TYPE_CHECKING:
    from stormpath.resources.record import Record

HOW_TO_ATTACH: Final = "was unpickled and has no client; give it one with client.attach(...)"


class NoClient:
    """Stands in for the client of an unpickled resource. Using it is an `Error` that says what to do."""

    # The hrefs in a pickle are absolute.
    BASE_URL = ""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise Error(f"The resource {HOW_TO_ATTACH}")


NO_CLIENT: Final = NoClient()


def pickled_state(record: Record) -> dict[str, Any]:
    """Return the attributes of a record that its pickle carries."""
    secrets = {name: each for name, each in record._declared.items() if each.secret}
    state = {name: value for name, value in record.__dict__.items() if name != "_client"}
    state["_raw"] = without_secrets(type(record), record._raw)
    state["_values"] = {name: value for name, value in record._values.items() if name not in secrets}
    state["_staged"] = record._staged.difference(secrets)
    # What was left out is fetched when the resource has a client again.
    state.pop("_fetched_past_cache", None)
    if len(state["_raw"]) < len(record._raw):
        state.pop("_fetched", None)
    return state


def without_secrets(kind: Any, json: Any) -> Any:
    """Return JSON without the secrets that its class declares, also in what an expansion included."""
    if isinstance(json, list):
        return [without_secrets(getattr(kind, "item_class", None) or kind, each) for each in json]
    # Callers may have passed resources, which are pickled by themselves.
    if not isinstance(json, Mapping) or hasattr(json, "_as_sent"):
        return json
    kind_of = getattr(kind, "_kind_of_json", _unknown_kind)
    return {
        key: without_token(value) if key == "href" and isinstance(value, str) else _part(kind_of(key), value)
        for key, value in json.items()
        if value is None or not _is_secret(kind, key)
    }


def _part(kind: Any, json: Any) -> Any:
    return json if kind is None or not isinstance(json, Mapping | list) else without_secrets(kind, json)


def _is_secret(kind: Any, key: str) -> bool:
    named = getattr(kind, "_named", None)
    attribute = named(key) if named is not None else None
    return attribute is not None and attribute.secret


def _unknown_kind(key: str) -> Any:
    return object


def attach(thing: Any, client: Any) -> None:
    """Give a client to a record, and to every object that it holds."""
    pending, seen = [thing], set()
    while pending:
        each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if (take_client := getattr(each, "_take_client", None)) is not None:
            pending.extend(take_client(client))
        elif isinstance(each, list | tuple):
            pending.extend(each)
