"""The set-up of a database: tables, the tenant, a tenant's first resources, and the key to its secrets."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from stormpath.server.domain.api_keys import SEPARATE
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.private_files import warn_of_readable
from stormpath.server.domain.storage import CannotOpen, NotSetUp, Row, Unit
from stormpath.server.resources import RULES
from stormpath.server.schema import ids
from stormpath.server.schema.random_names import random_name
from stormpath.server.security.encryption import KEY_BYTES, SecretBox, key_from_file, key_from_text
from stormpath.server.settings import Settings
from stormpath.server.storage import custom_index, memory_tables, migrate, trigram_extension
from stormpath.server.storage.database import Connection, Database
from stormpath.server.storage.service_state import read_state, write_state
from stormpath.server.storage.suitability import refuse_unsuitable
from stormpath.server.storage.unit import Unit as SqlUnit

BUILT_IN_APPLICATION: Final = "Stormpath"
BUILT_IN_DIRECTORY: Final = "Stormpath Administrators"

#: The owner of a new tenant, until there is an administrator. It has no password, so it cannot log in.
PLACEHOLDER_EMAIL: Final = "administrator@localhost"

_TENANT_ID: Final = "tenant_id"
_FINGERPRINT: Final = "secret_key_fingerprint"

ContextFactory = Callable[[str, SecretBox], RequestContext]


def set_up(
    database: Database, settings: Settings, context_for: ContextFactory, *, create: bool
) -> tuple[str, SecretBox]:
    """Return the tenant's id and the encryption of its secrets, after creating what is missing.

    If ``create`` is false, a database that is not set up, or has another version, is refused with
    :class:`CannotOpen`. Everything happens in one transaction. Files that others may read are logged.
    """
    try:
        return _set_up(database, settings, context_for, create=create)
    finally:
        warn_of_readable(_files(settings, database))


def _set_up(
    database: Database, settings: Settings, context_for: ContextFactory, *, create: bool
) -> tuple[str, SecretBox]:
    if not create and database.in_memory:
        raise CannotOpen(
            f"The database {database.name} is in memory, and gone when this program ends: name a file, "
            "sqlite:///users.db."
        )
    if not create and database.is_missing:
        raise NotSetUp(database.name, is_new=True)
    if database.file is not None and create:
        database.file.create()
    with database.opening():
        if database.in_memory and create:
            memory_tables.create_in(database)
        with database.engine.connect() as connection:
            refuse_unsuitable(connection, database)
            revision = migrate.revision(connection)
            state = read_state(connection, database) if revision == migrate.HEAD else {}
            is_index_missing = revision == migrate.HEAD and trigram_extension.is_index_missing(
                connection, database.tables
            )
            if _TENANT_ID in state and not (create and is_index_missing):
                if is_index_missing:
                    trigram_extension.log_missing("it is not there")
                return state[_TENANT_ID], _open_box(settings, database, state)
        if not create:
            migrate.refuse_newer(revision)
            raise NotSetUp(database.name, is_new=revision is None)
        with database.transaction(is_long=True) as connection:
            migrate.lock_out_others(connection)
            if revision != migrate.HEAD:
                migrate.upgrade(connection)
                custom_index.index_all(connection, database.tables)
            if trigram_extension.is_index_missing(connection, database.tables):
                trigram_extension.create_indexes(connection, database.tables)
            return _initialize(connection, database, settings, context_for)


def _initialize(
    connection: Connection, database: Database, settings: Settings, context_for: ContextFactory
) -> tuple[str, SecretBox]:
    state = read_state(connection, database)
    if _TENANT_ID in state:
        return state[_TENANT_ID], _open_box(settings, database, state)
    box = SecretBox(_secret_key(settings, database, create=True))
    tenant_id = ids.new_id()
    write_state(connection, database, {_TENANT_ID: tenant_id, _FINGERPRINT: box.fingerprint})
    context = context_for(tenant_id, box)
    create_tenant(context, SqlUnit(connection, database.tables, database.engine.dialect, tenant_id))
    return tenant_id, box


def _open_box(settings: Settings, database: Database, state: dict[str, str]) -> SecretBox:
    box = SecretBox(_secret_key(settings, database, create=False))
    if box.fingerprint != state[_FINGERPRINT]:
        raise CannotOpen(
            f"The secrets in the database were encrypted under another key ({state[_FINGERPRINT]}, not "
            f"{box.fingerprint}): set STORMPATH_SECRET_KEY or STORMPATH_SECRET_KEY_FILE to the right one."
        )
    return box


def _secret_key(settings: Settings, database: Database, *, create: bool) -> bytes:
    if settings.secret_key is not None:
        return key_from_text(settings.secret_key, "STORMPATH_SECRET_KEY")
    file = _secret_key_file(settings, database)
    return secrets.token_bytes(KEY_BYTES) if file is None else key_from_file(file, create=create)


def _secret_key_file(settings: Settings, database: Database) -> Path | None:
    """Return the file of the secret key, or ``None`` where the key is in no file."""
    if settings.secret_key is not None:
        return None
    if settings.secret_key_file is not None:
        return _expanded(settings.secret_key_file)
    if database.dialect != "sqlite":
        return _expanded("~/.stormpath/secret.key")
    return None if database.file is None else database.file.key_path


def _expanded(path: str) -> Path:
    expanded = os.path.expanduser(path)
    if expanded.startswith("~"):
        raise CannotOpen(
            f"The file of the secret key, {path}, is in a home folder that is not known: set HOME, or set "
            "STORMPATH_SECRET_KEY or STORMPATH_SECRET_KEY_FILE."
        )
    return Path(expanded)


def _files(settings: Settings, database: Database) -> list[Path]:
    """Return the files that hold secrets."""
    files = [] if database.file is None else database.file.all_paths()
    try:
        key_file = _secret_key_file(settings, database)
    except CannotOpen:  # It is raised where the key is needed.
        key_file = None
    return files if key_file is None else [*files, key_file]


def create_tenant(context: RequestContext, unit: Unit) -> None:
    """Store the tenant and its first resources (rest-core 6.1)."""
    _insert_tenant(context, unit)
    administrators = _application_with_directory(
        context, unit, BUILT_IN_APPLICATION, BUILT_IN_DIRECTORY, protected=True
    )
    _application_with_directory(context, unit, "My Application", "My Application Directory", protected=False)
    owner = RULES["account"].insert(
        context,
        unit,
        {"directory_id": administrators["id"], "username": "administrator", "email": PLACEHOLDER_EMAIL},
    )
    unit.update("tenant", context.tenant_id, {"owner_account_id": owner["id"]})


def _insert_tenant(context: RequestContext, unit: Unit) -> None:
    name = random_name()
    now = context.now_ms()
    names = {column: name for column in ("name", "name_key", "key", "key_key")}
    # Tenants that are older than these two protections do without them.
    protections = {"administrators": SEPARATE, "prevents_common_passwords": True}
    common = {"id": context.tenant_id, "created_at": now, "modified_at": now}
    unit.insert("tenant", {**common, **names, **protections})
    tenant = RULES["tenant"]
    for each in tenant.companions:
        each.insert_companion(context, unit, tenant.resource, {"id": context.tenant_id, "created_at": now})


def _application_with_directory(
    context: RequestContext, unit: Unit, application: str, directory: str, *, protected: bool
) -> Row:
    owner = RULES["application"].insert(context, unit, {"name": application, "protected": protected})
    store = RULES["directory"].insert(context, unit, {"name": directory, "protected": protected})
    RULES["accountStoreMapping"].insert(
        context,
        unit,
        {
            "application_id": owner["id"],
            "account_store_directory_id": store["id"],
            "is_default_account_store": True,
            "is_default_group_store": True,
        },
    )
    return store
