"""The page about LDAP of the documentation: its server, its service, and the commands that it shows."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path
from typing import Final

from sybil import Example
from sybil.parsers.rest import CodeBlockParser

from stormpath import Client
from stormpath.resources.agent import Agent
from support import databases
from support.programs import PROGRAMS, Process, command_line
from support.serving import serving
from support.slapd_server import PASSWORD, SlapdServer

SECONDS: Final = 30


@dataclass
class MirrorPage:
    """Which texts of the page are others here, and the programs that its commands have started."""

    texts: dict[str, str]
    environment: dict[str, str]
    running: list[Process] = field(default_factory=list)

    @property
    def parser(self) -> CodeBlockParser:
        """The parser of the blocks whose commands are to be run."""
        return CodeBlockParser("console", self._run)

    def _run(self, example: Example) -> None:
        """Run the command of a block, and compare what it prints, if the block shows that."""
        first, _, wanted = example.parsed.strip().partition("\n")
        program, *arguments = shlex.split(first.removeprefix("$ "))
        assert program == "stormpath", first
        environment = {**os.environ, **self.environment}
        if arguments[:2] == ["agent", "run"]:
            self.running.append(PROGRAMS.start(command_line(*arguments), env=environment, cwd=Path.cwd()))
            _wait_for(example.namespace["agent"])
            return
        process = PROGRAMS.start(
            command_line(*arguments),
            env=environment,
            cwd=Path.cwd(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, printed
        # The page breaks long lines.
        asked, found = (" ".join(each.split()) for each in (wanted, printed))
        assert OutputChecker().check_output(f"{asked}\n", f"{found}\n", ELLIPSIS), printed

    def stop(self) -> None:
        """End what the commands have started."""
        for each in self.running:
            each.terminate() if isinstance(each, subprocess.Popen) else each.send_signal(15)
        for each in self.running:
            each.wait(SECONDS)


@contextmanager
def mirror_page(slapd: SlapdServer, folder: Path) -> Iterator[MirrorPage]:
    """Serve the API of the page, beside a server with a person and a group."""
    tree = slapd.own_base()
    joe = tree.person(
        "joe", cn="Joe Doe", givenName="Joe", mail="joe@example.com", userPassword="joe's password"
    )
    tree.group("Staff", joe)
    folder.mkdir()
    # In the reader's folder.
    shutil.copy(slapd.ca_file, Path("ca.pem"))
    database = databases.initialize(databases.sqlite_url(folder))
    with Client(database=database) as client:
        key = {"STORMPATH_API_KEY_ID": client.auth.id, "STORMPATH_API_KEY_SECRET": client.auth.secret}
    with serving(database, folder / "log") as base_url:
        texts = {
            "https://id.example.com/v1": base_url,
            "ldap.example.com:636": f"127.0.0.1:{slapd.tls_port}",
            '"ldap.example.com"': '"127.0.0.1"',
            '"directory_port": 636': f'"directory_port": {slapd.tls_port}',
            "cn=agent,dc=example,dc=com": tree.agent_dn,
            "a-password-of-the-agent": PASSWORD,
            "dc=example,dc=com": tree.base,
        }
        page = MirrorPage(texts, key)
        try:
            yield page
        finally:
            page.stop()


def _wait_for(agent: Agent) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        agent.refresh()
        if agent.last_synchronized_at is not None:
            return
        time.sleep(0.05)
    raise AssertionError(f"The agent is {agent.status}: {agent.status_reason}")
