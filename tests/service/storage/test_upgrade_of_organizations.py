"""The upgrade of a database from before organizations: old resources are completed like new ones."""

import sqlalchemy as sa

from service.database_access import connected, upgrade
from stormpath.server.resources import RESOURCES
from stormpath.server.storage.tables import Tables


class TestOlderDatabases:
    """The upgrade of a database from before organizations: old resources are completed like new ones."""

    def test_older_applications_get_a_linking_policy(self, database_url: str):
        with connected(database_url) as connection:
            upgrade(connection, "0001")
            standard = {"created_at": 5, "modified_at": 6}
            names = dict.fromkeys(("name", "name_key", "key", "key_key"), "acme")
            insert(connection, "tenants", id="t1", **standard, **names)
            insert(
                connection,
                "applications",
                id="a1",
                **standard,
                name="Atlas",
                name_key="atlas",
                status="ENABLED",
                authorized_callback_uris=[],
                authorized_origin_uris=[],
                tenant_id="t1",
                protected=False,
            )

        with connected(database_url) as connection:
            upgrade(connection, "head")
            policies = Tables(RESOURCES).of["accountLinkingPolicy"]
            found = [dict(each) for each in connection.execute(sa.select(policies)).mappings()]

        assert found == [
            {
                "id": "a1",
                "created_at": 5,
                "modified_at": 5,
                "status": "DISABLED",
                "automatic_provisioning": "DISABLED",
                "matching_property": None,
                "tenant_id": "t1",
                "application_id": "a1",
                "organization_id": None,
            }
        ]


def insert(connection: sa.Connection, name: str, /, **row: object) -> None:
    connection.execute(sa.Table(name, sa.MetaData(), autoload_with=connection).insert().values(row))
