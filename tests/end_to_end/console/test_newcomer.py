"""A newcomer with an empty folder and the documentation: from the two commands to the first page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from end_to_end.console.conftest import log_in
from end_to_end.console.reader import Reader
from stormpath import Client
from support.browser import Page
from support.command import quiet_environment
from support.ports import free_port
from support.served import Served
from support.terminal import Terminal

DATABASE = "sqlite:///users.db"


def test_what_init_and_serve_print_leads_into_the_console(
    tab: Page, serve: Callable[..., Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    arguments = (
        "--database",
        DATABASE,
        "--admin-email",
        "you@example.com",
        "--api-key-file",
        "key.properties",
    )
    with Terminal("init", *arguments, environment=quiet_environment()) as terminal:
        terminal.answer("Password of you@example.com", "Changeme1!")
        terminal.answer("The same again", "Changeme1!")
        assert terminal.exit_status() == 0
    said = terminal.output
    service = serve(DATABASE, "--bind", f"127.0.0.1:{free_port()}")

    (address,) = re.findall(r"The Admin Console is at (\S+)/\.", service.first_line)
    (tenant,) = re.findall(r"log in to the tenant ([\w-]+)\)", said)
    tab.start_afresh()
    reader = Reader(tab, address, tmp_path)
    log_in(reader, tenant, "you@example.com", "Changeme1!")
    reader.click("Applications", "My Application")

    with Client(service.base_url, api_key_file_location="key.properties") as client:
        assert client.applications.get(reader.value_of("REST URL")).name == "My Application"
    reader.assert_content()
