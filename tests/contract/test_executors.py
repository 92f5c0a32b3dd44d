"""Tests for every executor, with a small WSGI app: over a socket, and called in this process."""

import gzip
import json
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from stormpath import sauthc1
from stormpath.auth import Auth
from stormpath.embedded import EmbeddedExecutor
from stormpath.error import Error
from stormpath.executor import Executor
from stormpath.http import HttpExecutor
from support.echo_server import echoing

AUTH = Auth(id="ID", secret="sEcReT")
ERROR = {
    "status": 409,
    "code": 2001,
    "message": "That name is taken.",
    "developerMessage": "Name 'x' is not unique.",
    "moreInfo": "https://docs.example.com/errors/2001",
    "requestId": "from the body",
}

Answer = tuple[str, dict[str, str], bytes]


class Service:
    """A small REST service: the path selects the answer, and requests are recorded."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.throttled = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        request = {
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"].encode("latin-1").decode(),
            "query": [list(pair) for pair in parse_qsl(environ.get("QUERY_STRING", ""))],
            "type": environ.get("CONTENT_TYPE"),
            "body": body.decode(),
            "key": environ.get("HTTP_IDEMPOTENCY_KEY"),
        }
        self.requests.append(request)
        status, headers, content = self.answer(environ, request)
        start_response(status, list(headers.items()))
        return [content]

    def answer(self, environ: dict[str, Any], request: dict[str, Any]) -> Answer:
        path = request["path"].removeprefix("/v1")
        if not is_authentic(environ, request):
            return as_json(
                "401 Unauthorized", {"status": 401, "code": 401, "developerMessage": "Who are you?"}
            )
        if path == "/throttled" and self.throttled < 2:
            self.throttled += 1
            return "429 Too Many Requests", {"Retry-After": "3"}, b""
        if path == "/exhausted":
            return "429 Too Many Requests", {"Retry-After": "3412"}, b""
        if path.startswith("/redirect/"):
            return "302 Found", {"Location": self.location(path.removeprefix("/redirect/"))}, b""
        fixed: dict[str, Answer] = {
            "/empty": ("204 No Content", {}, b""),
            "/file": ("200 OK", {"Content-Disposition": 'attachment; filename="sp.xml"'}, b"<xml/>\xff"),
            "/array": as_json("200 OK", [1, {"a": 2}]),
            "/number": ("200 OK", {}, b"5"),
            "/created": as_json("201 Created", {"href": "x"}),
            "/taken": as_json("409 Conflict", ERROR),
            "/short": ("404 Not Found", {"Stormpath-Request-Id": "from the header"}, b'{"error": "gone"}'),
            "/html": ("502 Bad Gateway", {"Content-Type": "text/html"}, b"<html>"),
            "/not-modified": ("304 Not Modified", {"Location": "/elsewhere"}, b""),
        }
        return fixed.get(path, as_json("200 OK", {"seen": request}))

    def location(self, kind: str) -> str:
        return {
            "absolute": f"{self.base_url}/target",
            "relative": "../target",
            "rooted": "/v1/target",
            "query": "/v1/target?b=2",
            "out": "https://evil.example.com/v1/target?token=SeCrEt",
            "beside": f"{self.base_url}evil/target",
            "up": "/v1/../admin",
            "circle": "/v1/redirect/circle",
            **{str(n): f"/v1/redirect/{n - 1}" for n in range(1, 7)},
            "0": "/v1/target",
        }[kind]

    base_url = "http://localhost:8080/v1"


def as_json(status: str, body: Any) -> Answer:
    return status, {"Content-Type": "application/json;charset=UTF-8"}, json.dumps(body).encode()


def is_authentic(environ: dict[str, Any], request: dict[str, Any]) -> bool:
    """Check credentials as a real service does: Basic, or a signature of the received request."""
    scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme == "Basic":
        return b64decode(rest) == b"ID:sEcReT"
    try:
        header = sauthc1.parse(f"{scheme} {rest}")
        headers = {name: environ[wsgi_name(name)] for name in header.signed_headers}
        path, _, query = environ["RAW_URI"].partition("?")
        body = request["body"].encode()
        now = time.time()
        sauthc1.verify(header, "sEcReT", request["method"], path, query, headers, body, now=now)
    except (sauthc1.Refused, KeyError):
        return False
    return header.key_id == "ID"


def wsgi_name(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key.startswith("CONTENT_") else f"HTTP_{key}"


class ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "RAW_URI": self.path}

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def slept() -> list[float]:
    """The pauses of an executor, in seconds; they are only recorded."""
    return []


@pytest.fixture
def served(service: Service) -> Iterator[str]:
    """The base URL of the app behind a real socket."""
    server = make_server("127.0.0.1", 0, service, ThreadingServer, QuietHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    service.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    yield service.base_url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["SAuthc1", "basic", "embedded"])
def executor(request: pytest.FixtureRequest, service: Service, slept: list[float]) -> Iterator[Executor]:
    made: Executor
    if request.param == "embedded":
        made = EmbeddedExecutor(service, service.base_url, AUTH.id, AUTH.secret, sleep=slept.append)
    else:
        base_url = request.getfixturevalue("served")
        scheme = Auth(id="ID", secret="sEcReT", scheme=request.param).scheme
        made = HttpExecutor(base_url, scheme, sleep=slept.append)
    yield made
    made.close()


class TestResults:
    def test_an_object_includes_the_http_status(self, executor: Executor) -> None:
        assert executor.post("/created", {}) == {"href": "x", "sp_http_status": 201}

    def test_an_empty_body_is_an_empty_dictionary(self, executor: Executor) -> None:
        assert executor.delete("/empty") == {}

    def test_an_array_is_a_list(self, executor: Executor) -> None:
        assert executor.get("/array") == [1, {"a": 2}]

    def test_any_other_body_is_a_file(self, executor: Executor) -> None:
        assert executor.get("/file") == {"content": b"<xml/>\xff", "filename": "sp.xml"}
        assert executor.get("/number") == {"content": b"5", "filename": None}

    def test_a_304_is_an_answer_and_not_a_redirect(self, executor: Executor) -> None:
        assert executor.get("/not-modified") == {}


class TestRequests:
    @pytest.mark.parametrize("shape", ["/things/x", "things/x", "{base}/things/x"])
    def test_hrefs_may_be_relative(self, shape: str, executor: Executor) -> None:
        seen = executor.get(shape.format(base=executor.base_url))["seen"]

        assert (seen["method"], seen["path"]) == ("GET", "/v1/things/x")

    def test_parameters_are_sorted_and_sent_in_their_wire_form(self, executor: Executor) -> None:
        params = {
            "q": "*joe+ä&b*",
            "expand": "groups(offset:0,limit:10)",
            "flag": True,
            "off": False,
            "no": None,
        }

        seen = executor.get("/things", params=params)["seen"]

        assert seen["query"] == [
            ["expand", "groups(offset:0,limit:10)"],
            ["flag", "true"],
            ["off", "false"],
            ["q", "*joe+ä&b*"],
        ]
        assert params["flag"] is True

    def test_parameters_are_added_to_those_of_the_href(self, executor: Executor) -> None:
        seen = executor.get("/things?cursor=a%2Bb", params={"limit": 5})["seen"]

        assert seen["query"] == [["cursor", "a+b"], ["limit", "5"]]

    def test_special_characters_of_a_path_are_encoded(self, executor: Executor) -> None:
        seen = executor.get("/customData/a%2Fb c;d/Zoë#fragment")["seen"]

        assert seen["path"] == "/v1/customData/a/b c;d/Zoë"

    def test_data_is_posted_as_json(self, executor: Executor) -> None:
        seen = executor.post("/things", {"name": "Zoë", "none": None}, params={"a": 1})["seen"]

        assert json.loads(seen["body"]) == {"name": "Zoë", "none": None}
        assert (seen["type"], seen["query"]) == ("application/json", [["a", "1"]])

    def test_a_value_that_json_does_not_have_is_not_sent(self, executor: Executor, service: Service) -> None:
        with pytest.raises(ValueError, match="JSON"):
            executor.post("/things", {"x": float("nan")})

        assert service.requests == []

    @pytest.mark.parametrize("data", ["Zoë €", "Zoë €".encode()])
    def test_text_and_bytes_are_sent_unchanged(self, data: str | bytes, executor: Executor) -> None:
        assert executor.request("post", "/things", data=data)["seen"]["body"] == "Zoë €"

    def test_a_mapping_is_sent_as_a_form(self, executor: Executor) -> None:
        data = {"grant_type": "password", "username": "joe+ä@example.com"}

        seen = executor.request("POST", "/things", data=data)["seen"]

        assert seen["type"] == "application/x-www-form-urlencoded"
        assert dict(parse_qsl(seen["body"])) == data

    def test_headers_of_the_call_are_sent(self, executor: Executor) -> None:
        headers = {"Idempotency-Key": "k", "Content-Type": "text/plain"}

        seen = executor.request("POST", "/things", data={"a": 1}, headers=headers)["seen"]

        assert (seen["key"], seen["type"]) == ("k", "text/plain")

    def test_threads_get_their_own_answers(self, executor: Executor) -> None:
        def path_seen(n: int) -> str:
            return str(executor.get(f"/things/{n}")["seen"]["path"])

        with ThreadPoolExecutor(8) as threads:
            seen = list(threads.map(path_seen, range(200)))

        assert seen == [f"/v1/things/{n}" for n in range(200)]


class TestTheBaseUrl:
    @pytest.mark.parametrize(
        "href",
        [
            "https://evil.example.com/v1/things?token=SeCrEt",
            "{base}evil/things",
            "{base}/../admin",
            "{base}/%2e%2e/admin",
            "/../admin",
            "https://[",
        ],
    )
    def test_no_request_is_sent_outside_the_base_url(
        self, href: str, executor: Executor, service: Service
    ) -> None:
        with pytest.raises(Error, match="outside the base URL") as caught:
            executor.get(href.format(base=executor.base_url))

        assert service.requests == []
        assert executor.base_url in str(caught.value)
        assert "SeCrEt" not in str(caught.value)


class TestRedirects:
    @pytest.mark.parametrize("kind", ["absolute", "relative", "rooted"])
    def test_a_redirect_is_followed_with_the_same_parameters(self, kind: str, executor: Executor) -> None:
        seen = executor.get(f"/redirect/{kind}", params={"expand": "accounts"})["seen"]

        assert (seen["path"], seen["query"]) == ("/v1/target", [["expand", "accounts"]])

    def test_a_redirect_with_a_query_replaces_the_parameters(self, executor: Executor) -> None:
        assert executor.get("/redirect/query", params={"b": "1"})["seen"]["query"] == [["b", "2"]]

    def test_a_redirected_post_becomes_a_get_without_a_body(self, executor: Executor) -> None:
        seen = executor.post("/redirect/rooted", {"a": 1}, headers={"Idempotency-Key": "k"})["seen"]

        assert (seen["method"], seen["body"], seen["key"]) == ("GET", "", None)

    @pytest.mark.parametrize("kind", ["out", "beside", "up"])
    def test_a_redirect_outside_the_base_url_is_refused(
        self, kind: str, executor: Executor, service: Service
    ) -> None:
        with pytest.raises(Error, match="outside the base URL") as caught:
            executor.get(f"/redirect/{kind}")

        assert len(service.requests) == 1
        assert "SeCrEt" not in str(caught.value)

    def test_five_redirects_in_a_row_are_followed(self, executor: Executor) -> None:
        assert executor.get("/redirect/4")["seen"]["path"] == "/v1/target"

    @pytest.mark.parametrize("kind", ["5", "circle"])
    def test_six_redirects_in_a_row_are_an_error(
        self, kind: str, executor: Executor, service: Service
    ) -> None:
        with pytest.raises(Error, match="redirects"):
            executor.get(f"/redirect/{kind}")

        assert len(service.requests) == 6


class TestErrors:
    def test_an_error_has_every_attribute_of_its_body(self, executor: Executor) -> None:
        with pytest.raises(Error) as caught:
            executor.get("/taken")

        error = caught.value
        assert (error.status, error.code, error.request_id) == (409, 2001, "from the body")
        assert (error.message, error.user_message) == ("Name 'x' is not unique.", "That name is taken.")
        assert error.more_info == "https://docs.example.com/errors/2001"

    def test_the_request_id_may_come_from_the_header(self, executor: Executor) -> None:
        with pytest.raises(Error, match="gone") as caught:
            executor.get("/short")

        assert (caught.value.status, caught.value.request_id) == (404, "from the header")

    def test_an_error_without_json_names_its_status(self, executor: Executor) -> None:
        with pytest.raises(Error, match="502") as caught:
            executor.post("/html", {})

        assert (caught.value.status, caught.value.code) == (502, -1)

    def test_wrong_credentials_are_refused(self, executor: Executor, service: Service) -> None:
        wrong: Executor
        if isinstance(executor, EmbeddedExecutor):
            wrong = EmbeddedExecutor(service, service.base_url, "ID", "wrong")
        else:
            wrong = HttpExecutor(executor.base_url, Auth(id="ID", secret="wrong").scheme)

        with pytest.raises(Error, match="Who are you") as caught:
            wrong.get("/things")

        wrong.close()
        assert caught.value.status == 401


class TestThrottling:
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_a_throttled_request_is_retried_after_the_time_that_the_service_names(
        self, method: str, executor: Executor, service: Service, slept: list[float]
    ) -> None:
        seen = executor.request(method, "/throttled")["seen"]

        assert seen["method"] == method
        assert (len(service.requests), slept) == (3, [3, 3])

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_a_retry_after_beyond_the_limit_is_an_error_at_once(
        self, method: str, executor: Executor, service: Service, slept: list[float]
    ) -> None:
        with pytest.raises(Error) as refused:
            executor.request(method, "/exhausted")

        assert (refused.value.status, refused.value.retry_after_seconds) == (429, 3412)
        assert (len(service.requests), slept) == (1, [])

    def test_a_post_keeps_its_idempotency_key_and_no_other_post_has_it(
        self, executor: Executor, service: Service, slept: list[float]
    ) -> None:
        executor.post("/throttled", {})
        executor.post("/things", {})
        executor.get("/things")

        first, second, third, other, get = (request["key"] for request in service.requests)
        assert first == second == third
        assert first != other
        assert len(first) == len(other) == 32
        assert get is None


def executor_using(
    way: str, base_url: str, slept: list[float] | None = None, scheme: str = "SAuthc1"
) -> HttpExecutor:
    """Return an executor that prepares requests itself, or one that leaves that to the session."""
    auth = Auth(id="ID", secret="sEcReT", scheme=scheme).scheme
    executor = HttpExecutor(base_url, auth, sleep=([] if slept is None else slept).append)
    if way == "session":
        executor.session.params = {"by": "session"}
    return executor


class TestSockets:
    """Tests for requests over the network only."""

    @pytest.mark.parametrize("way", ["prepared", "session"])
    def test_compressed_answers_are_read(self, way: str) -> None:
        def compressed(path: str, headers: Any) -> tuple[dict[str, str], bytes]:
            assert "gzip" in headers["Accept-Encoding"]
            return {"Content-Encoding": "gzip"}, gzip.compress(json.dumps({"path": path}).encode())

        with echoing(compressed) as server, closing(executor_using(way, server.url)) as executor:
            results = [executor.get("/x"), executor.get("/y")]

        assert [each["path"].partition("?")[0] for each in results] == ["/v1/x", "/v1/y"]
        assert server.connections == 1

    @pytest.mark.parametrize("way", ["prepared", "session"])
    def test_an_answer_that_cannot_be_decompressed_is_retried(self, way: str, slept: list[float]) -> None:
        broken = iter([b"\x1f\x8b\x08 but no more of it", b"{}"])

        def first_broken(path: str, headers: Any) -> tuple[dict[str, str], bytes]:
            content = next(broken, None)
            return ({}, b"{}") if content is None else ({"Content-Encoding": "gzip"}, content)

        with echoing(first_broken) as server, closing(executor_using(way, server.url, slept)) as executor:
            result = executor.get("/x")

        assert result == {"sp_http_status": 200}
        assert len(slept) == 2

    @pytest.mark.parametrize("way", ["prepared", "session"])
    @pytest.mark.parametrize("scheme", ["basic", "SAuthc1"])
    def test_a_netrc_file_does_not_replace_the_credentials(
        self, scheme: str, way: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login other password stolen\n")
        monkeypatch.setenv("NETRC", str(netrc))
        sent: list[str] = []

        def listening(path: str, headers: Any) -> tuple[dict[str, str], bytes]:
            sent.append(headers["Authorization"])
            return {}, b"{}"

        with (
            echoing(listening) as server,
            closing(executor_using(way, server.url, scheme=scheme)) as executor,
        ):
            executor.get("/x")

        assert sent[0].startswith({"basic": "Basic SUQ6c0VjUmVU", "SAuthc1": "SAuthc1 sauthc1Id=ID/"}[scheme])

    def test_threads_open_no_more_than_one_connection_each(self) -> None:
        with echoing() as server, closing(HttpExecutor(server.url, AUTH.scheme)) as executor:

            def paths(thread: int) -> list[str]:
                return [executor.get(f"/{thread}/{n}")["path"] for n in range(25)]

            with ThreadPoolExecutor(32) as threads:
                seen = list(threads.map(paths, range(32)))

        assert seen == [[f"/v1/{thread}/{n}" for n in range(25)] for thread in range(32)]
        assert server.connections <= 32

    def test_a_large_answer_is_read_in_full(self, service: Service, served: str) -> None:
        text = "0123456789abcdef" * 200_000
        service.answer = lambda *_: as_json("200 OK", {"text": text})  # type: ignore[method-assign]
        executor = HttpExecutor(served, AUTH.scheme)

        assert executor.get("/x")["text"] == text
        executor.close()

    def test_a_connection_that_breaks_within_the_body_is_retried(
        self, service: Service, served: str, slept: list[float]
    ) -> None:
        whole = as_json("200 OK", {"name": "x"})
        cut = ("200 OK", {"Content-Length": "1000"}, b'{"name": ')
        answers = iter([cut, whole])
        service.answer = lambda *_: next(answers)  # type: ignore[method-assign]
        executor = HttpExecutor(served, AUTH.scheme, sleep=slept.append)

        assert executor.get("/x") == {"name": "x", "sp_http_status": 200}
        executor.close()
        assert len(slept) == 1

    def test_a_connection_is_reused(self) -> None:
        accepted = []
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

        def serve(server: socket.socket) -> None:
            with suppress(OSError):  # The test closes the socket to end this.
                while True:
                    connection, _ = server.accept()
                    accepted.append(connection)
                    while connection.recv(65536):
                        connection.sendall(answer)
                    connection.close()

        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=serve, args=(server,), daemon=True).start()
            executor = HttpExecutor(f"http://127.0.0.1:{server.getsockname()[1]}", AUTH.scheme)
            results = [executor.get("/x"), executor.get("/y"), executor.post("/z", {})]
            executor.close()

        assert results == [{"sp_http_status": 200}] * 3
        assert len(accepted) == 1

    def test_a_service_that_does_not_answer_is_an_error_after_the_timeout(
        self, service: Service, served: str
    ) -> None:
        release = threading.Event()
        service.answer = lambda *_: (release.wait(5), as_json("200 OK", {}))[1]  # type: ignore[method-assign]
        executor = HttpExecutor(served, AUTH.scheme, timeout=0.05, sleep=lambda seconds: None)

        with pytest.raises(Error, match=r"cannot be reached.*timed out") as caught:
            executor.get("/x")

        release.set()
        executor.close()
        assert caught.value.status == -1

    def test_the_error_of_a_closed_port_names_it_in_one_line(self) -> None:
        executor = HttpExecutor("http://127.0.0.1:1/v1", AUTH.scheme, sleep=lambda seconds: None)

        with pytest.raises(Error) as caught:
            executor.get("/x")

        assert str(caught.value) == "http://127.0.0.1:1/v1 cannot be reached: Connection refused"


class TestEmbeddedApp:
    """Tests for embedded apps only."""

    def executor(self, app: Any) -> EmbeddedExecutor:
        return EmbeddedExecutor(app, "https://id.example.com/v1", "ID", "sEcReT", "App/1")

    def test_the_app_gets_a_complete_environ(self) -> None:
        seen: dict[str, Any] = {}

        def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
            seen.update(environ, body=environ["wsgi.input"].read())
            start_response("200 OK", [])
            return [b"{}"]

        self.executor(app).post("/a%2Fb", {}, params={"q": "x y"})

        expected = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/v1/a/b",
            "QUERY_STRING": "q=x+y",
            "RAW_URI": "/v1/a%2Fb?q=x+y",
            "SERVER_NAME": "id.example.com",
            "SERVER_PORT": "443",
            "HTTP_HOST": "id.example.com",
            "HTTP_USER_AGENT": "App/1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": "2",
            "wsgi.url_scheme": "https",
            "body": b"{}",
        }
        assert expected.items() <= seen.items()

    def test_an_app_may_use_write_and_its_body_is_closed(self) -> None:
        class Body(list[bytes]):
            closed = False

            def close(self) -> None:
                self.closed = True

        body = Body([b"1}"])

        def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            start_response("200 OK", [])(b'{"a": ')
            return body

        assert self.executor(app).get("/x")["a"] == 1
        assert body.closed

    def test_a_failure_of_the_app_is_an_error_and_not_retried(self) -> None:
        asked = []

        def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            asked.append(environ)
            if len(asked) == 1:
                raise KeyError("bug")
            start_response("500 Internal Server Error", [])
            return [b""]

        for expected in ("bug", "500"):
            with pytest.raises(Error, match=expected):
                self.executor(app).get("/x")

        assert len(asked) == 2
