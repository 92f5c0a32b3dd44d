"""What a person sees of each kind of resource: names, columns, tabs. The rest follows from declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from stormpath.server.console import labels
from stormpath.server.console.declared.secrets import is_secret
from stormpath.server.console.texts import gettext
from stormpath.server.schema import (
    Choice,
    Collection,
    CustomData,
    Flag,
    Link,
    Resource,
    Text,
    Timestamp,
)

if TYPE_CHECKING:
    from stormpath.server.console.request import ConsoleRequest


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of resource is shown, where that does not follow from its declaration.

    ``title`` are the attributes by which one is called, the first that has a value. ``unlisted`` attributes
    have no column unless a person asks for it. ``section`` is the main tab. ``hidden`` collections and links
    have no entry in the menu of a resource. ``links`` are those shown in lists, by name. ``disabling`` and
    ``deleting`` say what follows when one is disabled or deleted. ``expands`` are companions that are read
    with each resource, because its menu depends on them. ``is_copy`` tells by the JSON whether its items are
    copied from another system, and none can be created here.
    """

    section: str = ""
    title: tuple[str, ...] = ("name",)
    unlisted: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()
    disabling: str = "What is disabled lets no one in. Everything that it holds stays."
    deleting: str = ""
    expands: tuple[str, ...] = ()
    is_copy: Callable[[Mapping[str, Any]], bool] = lambda body: False


def is_mirror(directory: Mapping[str, Any]) -> bool:
    """Tell by its JSON, with the provider inline, whether a directory copies another system."""
    return bool(directory.get("provider", {}).get("providerType", "stormpath") != "stormpath")


_PLAIN: Final = Kind(title=("name", "nameKey", "email", "username", "number", "type", "id"))

KINDS: Final[dict[str, Kind]] = {
    "account": Kind(
        section="accounts",
        title=("fullName", "username", "email"),
        unlisted=frozenset(
            {
                "givenName",
                "middleName",
                "surname",
                "emailVerificationStatus",
                "emailVerificationToken",
                "passwordModifiedAt",
                "modifiedAt",
            }
        ),
        hidden=frozenset({"tenant", "groupMemberships", "accountLinks", "providerData", "refreshTokens"}),
        disabling="A disabled account cannot log in anywhere. Everything that belongs to it stays.",
        links=("directory",),
    ),
    "application": Kind(
        section="applications",
        unlisted=frozenset({"authorizedCallbackUris", "authorizedOriginUris", "createdAt", "modifiedAt"}),
        hidden=frozenset(
            {
                "tenant",
                "defaultAccountStoreMapping",
                "defaultGroupStoreMapping",
                "oAuthPolicy",
                "samlPolicy",
            }
        ),
    ),
    "directory": Kind(
        section="directories",
        unlisted=frozenset({"createdAt", "modifiedAt"}),
        hidden=frozenset({"tenant", "applicationMappings", "organizationMappings"}),
        expands=("provider",),
        is_copy=is_mirror,
    ),
    "group": Kind(
        section="groups",
        unlisted=frozenset({"createdAt", "modifiedAt"}),
        hidden=frozenset({"tenant", "accountMemberships", "applicationMappings", "organizationMappings"}),
        disabling="Disabling a group stops logins that come through it as an account store. Members who have "
        "another way in can still log in.",
        deleting="Deleting a group removes its memberships. The accounts stay.",
        links=("directory",),
    ),
    "organization": Kind(
        section="organizations",
        unlisted=frozenset({"createdAt", "modifiedAt"}),
        hidden=frozenset({"tenant", "defaultAccountStoreMapping", "defaultGroupStoreMapping"}),
    ),
    "agent": Kind(section="agents", title=("directory.name", "id"), unlisted=frozenset({"id", "modifiedAt"})),
    "idSite": Kind(section="idSite", title=("domainName",)),
    "tenant": Kind(section="tenant"),
}

#: What the service itself needs, by kind and name, with the reason why it stays as it is.
PROTECTED: Final[dict[tuple[str, str], str]] = {
    ("application", "Stormpath"): (
        "This application stands for the service itself: its account stores decide who may use this console "
        "and the API. It cannot be disabled, renamed or deleted."
    ),
    ("directory", "Stormpath Administrators"): (
        "The accounts of this directory may use this console, and their API keys open the API. It cannot be "
        "disabled, renamed or deleted, and its policies and workflows are fixed."
    ),
}


def protection_of(resource: str, body: Mapping[str, Any]) -> str:
    """Return why a resource is protected; empty for one that is not."""
    text = PROTECTED.get((resource, str(body.get("name", ""))))
    return gettext(text) if text else ""


def kind_of(resource: str) -> Kind:
    """Return what is known of a kind of resource."""
    return KINDS.get(resource, _PLAIN)


def title_of(resource: str, body: Mapping[str, Any]) -> str:
    """Return what a resource is called: by its JSON, which may be a mere link."""
    for each in kind_of(resource).title:
        owner, _, name = each.rpartition(".")
        if text := (body.get(owner) or {}).get(name) if owner else body.get(name):
            return str(text)
    return str(body.get("href", "")).rpartition("/")[2] or labels.singular(resource)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. ``kind`` is ``text``, ``status``, ``word``, ``flag``, ``time`` or ``link``.

    ``cells`` makes the cells of all rows at once, of the JSON of the resources, in which those of ``expands``
    are inline; for what is no attribute. ``place`` is beside the other columns: those of attributes have 50.
    """

    name: str
    label: str
    kind: str
    sortable: bool
    is_default: bool
    expands: tuple[str, ...] = ()
    cells: Callable[[ConsoleRequest, Sequence[Mapping[str, Any]]], Sequence[Any]] | None = None
    place: int = 50


#: Columns that no attribute stands for, by the kind of resource.
_MADE: Final[dict[str, list[Column]]] = {}


def add_columns(resource: str, *columns: Column) -> None:
    """Add columns to all lists of a kind of resource."""
    known = _MADE.setdefault(resource, [])
    known.extend(each for each in columns if each not in known)


def columns_of(resource: Resource) -> list[Column]:
    """Return the columns of a list: every attribute that is a short value, and some links.

    What a resource is called comes first. A new attribute has a column at once.
    """
    kind = kind_of(resource.name)
    found = []
    for each in resource.attributes:
        # A secret stands in no list: it is shown alone, after the password.
        if not each.shown or each.only_for or is_secret(each):
            continue
        match each:
            case Link() if each.name in kind.links:
                shape = "link"
            case Link() | Collection() | CustomData():
                continue
            case Choice() if each.name == "status":
                shape = "status"
            case Flag():
                shape = "flag"
            case Timestamp():
                shape = "time"
            case Text() if each.max_length <= 1000:
                shape = "text"
            case Choice():
                shape = "text"
            case _ if each.schema_type.get("type") in ("integer", "string"):
                shape = "text"
            case _:
                continue
        label = labels.label(each.name, resource.name)
        found.append(Column(each.name, label, shape, each.sortable, each.name not in kind.unlisted))
    order = {name: number for number, name in enumerate(kind.title)}
    late = {"status": 90, "createdAt": 91, "modifiedAt": 92}
    every = [*found, *_MADE.get(resource.name, ())]
    return sorted(every, key=lambda each: order.get(each.name, late.get(each.name, each.place)))
