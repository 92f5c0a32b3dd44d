"""Bulk inserts of accounts into a database, without the service: much faster than one request for each."""

import json
import random
from collections.abc import Sequence
from typing import Any

from stormpath.server.schema import ids
from stormpath.server.storage import custom_entries, text_index
from stormpath.server.storage.database import Database

CHUNK = 50_000

#: So many accounts have a surname, and a value in custom data, that contains the same text.
RARE = 20
RARE_EVERY = 40
RARE_TEXT = "qzx"

#: So many values of the same key in custom data.
TEAMS = 5000

Row = dict[str, Any]


def fill(database: Database, email: str, more: int) -> list[str]:
    """Add copies of the account with that e-mail and of its only membership; return some of their addresses.

    A copy has its own names, id and time of creation; other values, such as the password hash, are copied.
    """
    sample: list[str] = []
    with database.transaction(is_long=True) as connection:
        driver: Any = connection.connection.driver_connection
        if database.dialect == "sqlite":
            # The default of 2 MB is for a service; here all indexes grow at once.
            driver.execute("PRAGMA cache_size = -1000000")
        else:
            # Made anew at the end, which takes a fraction of the time.
            driver.execute(f"DROP INDEX {text_index.postgresql_name('accounts')}")
        add = _insert if database.dialect == "sqlite" else _copy
        generator = random.Random(more)  # noqa: S311  # The same names at each run.
        account = _row(driver, f"SELECT * FROM accounts WHERE email = '{email}'")  # noqa: S608  # Ours.
        membership = _row(driver, f"SELECT * FROM group_memberships WHERE account_id = '{account['id']}'")  # noqa: S608  # Ours.
        for start in range(0, more, CHUNK):
            accounts = [_account(account, each, generator) for each in range(start, min(start + CHUNK, more))]
            add(driver, "accounts", accounts)
            add(driver, "group_memberships", [_membership(membership, each) for each in accounts])
            documents = [_document(each, number) for number, each in enumerate(accounts, start)]
            add(driver, "accounts_custom_data", documents)
            add(driver, "accounts_custom_values", _custom_values(accounts, documents))
            sample += [each["email"] for each in accounts[:: max(1, more // 1000)]]
        if database.dialect != "sqlite":
            for each in text_index.postgresql_indexes(database.tables):
                driver.execute(each)
    _clean_up(database)
    return sample


def _clean_up(database: Database) -> None:
    # Both would do it later on their own: SQLite at a checkpoint, PostgreSQL within a minute.
    statement = "PRAGMA wal_checkpoint(TRUNCATE)" if database.dialect == "sqlite" else "VACUUM ANALYZE"
    with database.engine.connect() as connection:
        connection.exec_driver_sql(statement)


def _row(driver: Any, query: str) -> Row:
    cursor = driver.execute(query)
    (values,) = cursor.fetchall()
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}


def _account(template: Row, number: int, generator: random.Random) -> Row:
    # Names are in random order, like real addresses; one account is created each millisecond.
    name = f"{generator.getrandbits(40):010x}.{number}"
    email, created_at = f"{name}@example.com", template["created_at"] + number
    names = {"username": name, "username_key": name, "email": email, "email_key": email}
    if _is_rare(number):
        names |= {"surname": rare_text(number), "surname_key": rare_text(number)}
    return template | names | {"id": ids.new_id(created_at), "created_at": created_at}


def rare_text(number: int) -> str:
    """Return the surname of one of the few accounts."""
    return f"de{RARE_TEXT}ar {number}"


def _is_rare(number: int) -> bool:
    return number % RARE_EVERY == 0 and number < RARE * RARE_EVERY


def _document(account: Row, number: int) -> Row:
    team = RARE_TEXT if _is_rare(number) else f"t{number % TEAMS}"
    times = {"created_at": account["created_at"], "modified_at": account["created_at"]}
    return {"owner_id": account["id"], "document": json.dumps({"team": team, "level": number % 7}), **times}


def _custom_values(accounts: Sequence[Row], documents: Sequence[Row]) -> list[Row]:
    return [
        {"directory_id": account["directory_id"], "path": path, "value": value, "owner_id": account["id"]}
        for account, document in zip(accounts, documents, strict=True)
        for path, value in sorted(custom_entries.of_document(document["document"]))
    ]


def _membership(template: Row, account: Row) -> Row:
    return template | {"id": ids.new_id(account["created_at"]), "account_id": account["id"]}


def _insert(driver: Any, table: str, rows: Sequence[Row]) -> None:
    placeholders = ", ".join("?" * len(rows[0]))
    statement = f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({placeholders})"  # noqa: S608  # Our own names.
    driver.executemany(statement, [tuple(each.values()) for each in rows])


def _copy(driver: Any, table: str, rows: Sequence[Row]) -> None:
    with driver.cursor().copy(f"COPY {table} ({', '.join(rows[0])}) FROM STDIN") as copy:
        for each in rows:
            copy.write_row(tuple(each.values()))
