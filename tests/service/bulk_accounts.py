"""Many accounts at once, for tests of lists: without a request for each."""

from collections.abc import Sequence
from typing import Any

from service.calls import Api, Json, id_of
from stormpath.server.app import Service
from stormpath.server.schema import ids
from stormpath.server.storage import custom_index


def add(service: Service, api: Api, directory: Json, documents: Sequence[str | None]) -> None:
    """Add the accounts ``u0``, ``u1`` and so on, each with that JSON as its custom data, or with none."""
    template = api.account(directory, "template", customData={"a": 1})
    tables = service.database.tables
    accounts, custom_data = tables.of["account"], tables.custom_data["account"]
    with service.database.transaction() as connection:
        row, data = (
            dict(connection.execute(each.select().where(column == id_of(template))).mappings().one())
            for each, column in ((accounts, accounts.c.id), (custom_data, custom_data.c.owner_id))
        )
        rows: list[dict[str, Any]] = [row | names(f"u{index}") for index in range(len(documents))]
        connection.execute(accounts.insert(), rows)
        stored = [
            data | {"owner_id": each["id"], "document": document}
            for each, document in zip(rows, documents, strict=True)
            if document is not None
        ]
        if stored:
            connection.execute(custom_data.insert(), stored)
        for each in stored:
            custom_index.keep(connection, tables, "account", each["owner_id"], each["document"])
    api.delete(template["href"])


def names(name: str) -> dict[str, str]:
    email = f"{name}@example.com"
    return {
        "id": ids.new_id(),
        "username": name,
        "username_key": name,
        "email": email,
        "email_key": email,
    }
