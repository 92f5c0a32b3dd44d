"""Fixtures for every test: a clean environment, databases of both kinds, and the served service.

The databases and servers are real. One that is missing fails the tests that need it; nothing is skipped.
"""

import gc
import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

from support import certificates, databases, environment, postgresql
from support import samba_server as samba
from support.memcached_server import MemcachedServer
from support.openid_server import OpenIdProvider
from support.pgbouncer_server import PgBouncerServer
from support.postgresql import PostgreSQLServer
from support.programs import PROGRAMS
from support.redis_server import RedisServer
from support.samba_server import SambaServer
from support.serving import serving
from support.slapd_server import SlapdServer

pytest_plugins = ["support.depth", "support.dearest"]

SERVICE_LOGS = pytest.StashKey[list[Path]]()

# A slow moment of the machine is not a failure of an example.
hypothesis.settings.register_profile("stormpath", deadline=None, print_blob=True)
hypothesis.settings.load_profile("stormpath")


def pytest_configure(config: pytest.Config) -> None:
    environment.keep_in_memory()
    # Before any fixture: those that live as long as the session are made outside a test's own environment.
    home = tempfile.TemporaryDirectory(prefix="stormpath-tests-home-")
    config.add_cleanup(home.cleanup)
    environment.isolate(home.name)
    PROGRAMS.are_forked = config.getoption("depth") == "usual"
    config.add_cleanup(PROGRAMS.close)


def pytest_collection_finish() -> None:
    # Modules and collected tests stay to the end: no garbage collection has to look through them.
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def isolated_environment() -> Iterator[None]:
    """Give each test the environment of the session, with an empty home; put back what it changes there."""
    home, before = os.environ["HOME"], dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)
    if left := os.listdir(home):
        for each in left:
            shutil.rmtree(Path(home, each), ignore_errors=True)
            Path(home, each).unlink(missing_ok=True)
        pytest.fail(f"The test left {left} in the home folder of all tests: let it take ``own_home``.")


@pytest.fixture
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder for a test that writes there."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the user have no home folder: no ``HOME``, and a number that the system does not know."""

    def unknown(user_id: int) -> NoReturn:
        raise KeyError(f"getpwuid(): uid not found: {user_id}")

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", unknown)


@pytest.fixture
def started_by_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this test's programs be started as users start them, not forked."""
    monkeypatch.setattr(PROGRAMS, "are_forked", False)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQLServer]:
    """A real PostgreSQL, started when the first test asks for it; one for each test process."""
    with postgresql.running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_standby(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQLServer]:
    """A real PostgreSQL that is a standby and speaks TLS, with the certificate ``data/server.pem``."""
    pem = certificates.self_signed(tmp_path_factory.mktemp("standby")).read_bytes()
    tls = "ssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.pem'\n"
    with postgresql.running_server(tls, {"server.pem": pem}, is_standby=True) as server:
        yield server


@pytest.fixture(scope="session")
def pgbouncer_server(postgresql_server: PostgreSQLServer) -> Iterator[PgBouncerServer]:
    """A real PgBouncer in transaction mode in front of that PostgreSQL; one for each test process."""
    with PgBouncerServer(postgresql_server) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A real Redis that tests share, started when the first one asks for it; one for each test process."""
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def memcached_server() -> Iterator[MemcachedServer]:
    """A real Memcached that tests share, as ``redis_server`` is."""
    with MemcachedServer() as server:
        yield server


@pytest.fixture(scope="session")
def samba_server(testrun_uid: str) -> Iterator[SambaServer]:
    """A real domain controller of Active Directory, one for all test processes: each test has its unit."""
    with samba.running_server(testrun_uid) as server:
        yield server


@pytest.fixture(scope="session")
def openid_provider() -> Iterator[OpenIdProvider]:
    """A real OpenID provider that tests share: they make accounts there under names of their own."""
    with OpenIdProvider() as server:
        yield server


@pytest.fixture(scope="session")
def slapd_server() -> Iterator[SlapdServer]:
    """A real OpenLDAP server that tests share; each works in a part of the tree of its own (``own_base``)."""
    with SlapdServer() as server:
        yield server


@pytest.fixture
def own_slapd() -> Iterator[Callable[..., SlapdServer]]:
    """``own_slapd(**options)`` starts an OpenLDAP server for this test alone."""
    with ExitStack() as running:
        yield lambda **options: running.enter_context(SlapdServer(**options))


@pytest.fixture
def own_redis() -> Iterator[Callable[..., RedisServer]]:
    """``own_redis(**options)`` starts a Redis for this test alone, to be killed, paused and restarted."""
    with ExitStack() as running:
        yield lambda **options: running.enter_context(RedisServer(**options))


@pytest.fixture
def own_memcached() -> Iterator[Callable[..., MemcachedServer]]:
    """``own_memcached(*arguments)`` starts a Memcached for this test alone."""
    with ExitStack() as running:
        yield lambda *arguments: running.enter_context(MemcachedServer(*arguments))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return databases.sqlite_url(tmp_path)


@pytest.fixture
def postgresql_url(postgresql_server: PostgreSQLServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with databases.postgresql_database(postgresql_server) as url:
        yield url


@pytest.fixture(params=databases.DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database; the test runs once for each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite database as the service leaves a new one. Copied, never opened."""
    return databases.initialize(databases.sqlite_url(tmp_path_factory.mktemp("template")))


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: PostgreSQLServer) -> str:
    """A PostgreSQL database as the service leaves a new one. Copied, never opened."""
    return databases.initialize(postgresql_server.create_database())


@pytest.fixture
def initialized_sqlite_url(sqlite_template: str, tmp_path: Path) -> str:
    """The URL of a SQLite database that the service has initialized."""
    return databases.sqlite_copy(sqlite_template, tmp_path)


@pytest.fixture
def initialized_postgresql_url(
    postgresql_server: PostgreSQLServer, postgresql_template: str
) -> Iterator[str]:
    """The URL of a PostgreSQL database that the service has initialized."""
    with databases.postgresql_database(postgresql_server, postgresql_template) as url:
        yield url


@pytest.fixture(params=databases.DATABASES)
def initialized_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database that the service has initialized; the test runs once for each kind.

    A copy of one made once in a test process: much faster than letting the service make a new one.
    """
    return str(request.getfixturevalue(f"initialized_{request.param}_url"))


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """``served(database_url)`` runs ``stormpath serve`` in a process of its own and returns its base URL.

    It is stopped after the test, and has to stop cleanly. What it printed is shown when the test fails.
    """
    logs = request.node.stash.setdefault(SERVICE_LOGS, [])
    with ExitStack() as running:

        def serve(database_url: str) -> str:
            logs.append(tmp_path / f"serve-{len(logs)}.log")
            return running.enter_context(serving(database_url, logs[-1]))

        yield serve


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a served service printed beside the failure of the test that used it."""
    report = yield
    if report.failed:
        for log in item.stash.get(SERVICE_LOGS, []):
            report.sections.append((log.name, log.read_text(errors="replace")))
    return report
