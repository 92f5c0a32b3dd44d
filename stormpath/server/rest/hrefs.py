"""Hrefs: those in answers, and those that callers send."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from stormpath.server.domain.storage import Row
from stormpath.server.rest.addresses import Addresses
from stormpath.server.schema import HostName, Link, Resource, required, wrong_type
from stormpath.server.schema.errors import ApiError, Code, no_match, shown

#: No href of this service is longer. Parsing one has a cost that grows faster than its length.
_LONGEST_HREF: Final = 2048

_ID: Final = re.compile(r"[0-9A-Za-z]{1,64}", re.ASCII)


def is_id(text: str) -> bool:
    """Tell whether the text has the form of an id."""
    return _ID.fullmatch(text) is not None


class Hrefs:
    """Hrefs under one base URL. Of an incoming href, only the path below it or an alias counts."""

    def __init__(self, base_url: str, resources: Iterable[Resource], aliases: Iterable[str] = ()) -> None:
        self.base_url = base_url
        self.addresses = Addresses(base_url, aliases)
        self.root = self.addresses.root
        self._origin = base_url.removesuffix(urlsplit(base_url).path)
        self._host = urlsplit(base_url).hostname or "localhost"
        resources = tuple(resources)
        self._by_plural = {each.plural: each for each in resources if not each.below}
        self._around_id = {each.name: self._split(each.path) for each in resources}

    @property
    def origin(self) -> str:
        """The service's scheme and host, with a slash."""
        return f"{self._origin}/"

    def of(self, resource: str, id: str) -> str:
        """Return the href of a resource."""
        before, after = self._around_id[resource]
        return f"{before}{id}{after}"

    def around_id(self, resource: str) -> tuple[str, str]:
        """Return the parts before and after the id in the hrefs of a kind of resource."""
        return self._around_id[resource]

    def at(self, path: str, id: str) -> str:
        """Return the href of an address below the base URL that has ``{id}`` in it."""
        return f"{self.base_url}{path.replace('{id}', id)}"

    def token(self, path: str, token: str, id: str = "") -> str:
        """Return the href of a token, under a path with ``{token}`` in it."""
        return self.at(path, id).replace("{token}", token)

    def page(self, url: str) -> str:
        """Return a URL for browsers, where a path alone is a page of this service."""
        return f"{self._origin}{url}" if url.startswith("/") else url

    def of_page(self, url: str) -> str:
        """Return a URL for browsers as it is stored: own pages without the host, which may change."""
        for each in (self._origin, *self.addresses.origins):
            if url.startswith(f"{each}/"):
                return url.removeprefix(each)
        return url

    def default_host(self, attribute: HostName, row: Row) -> str:
        """Return the subdomain of the service's host that a resource has while no host name is stored."""
        return f"{attribute.under.format_map(row)}.{self._host}"

    def _split(self, path: str) -> tuple[str, str]:
        before, _, after = path.partition("{id}")
        return f"{self.base_url}{before}", after

    def custom_data(self, resource: str, id: str) -> str:
        """Return the href of a resource's custom data."""
        return f"{self.of(resource, id)}/customData"

    def is_custom_data_of(self, resource: str, id: str) -> Callable[[Any], bool]:
        """Return a function that tells whether a value is the href of a resource's custom data."""
        own = urlsplit(self.custom_data(resource, id)).path

        def is_own(href: Any) -> bool:
            if not isinstance(href, str) or len(href) > _LONGEST_HREF:
                return False
            try:
                return urlsplit(href).path.rstrip("/") == own
            except ValueError:
                return False

        return is_own

    def resolve(self, href: str) -> tuple[str, str] | None:
        """Return (resource name, id) of an href, or ``None`` when it is not one of a resource."""
        if len(href) > _LONGEST_HREF:
            return None
        try:
            path = urlsplit(href).path
        except ValueError:
            return None
        rest = self.addresses.rest(path)
        parts = (path if rest is None else rest).strip("/").split("/")
        if len(parts) != 2 or (not path.startswith("/") and "://" not in href):
            return None
        resource = self._by_plural.get(parts[0])
        if resource is None or not is_id(parts[1]):
            return None
        return resource.name, parts[1]

    def target(self, link: Link, value: Any) -> tuple[str, str]:
        """Return (resource name, id) that a submitted link value names, or raise an error."""
        href = _href(link, value)
        found = self.resolve(href)
        if found is None:
            if link.no_href is not None and not self._is_href(href):
                raise _not_an_href(link.name, href, link.no_href)
            raise no_target(link.name, href, link.unknown)
        if found[0] not in link.to:
            raise _wrong_kind(link, found[0], href)
        return found

    def _is_href(self, text: str) -> bool:
        """Tell whether a text is an address of this API: a URL, or a path, below the base URL's path."""
        if len(text) > _LONGEST_HREF:
            return False
        try:
            return urlsplit(text).path.startswith(self.root)
        except ValueError:
            return False


def _not_an_href(name: str, text: str, code: Code) -> ApiError:
    return ApiError(
        code,
        f"{name} href is invalid: it is not an href.",
        f"{name} href must be the href of a resource, as the API shows it; {shown(text)} is not.",
    )


def _wrong_kind(link: Link, kind: str, href: str) -> ApiError:
    special = dict(link.wrong_kinds).get(kind)
    return ApiError(
        special or Code.LINK_NOT_PERMITTED,
        f"{link.name} cannot be linked to that resource.",
        (link.wrong_kind_hint if special else "")
        or f"{link.name} must be the href of a {' or a '.join(link.to)}; {shown(href)} is not.",
    )


def _href(link: Link, value: Any) -> str:
    href = value.get("href") if isinstance(value, dict) else None
    if isinstance(href, str):
        return href
    if link.malformed != Code.WRONG_TYPE:
        raise ApiError(link.malformed, f'{link.name} must be an object with an "href", which is a string.')
    if not isinstance(value, dict):
        raise wrong_type(link.name, 'an object with an "href"', value)
    if href is None:
        raise required(f"{link.name}.href")
    raise wrong_type(f"{link.name}.href", "a string", href)


def no_target(name: str, href: str, code: Code = Code.NO_SUCH_TARGET) -> ApiError:
    """Return the error for a link to a resource that does not exist, or is another tenant's."""
    return no_match(f"The {name} property value {shown(href)}", code)
