"""A load generator that costs little itself: raw requests over open connections."""

import select
import socket
import time
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit


def requests_a_second(base_url: str, requests: Iterable[bytes], connections: int) -> float:
    """Send all requests, on each connection one after the other, and return their rate.

    Every answer must have the status 200.
    """
    waiting = iter(requests)
    poll = select.epoll()
    sockets = {}
    started = time.perf_counter()
    for _ in range(connections):
        connection = _connect(base_url)
        connection.sendall(next(waiting))
        sockets[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)
    answered = _exchange(poll, sockets, waiting)
    took = time.perf_counter() - started
    for each in sockets.values():
        each.close()
    poll.close()
    return answered / took


def _connect(base_url: str) -> socket.socket:
    address = urlsplit(base_url)
    connection = socket.create_connection((address.hostname, address.port or 80))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _exchange(poll: select.epoll, sockets: dict[int, socket.socket], waiting: Iterator[bytes]) -> int:
    """Send the next request on each connection after its answer, until none waits; return their number."""
    answered, open_connections = 0, len(sockets)
    while open_connections:
        for file, _ in poll.poll():
            # An answer of one resource comes in one piece.
            answer = sockets[file].recv(65536)
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(answer.decode())
            answered += 1
            try:
                sockets[file].sendall(next(waiting))
            except StopIteration:
                poll.unregister(file)
                open_connections -= 1
    return answered
