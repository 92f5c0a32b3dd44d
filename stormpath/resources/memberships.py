"""Look-ups of the groups and accounts that callers refer to, and of memberships, in few requests.

A *reference* is the object, its absolute href, its name (of an account the username or e-mail, exactly), or a
dictionary to search its directory with. It refers to exactly one item: none that is the first of several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from stormpath.error import Error
from stormpath.resources.collection import CollectionResource
from stormpath.resources.criteria import check_only_criteria
from stormpath.resources.listing import R
from stormpath.resources.resource import Resource


@dataclass(frozen=True)
class Finder(Generic[R]):
    """Looks up references to one kind of resource.

    ``in_tenant`` is the list of the tenant, for hrefs; ``in_directory`` returns that of the directory, for
    names; ``fields_of`` returns the attributes that may hold a name.
    """

    kind: type[R]
    in_tenant: CollectionResource[R]
    in_directory: Callable[[], CollectionResource[R]]
    fields_of: Callable[[str], tuple[str, ...]]

    def check(self, reference: Any) -> None:
        """Raise what ``resolve`` raises for a reference that can refer to no item; makes no request."""
        if isinstance(reference, Resource):
            self._checked(reference)
        elif isinstance(reference, Mapping):
            check_only_criteria(reference)
        elif not isinstance(reference, str):
            raise TypeError(f"a {type(reference).__name__} cannot refer to a {self.kind.__name__}")
        elif not reference or (self._is_href(reference) and not self._has_id(reference)):
            raise ValueError(f"there is no {self.kind.__name__} {reference!r}: give its name or href")

    def check_all(self, references: Iterable[Any]) -> list[Any]:
        """Return the references as a list, after a ``check`` of each."""
        asked = list(references)
        for each in asked:
            self.check(each)
        return asked

    def resolve(self, reference: Any) -> R:
        """Return the resource; ``TypeError`` if that is no reference.

        ``ValueError`` if there is none, or a dictionary has no criterion or finds several.
        """
        self.check(reference)
        if isinstance(reference, Resource):
            return self._checked(reference)
        if isinstance(reference, Mapping):
            found = self._only_match(reference)
        elif self._is_href(reference):
            found = self._fetched(reference)
        else:
            found = self.named(reference, self.in_directory())
        if found is None:
            raise ValueError(f"there is no {self.kind.__name__} {reference!r} in the directory")
        return found

    def resolve_all(self, references: Iterable[Any]) -> list[R]:
        """Return the resources of several references; one listing finds all names of a small directory."""
        asked = self.check_all(references)
        if sum(map(self.is_name, asked)) < 2:
            return [self.resolve(each) for each in asked]
        listed = list(self.in_directory()._first_page())
        return [(self.is_name(each) and self._among(each, listed)) or self.resolve(each) for each in asked]

    def named(self, name: str, among: CollectionResource[R]) -> R | None:
        """Return the item of a list with exactly this name, or None; one request for each attribute.

        No request where the list was expanded in its owner in full.
        """
        if among._unused is not None and among._unused.is_last:
            return self._among(name, list(among))
        for field in self.fields_of(name):
            for each in among.search({field: name}):
                if getattr(each, field) == name:
                    return each
        return None

    def has(self, reference: Any, members: CollectionResource[R]) -> bool:
        """Whether a reference is among the members.

        Only a text that is not found there is looked up in the directory: ``ValueError`` if it is unknown.
        """
        self.check(reference)
        if self.is_name(reference):
            is_member = self.named(reference, members) is not None
        else:
            is_member = (reference if isinstance(reference, str) else self.resolve(reference)) in members
        if not is_member and isinstance(reference, str):
            self.resolve(reference)
        return is_member

    def has_each(self, references: Iterable[Any], members: CollectionResource[R]) -> Iterator[bool]:
        """Yield for each reference whether it is among the members; one request for up to 100 members."""
        asked = self.check_all(references)
        page = members._first_page()
        for reference in asked:
            wanted = reference if isinstance(reference, str) else self.resolve(reference)
            if self._among(wanted, page) is not None:
                yield True
            elif not page.is_last:
                yield self.has(wanted, members)
            else:
                self.resolve(wanted)
                yield False

    def is_name(self, reference: Any) -> bool:
        """Whether a reference is a name. A text that begins with the base URL is an href."""
        return isinstance(reference, str) and not self._is_href(reference)

    def matches(self, resource: R, reference: Any) -> bool:
        """Whether a reference (a name, an href or a resource) refers to a resource."""
        if self.is_name(reference):
            return any(getattr(resource, field) == reference for field in self.fields_of(reference))
        return resource.href == (self._spelled(reference) if isinstance(reference, str) else reference.href)

    def _is_href(self, text: str) -> bool:
        return self._spelled(text).startswith(self.in_tenant._client.BASE_URL)

    def _has_id(self, href: str) -> bool:
        """Whether an href below the base URL is longer than that of a collection."""
        path = self._spelled(href).removeprefix(self.in_tenant._client.BASE_URL)
        return len(path.strip("/").split("/")) > 1 and not path.endswith("/")

    def _spelled(self, text: str) -> str:
        # A name may begin with a slash, as a relative href does.
        return self.in_tenant._own_spelling(text) if "://" in text else text

    def _among(self, reference: Any, resources: Iterable[R]) -> R | None:
        return next((each for each in resources if self.matches(each, reference)), None)

    def _checked(self, resource: Resource) -> R:
        meant: Any = resource._referent()
        if not isinstance(meant, self.kind):
            raise TypeError(f"{resource!r} is no {self.kind.__name__}")
        if meant.is_new():
            raise ValueError(f"{resource!r} has no href: it was never saved")
        return meant

    def _only_match(self, criteria: Mapping[str, Any]) -> R | None:
        """Return the one item of the directory that a dictionary finds, or None; one request."""
        found = list(self.in_directory().search(criteria)[:2])
        if len(found) > 1:
            raise ValueError(
                f"{criteria!r} finds more than one {self.kind.__name__}: name the one that is meant"
            )
        return found[0] if found else None

    def _fetched(self, href: str) -> R:
        found = self.in_tenant.get(href)
        try:
            found._ensure_data()
        except Error as refused:
            raise ValueError(f"there is no {self.kind.__name__} at {href}") from refused
        return found


def all_or_any(answers: Iterable[bool], of_all: bool) -> bool:
    """Return whether all answers are true, or whether any is; stops as soon as that is known."""
    return all(answers) if of_all else any(answers)
