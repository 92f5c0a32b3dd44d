"""A server that is not what it says gets no password of the agent, and holds it up for a bounded time."""

import logging
import socket
import threading
import time
from contextlib import suppress

import pytest

from stormpath.agent import search
from stormpath.agent.changes.choose import choose
from stormpath.agent.connection import ConnectionOptions, DirectoryProblem, DirectorySettings, connect
from support.slapd_server import PASSWORD

QUICK = ConnectionOptions(connect_seconds=0.5, answer_seconds=0.5)
BOUND = bytes.fromhex("300c02010161070a010004000400")


class WrongServer:
    """Sends ``answers``, one for each message that it gets, and then garbage, silence or nothing."""

    def __init__(self, *answers):
        self._answers = answers
        self.received = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client):
        with client, suppress(OSError):
            for each in self._answers:
                self.received += client.recv(65536)
                client.sendall(each)
            while data := client.recv(65536):
                self.received += data

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def wrong_server():
    opened = []

    def start(*answers):
        opened.append(WrongServer(*answers))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def settings_for(slapd_server, port, **config):
    tree = slapd_server.own_base()
    return DirectorySettings.from_wire(tree.configuration(directoryPort=port, **config))


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x28", b"\x30\x84\xff\xff\xff\xff", b"\0" * 64],
)
@pytest.mark.parametrize("tls", ["ldaps", "starttls"])
def test_a_server_that_does_not_speak_tls_gets_no_password(slapd_server, wrong_server, tls, answer):
    server = wrong_server(answer)
    settings = settings_for(slapd_server, server.port, sslRequired=True)
    begun = time.monotonic()

    with pytest.raises(DirectoryProblem):
        connect(settings, options=ConnectionOptions(tls=tls, connect_seconds=0.5, answer_seconds=0.5))

    assert PASSWORD.encode() not in server.received
    assert time.monotonic() - begun < 12


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage",
        # A length of four gigabytes, and one that never ends.
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80\x02\x01",
        # An entry for a search that was not made, and a result without its parts.
        bytes.fromhex("300702010964020400"),
        bytes.fromhex("3005020102650a"),
    ],
)
def test_garbage_after_the_bind_is_an_error_in_time(slapd_server, wrong_server, answer):
    server = wrong_server(BOUND, answer)
    settings = settings_for(slapd_server, server.port)
    begun = time.monotonic()

    with connect(settings, options=QUICK) as connection, pytest.raises(DirectoryProblem):
        list(search.entries(connection, search.Search(settings.base, "(objectClass=*)", ["cn"])))

    assert time.monotonic() - begun < 5


def test_a_server_that_refers_to_itself_for_ever_is_left(slapd_server):
    tree = slapd_server.own_base()
    url = f"ldap://127.0.0.1:{slapd_server.port}/{tree.people}"
    for number in range(20):
        tree.add(f"ou=r{number},{tree.people}", objectClass=["referral", "extensibleObject"], ref=url)
    settings = DirectorySettings.from_wire(
        {**tree.configuration(referralMode="follow", ignoreReferralIssues=True), "kind": "ad"}
    )
    asked = search.Search(tree.people, "(objectClass=person)", ["cn"])

    with connect(settings) as connection:
        assert list(search.entries(connection, asked)) == []


def test_no_password_and_no_hash_is_in_a_log_or_an_error(slapd_server, caplog):
    caplog.set_level(logging.DEBUG)
    tree = slapd_server.own_base()
    tree.person("ann", userPassword="{SSHA}verySecretHash")
    told = []
    for config in ({}, {"agentUserDnPassword": "another Secret"}, {"sslRequired": True}, {"baseDn": "dc=x"}):
        settings = DirectorySettings.from_wire(tree.configuration(**config))
        told.append(repr(settings))
        try:
            with connect(settings) as connection:
                told.append(repr(connection))
                choose(connection, settings).run(_Nothing(), None)
        except DirectoryProblem as problem:
            told += [str(problem), repr(problem), problem.diagnostics]

    for secret in (PASSWORD, "another Secret", "verySecretHash"):
        assert secret not in caplog.text
        assert not any(secret in each for each in told)


class _Nothing:
    """A sink that keeps the representations of what it gets."""

    def account(self, account):
        assert account.password_hash is None or account.password_hash not in repr(account)

    def group(self, group): ...

    def members(self, group_id, keys): ...

    def present(self, kind, ids): ...

    def gone(self, kind, id): ...
