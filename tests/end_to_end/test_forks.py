"""A client made before its process forks, as pre-fork servers do, serves the parent and every child."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stormpath import Client
from support import forking
from support.certificates import self_signed
from support.echo_server import echoing

pytestmark = pytest.mark.both_databases


@pytest.fixture(params=["embedded", "served"])
def options(request: pytest.FixtureRequest, initialized_database_url: str) -> dict[str, Any]:
    """The options of a client."""
    if request.param == "embedded":
        return {"database": initialized_database_url}
    served: Callable[[str], str] = request.getfixturevalue("served")
    with Client(database=initialized_database_url) as local:
        key = {"id": local.auth.id, "secret": local.auth.secret}
    return {"base_url": served(initialized_database_url), **key}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its self-signed certificate for 127.0.0.1, in one file."""
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.mark.sampled(larger=())
@pytest.mark.parametrize("threads", [0, 4])
def test_a_client_works_in_a_parent_and_its_children_at_once(
    options: dict[str, Any], threads: int, examples_of: Callable[[int], int]
) -> None:
    forking.run("clients", options, threads, examples_of(30))


@pytest.mark.parametrize("threads", [0, 8])
def test_every_process_has_its_own_connections_and_keeps_them(threads: int) -> None:
    with echoing() as server:
        forking.run("executors", server.url, threads)

    assert server.connections <= (1 + threads) + forking.WORKERS


def test_every_process_has_its_own_encrypted_connections(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    with echoing(context=context) as server:
        forking.run("executors", server.url, 0)

    assert server.connections == 1 + forking.WORKERS


def test_what_a_child_writes_outlives_the_connections_of_its_parent(initialized_database_url: str) -> None:
    forking.run("parent_leaves_first", {"database": initialized_database_url})


def test_processes_exit_cleanly_without_closing_a_client(options: dict[str, Any]) -> None:
    forking.run("leave_without_closing", options)


def test_sqlite_is_refused_to_a_child_that_could_not_use_it_safely(initialized_sqlite_url: str) -> None:
    forking.run("database_in_use", {"database": initialized_sqlite_url})


def test_a_child_does_not_wait_for_a_lock_of_another_thread(initialized_database_url: str) -> None:
    with echoing() as server:
        forking.run("held_locks", {"database": initialized_database_url}, server.url)
