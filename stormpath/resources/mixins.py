"""Mixins: the abilities of resources, one class each.

A resource lists its abilities as bases, before :class:`~stormpath.resources.resource.Resource`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from stormpath.resources import signals
from stormpath.resources.links import undeclared
from stormpath.resources.names import from_camel_case
from stormpath.resources.templates import alters_data
from stormpath.resources.wire import ABSENT

# A mixin is used with these but does not derive from them, so that subclasses may list their bases in any
# order.
if TYPE_CHECKING:
    from stormpath.resources.record import Record
    from stormpath.resources.resource import Resource
else:
    Record = Resource = object


class SaveMixin(Resource):
    """Can be changed."""

    @alters_data
    def save(self) -> None:
        """POST the changes since the last load or save, and take the answer as the new state.

        Without changes it still POSTs. ``ValueError`` on a new object: a collection creates those.
        """
        if self.is_new():
            raise ValueError(f"a new {type(self).__name__} cannot be saved; create it through its collection")
        properties = self._get_properties()
        reply = self._store.update_resource(self.href, properties)
        self._take_reply(properties, reply)
        signals.updated(self, properties)

    def _owner_saves(self) -> None:
        """Send the changes that must precede the owner's save."""

    def _owner_saved(self) -> None:
        """Send the remaining changes after the owner's save."""
        if self._has_changes():
            self.save()


class AutoSaveMixin(SaveMixin):
    """Can be changed, and is saved together with other resources that belong to it."""

    @alters_data
    def save(self) -> None:
        """Save it together with those of its ``autosaves`` that were changed.

        Custom data travels in the same request, except keys to delete: one request each.
        """
        held = [self._values.get(name) for name in self.autosaves]
        # Callers may have linked a resource of any class.
        parts = [each for each in held if isinstance(each, SaveMixin)]
        for part in parts:
            part._owner_saves()
        super().save()
        for part in parts:
            part._owner_saved()


class DeleteMixin(Resource):
    """Can be deleted."""

    @alters_data
    def delete(self) -> None:
        """DELETE it; the object keeps its data. Does nothing on a new object."""
        if self.is_new():
            return
        self._store.delete_resource(self.href)
        signals.deleted(self)


class StatusMixin(Resource):
    """Can be enabled and disabled."""

    STATUS_ENABLED: ClassVar[str] = "ENABLED"
    STATUS_DISABLED: ClassVar[str] = "DISABLED"

    def get_status(self) -> str:
        """Return the status in capitals, ``DISABLED`` when there is none.

        Fetches an object that is not loaded; a loaded one is updated from the shared cache, for free.
        """
        self._ensure_data()
        return str(getattr(self, "status", None) or self.STATUS_DISABLED).upper()

    def is_enabled(self) -> bool:
        """Whether the status is ``ENABLED``; costs what :meth:`get_status` does."""
        return self.get_status() == self.STATUS_ENABLED

    def is_disabled(self) -> bool:
        """Whether the status is ``DISABLED``; costs what :meth:`get_status` does."""
        return self.get_status() == self.STATUS_DISABLED


class DictMixin(Record):
    """Can be read and written like a dictionary of its attributes.

    ``obj[name]`` is the attribute ``obj.name``, with the same errors. ``keys``, ``values`` and ``items``
    fetch an object that is not loaded, spell names as in Python and leave secrets out.
    """

    def __getitem__(self, key: str) -> Any:
        if not isinstance(key, str):
            raise TypeError(f"the name of an attribute is text, not {type(key).__name__}")
        # Templates ask for methods, and for indexes in text, as for attributes; that must cost no request.
        if self._named(key) is None and key != "href" and not self._may_have(key):
            raise self._no_attribute(key)
        return self._read(key)

    def __setitem__(self, key: str, value: Any) -> None:
        setattr(self, key, value)

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def get(self, key: str, default: Any = None) -> Any:
        """Return the attribute, or ``default`` if it does not exist."""
        try:
            return self[key]
        except AttributeError:
            return default

    def _may_have(self, key: str) -> bool:
        """Whether an attribute that is not declared is held, or may come with the data."""
        if key.isidentifier() and not hasattr(type(self), key):
            return True
        return self._held_json(undeclared(from_camel_case(key))) is not ABSENT

    def keys(self) -> list[str]:
        """Return the names of the attributes."""
        self._ensure_data()
        return self._get_property_names()

    def values(self) -> list[Any]:
        """Return the values of the attributes."""
        return [value for _, value in self.items()]

    def items(self) -> list[tuple[str, Any]]:
        """Return pairs of name and value."""
        return [(name, self._read(name)) for name in self.keys()]

    @alters_data
    def update(self, properties: Mapping[str, Any]) -> None:
        """Set several attributes, then save the object if it can be saved."""
        for name, value in properties.items():
            setattr(self, name, value)
        save = getattr(self, "save", None)
        if save is not None:
            save()
