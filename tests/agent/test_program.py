"""``stormpath agent run`` between a real OpenLDAP server and a real service, on both databases."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.command import SECONDS, quiet_environment, stormpath
from support.mirrored import mirrored
from support.programs import PROGRAMS, Process, command_line
from support.served import Served, eventually, services
from support.slapd_server import PASSWORD, SlapdServer, Tree

MIB = 1024 * 1024


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"shared_{request.param}"))


@pytest.fixture(scope="module")
def served(database_url: str) -> Iterator[Served]:
    with services() as start:
        yield start(database_url)


@pytest.fixture
def client(database_url: str, served: Served) -> Iterator[Client]:
    with Client(database=database_url) as local:
        key_id, secret = local.auth.id, local.auth.secret
    with Client(served.base_url, id=key_id, secret=secret) as client:
        yield client


@pytest.fixture
def tree(slapd_server: SlapdServer) -> Tree:
    """Ann, whose password has no hash that the service knows, and Bob, whose password has one."""
    tree = slapd_server.own_base()
    tree.person("ann", userPassword="right")
    tree.person("bob", userPassword="{SSHA}A7A6Ho4L9OlVBo5Cx3qhV9BgZCMSCVPL")
    tree.group("staff", f"uid=ann,{tree.people}", f"uid=bob,{tree.people}")
    return tree


@pytest.fixture
def mirror(client: Client, tree: Tree) -> Iterator[Directory]:
    directory = mirrored(client, tree)
    yield directory
    directory.delete()


@pytest.fixture
def app(client: Client, mirror: Directory) -> Iterator[Application]:
    app = client.applications.create({"name": mirror.name})
    app.account_store_mappings.create({"application": app, "account_store": mirror})
    yield app
    app.delete()


@pytest.fixture
def file(mirror: Directory, tmp_path: Path) -> Path:
    path = tmp_path / "agent.properties"
    path.write_bytes(mirror.provider.agent.download.content)
    path.chmod(0o600)
    return path


@pytest.fixture
def run() -> Iterator[Callable[..., Process]]:
    """``run(file)`` starts the agent."""
    with ExitStack() as running:

        def started(file: Path) -> Process:
            process = PROGRAMS.start(
                command_line("agent", "run", str(file)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=quiet_environment(),
                text=True,
            )
            running.callback(_kill, process)
            return process

        yield started


def _kill(process: Process) -> None:
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=SECONDS)


def names(mirror: Directory) -> set[str]:
    return {each.username for each in mirror.accounts.search({"status": "ENABLED"})}


def code_of(app: Application, login: str, password: str) -> int:
    with pytest.raises(Error) as caught:
        app.authenticate_account(login, password)
    return caught.value.code


def test_the_server_is_mirrored_and_its_passwords_are_good(
    run: Callable[..., Process], file: Path, mirror: Directory, app: Application, tree: Tree
) -> None:
    process = run(file)
    eventually(lambda: names(mirror) == {"ann", "bob"})
    eventually(lambda: _members(mirror) == {"staff": {"ann", "bob"}})
    assert mirror.provider.agent.status == "ONLINE"

    assert app.authenticate_account("ann", "right").account.username == "ann"
    assert app.authenticate_account("ann@example.test", "right").account.username == "ann"
    assert [code_of(app, "ann", each) for each in ("wrong", "*", "")][:2] == [7100, 7100]

    joe = tree.person("joe", userPassword="secret of joe")
    tree.delete(f"uid=bob,{tree.people}")
    moved = tree.rename(f"uid=ann,{tree.people}", "uid=anna")
    mirror.provider.agent.synchronize()
    eventually(lambda: names(mirror) == {"anna", "joe"})
    assert app.authenticate_account("joe", "secret of joe").account.username == "joe"
    assert app.authenticate_account("anna", "right").account.username == "anna"

    # A name that the service does not know yet.
    tree.rename(moved, "uid=annette")
    assert app.authenticate_account("anna", "right").account.username == "anna"
    tree.delete(joe)
    assert code_of(app, "joe", "secret of joe") == 7100

    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=SECONDS)
    assert process.wait(SECONDS) == 0
    assert time.monotonic() - started < 3
    for secret in ("right\n", "secret of joe", PASSWORD, _key(file)):
        assert secret not in log


def _members(mirror: Directory) -> dict[str, set[str]]:
    return {each.name: {account.username for account in each.accounts} for each in mirror.groups}


def _key(file: Path) -> str:
    found = re.search("agent.key=(.+)", file.read_text())
    assert found
    return found[1]


def test_a_login_of_another_process_goes_through_the_agent(
    run: Callable[..., Process], file: Path, mirror: Directory, app: Application, database_url: str
) -> None:
    run(file)
    eventually(lambda: names(mirror) == {"ann", "bob"})

    with Client(database=database_url, base_url=app.href.partition("/applications")[0]) as embedded:
        ours = embedded.applications.get(app.href)
        assert ours.authenticate_account("ann", "right").account.username == "ann"
        assert code_of(ours, "ann", "wrong") == 7100


def test_a_changed_configuration_is_applied_by_itself(
    run: Callable[..., Process], file: Path, mirror: Directory, tree: Tree
) -> None:
    run(file)
    eventually(lambda: names(mirror) == {"ann", "bob"})
    agent = mirror.provider.agent

    agent.config["agent_user_dn_password"] = "not its password"
    agent.save()
    eventually(lambda: _refreshed(agent).status == "ERROR")
    assert "agentUserDnPassword" in (agent.status_reason or "")

    agent.config["agent_user_dn_password"] = PASSWORD
    agent.config["account_config"]["object_filter"] = "(uid=b*)"
    agent.save()
    eventually(lambda: _refreshed(agent).status == "ONLINE")
    assert agent.status_reason is None


def _refreshed(agent: Any) -> Any:
    agent.refresh()
    return agent


def test_a_key_that_is_not_accepted_ends_the_program_with_a_reason(file: Path, mirror: Directory) -> None:
    mirror.provider.agent.replace_key()

    done = stormpath("agent", "run", str(file))

    assert done.returncode == 1
    assert "does not accept the agent's key" in done.stderr
    assert _key(file) not in done.stderr


def test_a_check_shows_each_step(file: Path, mirror: Directory, tree: Tree) -> None:
    done = stormpath("agent", "check", str(file))

    assert (done.returncode, done.stderr) == (0, "")
    for each in ("accepts the key", tree.agent_dn, tree.people, "matches 2 accounts", "matches 1 group"):
        assert each in done.stdout
    assert _key(file) not in done.stdout

    agent = mirror.provider.agent
    agent.config["base_dn"] = "dc=nowhere,dc=test"
    agent.save()
    done = stormpath("agent", "check", str(file))
    assert done.returncode == 1
    assert re.fullmatch(r"stormpath: .+dc=nowhere,dc=test.+\n", done.stderr)


def test_an_agent_without_a_file_says_where_to_get_one(tmp_path: Path) -> None:
    done = stormpath("agent", "run", str(tmp_path / "agent.properties"))

    assert done.returncode == 2
    assert re.fullmatch(r"stormpath: The agent's file .+ cannot be used: .+\n", done.stderr)


@pytest.mark.usefixtures("started_by_python")
def test_an_idle_agent_is_small(run: Callable[..., Process], file: Path, mirror: Directory) -> None:
    process = run(file)
    eventually(lambda: names(mirror) == {"ann", "bob"})

    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    assert int(found[1]) * 1024 < 60 * MIB
