"""``stormpath serve``: start, requests, logs and end."""

import contextlib
import json
import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest
import requests

from stormpath import Client
from support import databases
from support.command import SECONDS, assert_refused, in_this_process, stormpath
from support.ports import free_port
from support.served import eventually, is_gone


@pytest.fixture
def key(initialized_sqlite_url):
    """Id and secret of an API key."""
    with Client(database=initialized_sqlite_url) as client:
        return client.auth.id, client.auth.secret


@pytest.mark.usefixtures("started_by_python")
class TestStart:
    def test_the_first_line_names_the_address_once_the_service_answers(self, serve, initialized_database_url):
        service = serve(initialized_database_url)

        answer = requests.get(f"{service.origin}/health", timeout=SECONDS)

        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert service.base_url == f"http://localhost:{service.port}/v1"

    @pytest.mark.parametrize(
        ("options", "where"),
        [
            ([], "http://localhost:{port}/"),
            (["--base-url", "https://id.example.com/users/v1/"], "https://id.example.com/"),
            (["--base-url", "https://id.example.com"], "https://id.example.com/console"),
            (["--no-console"], None),
        ],
    )
    def test_the_first_line_names_the_console(self, serve, initialized_sqlite_url, options, where):
        service = serve(initialized_sqlite_url, *options)

        named = re.findall(r" The Admin Console is at (\S+)\. ", service.first_line)

        assert named == ([] if where is None else [where.format(port=service.port)])

    def test_hrefs_begin_with_the_address_it_is_bound_to(self, serve, initialized_sqlite_url, key):
        service = serve(initialized_sqlite_url, "--bind", f"127.0.0.2:{free_port()}")

        answer = requests.get(f"{service.origin}/v1/directories", auth=key, timeout=SECONDS)

        assert answer.json()["href"].startswith(f"http://127.0.0.2:{service.port}/v1/")

    @pytest.mark.parametrize("as_option", [True, False])
    def test_hrefs_begin_with_the_base_url_it_is_given(self, serve, initialized_sqlite_url, key, as_option):
        given = "https://id.example.com/users/v1/"
        options = ["--base-url", given] if as_option else []
        variable = "https://other.example.com/v1" if as_option else given
        service = serve(initialized_sqlite_url, *options, STORMPATH_BASE_URL=variable)

        answer = requests.get(f"{service.origin}/users/v1/directories", auth=key, timeout=SECONDS)

        assert answer.json()["href"].startswith("https://id.example.com/users/v1/")

    def test_a_client_reads_through_it_what_another_wrote_in_process(
        self, serve, initialized_sqlite_url, key
    ):
        service = serve(initialized_sqlite_url)
        key_id, secret = key

        with (
            Client(database=initialized_sqlite_url, base_url=service.base_url) as embedded,
            Client(service.base_url, id=key_id, secret=secret) as served,
        ):
            made = embedded.applications.create({"name": "Made in process"})
            assert served.applications.get(made.href).name == "Made in process"

    def test_the_database_s_password_is_in_no_process_list(self, serve, initialized_postgresql_url):
        password = re.search(r"://\w+:(.+)@", initialized_postgresql_url)[1]
        service = serve(initialized_postgresql_url)

        for each in (service.process.pid, *service.workers()):
            assert password not in Path(f"/proc/{each}/cmdline").read_text()


class TestRefusedOptions:
    @pytest.mark.parametrize("server", ["ours", "somebody else's"])
    def test_a_port_in_use_is_refused(self, serve, initialized_sqlite_url, server):
        with socket.socket() as other:
            if server == "ours":
                port = serve(initialized_sqlite_url).port
            else:
                other.bind(("127.0.0.1", 0))
                other.listen()
                port = other.getsockname()[1]

            done = stormpath("serve", "--database", initialized_sqlite_url, "--bind", f"127.0.0.1:{port}")

        assert_refused(done, f"127.0.0.1:{port} is in use", "--bind")

    @pytest.mark.parametrize(
        ("options", "word"),
        [
            (["--bind", "8080"], "127.0.0.1:8080"),
            (["--bind", "192.0.2.1:8080"], "no address of this machine"),
            (["--bind", "nowhere.invalid:8080"], "no address of this machine"),
            (["--workers", "0"], "--workers"),
            (["--base-url", "id.example.com"], "https://id.example.com/v1"),
            (["--base-url", "ftp://id.example.com/v1"], "https://id.example.com/v1"),
            (["--base-url", "https://joe:hunter2@id.example.com/v1"], "https://id.example.com/v1"),
        ],
    )
    def test_an_invalid_option_is_refused(self, initialized_sqlite_url, options, word):
        done = in_this_process("serve", "--database", initialized_sqlite_url, *options)

        assert_refused(done, word)
        assert "hunter2" not in done.stderr


class TestStop:
    @pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_stops_the_service_with_status_0(self, serve, initialized_database_url, how):
        service = serve(initialized_database_url)
        workers = service.workers()

        assert service.stops(how) == (0, "")

        assert all(is_gone(each) for each in workers)

    def test_ctrl_c_stops_all_processes_with_status_0(self, serve, initialized_sqlite_url):
        service = serve(initialized_sqlite_url, "--workers", "2")

        os.killpg(service.process.pid, signal.SIGINT)

        assert service.process.communicate(timeout=SECONDS)[1] == ""
        assert service.process.returncode == 0

    def test_a_request_that_has_begun_is_answered_first(self, serve, initialized_sqlite_url, key):
        service = serve(initialized_sqlite_url)
        body = json.dumps({"name": "Begun before the end"}).encode()
        request = requests.Request("POST", f"{service.origin}/v1/applications", data=body, auth=key).prepare()
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        start = f"POST /v1/applications HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{head}\r\n"

        with service.connects() as connection:
            connection.sendall(start.encode() + body[:5])
            time.sleep(0.2)
            service.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            connection.sendall(body[5:])
            answer = connection.makefile("rb").read()

        assert answer.startswith(b"HTTP/1.1 201 ")
        assert service.process.wait(SECONDS) == 0

    def test_an_idle_connection_does_not_delay_the_end(self, serve, initialized_sqlite_url):
        service = serve(initialized_sqlite_url)

        with requests.Session() as session:
            session.get(f"{service.origin}/health", timeout=SECONDS)
            began = time.monotonic()
            status, _ = service.stops()

        assert status == 0
        assert time.monotonic() - began < 5

    def test_workers_exit_when_the_main_process_is_killed(self, serve, initialized_sqlite_url):
        service = serve(initialized_sqlite_url, "--workers", "2")
        workers = service.workers()
        assert len(workers) == 2

        service.process.kill()

        eventually(lambda: all(is_gone(each) for each in workers))

    def test_a_worker_that_dies_is_replaced(self, serve, initialized_sqlite_url):
        service = serve(initialized_sqlite_url)
        [worker] = service.workers()

        os.kill(worker, signal.SIGKILL)

        eventually(lambda: service.workers() not in ([], [worker]))
        eventually(lambda: is_healthy(service))


def is_healthy(service):
    try:
        return requests.get(f"{service.origin}/health", timeout=SECONDS).ok
    except requests.ConnectionError:
        return False


class TestRequests:
    def test_idle_connections_do_not_block_other_clients(self, serve, initialized_sqlite_url):
        service = serve(initialized_sqlite_url)

        with contextlib.ExitStack() as connections:
            for _ in range(200):
                idle = connections.enter_context(service.connects())
                idle.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                assert idle.recv(1000).startswith(b"HTTP/1.1 200 ")

            assert is_healthy(service)

    def test_several_workers_share_the_work(self, serve, initialized_database_url):
        service = serve(initialized_database_url, "--workers", "2")

        assert len(service.workers()) == 2
        assert all(is_healthy(service) for _ in range(10))

    def test_a_body_sent_in_chunks_is_read_as_one(self, serve, initialized_sqlite_url, key):
        service = serve(initialized_sqlite_url)
        pieces = iter([b'{"name": "In', b' pieces"}'])

        answer = requests.post(
            f"{service.origin}/v1/applications",
            data=pieces,
            auth=key,
            headers={"Content-Type": "application/json"},
            timeout=SECONDS,
        )

        assert (answer.status_code, answer.json()["name"]) == (201, "In pieces")


class TestLog:
    def ask(self, service, key):
        url = f"{service.origin}/v1/accounts?email=joe@example.com"
        assert requests.get(url, auth=key, timeout=SECONDS).ok

    def test_requests_are_not_logged_unless_asked_for(self, serve, initialized_sqlite_url, key):
        service = serve(initialized_sqlite_url)

        self.ask(service, key)

        assert service.stops() == (0, "")

    def test_a_logged_request_shows_neither_credentials_nor_values(self, serve, initialized_sqlite_url, key):
        service = serve(initialized_sqlite_url, "--access-log")

        self.ask(service, key)

        # The log is written some time after the answer, and so are the service's own health checks.
        line = next(each for each in service.process.stderr if " ms " in each and "/health" not in each)
        assert re.search(r'127\.0\.0\.1 "GET /v1/accounts" 200 [\d.]+ ms [\da-f-]{36}\n$', line)
        assert "joe" not in line
        assert "Basic" not in line

    @pytest.mark.parametrize(
        "path",
        [
            "/accounts/emailVerificationTokens/",
            "/applications/4Q/passwordResetTokens/",
            "/applications/4Q//passwordResetTokens//",
            "/applications/4Q/%70asswordResetTokens/",
        ],
    )
    def test_a_logged_request_shows_no_token(self, serve, initialized_sqlite_url, key, path):
        service = serve(initialized_sqlite_url, "--access-log")

        requests.post(f"{service.base_url}{path}eyJ0b2tlbiI6MX0.abc-_", auth=key, timeout=SECONDS)

        line = next(each for each in service.process.stderr if " ms " in each and "/health" not in each)
        assert re.search(r" ms [\da-f-]{36}\n$", line)
        assert "Tokens/" in line
        assert "***" in line
        assert "eyJ0b2tlbiI6MX0" not in line


def test_the_service_serves_what_clients_of_another_process_created(serve, tmp_path):
    url = databases.sqlite_url(tmp_path)
    done = stormpath("init", "--database", url, "--api-key-file", "apiKey.properties", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    service = serve(url)

    with Client(service.base_url, api_key_file_location=tmp_path / "apiKey.properties") as client:
        assert client.tenant.name in done.stdout
