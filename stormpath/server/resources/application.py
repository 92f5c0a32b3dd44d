"""Application: what people log in to (rest-core 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.contract import Row, Unit
from stormpath.server.declaration import (
    DISABLED,
    ENABLED,
    TENANT_LINK,
    Choice,
    Collection,
    CustomData,
    Hidden,
    Link,
    Option,
    Resource,
    Text,
    TextList,
)
from stormpath.server.query import fold
from stormpath.server.refusals import Code, Refusal
from stormpath.server.resources import (
    directory,
    login_attempt,
    oauth_policy,
    saml_identity_provider,
    web_config,
)
from stormpath.server.resources.account_store_mapping import RULES as MAPPING_RULES
from stormpath.server.resources.rules import Rules, refuse_protected
from stormpath.server.work import Owner, Values, Work

MAX_NAME: Final = 255


def create_directory(text: str) -> str | bool:
    """Read the option: ``true`` derives a name, ``false`` means no directory, else it is the name."""
    return {"true": True, "false": False}.get(text.lower(), text)


APPLICATION: Final = Resource(
    "application",
    "applications",
    (
        Text(
            "name",
            required=True,
            min_length=1,
            max_length=MAX_NAME,
            unique_within=("tenant_id",),
            searchable=True,
            about="The display name, unique in the tenant.",
        ),
        Text("description", max_length=4000, searchable=True),
        Choice(
            "status",
            choices=(ENABLED, DISABLED),
            default=ENABLED,
            searchable=True,
            about="Nobody can log in to a DISABLED application.",
        ),
        TextList("authorizedCallbackUris", about="Allowed redirect targets of social and SAML logins."),
        TextList("authorizedOriginUris", about="Allowed browser origins of the client-facing API."),
        CustomData(),
        Link(
            "defaultAccountStoreMapping",
            to=("accountStoreMapping",),
            flagged="isDefaultAccountStore",
            about="Where new accounts go; null when they cannot be created here.",
        ),
        Link(
            "defaultGroupStoreMapping",
            to=("accountStoreMapping",),
            flagged="isDefaultGroupStore",
            about="Where new groups go; null when they cannot be created here.",
        ),
        TENANT_LINK,
        Collection("accounts", of="account", accepts_items=True, searches_custom_data=True),
        Collection("groups", of="group", accepts_items=True),
        Collection("accountStoreMappings", of="accountStoreMapping"),
        Collection(
            "apiKeys",
            of="apiKey",
            needs=("id",),
            expandable=False,
            about="The key of that id, if its account can be reached through an enabled store.",
        ),
        Link(
            "oAuthPolicy",
            to=("oAuthPolicy",),
            companion=True,
            nullable=False,
            about="How long its tokens live.",
        ),
        Link("webConfig", to=("webConfig",), companion=True, nullable=False, about="Its client-facing API."),
        login_attempt.ENDPOINT,
        Link(
            "samlPolicy",
            to=("samlPolicy",),
            companion=True,
            nullable=False,
            about="The sides it takes in SAML logins.",
        ),
        Hidden("protected", column_kind="boolean", nullable=False, default=False),
    ),
    about="A program that people log in to.",
    top_level=("GET", "POST"),
    options=(
        Option(
            name="createDirectory",
            about="true, or the name of a directory to create with the application and map to it.",
            parse=create_directory,
        ),
    ),
)


class ApplicationRules(Rules):
    """An application may come with its directory; the service's own application is protected."""

    companions = (oauth_policy.RULES, web_config.RULES, saml_identity_provider.RULES)

    def create(self, work: Work, owner: Owner, values: Values, options: Mapping[str, Any]) -> Row:
        wanted = options.get("createDirectory", False)
        with work.write() as unit:
            application = self.insert(work, unit, values)
            if wanted is False:
                return application
            self._add_directory(work, unit, application, None if wanted is True else wanted)
            return self._reread(unit, application["id"])

    def change(self, work: Work, unit: Unit, row: Row, changes: Values) -> Row:
        refuse_protected(row, "application", changes)
        return super().change(work, unit, row, changes)

    def remove(self, work: Work, unit: Unit, row: Row) -> None:
        refuse_protected(row, "application")
        super().remove(work, unit, row)

    def _add_directory(self, work: Work, unit: Unit, application: Row, name: str | None) -> None:
        """Create the directory and make it the application's default store for accounts and groups."""
        if name is None:
            name = _free_name(unit, application["name"])
        elif _taken(unit, directory.checked_name(name)):
            raise _directory_exists(name)
        made = _insert_directory(work, unit, name)
        MAPPING_RULES.insert(
            work,
            unit,
            {
                "application_id": application["id"],
                "account_store_directory_id": made["id"],
                "is_default_account_store": True,
                "is_default_group_store": True,
            },
        )


def _insert_directory(work: Work, unit: Unit, name: str) -> Row:
    try:
        return directory.RULES.insert(work, unit, {"name": name})
    except Refusal as refusal:
        # Somebody took the name between our look and our insertion.
        raise _directory_exists(name) if refusal.code == Code.NOT_UNIQUE else refusal from refusal


def _directory_exists(name: str) -> Refusal:
    return Refusal(
        Code.DIRECTORY_NAME_TAKEN,
        f"A directory named '{name}' exists already. Please choose another name for the directory.",
        f"createDirectory made or names a directory that exists: '{name}'. Nothing was created.",
    )


def _taken(unit: Unit, name: str) -> bool:
    return unit.find("directory", tenant_id=unit.tenant_id, name_key=fold(name)) is not None


def _free_name(unit: Unit, application_name: str) -> str:
    """Return ``<application> Directory``, with a number when that is taken, shortened to fit."""
    suffix, number = " Directory", 0
    while True:
        name = application_name[: MAX_NAME - len(suffix)] + suffix
        if not _taken(unit, name):
            return name
        number += 1
        suffix = f" Directory {number}"


RULES: Final = ApplicationRules(APPLICATION)
