"""``stormpath agent run`` between a real domain controller of Active Directory and a real service."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stormpath import Client
from stormpath.agent.configuration import Configuration
from stormpath.agent.directory import DirectoryError
from stormpath.agent.ldap_directory import LdapDirectory
from stormpath.error import Error
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.active_directory import DISABLED, Tree
from support.command import SECONDS, quiet_environment
from support.programs import PROGRAMS, Process, command_line
from support.served import Served, eventually, services

PASSWORD = 'Pässw0rd of Ann, "quoted"'


@pytest.fixture(scope="module")
def served(shared_sqlite: str) -> Iterator[Served]:
    with services() as start:
        yield start(shared_sqlite)


@pytest.fixture
def client(shared_sqlite: str, served: Served) -> Iterator[Client]:
    with Client(database=shared_sqlite) as local:
        key: dict[str, Any] = {"id": local.auth.id, "secret": local.auth.secret}
    with Client(served.base_url, **key) as client:
        yield client


@pytest.fixture
def mirror(client: Client, tree: Tree) -> Iterator[Directory]:
    provider = {"provider_id": "ad", "agent": {"config": tree.config()}}
    directory = client.directories.create({"name": tree.base, "provider": provider})
    yield directory
    directory.delete()


@pytest.fixture
def app(client: Client, mirror: Directory) -> Iterator[Application]:
    app = client.applications.create({"name": mirror.name})
    app.account_store_mappings.create({"application": app, "account_store": mirror})
    yield app
    app.delete()


@pytest.fixture
def agent(mirror: Directory, people: dict[str, str], tree: Tree, tmp_path: Path) -> Iterator[Process]:
    """The agent of the mirror, which runs and has made its first synchronization."""
    file = tmp_path / "agent.properties"
    file.touch(0o600)
    downloaded = mirror.provider.agent.download.content
    file.write_bytes(downloaded + f"\nagent.caFile={tree.server.ca_file}\n".encode())
    process = PROGRAMS.start(
        command_line("agent", "run", str(file)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=quiet_environment(),
        text=True,
    )
    try:
        eventually(lambda: names(mirror) == {"ann@example.test", "ben@example.test"})
        yield process
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            print(process.communicate(timeout=SECONDS)[1])


@pytest.fixture
def people(tree: Tree) -> dict[str, str]:
    """Ann and Ben, and two groups, one in the other."""
    found = {each: tree.user(each, mail=f"{each}@example.test") for each in ("ann", "ben")}
    tree.set_password(found["ann"], PASSWORD)
    staff = tree.group("staff", [found["ann"]])
    tree.group("all, +", [staff, found["ben"]])
    return found


def code_of(app: Application, login: str, password: str) -> int:
    with pytest.raises(Error) as caught:
        app.authenticate_account(login, password)
    return int(caught.value.code)


def names(mirror: Directory, status: str = "ENABLED") -> set[str]:
    return {each.email for each in mirror.accounts.search({"status": status})}


def members(mirror: Directory) -> dict[str, set[str]]:
    return {each.name: {account.email for account in each.accounts} for each in mirror.groups}


@pytest.mark.usefixtures("agent")
def test_a_domain_is_mirrored_and_its_passwords_are_good(
    people: dict[str, str], mirror: Directory, app: Application, tree: Tree
) -> None:
    ann, ben = "ann@example.test", "ben@example.test"
    eventually(lambda: members(mirror) == {"staff": {ann}, "all, +": {ann, ben}})
    assert app.authenticate_account(ann, PASSWORD).account.email == ann
    assert code_of(app, ann, "wrong") == 7100

    # The service knows the former name.
    renamed = tree.rename(people["ann"], "Ann, née")
    assert app.authenticate_account(ann, PASSWORD).account.email == ann

    tree.change(renamed, userAccountControl=DISABLED)
    assert code_of(app, ann, PASSWORD) == 7100
    tree.delete(people["ben"])
    mirror.provider.agent.synchronize()
    eventually(lambda: names(mirror) == set() and names(mirror, "DISABLED") == {ann})
    assert members(mirror) == {"staff": {ann}, "all, +": {ann}}


@pytest.mark.usefixtures("agent")
def test_another_account_with_the_former_name_is_not_taken_for_the_renamed_one(
    people: dict[str, str], app: Application, tree: Tree
) -> None:
    tree.rename(people["ann"], "Ann, née")
    tree.set_password(tree.user("ann", mail="other@example.test"), "Passw0rd of another")

    assert code_of(app, "ann@example.test", "Passw0rd of another") == 7100
    assert app.authenticate_account("ann@example.test", PASSWORD).account.email == "ann@example.test"


def test_the_status_says_why_the_agent_may_not_log_in(tree: Tree) -> None:
    dn = tree.user("agent", within=tree.elsewhere)
    tree.set_password(dn, "Reads-0nly")
    tree.change(dn, userAccountControl=DISABLED)
    config = tree.config(agentUserDn=dn, agentUserDnPassword="Reads-0nly")
    directory = LdapDirectory.open(
        Configuration.parse("1", {"directory": "d", "kind": "ad", "hashSchemes": [], "config": config}),
        ca_file=tree.server.ca_file,
    )

    with pytest.raises(DirectoryError, match="Check agentUserDn") as refused, directory.reader():
        pass
    assert str(refused.value).endswith("The server says that the account is disabled.")
