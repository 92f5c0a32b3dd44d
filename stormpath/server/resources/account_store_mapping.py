"""AccountStoreMapping: the stores an application logs in from, in order (rest-core 5.3, 6.3, 6.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from stormpath.server.contract import Row, Unit
from stormpath.server.declaration import TENANT_LINK, Flag, Link, Number, Resource
from stormpath.server.refusals import Code, Refusal
from stormpath.server.resources.rules import Rules
from stormpath.server.work import Values, Work

FLAGS: Final = ("is_default_account_store", "is_default_group_store")

ACCOUNT_STORE_MAPPING: Final = Resource(
    "accountStoreMapping",
    "accountStoreMappings",
    (
        Link("application", to=("application",), required=True, creatable=True, fixed=True),
        Link(
            "accountStore",
            to=("directory", "group"),
            required=True,
            creatable=True,
            fixed=True,
            about="A directory or a group, once for each application.",
        ),
        Number("listIndex", about="The priority when a login is looked up; 0 comes first."),
        Flag("isDefaultAccountStore", about="New accounts of the application go to this store."),
        Flag("isDefaultGroupStore", about="New groups of the application go to this store."),
        TENANT_LINK,
    ),
    about="An account store assigned to an application.",
    top_level=("POST",),
    order="list_index",
    unique=(
        ("application_id", "account_store_directory_id"),
        ("application_id", "account_store_group_id"),
    ),
)


class AccountStoreMappingRules(Rules):
    """List indexes stay 0..n-1, and each default flag is set on one mapping of an application at the most."""

    def insert(self, work: Work, unit: Unit, values: Values) -> Row:
        _check_flags(values)
        application_id = values["application_id"]
        unit.lock("application", application_id)
        others = unit.mapping_ids(application_id)
        _make_room_for_flags(unit, application_id, values)
        wanted = values.get("list_index")
        row = super().insert(work, unit, {**values, "list_index": len(others)})
        unit.renumber(_moved(others, row["id"], len(others) if wanted is None else wanted))
        return self._reread(unit, row["id"])

    def change(self, work: Work, unit: Unit, row: Row, changes: Values) -> Row:
        _check_flags({**row, **changes})
        application_id = row["application_id"]
        unit.lock("application", application_id)
        row = self._reread(unit, row["id"])
        # A flag that it has already is not taken from it to be given back: that would be no change.
        new_flags = {flag: changes.get(flag) and not row[flag] for flag in FLAGS}
        _make_room_for_flags(unit, application_id, new_flags)
        changes = dict(changes)
        if (wanted := changes.pop("list_index", None)) is not None:
            others = [each for each in unit.mapping_ids(application_id) if each != row["id"]]
            # The row itself is given its place first, so that the change shows in modifiedAt.
            changes["list_index"] = max(0, min(wanted, len(others)))
            unit.renumber(_moved(others, row["id"], wanted))
        return super().change(work, unit, row, changes)

    def remove(self, work: Work, unit: Unit, row: Row) -> None:
        _refuse_administrators(unit, row)
        unit.lock("application", row["application_id"])
        super().remove(work, unit, row)
        close_gaps(unit, [row["application_id"]])

    def not_unique(self, column: str) -> Refusal:
        if column.startswith("account_store"):
            return Refusal(
                Code.STORE_ALREADY_MAPPED, "That account store is assigned to this application already."
            )
        # Two requests at once set the same default flag: the loser is told to look again.
        return Refusal(
            Code.CONFLICT, "The default store of this application has just been changed. Please try again."
        )


def close_gaps(unit: Unit, applications: Iterable[str]) -> None:
    """Renumber the mappings of applications that have just lost one."""
    for each in applications:
        unit.renumber(unit.mapping_ids(each))


def _check_flags(values: Values) -> None:
    if values.get("is_default_group_store") and values.get("account_store_group_id"):
        raise Refusal(
            Code.GROUP_AS_GROUP_STORE,
            "A group cannot be the default group store.",
            "isDefaultGroupStore can be true for a directory only: groups do not hold groups.",
        )


def _make_room_for_flags(unit: Unit, application_id: str, values: Values) -> None:
    for flag in FLAGS:
        if values.get(flag):
            unit.clear_flag(application_id, flag)


def _moved(others: list[str], id: str, index: Any) -> list[str]:
    place = max(0, min(int(index), len(others)))
    return [*others[:place], id, *others[place:]]


def _refuse_administrators(unit: Unit, row: Row) -> None:
    """Refuse to cut the service's own application off from its administrators (rest-core 6.18)."""
    directory_id = row["account_store_directory_id"]
    application = unit.get("application", row["application_id"])
    directory = unit.get("directory", directory_id) if directory_id else None
    if application and directory and application["protected"] and directory["protected"]:
        raise Refusal(
            Code.FORBIDDEN,
            "This mapping lets the administrators in.",
            "The administrators' directory stays mapped to the service's own application.",
        )


RULES: Final = AccountStoreMappingRules(ACCOUNT_STORE_MAPPING)
