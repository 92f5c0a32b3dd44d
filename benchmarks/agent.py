"""A mirror of 100,000 entries of a real OpenLDAP server: the first run, one without changes, and a login.

``python benchmarks/agent.py`` (``--entries 10000`` for a look) fills a server, serves the API on SQLite and
on PostgreSQL, and runs ``stormpath agent run`` beside it. It ends with status 1 if a promise is broken: the
first run takes 5 minutes at most and the agent 200 MiB, a run without changes 2 seconds, and a login that the
agent tries takes 20 ms more than a plain bind.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import ldap
import ldap.modlist
from _measure import Row

from stormpath import Client

# Without its own folder: packages of the tests have the names of files in it.
sys.path.remove(str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import databases, postgresql
from support.command import quiet_environment
from support.mirrored import mirrored
from support.programs import command_line
from support.serving import serving
from support.slapd_server import PASSWORD, SlapdServer, Tree, values_of

MINUTES = 5.0
MEBIBYTES = 200.0
INCREMENTAL_SECONDS = 2.0
MORE_MS = 20.0

GROUPS_OF = 100
LARGE_GROUP = 5_000
LOGINS = 100
RUNS = 3


class Measured(NamedTuple):
    """The figures of one database: seconds, MiB, milliseconds."""

    first_run: float
    agent: float
    service: float
    incremental: float
    login: float
    bind: float


def fill(tree: Tree, number: int) -> None:
    """Add so many entries: accounts, and a group for each hundred of them; one is large."""
    connection = tree.server.connect(f"cn=root,{tree.suffix}", PASSWORD)
    dns = [f"uid=user{each:06},{tree.people}" for each in range(number)]
    pending = []
    for each, dn in enumerate(dns):
        # One in ten has a hash that the service does not know: its password is tried by the agent.
        attributes = {
            "objectClass": "inetOrgPerson",
            "uid": f"user{each:06}",
            "cn": f"Ann Doe {each}",
            "sn": f"Doe {each}",
            "givenName": "Ann",
            "mail": f"user{each:06}@example.test",
            "userPassword": "plain secret" if each % 10 == 0 else "{SSHA}A7A6Ho4L9OlVBo5Cx3qhV9BgZCMSCVPL",
        }
        pending.append(connection.add(dn, ldap.modlist.addModlist(values_of(attributes))))
        while len(pending) > 500 or (each == number - 1 and pending):
            connection.result(pending.pop(0))
    for each in range(0, number, GROUPS_OF):
        tree.group(f"group {each // GROUPS_OF}", *dns[each : each + GROUPS_OF])
    tree.group("everyone", *dns[:LARGE_GROUP])


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an initialized database."""
    if kind == "sqlite":
        yield databases.initialize(databases.sqlite_url(folder))
        return
    with postgresql.running_server() as server:
        yield databases.initialize(server.create_database())


def measure(url: str, tree: Tree, folder: Path) -> Measured:
    """Mirror the server into a directory of that database."""
    with Client(database=url) as local:
        key = {"id": local.auth.id, "secret": local.auth.secret}
    with serving(url, folder / "serve.log") as base_url, Client(base_url, **key) as client:
        directory = mirrored(client, tree)
        app = client.applications.create({"name": "Shop"})
        app.account_store_mappings.create({"application": app, "account_store": directory})
        agent = directory.provider.agent
        properties = folder / "agent.properties"
        properties.write_bytes(agent.download.content)
        properties.chmod(0o600)
        started = time.perf_counter()
        with running_agent(properties, folder / "agent.log") as process:
            wait_for_run(agent, None)
            first_run = time.perf_counter() - started
            incremental = median(_timed(lambda: ask_for_run(agent)) for _ in range(RUNS))
            names = [f"user{each:06}" for each in range(0, 10 * LOGINS, 10)]
            # PostgreSQL plans a statement anew for the first few times on each connection.
            for name in names:
                app.authenticate_account(name, "plain secret")
            logins = (partial(app.authenticate_account, each, "plain secret") for each in names)
            login = median(map(_timed, logins))
            bind = median(_timed(partial(_bind, tree, each)) for each in names)
            figures = Measured(
                first_run,
                memory(process.pid),
                _service_memory(base_url),
                incremental,
                1000 * login,
                1000 * bind,
            )
        assert next(iter(directory.accounts.search({"username": names[-1]}))).email
    return figures


@contextmanager
def running_agent(properties: Path, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run ``stormpath agent run`` in a process of its own."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command_line("agent", "run", str(properties)).command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=quiet_environment(),
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def wait_for_run(agent: Any, before: Any) -> None:
    """Wait until a run has ended after that time."""
    while True:
        agent.refresh()
        if agent.last_synchronized_at is not None and agent.last_synchronized_at != before:
            return
        assert agent.status != "ERROR", agent.status_reason
        time.sleep(0.05)


def ask_for_run(agent: Any) -> None:
    """Let the agent make a run, and wait for its end."""
    agent.refresh()
    before = agent.last_synchronized_at
    agent.synchronize()
    wait_for_run(agent, before)


def memory(process_id: int) -> float:
    """Return the most memory that a process has had, in MiB."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(line)


def _service_memory(base_url: str) -> float:
    port = base_url.split(":")[2].partition("/")[0]
    found = [
        int(each.name)
        for each in Path("/proc").iterdir()
        if each.name.isdecimal() and f":{port}\0".encode() in _command_of(each)
    ]
    children = [int(one) for each in found for one in _children(each)]
    return max(memory(each) for each in (children or found))


def _command_of(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def _children(process_id: int) -> list[str]:
    return Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()


def _bind(tree: Tree, name: str) -> None:
    connection = ldap.initialize(f"ldap://127.0.0.1:{tree.server.port}")
    connection.simple_bind_s(f"uid={name},{tree.people}", "plain secret")
    connection.unbind_s()


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def rows(kind: str, entries: int, figures: Measured) -> list[Row]:
    """Return the figures with their promises."""
    return [
        Row(f"{entries:,} entries mirrored", figures.first_run / 60, "min", MINUTES, kind),
        Row("memory of the agent, at most", figures.agent, "MiB", MEBIBYTES, kind),
        Row("memory of the service's worker, at most", figures.service, "MiB", None, kind),
        Row("a run without changes", figures.incremental, "s", INCREMENTAL_SECONDS, kind),
        Row(
            "a login through the agent, beyond a plain bind",
            figures.login - figures.bind,
            "ms",
            MORE_MS,
            kind,
            remark=f"{figures.login:.1f} / {figures.bind:.1f} ms",
        ),
    ]


def main() -> int:
    """Measure on both databases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--database", choices=databases.DATABASES)
    options = parser.parse_args()
    kinds = [options.database] if options.database else list(databases.DATABASES)
    is_kept = True
    with SlapdServer() as server:
        tree = server.own_base()
        started = time.perf_counter()
        fill(tree, options.entries)
        print(
            f"The server has {options.entries:,} entries after {time.perf_counter() - started:.0f} s.",
            flush=True,
        )
        for kind in kinds:
            with tempfile.TemporaryDirectory() as name, database(kind, Path(name)) as url:
                figures = measure(url, tree, Path(name))
            for row in rows(kind, options.entries, figures):
                print(row, flush=True)
                is_kept = is_kept and row.is_kept
    return 0 if is_kept else 1


if __name__ == "__main__":
    os.environ.setdefault("STORMPATH_PASSWORD_HASHER", "argon2id")
    sys.exit(main())
