"""The verification link of a pending account: its form, and where it is shown and stored (rest-core 5.24)."""

import hashlib
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.calls import Api, Json, id_of
from service.registration import (
    TOKENS,
    VERIFICATION,
    created_once,
    now,
    register,
    sent,
    spend,
    switch,
    token_of,
)
from stormpath.server.app import Service
from support.migrated import is_text_index
from support.outbox import emails


class TestToken:
    """The form of the link, and where it is shown and stored."""

    @pytest.fixture
    def directory(self, api: Api) -> Json:
        directory = api.directory()
        switch(api, directory, VERIFICATION)
        return directory

    def test_a_token_is_128_bits_in_base_62_and_the_one_in_the_e_mail(self, api: Api, directory: Json):
        accounts = [register(api, directory, f"u{number}").made for number in range(5)]

        tokens = [token_of(each) for each in accounts]

        assert all(re.fullmatch("[0-9A-Za-z]{22}", each) for each in tokens)
        assert [each.token for each in sent(api)] == tokens
        assert len({each[:4] for each in tokens}) > 1, "tokens begin alike: they tell of something"

    def test_every_representation_of_the_account_shows_the_link(self, api: Api, directory: Json):
        group = api.group(directory)
        made = register(api, directory).made
        expected = {"href": f"{api.base_url}{TOKENS}/{sent(api)[0].token}"}
        membership = api.membership(made, group)

        shown = [
            made,
            now(api, made),
            api.post(made["href"], {"givenName": "Ada"}).ok,
            api.post(made["href"], {"password": "Another1one"}).ok,
            api.get(membership["href"], expand="account").ok["account"],
            api.get(directory["href"], expand="accounts").ok["accounts"]["items"][0],
            *api.get(directory["accounts"]["href"]).items,
            *api.get(directory["accounts"]["href"], q="ada").items,
            *api.get("/accounts", email="ada@example.com").items,
            *api.get(group["accounts"]["href"]).items,
        ]

        assert [each["emailVerificationToken"] for each in shown] == [expected] * 10

    def test_accounts_are_neither_searched_nor_sorted_by_the_token(self, api: Api, directory: Json):
        token = token_of(register(api, directory).made)
        accounts = directory["accounts"]["href"]

        assert api.get(accounts, emailVerificationToken=token).error == (400, 2105)
        assert api.get(accounts, orderBy="emailVerificationToken").error == (400, 2106)
        assert api.get(accounts, q=token).items == []

    def test_the_link_cannot_be_written(self, api: Api, directory: Json):
        made, other = register(api, directory).made, register(api, directory, "grace").made

        for given in (other["emailVerificationToken"], None, {"href": "x"}, "x"):
            changed = api.post(made["href"], {"emailVerificationToken": given}).ok
            assert changed["emailVerificationToken"] == made["emailVerificationToken"]

        assert api.post(made["href"], made).ok["emailVerificationToken"] == made["emailVerificationToken"]
        assert spend(api, made).ok["href"] == made["href"]

    def test_the_database_stores_a_keyed_digest_of_the_token_only(
        self, service: Service, api: Api, directory: Json
    ):
        tokens = [token_of(register(api, directory, "ada").made)]
        changed = register(api, directory, "grace").made
        tokens.append(token_of(changed))
        tokens.append(token_of(api.post(changed["href"], {"email": "hopper@example.com"}).ok))
        created_once(api, directory, "once")
        tokens.append(token_of(created_once(api, directory, "once").made))
        links = [each for each in emails(service, api.tenant_id) if each.kind == VERIFICATION]
        assert len({each.token for each in links}) == 4

        rows = everything(service)

        assert id_of(changed) in rows
        for each in tokens:
            assert each not in rows
            assert hashlib.sha256(each.encode()).hexdigest() not in rows
            assert each.encode().hex() not in rows
            # The stored digest is made with the service's key, for this purpose alone.
            assert service._box.digest(each.encode(), "email verification") in rows
        for file in files(service):
            content = file.read_bytes()
            assert not [each for each in tokens if each.encode() in content], file.name


def everything(service: Service) -> str:
    """Return every row of every table there is, of all tenants, as text."""
    engine = service.database.engine
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return "\n".join(
            repr(tuple(row))
            for table in tables.tables.values()
            if not is_text_index(table.name)
            for row in connection.execute(sa.select(table))
        )


def files(service: Service) -> list[Path]:
    """Return the files of a SQLite database: its journal may contain rows deleted since."""
    if service.database.dialect != "sqlite":
        return []
    path = Path(str(service.database.path))
    found = [path, *path.parent.glob(f"{path.name}-*")]
    assert len(found) >= 2
    return found
