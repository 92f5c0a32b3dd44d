"""``createDirectory``: an application or organization created with a directory (rest-core 6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.rules import Rules
from stormpath.server.resources.stores import directory
from stormpath.server.resources.stores.store_mappings import StoreMappingRules
from stormpath.server.schema import Option, required, snake_case
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.query import fold

MAX_NAME: Final = 255


def create_directory(text: str) -> str | bool:
    """Parse the option: ``true`` derives a name, ``false`` means no directory, other text is the name."""
    if not text.strip():
        raise required(OPTION.name)
    return {"true": True, "false": False}.get(text.lower(), text)


OPTION: Final = Option(
    name="createDirectory",
    about="true, or the name of a directory to create with it and map to it.",
    parse=create_directory,
    may_be_empty=True,
)


class WithDirectoryRules(Rules):
    """Rules of a resource that may be created with a directory; ``mappings`` assign the directory to it.

    ``name_taken`` is the error code for a name that another directory has.
    """

    mappings: StoreMappingRules
    name_taken: Code

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        option = options.get(OPTION.name, False)
        with context.write() as unit:
            row = self.insert(context, unit, values)
            if option is False:
                return row
            self._add_directory(context, unit, row, None if option is True else option)
            return self._reread(unit, row["id"])

    def _add_directory(self, context: RequestContext, unit: Unit, row: Row, name: str | None) -> None:
        """Create the directory and make it the default store for accounts and groups."""
        if name is None:
            name = _unused_name(unit, row["name"])
        elif _is_taken(unit, directory.checked_name(name)):
            raise self._directory_exists(name)
        store = self._insert_directory(context, unit, name)
        self.mappings.insert(
            context,
            unit,
            {
                f"{snake_case(self.resource.name)}_id": row["id"],
                "account_store_directory_id": store["id"],
                "is_default_account_store": True,
                "is_default_group_store": True,
            },
        )

    def _insert_directory(self, context: RequestContext, unit: Unit, name: str) -> Row:
        try:
            return directory.RULES.insert(context, unit, {"name": name})
        except ApiError as error:
            # A concurrent request took the name after it was checked.
            raise self._directory_exists(name) if error.code == Code.NOT_UNIQUE else error from error

    def _directory_exists(self, name: str) -> ApiError:
        return ApiError(
            self.name_taken,
            f"A directory named '{name}' exists already. Please choose another name for the directory.",
            f"createDirectory made or names a directory that exists: '{name}'. Nothing was created.",
        )


def _is_taken(unit: Unit, name: str) -> bool:
    return unit.find("directory", tenant_id=unit.tenant_id, name_key=fold(name)) is not None


def _unused_name(unit: Unit, owner_name: str) -> str:
    """Return ``<owner> Directory``, with a number if that is taken, and with the owner shortened to fit."""
    suffix, number = " Directory", 1
    while True:
        name = owner_name[: MAX_NAME - len(suffix)] + suffix
        if not _is_taken(unit, name):
            return name
        number += 1
        suffix = f" Directory ({number})"
