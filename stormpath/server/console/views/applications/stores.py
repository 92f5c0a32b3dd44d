"""Account stores as pages show them: what they are called, and what they cannot be the location of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stormpath.server.console import labels
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.domain.account_stores import AccountStores, StoreFacts
from stormpath.server.schema.errors import ApiError

#: The provider of directories that are no copy of another system.
CLOUD: Final = "stormpath"

#: A store: its kind and its id.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Store:
    """An account store, or an application. ``value`` stands for it in forms: ``directories/<id>``."""

    facts: StoreFacts
    value: str
    page: str

    @property
    def name(self) -> str:
        """Its name."""
        return self.facts.name

    @property
    def type(self) -> str:
        """Its kind, for people; with the directory of a group."""
        if self.facts.kind == "group":
            return gettext("Group in %(directory)s", directory=self.facts.directory_name)
        return labels.singular(self.facts.kind)

    @property
    def is_mirror(self) -> bool:
        """Whether its accounts and groups are copies of those of another system."""
        return self.facts.provider_id not in ("", CLOUD)

    @property
    def no_accounts(self) -> str:
        """Why it cannot be the location of new accounts; empty if it can."""
        if self.is_mirror:
            return gettext("A mirrored directory takes its accounts from its source.")
        return ""

    @property
    def no_groups(self) -> str:
        """Why it cannot be the location of new groups; empty if it can."""
        match self.facts.kind:
            case "group":
                return gettext("A group cannot contain groups.")
            case "organization":
                return gettext("An organization takes new accounts only.")
            case _ if self.is_mirror:
                return gettext("A mirrored directory takes its groups from its source.")
        return ""


def reads(request: ConsoleRequest) -> AccountStores:
    """Return the reads of account stores that the API does not have."""
    found: AccountStores = request.console.services["account_stores"]
    return found


def key_of_href(request: ConsoleRequest, href: str) -> Key:
    """Return kind and id of the resource at an href."""
    kind, id = request.console.kind_at(href), href.rpartition("/")[2]
    return kind or "", id


def key_of_value(request: ConsoleRequest, value: str, kinds: Iterable[str]) -> Key | None:
    """Return kind and id of what a form names; ``None`` for what is none of those kinds."""
    plural, _, id = value.partition("/")
    for kind in kinds:
        if request.console.resources[kind].plural == plural and id.isalnum() and len(id) <= _LONGEST_ID:
            return kind, id
    return None


_LONGEST_ID: Final = 64


def find(request: ConsoleRequest, keys: Iterable[Key]) -> Mapping[Key, Store]:
    """Return the stores of the tenant among those keys. One statement for each kind."""
    asked = list(dict.fromkeys(keys))
    if not asked:
        return {}
    found = reads(request).facts(request.tenant["id"], asked)
    return {key: _store(request, each) for key, each in found.items()}


def _store(request: ConsoleRequest, facts: StoreFacts) -> Store:
    value = f"{request.console.resources[facts.kind].plural}/{facts.id}"
    return Store(facts, value, request.url(f"/{value}"))


@dataclass(frozen=True, slots=True)
class Owner:
    """What account stores are mapped to: an application or an organization, with its JSON."""

    kind: str
    body: Mapping[str, Any]

    @property
    def href(self) -> str:
        """Its href."""
        return str(self.body["href"])

    @property
    def id(self) -> str:
        """Its id."""
        return self.href.rpartition("/")[2]

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body["name"])

    @property
    def mapping(self) -> str:
        """The kind of its mappings."""
        return MAPPINGS[self.kind]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of stores that it may map."""
        return STORE_KINDS[self.kind]

    @property
    def adding(self) -> str:
        """What it is called to map one more: an application has login sources."""
        is_application = self.kind == "application"
        return gettext("Add Login Source") if is_application else gettext("Add Account Store")


#: By the kind of the owner: the kind of its mappings, and the kinds of its stores.
MAPPINGS: Final = {"application": "accountStoreMapping", "organization": "organizationAccountStoreMapping"}
STORE_KINDS: Final = {
    "application": ("directory", "group", "organization"),
    "organization": ("directory", "group"),
}


def owner_at(request: ConsoleRequest, kind: str) -> Owner:
    """Return the application or organization whose id is in the address. One request."""
    return Owner(kind, request.api.get(f"/{request.console.resources[kind].plural}/{request.params['id']}"))


def map_store(request: ConsoleRequest, owner: Owner, store: Key, **attributes: Any) -> dict[str, Any]:
    """Map a store to an owner, and return the mapping. One request."""
    path = request.console.resources[owner.mapping].plural
    return request.api.post(f"/{path}", mapping_body(request, owner, store, **attributes))


def mapping_body(request: ConsoleRequest, owner: Owner, store: Key, **attributes: Any) -> dict[str, Any]:
    """Return the JSON that maps a store to an owner."""
    href = f"{request.console.settings.base_url}/{request.console.resources[store[0]].plural}/{store[1]}"
    return {owner.kind: {"href": owner.href}, "accountStore": {"href": href}, **attributes}


def reraise_failure(error: ApiError) -> None:
    """Raise an error that is the service's own fault; the caller shows any other."""
    if error.status >= 500:
        raise error
