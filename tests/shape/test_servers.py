"""The environment and the servers that the tests run with."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import requests

from support import axe, environment, postgresql
from support.browser import Browser
from support.caddy_server import CaddyServer
from support.nginx_server import NginxServer
from support.openid_server import OpenIdProvider
from support.ports import free_port
from support.proxy_server import ProxyServer

TESTS = Path(__file__).parents[1]
SERVERS = TESTS.parent / ".ci" / "servers"

DIE_WITH_A_SERVER = """
import os, signal
from support import postgresql

with postgresql.running_server() as server:
    print(server.create_database(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""

DIE_WITH_PAUSED_CACHE_SERVERS = """
import os, signal
from support.memcached_server import MemcachedServer
from support.redis_server import RedisServer

for server in RedisServer(), MemcachedServer():
    server.pause()
    print(server.port, server.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


DIE_WITH_A_BROWSER = """
import os, signal
from support.browser import Browser

browser = Browser()
browser.call("Browser.getVersion")
print(browser.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_tests_see_an_empty_home_and_only_their_own_settings():
    ours = {name: value for name, value in os.environ.items() if name.startswith("STORMPATH_")}

    assert ours == environment.SETTINGS
    assert list(Path.home().iterdir()) == []


def test_a_new_database_is_empty_and_not_shared(postgresql_server):
    first, second = postgresql_server.create_database(), postgresql_server.create_database()

    with psycopg.connect(first, autocommit=True) as connection:
        connection.execute("CREATE TABLE noted (word text)")

    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('noted')").fetchone() == (None,)


def test_a_copy_has_the_content_of_its_template_and_does_not_change_it(postgresql_server):
    template = postgresql_server.create_database()
    with psycopg.connect(template, autocommit=True) as connection:
        connection.execute("CREATE TABLE noted AS SELECT 'before' AS word")

    with psycopg.connect(postgresql_server.create_database(template), autocommit=True) as connection:
        connection.execute("INSERT INTO noted VALUES ('after')")

    with psycopg.connect(template) as connection:
        assert connection.execute("SELECT word FROM noted").fetchall() == [("before",)]


def test_a_database_is_dropped_although_a_test_left_it_open(postgresql_server):
    url = postgresql_server.create_database()
    left_open = psycopg.connect(url)

    postgresql_server.drop_database(url)

    assert not is_answering(url)
    left_open.close()


def test_a_killed_test_process_leaves_no_server_behind():
    url = run_until_killed(DIE_WITH_A_SERVER).strip()
    assert url.startswith("postgresql://")

    wait_while(lambda: is_answering(url))

    assert not is_answering(url)


def test_a_killed_test_process_leaves_no_cache_server_behind_not_even_a_paused_one():
    died = run_until_killed(DIE_WITH_PAUSED_CACHE_SERVERS)
    ports, folders = zip(*(line.split() for line in died.splitlines()), strict=True)
    assert len(ports) == 2

    wait_while(lambda: any(map(is_listening, ports)) or any(map(os.path.exists, folders)))

    assert not any(map(is_listening, ports))
    assert not any(map(os.path.exists, folders))


def test_a_killed_test_process_leaves_no_browser_behind():
    folder = Path(run_until_killed(DIE_WITH_A_BROWSER).strip())
    assert folder.is_absolute()

    wait_while(folder.exists)

    assert not folder.exists()


def run_until_killed(program: str) -> str:
    command = [sys.executable, "-c", program]
    died = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    return died.stdout


def wait_while(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def is_listening(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def is_answering(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def test_redis_keeps_its_data_over_a_restart_only_on_request(own_redis):
    server = own_redis(requirepass="a password")
    with server.connect() as client:
        client.set("word", "kept")

    server.stop()
    server.restart(with_data=True)
    with server.connect() as client:
        kept = client.get("word")
    server.restart()
    with server.connect() as client:
        gone = client.get("word")

    assert (kept, gone) == (b"kept", None)


@pytest.mark.parametrize("own", ["own_redis", "own_memcached"])
def test_a_cache_server_is_killed_and_comes_back_on_its_port(request, own):
    server = request.getfixturevalue(own)()
    port = str(server.port)
    heard = [is_listening(port)]

    server.kill()
    heard.append(is_listening(port))
    server.restart()
    heard.append(is_listening(port))

    assert heard == [True, False, True]


@pytest.mark.parametrize("own", ["own_redis", "own_memcached"])
def test_a_paused_cache_server_answers_only_after_it_is_resumed(request, own):
    server = request.getfixturevalue(own)()
    server.pause()

    with socket.create_connection(("127.0.0.1", server.port), timeout=0.2) as connection:
        connection.sendall(b"PING\r\n" if own == "own_redis" else b"version\r\n")
        with pytest.raises(TimeoutError):
            connection.recv(100)
        server.resume()
        connection.settimeout(10)

        assert connection.recv(100).startswith((b"+PONG", b"VERSION"))


def test_flushing_a_shared_server_empties_it_at_once(redis_server, memcached_server):
    found = []
    with redis_server.connect() as client:
        client.set("word", "there")
        redis_server.flush()
        found.append(client.get("word"))
    with closing(memcached_server.connect()) as client:
        client.set("word", b"there")
        memcached_server.flush()
        found.append(client.get("word"))

    assert found == [None, None]


@pytest.mark.parametrize("own", ["own_redis", "own_memcached"])
def test_a_missing_cache_server_is_named_in_the_error(request, monkeypatch, own):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(postgresql.ServerMissing, match="`make test` installs it"):
        request.getfixturevalue(own)()


@pytest.mark.parametrize("kind", [NginxServer, CaddyServer])
def test_a_missing_proxy_is_named_in_the_error(monkeypatch, tmp_path, kind: type[ProxyServer]):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("support.child_server.SBIN", str(tmp_path))

    with pytest.raises(postgresql.ServerMissing, match="`make test` installs it"):
        kind("", [free_port()])


def test_a_missing_node_is_named_in_the_error(monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(postgresql.ServerMissing, match="`make test` installs it"):
        OpenIdProvider()


def test_missing_packages_of_the_openid_provider_are_named_in_the_error(monkeypatch, tmp_path):
    monkeypatch.setattr("support.openid_server.FOLDER", tmp_path)

    with pytest.raises(postgresql.ServerMissing, match=r"oidc-provider.*`make test` installs it"):
        OpenIdProvider()


def test_a_missing_axe_is_named_in_the_error(monkeypatch, tmp_path):
    monkeypatch.setattr("support.axe.SCRIPT", tmp_path / "axe.min.js")
    axe.source.cache_clear()

    with pytest.raises(postgresql.ServerMissing, match=r"axe-core.*`make test` installs it"):
        axe.source()


def test_a_missing_browser_is_named_in_the_error(monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(postgresql.ServerMissing, match=r"chromium.*`make test` installs it"):
        Browser()


NODE = ["node", "npm", "oathtool"]
DIRECTORIES = ["slapd", "samba", "ip", "gcc"]
ALL = ["pgbouncer", "redis-server", "memcached", "nginx", "caddy", "chromium", *DIRECTORIES, *NODE]
SAMBA = [
    *("samba", "winbind", "samba-dsdb-modules"),
    *("samba-vfs-modules", "samba-ad-provision", "python3-markdown"),
]
HEADERS = ("ldap.h", "sasl/sasl.h")


@pytest.fixture
def npm_folders(tmp_path: Path) -> list[Path]:
    """Where the packages of npm belong; none is there yet."""
    folders = [tmp_path / "support" / name for name in ("axe", "openid_provider")]
    for each in folders:
        each.mkdir(parents=True)
        (each / "package-lock.json").touch()
    return folders


@pytest.fixture
def install_missing(tmp_path: Path, npm_folders: list[Path]) -> Callable[[list[str]], list[list[str]]]:
    """``install_missing(found)`` runs ``.ci/servers`` where only those programs are; return what it runs.

    Those are commands without their options.
    """
    path, run = tmp_path / "path", tmp_path / "run"
    path.mkdir()
    for each in ("ls", "env", "mkdir", "touch", "cp"):
        (path / each).symlink_to(str(shutil.which(each)))
    by_npm = "mkdir -p node_modules && touch node_modules/.package-lock.json"
    programs = {
        "id": "echo 0",
        "apt-get": f'echo apt-get "$@" >> {run} && cp {tmp_path}/npm {path}',
        "npm": f'echo npm "$@" >> {run} && {by_npm}',
    }

    def write(folder: Path, name: str, lines: str = "") -> None:
        (folder / name).write_text(f"#!{shutil.which('sh')}\n{lines}\n")
        (folder / name).chmod(0o755)

    def install(found: list[str]) -> list[list[str]]:
        run.write_text("")
        write(tmp_path, "npm", programs["npm"])
        for each in ("initdb", "id", "apt-get", *found):
            write(path, each, programs.get(each, ""))
        for each in HEADERS:
            header = tmp_path / "include" / each
            header.parent.mkdir(parents=True, exist_ok=True)
            header.touch()
            if not found:
                header.unlink()
        folders = {"PATH": str(path), "SBIN": str(path), "SUPPORT": str(npm_folders[0].parent)}
        folders["INCLUDE"] = str(tmp_path / "include")
        subprocess.run(["/bin/sh", SERVERS], env=folders, check=True)
        commands = [each.split() for each in run.read_text().splitlines()]
        return [[word for word in each if not word.startswith("-")] for each in commands]

    return install


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (
            [],
            [
                "pgbouncer",
                "nginx-light",
                "caddy",
                "slapd",
                *SAMBA,
                "redis-server",
                "memcached",
                "chromium",
                "nodejs",
                *NODE[1:],
                "iproute2",
                "gcc",
                "libc6-dev",
                "libldap2-dev",
                "libsasl2-dev",
            ],
        ),
        (
            ["pgbouncer", "redis-server", "caddy", "chromium", *DIRECTORIES, *NODE],
            ["nginx-light", "memcached"],
        ),
        (
            ["memcached", "nginx", "chromium-browser", "samba", "ip", "gcc", *NODE],
            ["pgbouncer", "caddy", "slapd", "redis-server"],
        ),
        (
            ["google-chrome", "pgbouncer", "nginx", "caddy", "slapd", *NODE],
            [*SAMBA, "redis-server", "memcached", "iproute2", "gcc", "libc6-dev"],
        ),
        ([*ALL[:-3], "node"], ["npm", "oathtool"]),
        (ALL, []),
    ],
)
def test_missing_servers_are_installed_before_the_tests(install_missing, found, wanted):
    commands = install_missing(found)

    installs = [each[2:] for each in commands if each[:2] == ["apt-get", "install"]]
    assert installs == ([wanted] if wanted else [])
    assert commands[-2:] == [["npm", "ci"], ["npm", "ci"]]


def test_packages_of_npm_are_installed_once_for_each_lock_file(install_missing, npm_folders):
    first, again = install_missing(ALL), install_missing(ALL)
    (npm_folders[0] / "package-lock.json").write_text("{}")
    changed = install_missing(ALL)

    assert (first, again, changed) == ([["npm", "ci"]] * 2, [], [["npm", "ci"]])


def test_a_failed_installation_from_npm_is_an_error(tmp_path, npm_folders):
    # Every program is there, and fails, npm too.
    for each in ALL:
        (tmp_path / each).write_text(f"#!{shutil.which('false')}\n")
        (tmp_path / each).chmod(0o755)
    (tmp_path / "ls").symlink_to(shutil.which("true"))
    folders = {"PATH": str(tmp_path), "SBIN": str(tmp_path), "SUPPORT": str(npm_folders[0].parent)}

    done = subprocess.run(["/bin/sh", SERVERS], env=folders, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert str(npm_folders[0]) in done.stderr
    assert "npm could not install them" in done.stderr


def test_the_served_service_answers_at_its_base_url(served, initialized_database_url):
    base_url = served(initialized_database_url)

    answer = requests.get(f"{base_url}/tenants/current", timeout=10)

    assert answer.status_code == 401


def test_a_service_that_cannot_start_says_why(served, tmp_path):
    with pytest.raises(AssertionError, match="left with 2") as failure:
        served(f"sqlite:///{tmp_path}")

    assert str(tmp_path) in str(failure.value)
