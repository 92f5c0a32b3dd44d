"""ApiKey: an id and a secret with which a program acts for an account (rest-core 5.17, rest-auth 4)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import Present, RequestContext, Values
from stormpath.server.domain.events import KeyChanged, KeyCreated, KeyDeleted
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.options import boolean
from stormpath.server.resources.policies import administrators
from stormpath.server.resources.rules import Rules, effective_changes
from stormpath.server.schema import (
    STATUS,
    TENANT_LINK,
    Column,
    Id,
    Link,
    Option,
    Resource,
    Secret,
    Text,
    ids,
    required,
)
from stormpath.server.schema.errors import invalid_query, shown
from stormpath.server.security import transport

SECRET_BYTES: Final = 32


class KeySecret(Secret):
    """A secret that is encrypted for the key's id alone: the format is older than other secrets."""

    def columns(self) -> tuple[Column, ...]:
        # Every key has one, although not every caller is shown it.
        return (Column(self.column, self.kind, nullable=False),)

    def belongs_to(self, id: str) -> str:
        return id


# The other three have no meaning unless the first is true: ``_encryption_key`` checks them together.
ENCRYPT: Final = Option(
    name="encryptSecret",
    about="true returns secrets encrypted under the secret of the caller's own key.",
    parse=boolean("encryptSecret"),
)
SALT: Final = Option(
    name="encryptionKeySalt", about="The salt: 16 random bytes in URL-safe base64.", parse=str
)
KEY_SIZE: Final = Option(
    name="encryptionKeySize", about="Bits of the AES key: 128 (the default), 192 or 256.", parse=str
)
ITERATIONS: Final = Option(
    name="encryptionKeyIterations", about="Rounds of PBKDF2: 1 to 65536, 1024 by default.", parse=str
)

API_KEY: Final = Resource(
    "apiKey",
    "apiKeys",
    (
        Id(searchable=True, about="The public half; also the id in the href."),
        KeySecret(
            "secret",
            creatable=False,
            updatable=False,
            about="The secret half; null for a key of an administrator from whom the caller is separate.",
        ),
        STATUS,
        Text("name", searchable=True, about="A label."),
        Text("description", max_length=1000),
        Link("account", to=("account",), nullable=False, fixed=True, about="The account for which it acts."),
        TENANT_LINK,
    ),
    about="An id and a secret with which a program acts for an account.",
    read_options=(ENCRYPT, SALT, KEY_SIZE, ITERATIONS),
    # The ids of keys are random, not in the order of creation.
    order="created_at",
)


class ApiKeyRules(Rules):
    """The service generates keys; a request may ask for the secret in encrypted form.

    Keys of an administrator from whom the caller is separate are listed without their secret.
    """

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        administrators.refuse_another(context, unit, values["account_id"])
        key = super().insert(context, unit, {**values, "id": ids.new_key_id(), "secret": _new_secret()})
        context.emit(unit, KeyCreated(unit.tenant_id, account_id=key["account_id"], id=key["id"]))
        return key

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        administrators.refuse_another(context, unit, row["account_id"])
        key = super().change(context, unit, row, changes)
        if changed := tuple(sorted(effective_changes(row, changes))):
            about = {"account_id": key["account_id"], "id": key["id"], "status": key["status"]}
            context.emit(unit, KeyChanged(unit.tenant_id, **about, changed=changed))
        return key

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        administrators.refuse_another(context, unit, row["account_id"])
        super().remove(context, unit, row)
        context.emit(unit, KeyDeleted(unit.tenant_id, account_id=row["account_id"], id=row["id"]))

    def presenter(self, context: RequestContext, options: Mapping[str, Any]) -> Present | None:
        encrypt = _encryptor(context, options) if options.get(ENCRYPT.name) else None
        if not context.caller_is_separate:
            return encrypt

        def present(body: dict[str, Any]) -> dict[str, Any]:
            account_id = body["account"]["href"].rpartition("/")[2]
            with context.read() as unit:
                if administrators.is_another(context, unit, account_id):
                    return {**body, "secret": None}
            return body if encrypt is None else encrypt(body)

        return present


def _encryptor(context: RequestContext, options: Mapping[str, Any]) -> Present:
    key = _encryption_key(context.caller_secret, options)
    return lambda body: {**body, "secret": transport.encrypt(key, body["secret"])}


def _new_secret() -> str:
    return base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode().rstrip("=")


def _encryption_key(password: str, options: Mapping[str, Any]) -> bytes:
    salt = _salt(options.get(SALT.name))
    bits = _integer(options, KEY_SIZE, default=128)
    if bits not in transport.KEY_SIZES:
        raise invalid_query(KEY_SIZE.name, f"{KEY_SIZE.name} must be 128, 192 or 256, not {bits}.")
    iterations = _integer(options, ITERATIONS, default=1024)
    if not 1 <= iterations <= transport.MAX_ITERATIONS:
        raise invalid_query(
            ITERATIONS.name,
            f"{ITERATIONS.name} must be between 1 and {transport.MAX_ITERATIONS}, not {iterations}.",
        )
    return transport.derive_key(password, salt, bits=bits, iterations=iterations)


def _salt(text: str | None) -> bytes:
    if text is None:
        raise required(SALT.name)
    try:
        return transport.decode_salt(text)
    except ValueError:
        raise invalid_query(SALT.name, f"{SALT.name} must be bytes in URL-safe base64.") from None


def _integer(options: Mapping[str, Any], option: Option, default: int) -> int:
    text = options.get(option.name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise invalid_query(option.name, f"{option.name} must be a whole number; {shown(text)} is not.")
    return int(text)


RULES: Final = ApiKeyRules(API_KEY)
