"""The names by which applications import resources."""

import subprocess
import sys
from importlib import import_module

import pytest

import stormpath.resources

FROM_MODULES = {
    "base": """SIGNAL_RESOURCE_CREATED SIGNAL_RESOURCE_UPDATED SIGNAL_RESOURCE_DELETED Expansion Resource
        CollectionResource SaveMixin AutoSaveMixin DeleteMixin StatusMixin DictMixin FixedAttrsDict
        ListOnResource ResourceEncoder dispatcher""",
    "account": "Account AccountList SIGNAL_RESOURCE_CREATED StormpathError dispatcher",
    "account_store": "AccountStore",
    "account_store_mapping": "AccountStoreMapping AccountStoreMappingList",
    "application": "Application ApplicationList",
    "custom_data": "CustomData",
    "directory": "Directory DirectoryList",
    "group": "Group GroupList StormpathError",
    "group_membership": "GroupMembership GroupMembershipList",
    "login_attempt": "AuthenticationResult LoginAttemptList",
    "tenant": "Tenant",
}


@pytest.mark.parametrize(("module", "names"), FROM_MODULES.items())
def test_each_module_has_its_names(module: str, names: str) -> None:
    found = import_module(f"stormpath.resources.{module}")

    assert [name for name in names.split() if not hasattr(found, name)] == []


@pytest.mark.parametrize("name", stormpath.resources.__all__)
def test_the_package_has_what_it_exports(name: str) -> None:
    assert getattr(stormpath.resources, name) is not None
    assert name in dir(stormpath.resources)


def test_what_the_package_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nobody'"):
        _ = stormpath.resources.Nobody


@pytest.mark.parametrize("module", FROM_MODULES)
def test_each_module_can_be_imported_first(module: str) -> None:
    code = f"import stormpath.resources.{module}"

    subprocess.run([sys.executable, "-c", code], check=True)


def test_modules_are_attributes_of_the_package_after_it_is_imported() -> None:
    code = (
        "import stormpath.resources; stormpath.resources.base.Resource; stormpath.resources.account.Account"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_a_resource_loads_nothing_that_it_does_not_need() -> None:
    code = (
        "import sys, stormpath.resources.application; "
        "print({'jwt', 'isodate', 'dateutil', 'requests', 'stormpath.server'} & set(sys.modules))"
    )

    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert ran.stdout.strip() == "set()"


def test_every_link_leads_to_a_class_that_exists() -> None:
    for name in (
        "Account",
        "Application",
        "Directory",
        "Group",
        "Tenant",
        "GroupMembership",
        "AccountStoreMapping",
    ):
        kinds = getattr(stormpath.resources, name).get_resource_attributes()
        assert kinds
        assert all(callable(kind) for kind in kinds.values())
