"""What a write changes besides the resource that it is about."""

from typing import Final, NamedTuple

from stormpath.cache.cacheable import CUSTOM_DATA, Json, is_link


class InvalidationRule(NamedTuple):
    """What goes, or changes, with a resource that is deleted.

    ``linked``
        What links to it, as region and attribute: those entries are looked up and forgotten. Where the store
        cannot look through its entries, the whole region is.
    ``regions``
        Where something may hang on it whose link leads over others. Those need not be cached, so nobody could
        follow it: the whole region is forgotten.
    ``custom_data``
        Whether it has custom data, which lies under its own href.
    """

    linked: tuple[tuple[str, str], ...] = ()
    regions: tuple[str, ...] = ()
    custom_data: bool = False


NOTHING: Final = InvalidationRule()

# Accounts are deleted often, so what goes with them is named exactly.
ON_DELETE: Final = {
    "accounts": InvalidationRule(
        linked=(("groupMemberships", "account"), ("apiKeys", "account")),
        custom_data=True,
    ),
    # Applications and organizations lose a mapping along with an account store: what is their default, and
    # the order of those that stay, may be another.
    "groups": InvalidationRule(
        linked=(("groupMemberships", "group"),),
        regions=("accountStoreMappings", "applications", "organizations"),
        custom_data=True,
    ),
    "directories": InvalidationRule(
        linked=(("accounts", "directory"), ("groups", "directory")),
        regions=(
            *("groupMemberships", "apiKeys", CUSTOM_DATA),
            *("accountStoreMappings", "applications", "organizations"),
        ),
        custom_data=True,
    ),
    "organizations": InvalidationRule(regions=("accountStoreMappings", "applications"), custom_data=True),
    "applications": InvalidationRule(linked=(("accountStoreMappings", "application"),), custom_data=True),
    # Of a mapping that is known, see ``owner_of_mapping``.
    "accountStoreMappings": InvalidationRule(regions=("accountStoreMappings", "applications")),
    "organizationAccountStoreMappings": InvalidationRule(
        linked=(
            ("organizations", "defaultAccountStoreMapping"),
            ("organizations", "defaultGroupStoreMapping"),
        )
    ),
}

# What changes with a mapping of an owner, besides the owner: the order of its other mappings.
SIBLING_MAPPINGS: Final = ("accountStoreMappings", "application")


def owner_of_mapping(resource: Json) -> str | None:
    """Return whose default stores and order of stores change with a resource; None if it is no mapping."""
    for owner in ("application", "organization"):
        if "accountStore" in resource and is_link(resource.get(owner)):
            href: str = resource[owner]["href"]
            return href
    return None
