"""The resources that a write makes stale, besides the one that it is sent to."""

from typing import Final, NamedTuple

from stormpath.cache.cacheable import CUSTOM_DATA, Json, is_link


class InvalidationRule(NamedTuple):
    """The entries that are invalidated when a resource is deleted.

    ``linked``
        Entries that link to the resource, as pairs of region and attribute: they are looked up and removed.
        The whole region is invalidated if the store cannot search its values.
    ``regions``
        Regions whose entries may depend on the resource through other resources. Those need not be cached, so
        the links cannot be followed: the whole region is invalidated.
    ``custom_data``
        Whether the resource has custom data, which has an href of its own.
    """

    linked: tuple[tuple[str, str], ...] = ()
    regions: tuple[str, ...] = ()
    custom_data: bool = False


NO_DEPENDANTS: Final = InvalidationRule()

# Accounts are deleted often, so their dependants are named exactly.
ON_DELETE: Final = {
    "accounts": InvalidationRule(
        linked=(("groupMemberships", "account"), ("apiKeys", "account")),
        custom_data=True,
    ),
    # Applications and organizations lose a mapping along with an account store: their default, and the order
    # of the remaining mappings, may change.
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
    # For a mapping that is not cached; otherwise see ``owner_of_mapping``.
    "accountStoreMappings": InvalidationRule(regions=("accountStoreMappings", "applications")),
    "organizationAccountStoreMappings": InvalidationRule(
        linked=(
            ("organizations", "defaultAccountStoreMapping"),
            ("organizations", "defaultGroupStoreMapping"),
        )
    ),
}

# Other mappings of the same application, whose order changes along with a mapping (region, attribute).
SIBLING_MAPPINGS: Final = ("accountStoreMappings", "application")


def owner_of_mapping(resource: Json) -> str | None:
    """Return the href of the application or organization of a mapping; None for other resources."""
    for owner in ("application", "organization"):
        if "accountStore" in resource and is_link(resource.get(owner)):
            href: str = resource[owner]["href"]
            return href
    return None
