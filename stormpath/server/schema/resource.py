"""The declaration of a resource: its attributes, links and collections, and its paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from stormpath.forks import cached_property
from stormpath.server.schema.attributes import Attribute, Choice, Computed, Text, Timestamp
from stormpath.server.schema.errors import Code
from stormpath.server.schema.links import Collection, CustomData, Link

if TYPE_CHECKING:
    from stormpath.server.schema.endpoints import Endpoint

ENABLED: Final = "ENABLED"
DISABLED: Final = "DISABLED"
#: Of accounts alone: kept out like a DISABLED one.
LOCKED: Final = "LOCKED"


@dataclass(frozen=True, kw_only=True)
class Option:
    """A query parameter besides ``expand``, such as ``createDirectory`` of a creation.

    ``parse`` gets an empty text too if it ``may_be_empty``; for other options, that is a fault of the query.

    Where it has no meaning it is ignored. One that is ``refused_on_update`` is an error there, because
    without it the same body means something else.
    """

    name: str
    about: str
    parse: Callable[[str], Any]
    may_be_empty: bool = False
    refused_on_update: bool = False


@dataclass(frozen=True, kw_only=True)
class Document:
    """The answer to GET where it is not JSON: bytes of this media type, made by the rules of the resource.

    With ``or_json`` a caller that asks for JSON (``Accept``) gets the plain representation. A ``public``
    document can be read without credentials, because systems that have none fetch it.
    """

    media_type: str
    or_json: bool = False
    public: bool = False


@dataclass(frozen=True)
class Resource:
    """One kind of resource. ``name`` is the singular, ``plural`` the path segment.

    ``own`` are its attributes in the order in which they are checked and shown; every resource has
    ``createdAt`` and ``modifiedAt`` besides. ``top_level`` are the verbs its bare path answers (``GET`` lists
    the tenant's, ``POST`` creates); ``verbs`` those of an instance. ``options`` are accepted wherever one is
    created, ``read_options`` wherever one is shown, also inside another resource. ``order`` is the column of
    its default order when it is not the time of creation. ``indexes`` are further columns to index for lists,
    besides links and unique columns. ``text_index`` says that an index finds its searched texts by what they
    contain: for collections that grow large.

    A row ``expires`` at the time in that column: from then on there is no such resource, whether the row is
    removed already or not. ``gone`` is the error code for a resource that is not there.

    ``below`` is the plural of the resource whose id it shares and whose path it extends, as
    ``/directories/{id}/provider``. A ``view_of`` another resource has no table: its rows are the other's.
    ``variant`` is the column with the variant of a row; attributes may be ``only_for`` some variants.
    ``document`` is what GET answers with when that is not JSON.
    """

    name: str
    plural: str
    own: tuple[Attribute, ...]
    about: str = ""
    verbs: tuple[str, ...] = ("GET", "POST", "DELETE")
    top_level: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    read_options: tuple[Option, ...] = ()
    order: str = ""
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    text_index: bool = False
    below: str = ""
    view_of: str = ""
    variant: str = ""
    document: Document | None = None
    expires: str = ""
    gone: Code = Code.NOT_FOUND

    @property
    def path(self) -> str:
        """The path of an instance, with ``{id}`` in it."""
        return f"/{self.below}/{{id}}/{self.plural}" if self.below else f"/{self.plural}/{{id}}"

    def href(self, base_url: str, id: str) -> str:
        """Return the href of an instance."""
        return f"{base_url}{self.path.replace('{id}', id)}"

    @cached_property
    def refused_on_update(self) -> tuple[str, ...]:
        """The names of the options that an update refuses."""
        return tuple(each.name for each in self.options if each.refused_on_update)

    @cached_property
    def title(self) -> str:
        """Its name with a capital, as the name of a schema: ``GroupMembership``."""
        return self.name[0].upper() + self.name[1:]

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """Its own attributes and the standard ones."""
        return (Timestamp("createdAt", nullable=False), Timestamp("modifiedAt", nullable=False), *self.own)

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        """Attributes by wire name."""
        return {each.name: each for each in self.attributes}

    @cached_property
    def by_folded_name(self) -> dict[str, Attribute]:
        """Attributes by lower-case wire name: old clients change the case of names in ``orderBy``."""
        return {each.name.lower(): each for each in self.attributes}

    @cached_property
    def also_taken(self) -> dict[str, tuple[Attribute, ...]]:
        """What creations in its collections take beside the item's attributes, by the kind of item."""
        return {each.of: each.also_takes for each in self.own if isinstance(each, Collection)}

    @cached_property
    def or_else(self) -> dict[str, Endpoint]:
        """The endpoints that are called by creations in its collections, by the kind of item."""
        found = [each for each in self.own if isinstance(each, Collection)]
        return {each.of: each.or_else for each in found if each.or_else is not None}

    @cached_property
    def custom_data(self) -> CustomData | None:
        """Its custom data attribute, if it has one."""
        return next((each for each in self.own if isinstance(each, CustomData)), None)

    @cached_property
    def searched_texts(self) -> tuple[Text, ...]:
        """The strings that ``q`` searches."""
        return tuple(each for each in self.own if isinstance(each, Text) and each.searchable)

    @cached_property
    def joined_texts(self) -> tuple[Computed, ...]:
        """The strings that ``q`` searches and that are made of others, joined by spaces."""
        return tuple(each for each in self.own if isinstance(each, Computed) and each.joins)

    def link(self, name: str) -> Link:
        """Return the link of that name."""
        found = self.by_name[name]
        if not isinstance(found, Link):
            raise TypeError(f"{self.name}.{name} is not a link")
        return found


TENANT_LINK: Final = Link(
    "tenant", to=("tenant",), nullable=False, fixed=True, about="The owner of everything."
)
STATUS: Final = Choice("status", choices=(ENABLED, DISABLED), default=ENABLED, searchable=True)
