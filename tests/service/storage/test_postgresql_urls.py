"""The URL of a PostgreSQL database means what libpq says it means, for every connection of the service."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
import sqlalchemy as sa

from service.calls import Api
from stormpath.cli.urls import has_password, without_password
from stormpath.server.app import CannotOpen, open_service
from stormpath.server.resources import RESOURCES
from stormpath.server.storage.database import Database
from stormpath.server.storage.engines import parse_url
from stormpath.server.storage.postgresql_urls import SECRETS, PostgresqlUrl
from stormpath.server.storage.suitability import refuse_unsuitable
from support.postgresql import PostgreSQLServer


@pytest.fixture
def url(postgresql_server: PostgreSQLServer) -> str:
    """The URL of a database in which nothing is created."""
    return f"{postgresql_server.address}/postgres"


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Give a database in which nothing is created."""
    with closing(Database(url, RESOURCES)) as database:
        yield database


def settings_of(database: Database, *names: str) -> set[tuple[str, ...]]:
    """Return these settings of all kinds of connections that a service has."""
    shown = ", ".join(f"current_setting('{name}')" for name in names)
    found = set()
    health = database.new_health_engine(1)
    for engine in (database.engine, database.async_commit_engine, health):
        with engine.connect() as connection:
            found.add(tuple(connection.exec_driver_sql(f"SELECT {shown}").one()))
    health.dispose()
    return found


def reason(url: str) -> str:
    """Return why the database cannot be opened."""

    def open_it() -> None:
        with opened(url) as database, database.opening(), database.engine.connect() as connection:
            refuse_unsuitable(connection, database)

    with pytest.raises(CannotOpen) as refused:
        open_it()
    assert "\n" not in str(refused.value)
    password = urlsplit(url).password
    assert not password or password not in str(refused.value)
    return str(refused.value)


def schemas_of(url: str) -> set[str]:
    query = "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname IN ('shop', 'public')"
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute(query)}


class TestOptions:
    def test_no_plan_is_compiled(self, url: str):
        with opened(url) as database:
            assert settings_of(database, "jit") == {("off",)}

    def test_all_tables_lie_in_the_schema_of_the_search_path(self, postgresql_url: str):
        with psycopg.connect(postgresql_url) as connection:
            connection.execute("CREATE SCHEMA shop")

        with closing(open_service(f"{postgresql_url}?options=-csearch_path%3Dshop")) as service:
            assert settings_of(service.database, "search_path") == {("shop",)}
            api = Api(service, service.base_url, service.tenant_id, *service.local_api_key())
            api.account(api.directory())

        assert schemas_of(postgresql_url) == {"shop"}

    def test_limits_are_those_of_the_settings_and_all_else_is_left(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ):
        options = "-cwork_mem=5MB -cstatement_timeout=7s -clock_timeout=7s"
        with opened(f"{url}?options={quote(options)}") as database:
            by_url = settings_of(database, "work_mem")
            limits = {each for (each,) in settings_of(database, "statement_timeout")}
            waits = {each for (each,) in settings_of(database, "lock_timeout")}
        monkeypatch.setenv("PGOPTIONS", "-cwork_mem=6MB")
        with opened(url) as database:
            by_variable = settings_of(database, "work_mem")

        assert (by_url, by_variable) == ({("5MB",)}, {("6MB",)})
        assert waits == {"5s", "1s"}
        assert limits == {"10s", "1s"}  # Health checks wait less.

    @pytest.mark.parametrize(
        ("query", "variable", "name"),
        [("", None, "stormpath"), ("?application_name=shop", None, "shop"), ("", "till", "till")],
    )
    def test_the_name_of_the_application_is_a_default(
        self,
        url: str,
        monkeypatch: pytest.MonkeyPatch,
        query: str,
        variable: str | None,
        name: str,
    ):
        if variable:
            monkeypatch.setenv("PGAPPNAME", variable)

        with opened(url + query) as database:
            assert settings_of(database, "application_name") == {(name,)}

    def test_statements_are_prepared_unless_the_url_says_otherwise(self, url: str):
        counts = []
        for query in ("", "?prepare_threshold=none", "?prepare_threshold=0", "?prepare_threshold=2"):
            with opened(url + query) as database:
                for _ in range(8):
                    with database.connect() as connection:
                        connection.execute(sa.select(1))
                with database.connect() as connection:
                    prepared = connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements")
                    counts.append(prepared.scalar_one() > 0)

        assert counts == [True, False, False, True]


class TestHosts:
    def test_the_next_host_is_tried(self, url: str):
        parts = urlsplit(url)
        user = parts.netloc.rpartition("@")[0]
        hosts = f"127.0.0.1:1,{parts.hostname}:{parts.port}"

        for each in (
            f"postgresql://{user}@{hosts}{parts.path}",
            f"postgresql://{user}@{parts.path}?host=127.0.0.1,{parts.hostname}&port=1,{parts.port}",
        ):
            with opened(each) as database, database.connect():
                assert database.url.parameters["port"] == f"1,{parts.port}"  # type: ignore[union-attr]  # it is PostgreSQL's

    def test_hosts_that_do_not_answer_are_named(self):
        said = reason("postgresql://joe:hunter2@127.0.0.1:1,127.0.0.1:2/users")

        assert "port 1 failed" in said
        assert "port 2 failed" in said

    def test_the_primary_is_found_among_standbys_with_the_passwords_of_a_file(
        self,
        url: str,
        postgresql_standby: PostgreSQLServer,
        tmp_path: Path,
    ):
        primary, standby = urlsplit(url), urlsplit(postgresql_standby.address)
        passwords = tmp_path / "passwords"
        passwords.touch(mode=0o600)
        passwords.write_text("".join(f"*:{each.port}:*:*:{each.password}\n" for each in (primary, standby)))
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in (standby, primary))
        name = primary.path
        several = f"postgresql://{primary.username}@{hosts}{name}?passfile={passwords}"

        with opened(f"{several}&target_session_attrs=read-write") as database:
            assert settings_of(database, "port") == {(str(primary.port),)}
        assert "standby" in reason(several)

    def test_a_unix_socket(self, url: str, postgresql_server: PostgreSQLServer):
        parts, folder = urlsplit(url), postgresql_server.folder
        user = f"{parts.username}:{parts.password}"

        for each in (
            f"postgresql://{user}@{parts.path}?host={folder}&port={parts.port}",
            f"postgresql://{user}@{quote(str(folder), safe='')}:{parts.port}{parts.path}",
        ):
            with opened(each) as database, database.connect() as connection:
                address = connection.exec_driver_sql("SELECT inet_client_addr()").scalar_one()
                assert address is None

    @pytest.mark.parametrize(
        ("url", "parameters"),
        [
            ("postgresql://[::1]:5433/x", {"host": "::1", "port": "5433", "dbname": "x"}),
            ("postgres:///x", {"dbname": "x"}),
            ("postgresql+psycopg://h/x", {"host": "h", "dbname": "x"}),
            (
                "postgresql://a%40b:c%2Fd@h/%C3%BC",
                {"user": "a@b", "password": "c/d", "host": "h", "dbname": "ü"},
            ),
            ("postgresql://h?ssl=true", {"host": "h", "sslmode": "require"}),
            ("postgresql://h?%73slmode=verify-full", {"host": "h", "sslmode": "verify-full"}),
            ("postgresql://u:p?w@h?port=1", {"user": "u", "password": "p?w", "host": "h", "port": "1"}),
        ],
    )
    def test_a_url_is_read_as_libpq_reads_it(self, url: str, parameters: dict[str, str]):
        assert PostgresqlUrl(url).parameters == parameters


class TestWhereParametersComeFrom:
    def test_the_environment(self, url: str, monkeypatch: pytest.MonkeyPatch):
        parts = urlsplit(url)
        for name, value in {
            "PGHOST": parts.hostname,
            "PGPORT": parts.port,
            "PGUSER": parts.username,
            "PGPASSWORD": parts.password,
            "PGCONNECT_TIMEOUT": 3,
        }.items():
            monkeypatch.setenv(name, str(value))

        with opened(f"postgresql://{parts.path}") as database, database.connect():
            pool: Any = database.engine.pool
            assert "connect_timeout" not in pool._creator.parameters()

    def test_a_service_file(self, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        parts = urlsplit(url)
        file = tmp_path / "services"
        file.write_text(
            f"[users]\nhost={parts.hostname}\nport={parts.port}\nuser={parts.username}\n"
            f"password={parts.password}\ndbname={parts.path[1:]}\napplication_name=till\n"
            "options=-cwork_mem=5MB\nkeepalives_idle=7\n"
        )
        monkeypatch.setenv("PGSERVICEFILE", str(file))

        with opened("postgresql://?service=users") as database:
            assert settings_of(database, "application_name", "work_mem") == {("till", "5MB")}
            with database.connect() as connection:
                driver: Any = connection.connection.driver_connection
                assert driver.info.get_parameters()["keepalives_idle"] == "7"


class TestTls:
    def test_a_server_is_verified_as_the_url_says(self, postgresql_standby: PostgreSQLServer, tmp_path: Path):
        verified = f"{postgresql_standby.address}/postgres?sslmode=verify-full&sslrootcert="
        other = tmp_path / "other.pem"
        other.write_bytes(b"")

        assert "standby" in reason(f"{verified}{postgresql_standby.folder}/data/server.pem")
        assert "certificate" in reason(f"{verified}{other}")

    def test_a_server_without_tls_is_refused_where_it_is_required(self, url: str):
        assert "SSL" in reason(f"{url}?sslmode=require")
        assert "sslmode" in reason(f"{url}?sslmode=nonsense")


class TestMistakes:
    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("postgresql://joe:hunter2@h/x?sslmod=require", "the parameter sslmod,"),
            ("postgresql://joe:hunter2@h/x?prepare_threshold=few", "prepare_threshold"),
            ("postgresql://joe:hunter2@h/x?prepare_threshold=", "prepare_threshold"),
            (
                "postgresql://joe:hunter2@h/x?options=-csearch_path=shop",
                "write = in the value of the parameter options as %3D",
            ),
            ("sqlite:///users.db?mode=ro", "no parameters (mode)"),
        ],
    )
    def test_a_mistake_in_a_parameter_is_named(self, url: str, said: str):
        assert said in reason(url)

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://joe:hunter2",
            "postgresql://joe:hun/hunter2@h/x",
            "postgresql://joe:12/hunter2@h/x",
            "postgresql://joe:a@hunter2@h/x",
            "postgresql://joe:hunter2@[::1/x",
            "postgresql://joe:%zzhunter2@h/x",
            "postgresql://joe:%00hunter2@h/x",
            "postgresql://joe:%ffhunter2@h/x",
            "postgresql://joe:hunter2\n@h/x",
            "postgresql://joe:hunter2\0@h/x",
            "postgresql://joe:\udcffhunter2@h/x",
            "postgresql://h/x?password=a&hunter2",
            "postgresql://h/x?password=a&hunter2!=b",
            "postgresql://h/x?password=hunter2&port=many",
            "postgresql://h/x?password=" + "hunter2" * 2000,
        ],
    )
    def test_a_malformed_url_is_not_shown(self, url: str):
        with pytest.raises(CannotOpen) as refused:
            parse_url(url)

        assert "hunter2" not in repr(refused.value)
        assert refused.value.__cause__ is None

    @pytest.mark.parametrize("name", sorted(SECRETS))
    def test_no_secret_of_a_parameter_is_shown(self, name: str):
        for written in (name, f"%{ord(name[0]):x}{name[1:]}"):
            given = f"postgresql://joe@h/x?sslmode=require&{written}=hunter2&port=1"

            assert PostgresqlUrl(given).shown == "postgresql://joe@h/x?sslmode=require&port=1"
            assert "hunter2" not in repr(PostgresqlUrl(given))
            assert "hunter2" not in without_password(given)
            assert has_password(given)

    def test_libpq_has_no_other_parameters_that_hide_what_is_typed(self):
        hidden = [each for each in psycopg.pq.Conninfo.get_defaults() if each.dispchar == b"*"]

        assert {each.keyword.decode() for each in hidden} <= SECRETS
