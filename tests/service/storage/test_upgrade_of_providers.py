"""The upgrade of a database from before providers: directories and applications get them like new ones."""

import pytest
import sqlalchemy as sa

from service.database_access import connected, upgrade
from stormpath.server.resources import RESOURCES
from stormpath.server.storage.tables import Tables
from stormpath.server.storage.unit import Unit as SqlUnit


class TestProviders:
    """The resources added to directories and applications of an older database."""

    ROWS = """
        INSERT INTO tenants (id, created_at, modified_at, name, name_key, key, key_key)
            VALUES ('T', 1, 1, 't', 't', 't', 't');
        INSERT INTO directories (id, created_at, modified_at, name, name_key, status, tenant_id, protected)
            VALUES ('D', 5, 9, 'd', 'd', 'ENABLED', 'T', false);
        INSERT INTO applications (id, created_at, modified_at, name, name_key, status,
                authorized_callback_uris, authorized_origin_uris, tenant_id, protected)
            VALUES ('A', 6, 9, 'a', 'a', 'ENABLED', '[]', '[]', 'T', false)
    """

    @pytest.fixture
    def old_database(self, database_url: str) -> str:
        with connected(database_url) as connection:
            upgrade(connection, "0002")
            for each in self.ROWS.split(";"):
                connection.execute(sa.text(each))
        return database_url

    def test_older_directories_and_applications_get_the_providers_of_new_ones(self, old_database: str):
        with connected(old_database) as connection:
            upgrade(connection, "head")

        tables = Tables(RESOURCES)
        with connected(old_database) as connection:
            unit = SqlUnit(connection, tables, connection.dialect, "T")
            provider, identity = unit.get("provider", "D"), unit.get("samlIdentityProvider", "A")
            rules = unit.get("attributeStatementMappingRules", "A")

        assert provider is not None
        assert identity is not None
        assert rules is not None
        shown = {name: each for name, each in provider.items() if each is not None}
        assert shown == {
            "id": "D",
            "created_at": 5,
            "modified_at": 5,
            "provider_id": "stormpath",
            "provider_type": "stormpath",
            "directory_id": "D",
            "tenant_id": "T",
        }
        assert (identity["created_at"], identity["status"]) == (6, "ENABLED")
        assert (identity["application_id"], identity["signature_algorithm"]) == ("A", "RSA-SHA256")
        assert (rules["items"], rules["application_id"], rules["directory_id"]) == ([], "A", None)
