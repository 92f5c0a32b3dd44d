"""The upgrade of a database from before the e-mail flows: its rows are unchanged, and the flows work."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from service.calls import Api, Json
from service.database_access import connected, count
from service.old_databases import fill, rows_at
from stormpath.server.app import Service, open_service
from support.migrated import is_text_index

#: What the migrations do is tried on both databases; what works after them, by turns.
pytestmark = pytest.mark.either_database

STORED = rows_at("0006")

#: Columns that were added to existing tables since, by the e-mail flows first, and their values in old rows.
ADDED: Json = {
    "accounts": {"email_verification_token": None},
    "email_templates": {"reply_to": None},
    "tenants": {"administrators": "shared", "prevents_common_passwords": False},
    "o_auth_policies": {
        "refresh_token_rotation": "DISABLED",
        "revoke_tokens_on_password_change": "ENABLED",
    },
    "strength": {"prevent_common": False},
}

Tables = dict[str, list[Json]]


@pytest.fixture
def old_url(database_url: str) -> str:
    fill(database_url, "0006")
    return database_url


@pytest.fixture
def upgraded(old_url: str) -> Iterator[Service]:
    with closing(open_service(old_url)) as service:
        yield service


@pytest.fixture
def api(upgraded: Service) -> Api:
    """The caller who had an API key before the upgrade."""
    return Api(upgraded, upgraded.base_url, upgraded.tenant_id, *STORED["api_key"])


def rows_in(url: str) -> Tables:
    """Return every row there is, by table."""
    with connected(url) as connection:
        metadata = sa.MetaData()
        metadata.reflect(connection)
        return {
            table.name: [
                dict(each)
                for each in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in metadata.sorted_tables
            if table.name != "alembic_version" and not is_text_index(table.name)
        }


def only(api: Api, path: str, **query: str) -> Json:
    (found,) = api.get(path, **query).items
    return found


def added_to(table: str, row: Json) -> Json:
    """Return the columns that later migrations add to a row."""
    if table == "fields":
        return {"name_key": str(row["name"]).lower()}
    added: Json = ADDED.get(table, {})
    return added


def directory_of(api: Api, account: Json) -> str:
    return str(api.get(account["directory"]["href"]).ok["name"])


@pytest.mark.both_databases
def test_old_rows_are_unchanged_and_new_columns_change_nothing(old_url: str):
    before = rows_in(old_url)

    open_service(old_url).close()

    after = rows_in(old_url)
    assert {name: len(rows) for name, rows in before.items() if rows}.items() >= {
        (name, len(rows)) for name, rows in STORED["tables"].items()
    }
    for name, rows in before.items():
        assert after[name] == [{**each, **added_to(name, each)} for each in rows], name
    # The accounts of the last 400 days are counted as registrations, and custom data is indexed.
    added = {name for name in after if name not in before and after[name]}
    assert added - {"daily_counts", "accounts_custom_values", "groups_custom_values"} == set()
    assert count(old_url, "workflow_tokens") == count(old_url, "outbox") == 0


def test_attributes_of_the_new_columns_are_null(api: Api):
    accounts, directories = api.every("/accounts"), api.every("/directories")
    policies = [each["passwordPolicy"]["href"] for each in directories]

    templates = [only(api, f"{each}/resetEmailTemplates") for each in policies]

    assert [each["emailVerificationToken"] for each in accounts] == [None] * 5
    assert [each["replyTo"] for each in templates] == [None] * 5
    assert {each["subject"] for each in templates} == {
        "Reset your Password",
        "Ours: Default Password Reset Email Template",
    }


class TestVerification:
    """The directory had verification switched on before the upgrade, without any e-mail being sent."""

    def test_an_unverified_account_is_sent_its_first_token(self, api: Api, old_url: str):
        atlas, lin = only(api, "/applications", name="Atlas"), only(api, "/accounts", username="lin")

        assert api.post(atlas["verificationEmails"]["href"], {"login": "lin"}).status == 202

        token = api.get(lin["href"]).ok["emailVerificationToken"]
        assert count(old_url, "outbox") == 1
        assert api.post(token["href"]).ok == {"href": lin["href"]}
        verified = api.get(lin["href"]).ok
        assert (verified["status"], verified["emailVerificationStatus"]) == ("ENABLED", "VERIFIED")
        assert api.log_in(atlas, "lin", "Changeme1").status == 200

    def test_a_new_account_of_an_old_directory_is_verified(self, api: Api, old_url: str):
        atlas = only(api, "/applications", name="Atlas")

        account = api.account(atlas, "grace")

        assert account["status"] == "UNVERIFIED"
        assert api.post(account["emailVerificationToken"]["href"]).status == 200
        assert api.log_in(atlas, "grace").status == 200
        # The verification, its confirmation, and the welcome.
        assert count(old_url, "outbox") == 3

    def test_the_other_accounts_log_in_as_before(self, api: Api):
        atlas = only(api, "/applications", name="Atlas")

        assert api.log_in(atlas, "ada", "Changeme1").status == 200
        assert api.log_in(atlas, "lin", "Changeme1").error == (400, 7102)
        assert api.log_in(atlas, "dora", "Changeme1").error == (400, 7101)


class TestVerifiedAddresses:
    """An account that was VERIFIED before the upgrade, when a change of its address left it so."""

    @pytest.fixture
    def old_url(self, database_url: str) -> str:
        fill(database_url, "0006")
        with connected(database_url) as connection:
            connection.exec_driver_sql(
                "UPDATE accounts SET email_verification_status = 'VERIFIED' WHERE status = 'ENABLED'"
            )
        return database_url

    def test_it_stays_verified_and_logs_in(self, api: Api):
        (ada,) = (
            each for each in api.every("/accounts", username="ada") if "Atlas" in directory_of(api, each)
        )

        assert (ada["status"], ada["emailVerificationStatus"]) == ("ENABLED", "VERIFIED")
        assert api.log_in(only(api, "/applications", name="Atlas"), "ada", "Changeme1").status == 200

    def test_its_next_address_is_unverified_and_gets_a_link(self, api: Api, old_url: str):
        (ada,) = (
            each for each in api.every("/accounts", username="ada") if "Atlas" in directory_of(api, each)
        )

        changed = api.post(ada["href"], {"email": "countess@example.com"}).ok

        assert (changed["status"], changed["emailVerificationStatus"]) == ("ENABLED", "UNVERIFIED")
        # The link, and the notice to the old address.
        assert count(old_url, "outbox") == 2
        assert api.post(changed["emailVerificationToken"]["href"]).status == 200
        assert api.get(ada["href"]).ok["emailVerificationStatus"] == "VERIFIED"


def test_an_old_account_gets_a_new_password(api: Api, old_url: str):
    atlas = only(api, "/applications", name="Atlas")

    token = api.post(atlas["passwordResetTokens"]["href"], {"email": "ada@example.com"}).ok
    assert api.post(token["href"], {"password": "Newpass1"}).status == 200

    assert api.log_in(atlas, "ada", "Newpass1").status == 200
    assert api.log_in(atlas, "ada", "Changeme1").error == (400, 7100)
    assert count(old_url, "outbox") == 2


def test_a_new_directory_is_no_different_from_an_old_one(api: Api):
    (old,) = api.get("/directories", name="Google").items
    new = api.directory("New")

    for policy in ("passwordPolicy", "accountCreationPolicy"):
        assert set(api.get(old[policy]["href"]).ok) == set(api.get(new[policy]["href"]).ok)
