"""The client for requests to other systems: what it sends, what it returns, where it follows."""

import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from stormpath.server.app import CannotOpen, Service, check
from stormpath.server.domain.outbound import FetchError
from stormpath.server.outbound.client import Client
from stormpath.server.settings import Settings
from support.name_server import resolving
from support.outbound import LOOPBACK, certificate, client, ok, redirect, sending
from support.ports import free_port


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its certificate."""
    return certificate(tmp_path_factory.mktemp("tls"))


def error_of(sender: Client, url: str) -> str:
    """Return the error of a request that gets no answer."""
    with pytest.raises(FetchError) as caught:
        sender.send("t", "GET", url)
    return str(caught.value)


class TestRequest:
    def test_a_get_says_little_about_the_service(self):
        with sending(ok(b'{"a": 1}', "X-Limit: 5", "X-limit: 6")) as server:
            answer = client().for_tenant("t")("GET", server.url("/a?b=c#d"), headers={"Accept": "text/x"})

        assert (answer.status, answer.body) == (200, b'{"a": 1}')
        assert answer.headers == {"content-length": "8", "x-limit": "5, 6"}
        assert server.lines() == [
            "GET /a?b=c HTTP/1.1",
            f"Host: 127.0.0.1:{server.port}",
            "Accept-Encoding: identity",
            "Connection: close",
            "User-Agent: stormpath",
            "Accept: text/x",
        ]

    def test_a_post_has_its_body_and_length(self):
        with sending(ok(status="201 Created")) as server:
            answer = client().send("t", "POST", server.url(), headers={"Content-Type": "a/b"}, body=b"x=1")
            client().send("t", "POST", server.url())

        assert answer.status == 201
        assert "Content-Length: 3" in server.lines(0)
        assert server.body(0) == b"x=1"
        assert "Content-Length: 0" in server.lines(1)

    def test_a_caller_may_name_another_user_agent(self):
        with sending(ok()) as server:
            client().send("t", "GET", server.url(), headers={"user-agent": "us"})

        assert [each for each in server.lines() if each.lower().startswith("user-agent")] == [
            "user-agent: us"
        ]

    @pytest.mark.parametrize("status", [204, 301, 400, 401, 404, 429, 500, 503])
    def test_an_answer_is_returned_whatever_its_status(self, status: int):
        with sending(ok(b"" if status == 204 else b"why", status=f"{status} Text")) as server:
            assert client().send("t", "GET", server.url()).status == status

    def test_an_answer_may_come_in_chunks_or_end_with_the_connection(self):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunks = head + b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nT: x\r\n\r\n"
        with sending(chunks, b"HTTP/1.0 200 OK\r\n\r\nfghij") as server:
            assert client().send("t", "GET", server.url()).body == b"abcde"
            assert client().send("t", "GET", server.url()).body == b"fghij"

    def test_a_provisional_answer_is_passed_over(self):
        with sending(b"HTTP/1.1 100 Continue\r\n\r\n" + ok(b"later")) as server:
            assert client().send("t", "GET", server.url()).body == b"later"

    def test_an_answer_of_the_largest_size_is_returned(self):
        with sending(ok(b"x" * 1000), ok(b"x" * 1001)) as server:
            small = client(most_bytes=1000)
            assert len(small.send("t", "GET", server.url()).body) == 1000
            with pytest.raises(FetchError, match="larger than allowed"):
                small.send("t", "GET", server.url())

    def test_other_methods_are_a_mistake_of_the_service(self):
        for method in ("DELETE", "get", "GET /x HTTP/1.1\r\nA: b", ""):
            with pytest.raises(ValueError, match="is not one of GET, POST"):
                client().send("t", method, "http://127.0.0.1/")

    def test_a_body_that_is_too_large_is_not_sent(self):
        with pytest.raises(FetchError, match="more than 1048576 bytes"):
            client().send("t", "POST", "http://127.0.0.1/", body=bytes(1024 * 1024 + 1))


class TestRedirects:
    def test_a_get_follows_three(self):
        with sending(redirect("/b"), redirect("c"), redirect("?d"), ok(b"there")) as server:
            assert client().send("t", "GET", server.url("/a/")).body == b"there"

        assert [server.lines(each)[0].split()[1] for each in range(4)] == ["/a/", "/b", "/c", "/c?d"]

    def test_a_post_follows_none(self):
        for status in ("301 x", "302 x", "303 x", "307 x", "308 x"):
            with sending(redirect("/b", status)) as server:
                assert client().send("t", "POST", server.url(), body=b"a").status == int(status[:3])
            assert len(server.requests) == 1

    def test_a_redirect_within_an_origin_keeps_the_headers(self):
        with sending(redirect("/b"), ok()) as server:
            client().send("t", "GET", server.url(), headers={"Authorization": "Bearer hunter2"})

        assert "Authorization: Bearer hunter2" in server.lines(1)


class TestErrors:
    def test_an_error_names_the_origin_and_the_reason(self):
        port = free_port()
        origin = f"http://127.0.0.1:{port}"

        with pytest.raises(FetchError) as caught:
            client().send("t", "GET", f"{origin}/hunter2?code=hunter2")

        assert str(caught.value) == f"{origin}: Connection refused"

    def test_an_unknown_host_is_named(self):
        with pytest.raises(FetchError, match=r"^https://a\.invalid:443: there is no such host$"):
            client().send("t", "GET", "https://a.invalid/x")

    def test_no_error_says_what_was_sent_or_received(self):
        """Neither the message nor its causes: what logs an exception logs those, too."""
        bad = b"HTTP/1.1 hunter2 hunter2\r\n\r\nhunter2"
        with sending(bad, ok(b"", "Content-Encoding: hunter2"), redirect("ftp://hunter2/")) as server:
            for _ in range(3):
                with pytest.raises(FetchError) as caught:
                    client().send(
                        "t", "GET", server.url("/hunter2"), headers={"Authorization": "Bearer hunter2"}
                    )
                error: BaseException | None = caught.value
                assert error is not None
                assert error.__cause__ is None
                assert error.__suppress_context__
                assert "hunter2" not in str(error)
                assert str(error).startswith(server.origin)


class TestEncryption:
    def test_a_certificate_of_the_operators_authority_is_trusted(self, file: Path):
        with sending(ok(b"secret"), certificate=file) as server:
            assert client(ca=str(file)).send("t", "GET", server.url()).body == b"secret"

    def test_other_certificates_are_not(self, file: Path):
        with sending(ok(b"secret"), certificate=file) as server:
            error = error_of(client(), server.url())

        assert error == f"{server.origin}: its certificate is not trusted (self-signed certificate)"
        assert server.requests == []

    def test_a_certificate_is_for_its_host(self, file: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(socket, "getaddrinfo", resolving({"a.example": ["127.0.0.1"]}))
        with sending(ok(b"secret"), certificate=file) as server:
            error = error_of(client(ca=str(file)), f"https://a.example:{server.port}/")

        assert "certificate is not valid for 'a.example'" in error
        assert server.requests == []

    def test_the_authorities_of_the_system_are_trusted_besides(self, file: Path):
        usual = len(Client(LOOPBACK)._tls.get_ca_certs())

        # The file's certificate is none of an authority, and so is not counted.
        assert len(client(ca=str(file))._tls.get_ca_certs()) == usual

    def test_certificates_are_checked_and_old_protocols_refused(self):
        context = client()._tls

        assert context.check_hostname
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2

    @pytest.mark.parametrize("text", [None, "no certificate"])
    def test_a_file_without_certificates_is_an_error_at_the_start(self, tmp_path: Path, text: str | None):
        path = tmp_path / "ca.pem"
        if text is not None:
            path.write_text(text)
        settings = Settings("sqlite://", outbound_ca=str(path))

        for start in (check, Service):
            with pytest.raises(CannotOpen, match=r"The certificates in .*ca\.pem cannot be used"):
                start(settings)


@pytest.mark.parametrize(
    ("targets", "ports"), [("10.0.0.0/33", "443"), ("0x7f.1", "443"), ("", "0"), ("", "https")]
)
def test_a_setting_that_cannot_be_read_is_an_error_at_the_start(targets: str, ports: str):
    variable = "STORMPATH_OUTBOUND_TARGETS" if targets else "STORMPATH_OUTBOUND_PORTS"

    with pytest.raises(CannotOpen, match=variable):
        check(Settings("sqlite://", outbound_targets=targets, outbound_ports=ports))


def test_requests_of_a_service_go_where_its_settings_say():
    with sending(ok(b"here")) as server:
        ports = f"443,{server.port}"
        with pytest.raises(
            FetchError, match=r"127\.0\.0\.1 is not public, and not in STORMPATH_OUTBOUND_TARGETS"
        ):
            fetch(Settings("sqlite://", outbound_ports=ports), server.url())
        allowing = Settings("sqlite://", outbound_targets="127.0.0.1", outbound_ports=ports)
        assert fetch(allowing, server.url()).body == b"here"
        with pytest.raises(FetchError, match="is not among those of STORMPATH_OUTBOUND_PORTS"):
            fetch(Settings("sqlite://", outbound_targets="127.0.0.1"), server.url())


def fetch(settings: Settings, url: str) -> Any:
    service = Service(settings)
    try:
        return service._context(service.tenant_id, service._box).fetch("GET", url)
    finally:
        service.close()


def test_a_request_costs_one_connection_and_one_millisecond_or_so():
    with sending(ok()) as server:
        sender = client()
        begun = time.process_time()
        for _ in range(20):
            sender.send("t", "GET", server.url())

    assert len(server.requests) == 20
    # The server's share is included. A hundredth of a second each would be a mistake.
    assert (time.process_time() - begun) / 20 < 0.01
