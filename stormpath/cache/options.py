"""The caller's ``cache_options``, resolved for each region."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stormpath.cache.memory_store import MemoryStore

OPTIONS = ("store", "ttl", "tti", "store_opts")


def options_by_region(
    cache_options: Mapping[str, Any], regions: Iterable[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each region with its options; options that it does not set are taken from the top level.

    The caller's dictionaries are not changed. Blanks around the names of options and regions are ignored, and
    so are unknown names.
    """
    top = _stripped(cache_options)
    of_regions = _stripped(top.get("regions"))
    for region in regions:
        own = _stripped(of_regions.get(region))
        chosen = {name: own.get(name, top.get(name)) for name in OPTIONS}
        options = {name: value for name, value in chosen.items() if value is not None}
        yield region, {**options, "store_opts": _store_options(options)}


def _stripped(options: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name.strip(): value for name, value in (options or {}).items()}


def _store_options(options: Mapping[str, Any]) -> dict[str, Any]:
    store = options.get("store", MemoryStore)
    given = dict(options.get("store_opts", {}))
    if not (isinstance(store, type) and issubclass(store, MemoryStore)):
        # Often set once at the top level, for memory stores; other stores refuse the option.
        given.pop("max_entries", None)
    return given
