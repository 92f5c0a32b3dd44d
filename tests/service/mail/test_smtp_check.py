"""The connection check of a mail server, against real servers on loopback that accept or fail in each way."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from stormpath.server.mail.smtp_check import try_smtp
from stormpath.server.schema.errors import ApiError
from support.certificates import self_signed
from support.mail import LOOPBACK
from support.ports import free_port
from support.smtp_server import CLOSE, HANG, TRICKLE, SmtpServer, mail_server

LOGIN = ("us", "Secret1word")
SHORT = 0.7


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this machine trust the servers of the tests."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def values(server: SmtpServer | int, protocol: str | None = None, **others: Any) -> dict[str, Any]:
    port = server if isinstance(server, int) else server.port
    own = {"host": "127.0.0.1", "port": port, "username": LOGIN[0], "password": LOGIN[1]}
    return own | {"security_protocol": protocol, "status": "ENABLED"} | others


def refused(server: dict[str, Any], seconds: float = 10) -> int:
    """Return the code with which a server is refused. The error contains no password."""
    with pytest.raises(ApiError) as error:
        try_smtp(server, LOOPBACK, seconds)
    said = f"{error.value!r} {error.value} {error.value.message} {error.value.developer_message}"
    assert server["password"] not in said
    assert error.value.__cause__ is None
    return int(error.value.code)


class TestAcceptedServer:
    def test_a_plain_connection_is_checked_without_sending_a_message(self):
        with mail_server(login=LOGIN) as server:
            try_smtp(values(server), LOOPBACK)

        assert (server.connections, server.messages) == (1, [])

    @pytest.mark.usefixtures("trusted")
    @pytest.mark.parametrize("protocol", ["TLS", None])
    def test_a_connection_with_starttls_is_checked(self, certificate: Path, protocol: str | None):
        seen: list[bool] = []
        with mail_server(login=LOGIN, certificate=certificate, starttls=True) as server:
            server.misbehave("AUTH", lambda: seen.extend(each.is_encrypted for each in server._sessions))
            try_smtp(values(server, protocol), LOOPBACK)

        assert seen == [True]

    @pytest.mark.usefixtures("trusted")
    def test_a_connection_with_tls_from_the_start_is_checked(self, certificate: Path):
        with mail_server(login=LOGIN, certificate=certificate, is_encrypted=True) as server:
            try_smtp(values(server, "SSL"), LOOPBACK)

        assert server.connections == 1


class TestUnreachable:
    def test_a_port_without_a_server_is_reported_as_unreachable(self):
        assert refused(values(free_port())) == 13000

    def test_an_unknown_host_is_reported_as_unreachable(self):
        assert refused(values(25, host="no-such-host.invalid")) == 13000


class TestCredentials:
    def test_a_wrong_password_is_reported_as_wrong_credentials(self):
        with mail_server(login=LOGIN) as server:
            server.misbehave("AUTH", "535 5.7.8 Authentication credentials invalid")
            assert refused(values(server, password="Wrong1word")) == 13001

    def test_a_password_beyond_ascii_is_reported_as_wrong_credentials(self):
        with mail_server(login=LOGIN) as server:
            assert refused(values(server, password="Schlüssel1")) == 13001


class TestProtocol:
    def test_a_server_without_starttls_is_refused_where_tls_is_configured(self):
        with mail_server(login=LOGIN) as server:
            assert refused(values(server, "TLS")) == 13002

    def test_a_plain_server_is_refused_where_ssl_is_configured(self):
        with mail_server(login=LOGIN) as server:
            assert refused(values(server, "SSL")) == 13002

    @pytest.mark.parametrize("protocol", ["TLS", None])
    def test_an_untrusted_certificate_is_a_protocol_error(self, certificate: Path, protocol: str | None):
        with mail_server(login=LOGIN, certificate=certificate, starttls=True) as server:
            assert refused(values(server, protocol)) == 13002

    @pytest.mark.usefixtures("trusted")
    def test_a_certificate_of_another_host_is_a_protocol_error(self, certificate: Path):
        with mail_server(login=LOGIN, certificate=certificate, is_encrypted=True) as server:
            assert refused(values(server, "SSL", host="localhost")) == 13002

    def test_a_server_without_authentication_is_a_protocol_error(self):
        with mail_server() as server:
            assert refused(values(server)) == 13002

    @pytest.mark.parametrize("deed", [CLOSE, "554 5.7.1 go away"])
    @pytest.mark.parametrize("step", ["CONNECT", "STARTTLS"])
    def test_an_unexpected_reply_is_a_protocol_error(self, certificate: Path, step: str, deed: str):
        with mail_server(login=LOGIN, certificate=certificate, starttls=True) as server:
            server.misbehave(step, deed)

            assert refused(values(server, "TLS")) == 13002

    def test_a_server_of_another_protocol_is_a_protocol_error(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=_greets_as_ssh, args=[listener], daemon=True).start()

            assert refused(values(listener.getsockname()[1])) == 13002


def _greets_as_ssh(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")


class TestTimeLimit:
    @pytest.mark.parametrize("deed", [HANG, TRICKLE])
    @pytest.mark.parametrize("step", ["CONNECT", "EHLO", "AUTH"])
    def test_the_whole_check_has_a_time_limit(self, step: str, deed: str):
        before = {each.name for each in threading.enumerate()}
        with mail_server(login=LOGIN) as server:
            server.misbehave(step, deed)
            start = time.monotonic()

            assert refused(values(server), SHORT) == 13002

            assert time.monotonic() - start < SHORT + 2
            # Once cut off, the attempt ends by itself: no thread is left behind.
            deadline = time.monotonic() + 5
            while {each.name for each in threading.enumerate()} - before:
                if not any(each.name == "stormpath-try-smtp" for each in threading.enumerate()):
                    break
                assert time.monotonic() < deadline
                time.sleep(0.01)

    def test_an_endless_reply_is_not_read_on(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=_talks_on, args=[listener], daemon=True).start()
            start = time.monotonic()

            assert refused(values(listener.getsockname()[1])) == 13002

            assert time.monotonic() - start < 5


def _talks_on(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        try:
            while True:
                connection.sendall(b"220-and so on\r\n" * 100)
        except OSError:
            return
