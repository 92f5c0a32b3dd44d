"""A tenant cannot use the service to find out what answers in the operator's network.

The mail server of a tenant is any host that a caller names; the service connects to it when it is stored, and
at every delivery.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import pytest

from service.calls import Answer, Api
from stormpath.server.app import CannotOpen, Service
from stormpath.server.jobs.delivery import Report
from stormpath.server.logs import security
from stormpath.server.mail.smtp_check import try_smtp
from stormpath.server.outbound.allowed_targets import PUBLIC, AllowedTargets, NotAllowed
from stormpath.server.outbound.slots import MOST_OF_ONE
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.settings import Settings
from support import bad_servers
from support.addresses import ARE_PUBLIC, NOT_PUBLIC
from support.mail import LOOPBACK, LOOPBACK_VARIABLES, entry, put, sender
from support.name_server import found, resolving
from support.ports import free_port
from support.smtp_server import mail_server

LOGIN = ("shop", "Secret1word")


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


def seconds(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


class TestFlood:
    def test_slow_mail_servers_hold_a_few_threads_of_their_tenant(self, caller: Api):
        """One more trial is refused at once, and the tenant's next one is accepted when they have ended."""
        with (
            bad_servers.running(bad_servers.silent) as server,
            ThreadPoolExecutor(MOST_OF_ONE) as threads,
        ):
            slow = {"host": "127.0.0.1", "port": server.port, "username": "a", "password": "b"}
            slow |= {"security_protocol": None, "tenant_id": caller.tenant_id}
            held = [threads.submit(try_smtp, slow, LOOPBACK) for _ in range(MOST_OF_ONE)]
            until = time.monotonic() + 10
            while server.connections < MOST_OF_ONE:
                assert time.monotonic() < until
                time.sleep(0.005)

            begun = time.monotonic()
            refused = create(caller, "127.0.0.1", server.port)
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert time.monotonic() - begun < 1
            with pytest.raises(ApiError) as caught:
                try_smtp({**slow, "port": 1, "tenant_id": "another"})
            assert caught.value.code == Code.SMTP_UNREACHABLE

            for each in server._open:
                each.shutdown(socket.SHUT_RDWR)
            for future in held:
                with pytest.raises(ApiError):
                    future.result()
            assert create(caller, "10.0.0.1", 25).error == (400, 13000)

    def test_a_slow_name_server_holds_a_few_threads_of_its_tenant(self, monkeypatch):
        answered = threading.Event()

        def never(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
            answered.wait(20)
            return found(["127.0.0.1"], port)

        monkeypatch.setattr(socket, "getaddrinfo", never)
        server = {"host": "slow.example", "port": 25, "security_protocol": None, "tenant_id": "slow"}
        try:
            for _ in range(MOST_OF_ONE + 3):
                with pytest.raises(ApiError) as caught:
                    try_smtp(server, seconds=0.02)
                assert caught.value.code == Code.SMTP_UNREACHABLE
            threads = [each for each in threading.enumerate() if each.name == "stormpath-lookup"]
        finally:
            answered.set()
        for each in threads:
            each.join(5)

        assert len(threads) == MOST_OF_ONE
