"""The resources of the API, one module a kind.

Each is imported when it is first asked for; links between resources find their classes here, too.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stormpath.resources.account import Account, AccountList
    from stormpath.resources.account_store import AccountStore
    from stormpath.resources.account_store_mapping import AccountStoreMapping, AccountStoreMappingList
    from stormpath.resources.application import Application, ApplicationList
    from stormpath.resources.base import (
        SIGNAL_RESOURCE_CREATED,
        SIGNAL_RESOURCE_DELETED,
        SIGNAL_RESOURCE_UPDATED,
        AutoSaveMixin,
        CollectionResource,
        DeleteMixin,
        DictMixin,
        Expansion,
        FixedAttrsDict,
        ListOnResource,
        Resource,
        ResourceEncoder,
        SaveMixin,
        StatusMixin,
    )
    from stormpath.resources.custom_data import CustomData
    from stormpath.resources.directory import Directory, DirectoryList
    from stormpath.resources.group import Group, GroupList
    from stormpath.resources.group_membership import GroupMembership, GroupMembershipList
    from stormpath.resources.login_attempt import AuthenticationResult, LoginAttemptList
    from stormpath.resources.tenant import Tenant

_NAMES_BY_MODULE = {
    "account": ("Account", "AccountList"),
    "account_store": ("AccountStore",),
    "account_store_mapping": ("AccountStoreMapping", "AccountStoreMappingList"),
    "application": ("Application", "ApplicationList"),
    "base": (
        "SIGNAL_RESOURCE_CREATED",
        "SIGNAL_RESOURCE_DELETED",
        "SIGNAL_RESOURCE_UPDATED",
        "AutoSaveMixin",
        "CollectionResource",
        "DeleteMixin",
        "DictMixin",
        "Expansion",
        "FixedAttrsDict",
        "ListOnResource",
        "Resource",
        "ResourceEncoder",
        "SaveMixin",
        "StatusMixin",
    ),
    "custom_data": ("CustomData",),
    "directory": ("Directory", "DirectoryList"),
    "group": ("Group", "GroupList"),
    "group_membership": ("GroupMembership", "GroupMembershipList"),
    "login_attempt": ("AuthenticationResult", "LoginAttemptList"),
    "tenant": ("Tenant",),
}
_MODULE_OF = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}

__all__ = [
    "SIGNAL_RESOURCE_CREATED",
    "SIGNAL_RESOURCE_DELETED",
    "SIGNAL_RESOURCE_UPDATED",
    "Account",
    "AccountList",
    "AccountStore",
    "AccountStoreMapping",
    "AccountStoreMappingList",
    "Application",
    "ApplicationList",
    "AuthenticationResult",
    "AutoSaveMixin",
    "CollectionResource",
    "CustomData",
    "DeleteMixin",
    "DictMixin",
    "Directory",
    "DirectoryList",
    "Expansion",
    "FixedAttrsDict",
    "Group",
    "GroupList",
    "GroupMembership",
    "GroupMembershipList",
    "ListOnResource",
    "LoginAttemptList",
    "Resource",
    "ResourceEncoder",
    "SaveMixin",
    "StatusMixin",
    "Tenant",
]


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
        return value
    # Once, importing the package imported all of it.
    if name in _NAMES_BY_MODULE:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_NAMES_BY_MODULE})
