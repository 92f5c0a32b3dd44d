"""What of an answer goes into which region of the cache, and in what form."""

from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
NOTHING: Json = {}

ACCOUNTS = "accounts"
CUSTOM_DATA = "customData"
# Of one answer; no part of the resource.
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

# No cache ever sees these: whoever reads a shared one must neither log in nor verify an address (the token
# is the end of its link). A null gives nothing away. Who wants one of them asks the service: see
# ``uncached`` in ``stormpath.resources.attributes``.
SECRETS = {ACCOUNTS: ("password", "emailVerificationToken"), "apiKeys": ("secret",)}


def region_of(href: str) -> str:
    """Return the region that a resource's href names; for what is never cached, a name that no region has."""
    _, *last_two = href.rsplit("/", 2)
    if len(last_two) < 2 or "?" in last_two[1]:
        return ""
    return CUSTOM_DATA if last_two[1] == CUSTOM_DATA else last_two[0]


def without_custom_data_key(href: str) -> str:
    """Return the href of the whole custom data for that of one of its keys; any other href as it is."""
    owner, between, _ = href.partition(f"/{CUSTOM_DATA}/")
    return f"{owner}/{CUSTOM_DATA}" if between else href


def owner_of(href: str) -> str:
    """Return the href of the resource that custom data belongs to; any other href as it is."""
    return href.removesuffix(f"/{CUSTOM_DATA}")


def dependencies_of(href: str, resource: Json) -> Iterator[str]:
    """Yield what a resource stands and falls with: its own href, its region, its owner, what it links to."""
    region = region_of(href)
    yield href
    yield region
    if region == CUSTOM_DATA:
        # The links in there are the caller's own words.
        yield owner_of(href)
    else:
        yield from (value["href"] for value in resource.values() if is_link(value))


def without_secrets(region: str, resource: Json) -> Json:
    """Return a resource as it may be cached."""
    for secret in SECRETS.get(region, ()):
        if resource.get(secret) is not None:
            resource = CacheableResource({name: value for name, value in resource.items() if name != secret})
    return resource


def resources_in(answer: Json, href: str | None = None) -> Iterator[tuple[str, Json]]:
    """Yield the resources that an answer holds, each with its href and reduced to plain values and links.

    ``href`` is that of the answer, where it names none itself.
    """
    href = answer.get("href", href)
    if href is not None and region_of(href) == CUSTOM_DATA:
        # The caller's own words: what looks like a resource or a list in there is none.
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
    """Return an answer as plain values and links, none of them shared with it, and what it held expanded."""
    # In one go: every answer that is to be kept comes through here.
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
    """Say whether an answer holds no more than the name of a resource."""
    return answer.keys() <= {"href", STATUS}


def is_link(value: Any) -> bool:
    """Say whether a value names a resource, be it with or without its state."""
    return isinstance(value, dict) and isinstance(value.get("href"), str)


def matches_login(login: str) -> Callable[[Json], bool]:
    """Return what tells whether a login means an account: its username or its e-mail, in any letter case."""
    from unicodedata import normalize

    def folded(text: Any) -> str:
        return normalize("NFC", str(text).casefold())

    wanted = folded(login)
    return lambda account: wanted in (folded(account.get("username")), folded(account.get("email")))


class CacheableResource(dict[str, Any]):
    """A resource as it is cached: nobody changes it. It knows which of its values a copy must not share.

    Of twenty-five values some fifteen are links; finding them anew for every hit takes longer than the rest.
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
    """Return a cached resource for the caller to keep."""
    # Items of a page, and what comes from a store on the network, are plain dictionaries.
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
