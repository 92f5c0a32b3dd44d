"""Names that a test makes up: what ``socket.getaddrinfo`` says of them."""

import socket
from collections.abc import Callable
from typing import Any


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

    def getaddrinfo(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        if host in hosts:
            return found(hosts[host], port)
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return original(host, port, *args, **options)

    original = socket.getaddrinfo
    return getaddrinfo
