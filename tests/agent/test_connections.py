"""Connections are encrypted where they have to be, end in time, and say what is wrong."""

import socket
import threading
import time

import ldap
import pytest

from stormpath.agent.changes.choose import choose
from stormpath.agent.connection import ConnectionOptions, DirectoryProblem, DirectorySettings, connect
from support import certificates
from support.database_proxy import DatabaseProxy
from support.ports import free_port

QUICK = {"connect_seconds": 0.5, "answer_seconds": 0.5}


def settings_of(tree, **config):
    return DirectorySettings.from_wire(tree.configuration(**config))


def over_tls(tree, **config):
    return settings_of(tree, **{"sslRequired": True, "directoryPort": tree.server.tls_port, **config})


def refused(settings, **how):
    """Return the problem with which a connection fails."""
    with pytest.raises(DirectoryProblem) as failure:
        connect(settings, **how)
    assert settings.password not in str(failure.value) + repr(failure.value)
    return failure.value


def test_a_password_is_in_no_repr(tree):
    settings = settings_of(tree)
    assert settings.password
    assert settings.password not in repr(settings)


@pytest.mark.parametrize("tls", ["ldaps", "starttls"])
def test_tls_begins_with_the_connection_or_on_request(tree, tls):
    port = tree.server.tls_port if tls == "ldaps" else tree.server.port
    settings = settings_of(tree, sslRequired=True, directoryPort=port)

    with connect(settings, ca_file=tree.server.ca_file, tls=tls) as connection:
        assert connection.raw.get_option(ldap.OPT_X_TLS_VERSION).startswith("TLS1")


def test_ldaps_is_what_a_required_tls_means(tree):
    with connect(over_tls(tree), ca_file=tree.server.ca_file) as connection:
        assert connection.raw.get_option(ldap.OPT_X_TLS_VERSION).startswith("TLS1")


def test_starttls_of_the_agents_own_file_counts_where_the_configuration_does_not_require_tls(tree):
    with connect(settings_of(tree), ca_file=tree.server.ca_file, tls="starttls") as connection:
        assert connection.raw.get_option(ldap.OPT_X_TLS_VERSION).startswith("TLS1")


@pytest.mark.parametrize("tls", ["ldaps", "starttls"])
def test_a_certificate_of_another_signer_is_refused(tree, tmp_path, tls):
    other = certificates.self_signed(tmp_path)
    port = tree.server.tls_port if tls == "ldaps" else tree.server.port
    settings = settings_of(tree, sslRequired=True, directoryPort=port)

    for ca_file in (other, None):
        problem = refused(settings, ca_file=ca_file, tls=tls)
        assert problem.kind == "certificate"
        assert "agent.caFile" in str(problem)


@pytest.mark.parametrize("tls", ["ldaps", "starttls"])
def test_a_certificate_for_another_host_is_refused(tree, tls):
    port = tree.server.tls_port if tls == "ldaps" else tree.server.port
    settings = settings_of(tree, sslRequired=True, directoryPort=port, directoryHost="localhost")

    problem = refused(settings, ca_file=tree.server.ca_file, tls=tls)

    assert problem.kind == "certificate"
    assert "localhost" in str(problem)


def test_a_setting_of_the_system_does_not_turn_the_check_off(tree, tmp_path, monkeypatch):
    monkeypatch.setenv("LDAPTLS_REQCERT", "never")
    monkeypatch.setenv("LDAPTLS_CACERT", str(tree.server.ca_file))
    other = certificates.self_signed(tmp_path)

    assert refused(over_tls(tree), ca_file=other).kind == "certificate"


def test_a_file_of_certificates_that_is_not_there_is_named(tree, tmp_path):
    problem = refused(over_tls(tree), ca_file=tmp_path / "missing.pem")

    assert problem.kind == "certificate"
    assert "missing.pem" in str(problem)


def test_a_server_without_starttls_gets_no_password(own_slapd):
    tree = own_slapd(has_tls=False).own_base()

    problem = refused(settings_of(tree, sslRequired=True), tls="starttls")

    assert problem.kind == "certificate"
    assert "StartTLS" in str(problem)


def test_starttls_that_is_answered_with_anything_else_gets_no_password():
    received = []

    def answer(listener):
        client, _ = listener.accept()
        with client:
            received.append(client.recv(4096))
            # An extended response with the result unavailable, to message 1.
            client.sendall(bytes.fromhex("300c02010178070a013404000400"))
            client.settimeout(5)
            received.append(client.recv(4096))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        settings = DirectorySettings.from_wire(_configuration(listener.getsockname()[1]))
        with pytest.raises(DirectoryProblem):
            connect(settings, tls="starttls")
        thread.join()

    assert b"secret of the agent" not in b"".join(received)


def test_ldaps_on_a_plain_port_says_that_there_is_no_tls(tree):
    problem = refused(over_tls(tree, directoryPort=tree.server.port), ca_file=tree.server.ca_file)

    assert problem.kind == "certificate"
    assert "636" in str(problem)


def test_a_server_that_is_down_is_unreachable(tree):
    port = free_port()

    for settings in (settings_of(tree, directoryPort=port), over_tls(tree, directoryPort=port)):
        problem = refused(settings, ca_file=tree.server.ca_file)
        assert problem.kind == "unreachable"
        assert f"127.0.0.1:{port}" in str(problem)


@pytest.mark.parametrize("way", ["plain", "ldaps", "starttls"])
def test_a_server_that_accepts_and_says_nothing_is_given_up_in_time(tree, way):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings = settings_of(tree, directoryPort=port, sslRequired=way != "plain")
        options = ConnectionOptions(tree.server.ca_file, None if way == "plain" else way, **QUICK)

        begun = time.monotonic()
        problem = refused(settings, options=options)

    assert problem.kind in ("time_limit", "unreachable")
    assert time.monotonic() - begun < 8


def test_a_server_that_falls_silent_in_a_run_is_given_up_in_time(tree, mirror):
    tree.person("ann")
    proxy = DatabaseProxy(f"ldap://127.0.0.1:{tree.server.port}")
    try:
        settings = settings_of(tree, directoryPort=proxy.port)
        with connect(settings, options=ConnectionOptions(**QUICK)) as connection:
            tracker = choose(connection, settings)
            proxy.is_silent = True
            begun = time.monotonic()
            with pytest.raises(DirectoryProblem) as failure:
                mirror.synchronize(tracker)
    finally:
        proxy.close()

    assert failure.value.kind == "time_limit"
    assert time.monotonic() - begun < 5


def test_a_connection_that_ends_in_a_run_is_unreachable_and_the_next_run_is_right(tree, mirror):
    tree.person("ann")
    proxy = DatabaseProxy(f"ldap://127.0.0.1:{tree.server.port}")
    try:
        settings = settings_of(tree, directoryPort=proxy.port)
        with connect(settings) as connection:
            tracker = choose(connection, settings)
            proxy.end_connections(reset=True)
            with pytest.raises(DirectoryProblem) as failure:
                mirror.synchronize(tracker)
        assert failure.value.kind == "unreachable"
        with connect(settings) as connection:
            mirror.synchronize(choose(connection, settings))
    finally:
        proxy.close()

    assert mirror.usernames == {"ann"}


@pytest.mark.parametrize(
    "config",
    [
        {"agentUserDnPassword": "wrong"},
        {"agentUserDn": "cn=nobody,dc=example,dc=test"},
        {"agentUserDn": "no DN at all"},
    ],
)
def test_a_bind_that_is_refused_names_the_settings_to_check(tree, config):
    problem = refused(settings_of(tree, **config))

    assert problem.kind == "bind_refused"
    assert "agentUserDnPassword" in str(problem)


def test_an_empty_password_is_never_sent(tree):
    # The server accepts such a bind: it takes it for an anonymous one.
    plain = ldap.initialize(f"ldap://127.0.0.1:{tree.server.port}")
    plain.simple_bind_s("", "")

    assert refused_bind(tree, tree.agent_dn, "") == "bind_refused"
    assert refused_bind(tree, "", "password") == "bind_refused"
    assert refused_bind(tree, " ", "password") == "bind_refused"
    assert refused_bind(tree, f"{tree.agent_dn}\0", "password") == "bind_refused"
    with pytest.raises(DirectoryProblem, match="A bind needs"):
        connect(settings_of(tree, agentUserDnPassword=""))


def refused_bind(tree, dn, password):
    with connect(settings_of(tree), bind=False) as connection, pytest.raises(DirectoryProblem) as failure:
        connection.bind(dn, password)
    return failure.value.kind


def test_a_target_may_be_forbidden_before_a_connection_is_made():
    def forbidden(host, port):
        raise DirectoryProblem("unreachable", f"{host}:{port} is not allowed.")

    with pytest.raises(DirectoryProblem, match=r"127\.0\.0\.1:1 is not allowed"):
        connect(DirectorySettings.from_wire(_configuration(1)), check_target=forbidden)


def _configuration(port):
    from support.slapd_server import Tree

    class Nowhere:
        pass

    nowhere = Nowhere()
    nowhere.port = port
    tree = Tree(nowhere, "dc=example,dc=test", "dc=example,dc=test")
    return tree.configuration(agentUserDnPassword="secret of the agent")
