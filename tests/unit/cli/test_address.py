"""Addresses that a server listens on."""

import errno
import socket

import pytest

from stormpath.cli.address import Address
from stormpath.cli.errors import CommandError


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("id.example.com:80", "id.example.com", 80),
        ("[::1]:8080", "::1", 8080),
        (" 0.0.0.0:0 ", "0.0.0.0", 0),  # noqa: S104 - read, not bound
    ],
)
def test_an_address_is_a_host_and_a_port(text, host, port):
    assert Address.parse(text) == Address(host, port)


@pytest.mark.parametrize(
    "text",
    [
        "", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:\N{ARABIC-INDIC DIGIT ONE}", "::1:8080", "a b:1", "http://localhost:80",
        "localhost:80/v1",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(CommandError, match=r"write HOST:PORT, for instance 127\.0\.0\.1:8080"):
        Address.parse(text)


@pytest.mark.parametrize("text", ["127.0.0.1:8080", "[::1]:8080", "id.example.com:80"])
def test_an_address_is_shown_as_it_is_written(text):
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "base_url"),
    [
        ("127.0.0.1:8080", "http://localhost:8080/v1"),
        ("0.0.0.0:9000", "http://localhost:9000/v1"),
        ("[::1]:9000", "http://localhost:9000/v1"),
        ("id.example.com:9000", "http://id.example.com:9000/v1"),
        ("10.1.2.3:8080", "http://10.1.2.3:8080/v1"),
        ("[fd00::1]:8080", "http://[fd00::1]:8080/v1"),
    ],
)
def test_clients_reach_this_machine_as_localhost_and_others_by_name(text, base_url):
    assert Address.parse(text).base_url == base_url


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OSError(errno.EADDRINUSE, "in use"), "choose another port, for instance --bind 127.0.0.1:81."),
        (
            PermissionError(errno.EACCES, "denied"),
            "choose a port from 1024 up, such as --bind 127.0.0.1:8080.",
        ),
        (OSError(errno.EADDRNOTAVAIL, "not here"), "choose one of its own"),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "choose one of its own"),
        (OSError(errno.ENOBUFS, "no buffers"), "127.0.0.1:80 cannot be listened on: no buffers."),
    ],
)
def test_each_reason_comes_with_a_remedy(error, remedy):
    assert remedy in Address("127.0.0.1", 80).why_not(error)


def test_the_last_port_has_a_neighbour_below():
    assert Address("127.0.0.1", 65535).neighbour == Address("127.0.0.1", 65534)
