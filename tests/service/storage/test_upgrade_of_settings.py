"""The upgrade of a database of the first release: old keys are readable, old resources completed."""

from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from service.calls import Api
from service.database_access import connected
from service.tenant_setup import BOX, new_tenant
from stormpath.server.app import Service, open_service
from stormpath.server.storage import migrate

TENANT, APPLICATION, DIRECTORY, ACCOUNT = (f"0351A0000000000000000{each}" for each in "TADC")
KEY_ID, SECRET = "K" * 25, "the old secret"
TIMES = {"created_at": 1_700_000_000_000, "modified_at": 1_700_000_000_001}
OWNED = {**TIMES, "tenant_id": TENANT}

OLD_ROWS: list[tuple[str, dict[str, Any]]] = [
    ("service_state", {"name": "tenant_id", "value": TENANT}),
    ("service_state", {"name": "secret_key_fingerprint", "value": BOX.fingerprint}),
    (
        "tenants",
        {"id": TENANT, **TIMES, "owner_account_id": ACCOUNT}
        | dict.fromkeys(("name", "name_key", "key", "key_key"), "old-words"),
    ),
    (
        "applications",
        {"id": APPLICATION, **OWNED, "name": "Old", "name_key": "old", "status": "ENABLED"}
        | {"authorized_callback_uris": "[]", "authorized_origin_uris": "[]", "protected": False},
    ),
    (
        "directories",
        {"id": DIRECTORY, **OWNED, "name": "Old", "name_key": "old", "status": "ENABLED", "protected": True},
    ),
    (
        "accounts",
        {"id": ACCOUNT, **OWNED, "directory_id": DIRECTORY, "status": "ENABLED"}
        | dict.fromkeys(("username", "username_key", "full_name", "full_name_key"), "ada")
        | dict.fromkeys(("email", "email_key"), "ada@example.com")
        | {"email_verification_status": "UNVERIFIED"},
    ),
    (
        "api_keys",
        {"id": KEY_ID, **OWNED, "account_id": ACCOUNT, "status": "ENABLED"}
        | {"encrypted_secret": BOX.seal(SECRET, KEY_ID)},
    ),
]


@pytest.fixture
def old(database_url: str) -> str:
    """A database as the first release left it: a tenant with an application and an API key."""
    with connected(database_url) as connection:
        config = migrate.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for table, row in OLD_ROWS:
            columns: list[Any] = [sa.column(name) for name in row]
            connection.execute(sa.table(table, *columns).insert().values(row))
    return database_url


def test_old_api_keys_can_still_be_decrypted(old: str):
    with closing(open_service(old)) as service:
        api = Api(service, service.base_url, TENANT, KEY_ID, SECRET)

        shown = api.get(f"/apiKeys/{KEY_ID}").ok

    assert (shown["id"], shown["secret"]) == (KEY_ID, SECRET)
    assert (shown["name"], shown["description"]) == (None, None)


def test_older_applications_get_their_settings(old: str):
    with closing(open_service(old)) as service:
        api = Api(service, service.base_url, TENANT, KEY_ID, SECRET)
        before, after = api.get(f"/applications/{APPLICATION}").ok, api.application("New")
        old_settings, new_settings = (
            api.get(each["href"], expand="oAuthPolicy,webConfig").ok for each in (before, after)
        )

    for name in ("oAuthPolicy", "webConfig"):
        migrated, made = old_settings[name], new_settings[name]
        assert set(migrated) == set(made)
        same = set(made) - {"href", "createdAt", "modifiedAt", "application", "tokenEndpoint"}
        assert {each: migrated[each] for each in same - {"dnsLabel", "domainName"}} == {
            each: made[each] for each in same - {"dnsLabel", "domainName"}
        }
        assert migrated["createdAt"] == migrated["modifiedAt"] == before["createdAt"]
    assert migrated["domainName"] == f"{migrated['dnsLabel']}.apps.localhost"
    assert migrated["dnsLabel"] != made["dnsLabel"]


def test_the_older_tenant_gets_an_id_site(old: str, sqlite_service: Service):
    new = new_tenant(sqlite_service)
    (made,) = new.get(f"{new.tenant}/idSites").items

    with closing(open_service(old)) as service:
        api = Api(service, service.base_url, TENANT, KEY_ID, SECRET)
        (migrated,) = api.get(f"/tenants/{TENANT}/idSites").items

    own = {"href", "createdAt", "modifiedAt", "domainName", "tenant"}
    assert {name: each for name, each in migrated.items() if name not in own} == {
        name: each for name, each in made.items() if name not in own
    }
    assert migrated["domainName"] == "old-words.id.localhost"
