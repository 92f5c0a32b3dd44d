"""A client made before its process forks, as pre-fork servers do, serves the parent and every child."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stormpath import Client
from support import forking
from support.echo import echoing


@pytest.fixture(params=["embedded", "served"])
def options(request: pytest.FixtureRequest, initialized_database_url: str) -> dict[str, Any]:
    """What a client is made with."""
    if request.param == "embedded":
        return {"database": initialized_database_url}
    served: Callable[[str], str] = request.getfixturevalue("served")
    with Client(database=initialized_database_url) as local:
        key = {"id": local.auth.id, "secret": local.auth.secret}
    return {"base_url": served(initialized_database_url), **key}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its self-signed certificate for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("certificate") / "own.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("threads", [0, 4])
def test_a_client_is_used_by_a_parent_and_its_children_at_once(options: dict[str, Any], threads: int) -> None:
    forking.run("clients", options, threads)


@pytest.mark.parametrize("threads", [0, 8])
def test_every_process_has_its_own_connections_and_keeps_them(threads: int) -> None:
    with echoing() as server:
        forking.run("executors", server.url, threads)

    assert server.connections <= (1 + threads) + forking.WORKERS


def test_encrypted_connections_are_no_different(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    with echoing(context=context) as server:
        forking.run("executors", server.url, 0)

    assert server.connections == 1 + forking.WORKERS


def test_what_a_child_writes_outlives_the_connections_of_its_parent(initialized_database_url: str) -> None:
    forking.run("parent_leaves_first", {"database": initialized_database_url})


def test_processes_leave_in_peace_without_closing_anything(options: dict[str, Any]) -> None:
    forking.run("leave_without_closing", options)


def test_sqlite_is_refused_to_a_child_that_could_not_use_it_safely(initialized_sqlite_url: str) -> None:
    forking.run("database_in_use", {"database": initialized_sqlite_url})


def test_a_child_waits_for_no_lock_of_another_thread(initialized_database_url: str) -> None:
    with echoing() as server:
        forking.run("held_locks", {"database": initialized_database_url}, server.url)
