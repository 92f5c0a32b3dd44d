"""Default relay states: where a login that begins at the identity provider ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stormpath.resources import signals
from stormpath.resources.attributes import Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.expansion import Expansion
from stormpath.resources.fixed_attrs import FixedAttrsDict
from stormpath.resources.links import Link
from stormpath.resources.resource import Resource


class OrganizationNameKey(Link[Any]):
    """An organization, given by its name key instead of its href."""

    def to_wire(self, value: Any) -> Any:
        """Return ``{"nameKey": ...}`` for an organization, its name key, or a dictionary with that."""
        if isinstance(value, str):
            return {"nameKey": value}
        key = getattr(value, "name_key", None)
        return super().to_wire(value) if key is None else {"nameKey": key}

    def from_wire(self, record: Any, json: Any) -> Any:
        """Return the value as it is."""
        return json


class DefaultRelayState(FixedAttrsDict):
    """A relay state; ``default_relay_state`` is the text to configure at the identity provider."""

    callback_uri = Text(writable=True)
    organization = OrganizationNameKey("Organization", writable=True)
    state = Text(writable=True)
    default_relay_state = Text()


class DefaultRelayStateList(CollectionResource[Any]):
    """The relay states of an application. The service does not store them: they can only be created."""

    resource_class = Resource  # never instantiated

    def create(
        self, properties: Mapping[str, Any] | None = None, expand: Expansion | None = None, **params: Any
    ) -> DefaultRelayState:
        """POST the state of a login: ``callback_uri``, ``organization``, ``state``; all optional.

        An organization is given as the object, its name key, or ``{"name_key": ...}``.
        """
        body = DefaultRelayState._body_from(properties or {})
        reply = self._store.create_resource(self._get_create_path(), body, params=dict(params))
        signals.created(DefaultRelayState, body, params)
        return DefaultRelayState(self._client, {**body, **reply})

    def get(self, href: str, expand: Expansion | None = None) -> DefaultRelayState:
        """Raise ``ValueError``: the service does not store relay states."""
        raise ValueError("a default relay state cannot be fetched; keep what create returned")

    def _refuse_reading(self) -> None:
        raise ValueError("default relay states cannot be listed; keep what create returned")
