"""Custom data: a free-form JSON object of the caller's own on a resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from stormpath.error import Error
from stormpath.resources import signals
from stormpath.resources.custom_data_mapping import RESERVED, CustomDataMapping
from stormpath.resources.custom_data_values import json_value, without_own_keys
from stormpath.resources.mixins import DeleteMixin, SaveMixin
from stormpath.resources.wire import is_same_json

# The service's code for a reserved key.
RESERVED_KEY = 3003


class CustomData(SaveMixin, DeleteMixin, CustomDataMapping):
    """A mapping of the caller's keys to any JSON values. The spelling of keys is never changed.

    Setting a key makes no request; reading one that is not held fetches everything once. ``created_at`` and
    ``modified_at`` are read-only keys with ``datetime`` values. Values may be edited in place.

    Dates, times, durations, UUIDs and Decimals become texts (see ``custom_data_values.json_value``), and are
    read as such at once. ``TypeError`` or ``ValueError``, with the place of the value, for what JSON does not
    have.

    A copy (``dict(data)``, ``{**data}``, ``data | {...}``, ``data.copy()``) is a plain dictionary with the
    timestamps, and may be given to ``create``, to another owner and to ``update``: they leave the timestamps
    out. Every other value of a reserved key is refused.

    ``save()`` sends the keys that were set or edited and deletes those that were deleted, one request each;
    the service leaves other keys as they are. Saving the owner sends the set and edited keys in the owner's
    own request.
    """

    def save(self) -> None:
        """Delete the keys that were deleted, then POST those that were set or edited.

        With no change at all it still POSTs; after deletions alone it does not.
        """
        only_deletes = bool(self._removed) and not self._is_sent_with_owner()
        self._owner_saves()
        if not only_deletes:
            super().save()

    def delete(self) -> None:
        """DELETE all keys. The object stays, and keys can be set again.

        The service keeps the timestamps: reading costs a request.
        """
        if self.is_new():
            return
        super().delete()
        self._drop_changes()
        self._raw = {}
        self._fetched = self._is_partial = False

    @classmethod
    def _body_from(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the custom data that creates an owner with these keys.

        `Error` with the service's code for a reserved key. The service does not know the spellings of Python,
        and would store what no reader of this class finds.
        """
        given = values._content() if isinstance(values, CustomData) else without_own_keys(values)
        for key in given:
            if cls._is_reserved(key):
                raise Error({"status": 400, "code": RESERVED_KEY, "message": RESERVED.format(key)})
        return {key: json_value(key, value) for key, value in given.items()}

    def _take_client(self, client: Any) -> Iterable[Any]:
        super()._take_client(client)
        return ()

    @classmethod
    def _kind_of_json(cls, key: str) -> None:
        return None

    def _changed(self) -> dict[str, Any]:
        edited = {
            key: value
            for key, value in self._values.items()
            if isinstance(value, list | dict) and not is_same_json(value, self._raw.get(key))
        }
        return {**edited, **self._set}

    def _get_properties(self) -> dict[str, Any]:
        if self._href is None:
            return {key: json_value(key, value) for key, value in self._content().items()}
        return {key: json_value(key, value) for key, value in self._changed().items()}

    def _has_changes(self) -> bool:
        return bool(self._removed or self._changed())

    def _is_sent_with_owner(self) -> bool:
        return bool(self._changed())

    def _as_sent(self) -> dict[str, Any]:
        return self._get_properties()

    def _set_properties(self, properties: Mapping[str, Any], overwrite: bool = False) -> None:
        if overwrite:
            self._drop_changes()
            self._raw = {}
        super()._set_properties(properties, overwrite)

    def _drop_changes(self) -> None:
        self._set, self._removed, self._values = {}, (), {}

    def _take_reply(self, sent: Mapping[str, Any], reply: Any) -> None:
        answer = reply if isinstance(reply, Mapping) else {}
        # An answer of the service is complete; one is recognized by its timestamps.
        self._is_partial = not self._is_loaded() and "createdAt" not in answer
        self._set = {}
        self._replace_raw({**self._raw, **sent, **answer})

    def _still_holds(self, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        key = self._declared[name].wire if name in self._declared else name
        return key not in new or old.get(key) == new[key] or is_same_json(self._values[name], new[key])

    def _owner_saves(self) -> None:
        """Delete keys first: a key that was deleted and set again must end up set."""
        if self._removed:
            # A value that cannot be sent is found before anything is deleted.
            self._get_properties()
        for key in self._removed:
            self._store.delete_resource(f"{self.href}/{quote(key, safe='')}")
            self._raw = {each: value for each, value in self._raw.items() if each != key}
            self._removed = self._removed[1:]
            self._store.uncache_resource(self.href)
            self._forget_modified_at()

    def _owner_saved(self) -> None:
        sent = self._get_properties()
        if not sent:
            return
        self._store.uncache_resource(self.href)
        self._take_reply(sent, None)
        self._forget_modified_at()
        signals.updated(self, sent)

    def _forget_modified_at(self) -> None:
        self._values.pop("modified_at", None)
        self._raw = {key: json for key, json in self._raw.items() if key != "modifiedAt"}

    def _json_content(self) -> dict[str, Any]:
        facts = {"href": self._href, "sp_http_status": self._raw.get("sp_http_status")}
        held = {name: fact for name, fact in facts.items() if fact is not None}
        # The JSON tells what is held, and requests nothing.
        unknown = "modified_at" if "modifiedAt" not in self._raw else None
        return {**held, **{key: self[key] for key in self._held_keys() if key != unknown}}
