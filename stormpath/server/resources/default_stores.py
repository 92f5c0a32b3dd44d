"""Where accounts and groups go that are created through an application (rest-core 6.3)."""

from __future__ import annotations

from stormpath.server.contract import Row, Unit
from stormpath.server.declaration import DISABLED
from stormpath.server.refusals import Code, Refusal, not_found
from stormpath.server.work import Owner, Work


def for_accounts(work: Work, application: Owner) -> Owner:
    """Return the directory or group in which the application's new accounts are made."""
    return _store(
        work,
        application,
        "defaultAccountStoreMapping",
        Code.NO_DEFAULT_ACCOUNT_STORE,
        Code.DEFAULT_ACCOUNT_STORE_DISABLED,
    )


def for_groups(work: Work, application: Owner) -> Owner:
    """Return the directory in which the application's new groups are made."""
    return _store(
        work,
        application,
        "defaultGroupStoreMapping",
        Code.NO_DEFAULT_GROUP_STORE,
        Code.DEFAULT_GROUP_STORE_DISABLED,
    )


def _store(work: Work, application: Owner, link: str, none: Code, disabled: Code) -> Owner:
    name = application.row["name"]
    column = application.resource.link(link).column_of("accountStoreMapping")
    mapping_id = application.row[column]
    with work.read() as unit:
        mapping = unit.get("accountStoreMapping", mapping_id) if mapping_id else None
        if mapping is None:
            raise Refusal(
                none,
                f"The application '{name}' cannot take it.",
                f"The application has no {link}: map a store to it with that default flag set.",
            )
        owner = _owner_of(work, unit, mapping)
        if _is_disabled(unit, owner):
            raise Refusal(
                disabled,
                f"The application '{name}' cannot take it.",
                f"The store of the application's {link} is DISABLED.",
            )
    return owner


def _owner_of(work: Work, unit: Unit, mapping: Row) -> Owner:
    kind = "directory" if mapping["account_store_directory_id"] else "group"
    row = unit.get(kind, mapping[f"account_store_{kind}_id"])
    if row is None:
        # A mapping goes with its store: both have just been deleted.
        raise not_found()
    return Owner(work.resources[kind], row)


def _is_disabled(unit: Unit, owner: Owner) -> bool:
    if owner.row["status"] == DISABLED:
        return True
    if owner.resource.name == "directory":
        return False
    directory = unit.get("directory", owner.row["directory_id"])
    return directory is None or bool(directory["status"] == DISABLED)
