"""The cacheable parts of an answer: the region of each resource, and the form in which it is stored."""

from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
NOTHING: Json = {}

ACCOUNTS = "accounts"
CUSTOM_DATA = "customData"
# Belongs to one answer and is not part of the resource.
STATUS = "sp_http_status"
REGIONS = (
    ACCOUNTS,
    "apiKeys",
    "accountStoreMappings",
    "applications",
    CUSTOM_DATA,
    "directories",
    "organizations",
    "groups",
    "groupMemberships",
    "tenants",
    "nonces",
)

# Never cached: a reader of a shared cache must not be able to log in or to verify an address (the token is
# the end of its link). A null reveals nothing and is cached. These attributes are read from the service: see
# ``uncached`` in ``stormpath.resources.attributes``.
SECRETS = {ACCOUNTS: ("password", "emailVerificationToken"), "apiKeys": ("secret",)}


def region_of(href: str) -> str:
    """Return the region of a resource's href; for a kind that is not cached, a name that is no region."""
    _, *last_two = href.rsplit("/", 2)
    if len(last_two) < 2 or "?" in last_two[1]:
        return ""
    return CUSTOM_DATA if last_two[1] == CUSTOM_DATA else last_two[0]


def without_custom_data_key(href: str) -> str:
    """Return the href of the custom data that a key belongs to; any other href unchanged."""
    owner, between, _ = href.partition(f"/{CUSTOM_DATA}/")
    return f"{owner}/{CUSTOM_DATA}" if between else href


def owner_of(href: str) -> str:
    """Return the href of the resource that custom data belongs to; any other href unchanged."""
    return href.removesuffix(f"/{CUSTOM_DATA}")


def dependencies_of(href: str, resource: Json) -> Iterator[str]:
    """Yield the names whose invalidation makes a resource stale: its href, region, owner and links."""
    region = region_of(href)
    yield href
    yield region
    if region == CUSTOM_DATA:
        # What looks like a link in custom data is the caller's own data.
        yield owner_of(href)
    else:
        yield from (value["href"] for value in resource.values() if is_link(value))


def without_secrets(region: str, resource: Json) -> Json:
    """Return a resource without its secrets."""
    for secret in SECRETS.get(region, ()):
        if resource.get(secret) is not None:
            resource = CacheableResource({name: value for name, value in resource.items() if name != secret})
    return resource


def resources_in(answer: Json, href: str | None = None) -> Iterator[tuple[str, Json]]:
    """Yield the resources that an answer contains, each with its href, with expanded links collapsed.

    ``href`` is the href of the answer, if the answer contains none.
    """
    href = answer.get("href", href)
    if href is not None and region_of(href) == CUSTOM_DATA:
        # The caller's own data: what looks like a resource or a list inside it is neither.
        kept = CacheableResource(deep_copy(answer))
        kept.pop(STATUS, None)
        yield href, kept
    elif isinstance(answer.get("items"), list):
        for item in answer["items"]:
            if isinstance(item, dict):
                yield from resources_in(item)
    else:
        kept, expanded = _collapsed(answer)
        for each in expanded:
            yield from resources_in(each)
        if href is not None and not is_only_href(answer):
            yield href, kept


def _collapsed(answer: Json) -> tuple["CacheableResource", list[Json]]:
    """Return a copy of an answer with its expanded links collapsed, and the resources that were expanded."""
    # One pass, for speed: every answer that is cached goes through this function.
    kept, expanded = CacheableResource(), []
    for name, value in answer.items():
        if type(value) is dict:
            href = value.get("href")
            if isinstance(href, str):
                if len(value) > 1:
                    expanded.append(value)
                kept[name] = {"href": href}
                kept.links.append(name)
                continue
        elif type(value) is not list:
            kept[name] = value
            continue
        kept[name] = deep_copy(value)
        kept.others.append(name)
    kept.pop(STATUS, None)
    return kept, expanded


def is_only_href(answer: Json) -> bool:
    """Return whether an answer contains nothing but the href of a resource."""
    return answer.keys() <= {"href", STATUS}


def is_link(value: Any) -> bool:
    """Return whether a value is a link to a resource, expanded or not."""
    return isinstance(value, dict) and isinstance(value.get("href"), str)


def matches_login(login: str) -> Callable[[Json], bool]:
    """Return a condition: whether a login is an account's username or e-mail address, in any letter case."""
    from unicodedata import normalize

    def folded(text: Any) -> str:
        return normalize("NFC", str(text).casefold())

    wanted = folded(login)
    return lambda account: wanted in (folded(account.get("username")), folded(account.get("email")))


class CacheableResource(dict[str, Any]):
    """A resource as it is cached, never changed. It lists the values that a copy must not share.

    Of twenty-five values some fifteen are links; finding them again for every hit takes longer than the rest.
    """

    __slots__ = ("links", "others")

    def __init__(self, resource: Json = NOTHING) -> None:
        super().__init__(resource)
        self.links: list[str] = []
        self.others: list[str] = []
        for name, value in resource.items():
            if type(value) is dict or type(value) is list:
                (self.links if len(value) == 1 and is_link(value) else self.others).append(name)


def private_copy(resource: Json) -> Json:
    """Return a copy of a cached resource that the caller may change."""
    # Items of a page and values from network stores are plain dictionaries.
    kept = resource if isinstance(resource, CacheableResource) else CacheableResource(resource)
    copy = kept.copy()
    for name in kept.links:
        copy[name] = kept[name].copy()
    for name in kept.others:
        copy[name] = deep_copy(kept[name])
    return copy


def deep_copy(value: Any) -> Any:
    """Return a copy of a JSON value that shares no list and no dictionary with it."""
    if isinstance(value, dict):
        return {name: deep_copy(each) for name, each in value.items()}
    if isinstance(value, list):
        return [deep_copy(each) for each in value]
    return value
