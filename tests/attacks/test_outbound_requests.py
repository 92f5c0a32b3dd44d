"""A request that the service sends for a tenant is no way into the operator's network, and holds nothing up.

The tenant names the URL; what answers there may be slow, endless, or made to lead the service astray.
"""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from stormpath.server.domain.outbound import FetchError, HttpAnswer
from stormpath.server.outbound.allowed_targets import HTTP, AllowedTargets
from stormpath.server.outbound.client import Client
from stormpath.server.outbound.slots import MOST, MOST_OF_ONE
from support.addresses import ARE_PUBLIC, NOT_PUBLIC
from support.name_server import found, resolving
from support.outbound import RawServer, certificate, client, ok, redirect, sending

#: How long a request of the tests may take at most, where it takes as long as it may.
SHORT = 0.3

#: What a caller notices of a request that takes so long: a machine may be slow.
SOON = SHORT + 0.7

#: Without any setting but for the ports, which are free ones.
STRICT = AllowedTargets.parse("", "1-65535", HTTP)

#: One address of this machine, and not the others.
ONE = AllowedTargets.parse("127.0.0.1", "1-65535", HTTP)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its certificate."""
    return certificate(tmp_path_factory.mktemp("tls"))


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[tuple[int, Callable[[], int]]]:
    """A port of this machine, and a function that tells how many connections have come there."""
    with socket.create_server((host, 0)) as listener:
        listener.setblocking(False)

        def arrived() -> int:
            count = 0
            while True:
                try:
                    listener.accept()[0].close()
                except BlockingIOError:
                    return count
                count += 1

        yield listener.getsockname()[1], arrived


def get(sender: Client, url: str, **options: Any) -> HttpAnswer:
    return sender.send("tenant", "GET", url, **options)


def error_of(sender: Client, url: str, **options: Any) -> str:
    """Return the reason for which a request has no answer, without the origin."""
    with pytest.raises(FetchError) as caught:
        get(sender, url, **options)
    return str(caught.value).partition(": ")[2]


class TestAddresses:
    @pytest.mark.parametrize("address", NOT_PUBLIC)
    def test_an_address_that_is_not_public_is_refused(self, address: str, monkeypatch: pytest.MonkeyPatch):
        """As the host of a URL, and as what a name leads to; before any connection."""
        monkeypatch.setattr(socket, "getaddrinfo", resolving({"evil.example": [address]}))
        monkeypatch.setattr(socket.socket, "connect", None)
        host = f"[{address}]" if ":" in address else address

        assert error_of(client(targets=STRICT), "http://evil.example/").startswith(f"{address} is not public")
        if "%" not in address:
            assert "is not public" in error_of(client(targets=STRICT), f"https://{host}/")

    @pytest.mark.parametrize("address", ARE_PUBLIC)
    def test_a_public_address_is_connected_to(self, address: str, monkeypatch: pytest.MonkeyPatch):
        reached: list[str] = []

        def connect(_: Any, where: tuple[Any, ...]) -> None:
            reached.append(where[0])
            raise ConnectionRefusedError

        monkeypatch.setattr(socket, "getaddrinfo", resolving({"good.example": [address]}))
        monkeypatch.setattr(socket.socket, "connect", connect)

        error_of(client(targets=STRICT), "https://good.example/")

        assert reached == [address]

    @pytest.mark.parametrize(
        "host",
        [
            "0.0.0.0",  # noqa: S104  # nothing is bound
            *("127.0.0.1", "localhost", "localhost.", "LocalHost", "2130706433", "0x7f000001"),
            *("0177.0.0.1", "127.1", "127.0.0.1.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
            *("[64:ff9b::7f00:1]", "[::127.0.0.1]", "[0:0:0:0:0:0:0:1]", "\uff11\uff12\uff17.0.0.1"),
            *("127\u30020\u30020\u30021", "[::1%25lo]", "user@127.0.0.1", "8.8.8.8@127.0.0.1"),
        ],
    )
    def test_no_spelling_of_this_machine_is_connected_to(self, host: str):
        with listening() as (port, arrived):
            error_of(client(targets=STRICT), f"http://{host}:{port}/")
            error_of(client(targets=STRICT), f"https://{host}:{port}/")

            assert arrived() == 0

    def test_the_metadata_of_a_cloud_is_not_connected_to(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(socket.socket, "connect", None)

        error = error_of(client(targets=STRICT), "http://169.254.169.254/latest/meta-data/")

        assert error == "169.254.169.254 is not public, and not in STORMPATH_OUTBOUND_TARGETS"

    def test_ports_are_those_of_the_web_unless_an_operator_says_otherwise(self, monkeypatch):
        monkeypatch.setattr(socket, "getaddrinfo", None)
        usual = Client(AllowedTargets.parse("127.0.0.1", "80,443", HTTP))
        for port in (22, 25, 5432, 6379, 8080):
            error = f"port {port} is not among those of STORMPATH_OUTBOUND_PORTS"
            assert error_of(usual, f"http://127.0.0.1:{port}/") == error


class TestRebinding:
    def test_a_host_is_resolved_once_and_that_address_is_connected_to(self, monkeypatch):
        """The second answer of a name server is another one than the first."""
        asked: list[str] = []
        addresses = iter([["127.0.0.1"], ["127.0.0.2"]])

        def answers(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
            asked.append(host)
            return found(next(addresses), port)

        with sending(ok(b"first")) as server, listening("127.0.0.2") as (_, arrived):
            monkeypatch.setattr(socket, "getaddrinfo", answers)
            answer = get(client(targets=ONE), f"http://rebinding.example:{server.port}/")
            monkeypatch.undo()

            assert answer.body == b"first"
            assert asked == ["rebinding.example"]
            assert server.lines()[1] == f"Host: rebinding.example:{server.port}"
            assert arrived() == 0

    def test_every_request_and_every_redirect_resolves_and_checks_again(self, monkeypatch):
        """No connection is kept that a former answer of the name server has led to."""
        asked: list[str] = []
        addresses = iter([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2"]])

        def answers(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
            asked.append(host)
            return found(next(addresses), port)

        with sending(ok(b"first"), redirect("/again")) as server:
            url = f"http://rebinding.example:{server.port}/"
            monkeypatch.setattr(socket, "getaddrinfo", answers)
            sender = client(targets=ONE)
            errors = [get(sender, url).body.decode(), error_of(sender, url), error_of(sender, url)]
            monkeypatch.undo()

        forbidden = "127.0.0.2 is not public, and not in STORMPATH_OUTBOUND_TARGETS"
        assert errors == ["first", forbidden, forbidden]
        assert len(asked) == 4
        assert len(server.requests) == 2

    def test_of_several_addresses_only_allowed_ones_are_connected_to(self, monkeypatch):
        several = ["10.0.0.1", "::1", "127.0.0.2", "169.254.169.254", "127.0.0.1"]
        with sending(ok(b"allowed")) as server:
            monkeypatch.setattr(socket, "getaddrinfo", resolving({"several.example": several}))

            assert get(client(targets=ONE), f"http://several.example:{server.port}/").body == b"allowed"


class TestRedirects:
    @pytest.mark.parametrize(
        "location",
        [
            *("http://127.0.0.2:{port}/", "//127.0.0.2:{port}/", "http://2130706434:{port}/"),
            *(
                "http://[::ffff:127.0.0.2]:{port}/",
                "http://evil.example:{port}/",
                "http://a@127.0.0.2:{port}/",
            ),
            *("gopher://127.0.0.2:{port}/", "file:///etc/passwd", "http:\\\\127.0.0.2:{port}\\"),
        ],
    )
    def test_a_redirect_to_a_private_address_is_not_followed(self, location: str, monkeypatch):
        monkeypatch.setattr(socket, "getaddrinfo", resolving({"evil.example": ["127.0.0.2"]}))
        with (
            listening("127.0.0.2") as (port, arrived),
            sending(redirect(location.format(port=port))) as server,
        ):
            error_of(client(targets=ONE), server.url())

            assert arrived() == 0
            assert len(server.requests) == 1

    def test_a_redirect_to_another_port_is_not_followed(self):
        with listening() as (port, arrived), sending(redirect(f"http://127.0.0.1:{port}/")) as server:
            one_port = AllowedTargets.parse("127.0.0.1", str(server.port), HTTP)

            assert "STORMPATH_OUTBOUND_PORTS" in error_of(client(targets=one_port), server.url())
            assert arrived() == 0

    def test_a_loop_of_redirects_ends(self):
        with sending(redirect("/again")) as server:
            assert error_of(client(), server.url()) == "more than 3 redirects"

            assert len(server.requests) == 4

    def test_no_redirect_leads_from_encryption_to_plain_text(self, file: Path):
        with (
            sending(ok()) as plain,
            sending(redirect(plain.url("/hunter2")), certificate=file) as encrypted,
            pytest.raises(FetchError) as caught,
        ):
            get(client(ca=str(file)), encrypted.url())

        assert str(caught.value) == f"{encrypted.origin}: a redirect leads from https to {plain.origin}"
        assert plain.requests == []

    def test_another_origin_gets_no_secret_and_the_way_back_neither(self):
        """Neither a password, nor a cookie, nor what a header of any other name may be."""
        headers = {
            "Authorization": "Bearer hunter2",
            "authorization": "Basic hunter2",
            "Cookie": "hunter2",
            "X-Api-Key": "hunter2",
            "Accept": "application/json",
        }
        with ExitStack() as running:
            first = running.enter_context(sending(lambda sock: sock.sendall(redirect(other.url())), ok()))
            other = running.enter_context(sending(lambda sock: sock.sendall(redirect(first.url("/back")))))
            get(client(), first.url(), headers=headers)

        assert "hunter2" in "".join(first.lines(0))
        for later in (other.lines(0), first.lines(1)):
            assert "hunter2" not in "".join(later)
            assert "Accept: application/json" in later

    def test_a_redirected_post_is_sent_nowhere_else(self):
        with sending(ok()) as other, sending(redirect(other.url(), "307 Temporary")) as server:
            answer = client().send("t", "POST", server.url(), body=b"secret=hunter2")

        assert answer.status == 307
        assert other.requests == []


HEAD = b"HTTP/1.1 200 OK\r\n"


def dripping(before: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Send a byte or so each hundredth of a second, so that no single wait is long."""

    def drip(sock: socket.socket) -> None:
        sock.sendall(before)
        until = time.monotonic() + 20 * SHORT
        while time.monotonic() < until:
            sock.sendall(drop)
            time.sleep(0.01)

    return drip


def endless(before: bytes, more: bytes) -> Callable[[socket.socket], None]:
    """Send for as long as the other side receives."""

    def flood(sock: socket.socket) -> None:
        sock.sendall(before)
        while True:
            sock.sendall(more)

    return flood


def silent(sock: socket.socket) -> None:
    """Say nothing until the other side has gone."""
    while sock.recv(65536):
        pass


def half(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 2")
    silent(sock)


SLOW: dict[str, Any] = {
    "silence": silent,
    "half a status line": half,
    "a dripping status line": dripping(b"HTTP/1.1 200 ", b"x"),
    "dripping headers": dripping(HEAD, b"A: b\r\n"),
    "a dripping body": dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "dripping chunks": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "dripping provisional answers": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a body without a length that does not end": dripping(HEAD + b"\r\n", b"x"),
}

CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

TOO_LARGE: dict[str, Any] = {
    "an endless status line": endless(b"HTTP/1.1 200 ", b"x" * 65536),
    "an endless header": endless(HEAD + b"A: ", b"x" * 65536),
    "endless headers": endless(HEAD, b"A: b\r\n" * 1000),
    "endless provisional answers": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "headers of provisional answers": endless(b"HTTP/1.1 100 Continue\r\n", b"A: b\r\n" * 1000),
    "an endless body": endless(HEAD + b"\r\n", b"x" * 65536),
    "a length that is too large": HEAD + b"Content-Length: 99999999999999\r\n\r\n",
    "a large body": ok(b"x" * (1024 * 1024 + 1)),
    "endless chunks": endless(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    "small chunks": endless(CHUNKED, b"1\r\nx\r\n" * 10000),
    "an endless chunk extension": endless(CHUNKED, b"1;" + b"x" * 60000 + b"\r\nx\r\n"),
    "endless trailers": endless(CHUNKED + b"0\r\n", b"A: b\r\n" * 1000),
    "a chunk that is too large": CHUNKED + b"fffffffffffffff\r\n" + b"x" * (1024 * 1024 + 65536),
}

NOT_UNDERSTOOD: dict[str, bytes] = {
    "nothing": b"",
    "an answer of HTTP/0.9": b"<html>hunter2</html>",
    "an answer of another protocol": b"220 mail.example.com ESMTP\r\n",
    "zeros": bytes(1000),
    "a status in letters": b"HTTP/1.1 two OK\r\n\r\n",
    "a status that is too small": b"HTTP/1.1 99 OK\r\n\r\n",
    "a provisional status as the last": b"HTTP/1.1 101 Switching\r\n\r\n",
    "another version": b"HTTP/2.0 200 OK\r\n\r\n",
    "half a status line": b"HTTP/1.1 2",
    "half a body": HEAD + b"Content-Length: 10\r\n\r\nhunter2",
    "no body": HEAD + b"Content-Length: 10\r\n\r\n",
    "half a chunk": CHUNKED + b"a\r\nhunter2",
    "chunks without an end": CHUNKED + b"7\r\nhunter2\r\n",
    "a size in other letters": CHUNKED + b"hunter2\r\n",
    "a compressed body": ok(gzip.compress(bytes(10_000_000)), "Content-Encoding: gzip"),
    "a body compressed twice": ok(b"x", "Content-Encoding: identity, br"),
    "a compressed transfer": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a hundred and one headers": HEAD + b"A: b\r\n" * 101 + b"\r\n",
}


class TestAnswers:
    @pytest.mark.parametrize("kind", SLOW)
    def test_a_slow_answer_holds_its_caller_no_longer_than_allowed(self, kind: str):
        with sending(SLOW[kind]) as server:
            begun = time.monotonic()
            error = error_of(client(seconds=SHORT), server.url())

            assert time.monotonic() - begun < SOON
            assert error == f"no end after {SHORT:g} seconds"

    def test_a_slow_handshake_holds_its_caller_no_longer_than_allowed(self):
        def greet(sock: socket.socket) -> None:
            # The header of a record of 16 KiB, byte by byte from then on.
            dripping(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"x")(sock)

        for answer in (silent, greet):
            with raw(answer) as port:
                begun = time.monotonic()
                error = error_of(client(seconds=SHORT), f"https://127.0.0.1:{port}/")

                assert time.monotonic() - begun < SOON
                assert error == f"no end after {SHORT:g} seconds"

    def test_a_dripping_encrypted_answer_holds_its_caller_no_longer_than_allowed(self, file: Path):
        with sending(SLOW["a dripping body"], certificate=file) as server:
            begun = time.monotonic()
            error = error_of(client(seconds=SHORT, ca=str(file)), server.url())

            assert time.monotonic() - begun < SOON
            assert error == f"no end after {SHORT:g} seconds"

    def test_a_server_that_receives_nothing_holds_its_caller_no_longer_than_allowed(self):
        def deaf(sock: socket.socket) -> None:
            time.sleep(2 * SHORT)

        with raw(deaf, receive_buffer=4096) as port, pytest.raises(FetchError, match="no end after"):
            client(seconds=SHORT).send("t", "POST", f"http://127.0.0.1:{port}/", body=bytes(1024 * 1024))

    def test_the_redirects_of_a_request_share_its_time(self):
        def late(sock: socket.socket) -> None:
            time.sleep(0.4 * SHORT)
            sock.sendall(redirect("/again"))

        with sending(late) as server:
            assert error_of(client(seconds=SHORT), server.url()) == f"no end after {SHORT:g} seconds"
            assert 2 <= len(server.requests) <= 3

    @pytest.mark.parametrize("kind", TOO_LARGE)
    def test_an_answer_that_is_too_large_is_not_received_to_its_end(self, kind: str):
        with sending(TOO_LARGE[kind]) as server:
            begun = time.process_time()
            error = error_of(client(), server.url())

        assert error in ("its answer is larger than allowed", "it does not speak HTTP as expected")
        # The server's share is included.
        assert time.process_time() - begun < 1

    @pytest.mark.parametrize("kind", NOT_UNDERSTOOD)
    def test_what_is_no_whole_plain_answer_is_none(self, kind: str):
        with sending(NOT_UNDERSTOOD[kind]) as server:
            assert "hunter2" not in error_of(client(), server.url())

    def test_what_does_not_speak_tls_is_no_answer(self):
        with raw(lambda sock: sock.sendall(HEAD + b"\r\n")) as port:
            error = error_of(client(), f"https://127.0.0.1:{port}/")

        assert error == "it does not speak TLS as expected"

    def test_no_header_of_an_answer_has_a_second_line(self):
        with sending(ok(b"", "A: b", " c", "\td")) as server:
            value = get(client(), server.url()).headers["a"]

        assert value.split() == ["b", "c", "d"]
        assert value.isprintable()


@contextmanager
def raw(treat: Callable[[socket.socket], Any], receive_buffer: int = 0) -> Iterator[int]:
    """The port of a server that treats a connection at once, without receiving a request."""
    with socket.socket() as listener:
        if receive_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def accept() -> None:
            try:
                with listener.accept()[0] as connection:
                    treat(connection)
            except OSError:
                pass

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


class TestInjection:
    @pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\rb", "a\x00b", "a\x7fb", "a\u20acb", "a\x85b"])
    def test_no_header_adds_another_one(self, value: str):
        with sending(ok()) as server:
            with pytest.raises(FetchError) as caught:
                get(client(), server.url(), headers={"Authorization": f"Bearer hunter2{value}"})

            assert server.requests == []
        assert "hunter2" not in str(caught.value)
        assert "the header Authorization has characters" in str(caught.value)

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "A b",
            "A:b",
            "A\r\nB",
            "Ä",
            "Host",
            "CONTENT-LENGTH",
            "Transfer-Encoding",
            "connection",
            "Expect",
        ],
    )
    def test_no_header_changes_how_the_request_is_read(self, name: str):
        with sending(ok()) as server:
            assert error_of(client(), server.url(), headers={name: "1"}).endswith(
                "a name that cannot be sent"
            )

            assert server.requests == []

    def test_headers_are_bounded(self):
        for headers in ({"A": "x" * 70_000}, {f"A{each}": "x" * 100 for each in range(1000)}):
            assert "too long" in error_of(client(), "http://127.0.0.1/", headers=headers)

    @pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/a HTTP/1.1\r\nHost: b\r\n\r\n", "/\x00", "/\t"])
    def test_no_url_adds_a_line_or_a_request(self, path: str):
        with sending(ok()) as server:
            error_of(client(), server.url(path))

            assert server.requests == []

    @pytest.mark.parametrize("location", ["/a b", "/a\tb", "/a\x00b", "/a\r b", "/\u00e9", "/%0d%0aX: y"])
    def test_no_redirect_adds_a_line_or_a_request(self, location: str):
        with sending(redirect(location)) as server:
            error_of(client(), server.url())

            assert len(server.requests) == 1


class TestEnvironment:
    @pytest.fixture
    def misled(self, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An environment in which other clients would use a proxy and a password."""
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9/")
        (own_home / ".netrc").write_text("machine 127.0.0.1 login joe password hunter2\n")
        (own_home / ".netrc").chmod(0o600)

    @pytest.mark.usefixtures("misled")
    def test_no_proxy_cookie_or_password_is_used(self):
        with sending(ok(b"direct", "Set-Cookie: a=hunter2; Path=/")) as server:
            sender = client()
            for _ in range(2):
                assert get(sender, server.url()).body == b"direct"

        for number in range(2):
            assert not {"cookie", "authorization"} & {
                each.partition(":")[0].lower() for each in server.lines(number)
            }


class TestFlood:
    def test_a_slow_system_holds_a_few_requests_of_its_tenant_and_none_of_others(self):
        released = threading.Event()

        def slow(sock: socket.socket) -> None:
            released.wait(10)
            sock.sendall(ok())

        sender = client()
        with sending(slow) as server, sending(ok(b"quick")) as other, ThreadPoolExecutor(MOST) as threads:
            try:
                held = [threads.submit(get, sender, server.url()) for _ in range(MOST_OF_ONE)]
                wait_for(server, MOST_OF_ONE)

                begun = time.monotonic()
                assert "too many" in full_error(sender, "tenant", other.url())
                assert time.monotonic() - begun < 0.2
                assert sender.send("another", "GET", other.url()).body == b"quick"
            finally:
                released.set()
            assert [each.result().status for each in held] == [200] * MOST_OF_ONE
            assert get(sender, other.url()).body == b"quick"

    def test_all_tenants_together_hold_a_bounded_number(self):
        released = threading.Event()

        def slow(sock: socket.socket) -> None:
            released.wait(10)
            sock.sendall(ok())

        sender = client()
        with sending(slow) as server, ThreadPoolExecutor(MOST) as threads:
            try:
                held = [
                    threads.submit(sender.send, str(each % (MOST // MOST_OF_ONE)), "GET", server.url())
                    for each in range(MOST)
                ]
                wait_for(server, MOST)

                assert f"{MOST} are at work in this process" in full_error(sender, "new", server.url())
            finally:
                released.set()
            for each in held:
                each.result()

    def test_a_slow_name_server_holds_a_few_threads_of_its_tenant(self, monkeypatch: pytest.MonkeyPatch):
        """A look-up cannot be ended: the threads that wait for it must not pile up."""
        answered = threading.Event()

        def never(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
            if host == "slow.example":
                answered.wait(20)
            return found(["127.0.0.1"], port)

        sender = client(seconds=0.05)
        with sending(ok(b"quick")) as server:
            monkeypatch.setattr(socket, "getaddrinfo", never)
            try:
                errors = [error_of(sender, "http://slow.example/") for _ in range(MOST_OF_ONE + 3)]
                threads = [each for each in threading.enumerate() if each.name == "stormpath-lookup"]
                others = client(seconds=5).send("another", "GET", f"http://quick.example:{server.port}/")
            finally:
                answered.set()
            for each in threads:
                each.join(5)
            monkeypatch.undo()

        assert errors[:MOST_OF_ONE] == ["no end after 0.05 seconds"] * MOST_OF_ONE
        assert (
            errors[MOST_OF_ONE:]
            == [f"too many requests at a time: {MOST_OF_ONE} are at work for this tenant already"] * 3
        )
        assert len(threads) == MOST_OF_ONE
        assert others.body == b"quick"

    def test_an_error_gives_its_place_back(self):
        sender = client(seconds=1)
        with sending(b"") as server:
            for _ in range(2 * MOST_OF_ONE):
                assert "too many" not in full_error(sender, "tenant", server.url())


def full_error(sender: Client, tenant_id: str, url: str) -> str:
    with pytest.raises(FetchError) as caught:
        sender.send(tenant_id, "GET", url)
    return str(caught.value)


def wait_for(server: RawServer, requests: int) -> None:
    until = time.monotonic() + 10
    while len(server.requests) < requests:
        assert time.monotonic() < until, "the requests have not come"
        time.sleep(0.005)
