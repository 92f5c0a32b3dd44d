"""Operations on a tenant outside the API: administrators, and their API keys."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from stormpath.server.domain.context import Owner, RequestContext
from stormpath.server.domain.storage import CannotOpen, Row, Unit
from stormpath.server.resources import RULES
from stormpath.server.schema.query import fold
from stormpath.server.security.encryption import SecretBox
from stormpath.server.setup.bootstrap import PLACEHOLDER_EMAIL
from stormpath.server.storage import api_keys, migrate
from stormpath.server.storage.database import Connection, Database
from stormpath.server.storage.errors import translated
from stormpath.server.storage.service_state import read_state, write_state
from stormpath.server.storage.unit import Unit as SqlUnit

_LOCAL_KEY: Final = "local_api_key_id"


@dataclass(frozen=True, slots=True)
class ApiKeyPair:
    """An API key with its secret in plain text, for a person or a client."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Administrator:
    """An administrator's account; ``created`` says whether the operation has created it."""

    account_id: str
    email: str
    created: bool


class Operator:
    """An operator's access to one tenant."""

    def __init__(self, database: Database, box: SecretBox, context: RequestContext) -> None:
        self._database = database
        self._box = box
        self._context = context

    def tenant_name(self) -> str:
        """Return the name of the tenant."""
        return self._tenant("name")

    def tenant_key(self) -> str:
        """Return what people enter as the tenant when they log in to the console."""
        return self._tenant("key")

    def _tenant(self, column: str) -> str:
        with self._context.read() as unit:
            return str((unit.get("tenant", self._context.tenant_id) or {})[column])

    def find_administrator(self, email: str) -> Administrator | None:
        """Return the administrator with that e-mail, or ``None``."""
        with self._context.read() as unit:
            found = unit.find(
                "account", directory_id=self._administrators(unit)["id"], email_key=fold(email.strip())
            )
        return None if found is None else Administrator(found["id"], found["email"], created=False)

    def has_owner(self) -> bool:
        """Tell whether a person owns the tenant, and not the placeholder of a new tenant."""
        with self._context.read() as unit:
            return bool(self._owner(unit)["email"] != PLACEHOLDER_EMAIL)

    def owner(self) -> Administrator:
        """Return the account that owns the tenant."""
        with self._context.read() as unit:
            owner = self._owner(unit)
        return Administrator(owner["id"], owner["email"], created=False)

    def add_administrator(self, email: str, password: str) -> Administrator:
        """Create an administrator; the first one becomes the owner of the tenant.

        Raises ``ApiError`` for an e-mail or a password that no account may have.
        """
        rules = RULES["account"]
        email = str(rules.resource.by_name["email"].check(email))
        changes = {"email": email, "username": email, "password": password}
        with self._context.read() as unit:
            owner, directory = self._owner(unit), self._administrators(unit)
        if owner["email"] == PLACEHOLDER_EMAIL:
            account = rules.update(self._context, owner, changes)
        else:
            account = rules.create(self._context, Owner(RULES["directory"].resource, directory), changes, {})
        return Administrator(account["id"], account["email"], created=True)

    def new_api_key(self, account_id: str) -> ApiKeyPair:
        """Create an API key for an account."""
        with self._context.write() as unit:
            return self._new_api_key(unit, account_id)

    def accepts_api_key(self, key_id: str, secret: str) -> bool:
        """Tell whether the tenant has that API key, enabled, with that secret."""
        with self._database.connect() as connection:
            stored = api_keys.find(connection, self._database, key_id)
        if stored is None or stored.tenant_id != self._context.tenant_id:
            return False
        expected = self._box.open(stored.encrypted_secret, stored.id)
        return hmac.compare_digest(expected.encode(), secret.encode())

    def local_api_key(self) -> ApiKeyPair:
        """Return the key that clients in this process use; the first call creates it."""
        with self._database.connect() as connection:
            pair = self._read_local_key(connection)
        if pair is not None:
            return pair
        owner = self.owner()
        with translated(), self._database.transaction() as connection:
            migrate.lock_out_others(connection)
            # Another process may have created it meanwhile.
            pair = self._read_local_key(connection)
            if pair is None:
                pair = self._new_api_key(self._unit(connection), owner.account_id)
                write_state(connection, self._database, {_LOCAL_KEY: pair.id})
        return pair

    def _read_local_key(self, connection: Connection) -> ApiKeyPair | None:
        key_id = read_state(connection, self._database).get(_LOCAL_KEY)
        stored = None if key_id is None else api_keys.find(connection, self._database, key_id)
        return (
            None
            if stored is None
            else ApiKeyPair(stored.id, self._box.open(stored.encrypted_secret, stored.id))
        )

    def _new_api_key(self, unit: Unit, account_id: str) -> ApiKeyPair:
        row = RULES["apiKey"].insert(self._context, unit, {"account_id": account_id})
        return ApiKeyPair(row["id"], self._box.open(row["secret"], row["id"]))

    def _unit(self, connection: Connection) -> SqlUnit:
        return SqlUnit(
            connection, self._database.tables, self._database.engine.dialect, self._context.tenant_id
        )

    def _owner(self, unit: Unit) -> Row:
        tenant = unit.get("tenant", self._context.tenant_id)
        owner = None if tenant is None else unit.get("account", tenant["owner_account_id"])
        if owner is None:
            raise CannotOpen(
                "The tenant has lost the account that owns it. Restore the database from a backup."
            )
        return owner

    def _administrators(self, unit: Unit) -> Row:
        found = unit.find("directory", protected=True)
        if found is None:
            raise CannotOpen(
                "The tenant has lost its administrators' directory. Restore the database from a backup."
            )
        return found
