"""A tenant cannot use the service to find out what answers in the operator's network.

The mail server of a tenant is any host that a caller names; the service connects to it when it is stored, and
at every delivery.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import pytest

from service.calls import Answer, Api
from stormpath.server.app import CannotOpen, Service
from stormpath.server.jobs.delivery import Report
from stormpath.server.logs import security
from stormpath.server.mail.allowed_targets import PUBLIC, AllowedTargets, NotAllowed
from stormpath.server.settings import Settings
from support.mail import LOOPBACK, LOOPBACK_VARIABLES, entry, put, sender
from support.ports import free_port
from support.smtp_server import mail_server

LOGIN = ("shop", "Secret1word")

NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104  # nothing is bound
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "100::1",
    "5f00::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:0808:0808::",
    "3fff::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
]

ARE_PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "11.0.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "198.20.0.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


class TestAddresses:
    @pytest.mark.parametrize("address", NOT_PUBLIC)
    def test_an_address_that_is_not_public_is_refused(self, address: str):
        with pytest.raises(NotAllowed, match="is not public"):
            PUBLIC.check_address("mail.example.com", address)

    @pytest.mark.parametrize("address", ARE_PUBLIC)
    def test_a_public_address_is_allowed(self, address: str):
        PUBLIC.check_address("mail.example.com", address)

    def test_an_operator_allows_networks_addresses_and_hosts(self):
        targets = AllowedTargets.parse("10.1.0.0/16, 127.0.0.1, fd00::/8 ,Mail.Internal.", "25")

        for host, address in (
            ("x", "10.1.2.3"),
            ("x", "::ffff:10.1.2.3"),
            ("x", "127.0.0.1"),
            ("x", "fd00::1"),
            ("mail.internal", "192.168.0.1"),
            ("MAIL.INTERNAL.", "192.168.0.1"),
        ):
            targets.check_address(host, address)
        for host, address in (("x", "10.2.0.1"), ("x", "127.0.0.2"), ("a.mail.internal", "192.168.0.1")):
            with pytest.raises(NotAllowed):
                targets.check_address(host, address)

    def test_ports_are_those_of_mail_servers_unless_an_operator_says_otherwise(self):
        for port in (25, 465, 587, 2525):
            PUBLIC.check_port(port)
        for port in (1, 22, 80, 443, 5432, 6379, 1025):
            with pytest.raises(NotAllowed, match="STORMPATH_TENANT_MAIL_PORTS"):
                PUBLIC.check_port(port)

        targets = AllowedTargets.parse("", "25, 1024-2000")
        for port in (25, 1024, 2000):
            targets.check_port(port)
        with pytest.raises(NotAllowed):
            targets.check_port(2001)

    @pytest.mark.parametrize(
        ("targets", "ports"),
        [
            *(
                (each, "25")
                for each in ("10.0.0.0/33", "10.0.0.1/8", "mail internal", "0x7f.1", "127.1", "*")
            ),
            *(("", each) for each in ("0", "x", "65536", "30-20", "25-", "smtp")),
        ],
    )
    def test_a_setting_that_cannot_be_read_is_refused_at_the_start(self, targets: str, ports: str):
        variable = "STORMPATH_TENANT_MAIL_TARGETS" if targets else "STORMPATH_TENANT_MAIL_PORTS"

        with pytest.raises(CannotOpen, match=variable):
            Service(Settings("sqlite://", tenant_mail_targets=targets, tenant_mail_ports=ports))


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[tuple[int, list[Any]]]:
    """A port on which a server greets like a mail server, and the connections that it has got."""
    accepted: list[Any] = []
    with socket.create_server((host, 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, address = listener.accept()
                except OSError:
                    return
                accepted.append(address)
                with connection:
                    connection.sendall(b"220 ready\r\n")

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1], accepted
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def strict() -> Iterator[Service]:
    """A service that allows tenants' mail servers any port, and no address that is not public."""
    with closing(Service(Settings("sqlite://", tenant_mail_ports="1-65535"))) as made:
        yield made


@pytest.fixture
def service(initialized_sqlite_url: str) -> Iterator[Service]:
    """A service that allows tenants the mail servers of the tests, with an empty outbox."""
    with closing(Service(Settings.from_environment(database=initialized_sqlite_url, **loopback()))) as made:
        yield made


@pytest.fixture
def caller(strict: Service) -> Api:
    return api_of(strict)


def api_of(service: Service) -> Api:
    return Api(service, service.base_url, service.tenant_id, *service.local_api_key())


def create(api: Api, host: str, port: int) -> Answer:
    body = {"host": host, "port": port, "username": LOGIN[0], "password": LOGIN[1]}
    return api.post("/smtpServers", body)


def said(answer: Answer, *parts: str) -> tuple[Any, ...]:
    """What an answer tells, without the server that the caller named."""
    text = str(answer["developerMessage"])
    for each in parts:
        text = text.replace(each, "...")
    return answer.error, answer["message"], text


class TestScan:
    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "::ffff:127.0.0.1"],
    )
    def test_an_open_port_of_this_machine_is_not_connected_to(self, caller: Api, host: str):
        with listening() as (port, accepted):
            assert create(caller, host, port).error == (400, 13000)

        assert accepted == []

    def test_open_closed_unknown_and_forbidden_have_the_same_answer(self, caller: Api, monkeypatch):
        monkeypatch.setattr(socket, "getaddrinfo", resolving({"closed.example": ["127.0.0.2"]}))
        closed = free_port()
        with listening() as (port, _):
            answers = [
                said(create(caller, "127.0.0.1", port), "127.0.0.1", str(port)),
                said(create(caller, "127.0.0.1", closed), "127.0.0.1", str(closed)),
                said(create(caller, "169.254.169.254", 80), "169.254.169.254", "80"),
                said(create(caller, "closed.example", 25), "closed.example", "25"),
                said(create(caller, "no-such-host.invalid", 25), "no-such-host.invalid", "25"),
            ]

        assert len(set(answers)) == 1, answers

    def test_a_closed_port_of_an_allowed_address_has_that_answer_too(self, caller: Api, monkeypatch):
        forbidden = said(create(caller, "10.0.0.1", 25), "10.0.0.1", "25")
        port = free_port()
        with closing(Service(Settings("sqlite://", **loopback()))) as allowing:
            closed = said(create(api_of(allowing), "127.0.0.1", port), "127.0.0.1", str(port))

        assert closed == forbidden

    def test_a_forbidden_address_is_refused_in_the_time_of_an_unknown_host(self, caller: Api):
        with listening() as (port, _):
            times = {
                host: min(seconds(partial(create, caller, host, port)) for _ in range(5))
                for host in ("127.0.0.1", "10.0.0.1", "::1")
            }

        # No connection is waited for.
        assert max(times.values()) < 0.2

    def test_the_log_has_the_reason(self, caller: Api, caplog: pytest.LogCaptureFixture):
        # Other tests may have used up the lines of this period.
        security.finish()
        caplog.clear()

        answer = create(caller, "169.254.169.254", 80)

        (line,) = [each.getMessage() for each in caplog.records if each.name == "stormpath.security"]
        assert 'cause="169.254.169.254 is not public, and not in STORMPATH_TENANT_MAIL_TARGETS"' in line
        assert "server=169.254.169.254:80" in line
        assert answer["requestId"] in line

    def test_a_port_that_is_none_of_mail_servers_is_not_connected_to(self):
        settings = Settings("sqlite://", tenant_mail_targets="127.0.0.0/8")
        with closing(Service(settings)) as usual, listening() as (port, accepted):
            assert create(api_of(usual), "127.0.0.1", port).error == (400, 13000)

        assert accepted == []

    def test_an_update_is_tested_as_a_creation_is(self, caller: Api):
        body = {
            "host": "mail.example.com",
            "port": 25,
            "username": "a",
            "password": "b",
            "status": "DISABLED",
        }
        server = caller.post("/smtpServers", body).made
        with listening() as (port, accepted):
            changes = {"host": "127.0.0.1", "port": port, "status": "ENABLED"}
            assert caller.post(server["href"], changes).error == (400, 13000)

        assert accepted == []
        assert caller.get(server["href"]).ok == server
        assert caller.delete(server["href"]).status == 204


class TestRebinding:
    def test_a_host_is_resolved_once_and_that_address_is_connected_to(self, monkeypatch):
        """The second answer of a name server is another one than the first."""
        asked: list[str] = []
        addresses = iter([["127.0.0.1"], ["127.0.0.2"]])

        def answers(host: str, port: int, **options: Any) -> list[Any]:
            asked.append(host)
            return found(next(addresses), port)

        with (
            closing(Service(Settings("sqlite://", **loopback()))) as allowing,
            listening() as (port, accepted),
        ):
            api = api_of(allowing)
            monkeypatch.setattr(socket, "getaddrinfo", answers)
            create(api, "rebinding.example", port)

        assert asked == ["rebinding.example"]
        assert len(accepted) == 1

    def test_of_several_addresses_only_allowed_ones_are_connected_to(self, caller: Api, monkeypatch):
        monkeypatch.setattr(
            socket, "getaddrinfo", resolving({"both.example": ["127.0.0.1", "::1", "192.168.0.1"]})
        )
        with listening() as (port, accepted):
            assert create(caller, "both.example", port).error == (400, 13000)

        assert accepted == []

    def test_every_delivery_checks_the_address_again(self, service: Service, monkeypatch):
        with mail_server(login=LOGIN) as server:
            api = api_of(service)
            create(api, "127.0.0.1", server.port).made
            connections = server.connections
            (id,) = put(service, tenant_id=api.tenant_id)

            # The name, or the operator's setting, is another one by now.
            assert sender(service, None, tenants_targets=PUBLIC).run() == Report(postponed=1)

            assert server.connections == connections
            error = entry(service, id).last_error or ""
            assert "is not among those of STORMPATH_TENANT_MAIL_PORTS" in error

            strict = AllowedTargets.parse("", "1-65535")
            make_due(service, id)
            assert sender(service, None, tenants_targets=strict).run() == Report(postponed=1)
            assert server.connections == connections
            assert "127.0.0.1 is not public" in (entry(service, id).last_error or "")

            make_due(service, id)
            assert sender(service, None, tenants_targets=LOOPBACK).run() == Report(sent=1)

    def test_the_operators_own_server_is_not_restricted(self, service: Service):
        with mail_server() as server:
            put(service)

            assert sender(service, server.url, tenants_targets=PUBLIC).run() == Report(sent=1)


def make_due(service: Service, id: str) -> None:
    table = service.database.tables.outbox
    with service.database.transaction() as connection:
        connection.execute(table.update().where(table.c.id == id).values(due_at=0))


def loopback() -> dict[str, Any]:
    """The settings that allow loopback."""
    return {name.removeprefix("STORMPATH_").lower(): value for name, value in LOOPBACK_VARIABLES.items()}


def found(addresses: list[str], port: int) -> list[Any]:
    """Return what ``getaddrinfo`` does for these addresses."""
    return [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (each, port, 0, 0))
        if ":" in each
        else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
        for each in addresses
    ]


def resolving(hosts: dict[str, list[str]]) -> Callable[..., list[Any]]:
    """Return a ``getaddrinfo`` that knows these hosts and addresses, and no name besides."""

    def getaddrinfo(host: str, port: int, **options: Any) -> list[Any]:
        if host in hosts:
            return found(hosts[host], port)
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return original(host, port, **options)

    original = socket.getaddrinfo
    return getaddrinfo


def seconds(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
