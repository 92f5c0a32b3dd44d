"""Calls about second factors: factors of each type, challenges, and the codes that answer them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

import sqlalchemy as sa

from service.calls import Answer, Api, Json, id_of
from stormpath.server.app import Service
from stormpath.server.domain.outbox import SMS
from stormpath.server.sms.message import opened

NUMBER = "+12675555555"

WRONG_CODE = "000000"


def account(api: Api, name: str = "ada") -> Json:
    """Return an account that an application reaches, with the application under ``application``."""
    application, directory = api.application_with_directory(f"Atlas of {name}")
    return api.account(directory, name) | {"application": application}


def new_factor(api: Api, owner: Json, kind: str, /, **attributes: Any) -> Answer:
    query = {"challenge": attributes.pop("_challenge")} if "_challenge" in attributes else {}
    return api.post(owner["factors"]["href"], {"type": kind, **attributes}, **query)


def authenticator(api: Api, owner: Json, **attributes: Any) -> Json:
    return new_factor(api, owner, "google-authenticator", **attributes).made


def sms_factor(api: Api, owner: Json, number: str = NUMBER, **attributes: Any) -> Json:
    return new_factor(api, owner, "SMS", phone={"number": number}, **attributes).made


def recovery_codes(api: Api, owner: Json) -> Json:
    return new_factor(api, owner, "recovery-codes").made


def challenge(api: Api, factor: Json, **body: Any) -> Answer:
    return api.post(factor["challenges"]["href"], body)


def answer(api: Api, challenge: Json, code: Any) -> Answer:
    return api.post(challenge["href"], {"code": code})


def totp(secret: str, seconds: float | None = None) -> str:
    """Return the code of a secret at a time: RFC 6238 in this test's own words."""
    step = int(time.time() if seconds is None else seconds) // 30
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    start = digest[-1] & 0xF
    (number,) = struct.unpack(">I", digest[start : start + 4])
    return f"{(number & 0x7FFFFFFF) % 10**6:06d}"


def wrong_for(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06d}"


def messages(service: Service, tenant_id: str) -> list[str]:
    """Return the text messages of a tenant in the outbox, the oldest first."""
    table = service.database.tables.outbox
    wanted = sa.select(table.c.id, table.c.content).where(
        table.c.tenant_id == tenant_id, table.c.channel == SMS, table.c.content.is_not(None)
    )
    with service.database.connect() as connection:
        found = connection.execute(wanted.order_by(table.c.id)).all()
    return [opened(service._box, content, id).text for id, content in found]


def last_code(service: Service, tenant_id: str) -> str:
    """Return the code in the newest text message of a tenant."""
    return messages(service, tenant_id)[-1][-6:]


def stored(service: Service, table: str, resource: Json) -> Json:
    """Return the row of a resource as it is in the database."""
    columns = service.database.tables.metadata.tables[table]
    with service.database.connect() as connection:
        found = connection.execute(sa.select(columns).where(columns.c.id == id_of(resource))).one()
    return dict(found._mapping)


def set_columns(service: Service, table: str, resource: Json, **values: Any) -> None:
    """Change a row behind the service's back."""
    columns = service.database.tables.metadata.tables[table]
    with service.database.transaction() as connection:
        connection.execute(columns.update().where(columns.c.id == id_of(resource)).values(**values))
