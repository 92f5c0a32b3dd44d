"""The direct pool of the HTTP executor: its use instead of an adapter, and the same failures as with one."""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import requests
from requests.adapters import HTTPAdapter

from stormpath.auth import Auth
from stormpath.error import Error
from stormpath.http import HttpExecutor
from support.certificates import self_signed
from support.echo_server import echoing
from support.ports import free_port

AUTH = Auth(id="id", secret="secret", scheme="basic")
PATH = {"path": "/v1/accounts/x", "sp_http_status": 200}


def new_executor(url: str, **options: Any) -> HttpExecutor:
    return HttpExecutor(url, AUTH.scheme, sleep=lambda seconds: None, **options)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a key, and a certificate for 127.0.0.1 that it signed itself."""
    return self_signed(tmp_path)


class TestUse:
    def test_the_direct_pool_is_used_by_default(self) -> None:
        with echoing() as server, mock.patch("requests.adapters.HTTPAdapter.build_response") as built:
            executor = new_executor(server.url)

            assert executor.get("/accounts/x") == PATH

        assert not built.called

    @pytest.mark.parametrize("where", ["class", "instance"])
    def test_a_replaced_send_is_called(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with echoing() as server:
            executor = new_executor(server.url)
            executor.get("/accounts/x")
            sent = []
            adapter = executor.session.adapters["http://"]
            send = HTTPAdapter.send

            def note(*arguments: Any, **options: Any) -> requests.Response:
                sent.append(arguments)
                adapters = () if where == "class" else (adapter,)
                return send(*adapters, *arguments, **options)  # type: ignore[arg-type]  # as it was called

            with monkeypatch.context() as patch:
                patch.setattr(HTTPAdapter if where == "class" else adapter, "send", note)
                assert executor.get("/accounts/x") == PATH
            assert executor.get("/accounts/x") == PATH

        assert len(sent) == 1

    def test_a_mounted_adapter_with_retries_sends_itself(self) -> None:
        executor = new_executor(f"http://127.0.0.1:{free_port()}/v1", timeout=1)
        executor.session.mount("http://", HTTPAdapter(max_retries=2))

        with pytest.raises(requests.ConnectionError, match="Max retries exceeded"):
            executor._send("GET", f"{executor.base_url}/accounts/x", None, None, None)

    def test_a_request_with_a_proxy_goes_through_it(self) -> None:
        with echoing() as proxy:
            executor = new_executor("http://id.example.com/v1", proxies={"http": proxy.url})

            assert executor.get("/accounts/x")["path"] == "http://id.example.com/v1/accounts/x"

    def test_closing_the_executor_closes_its_connections(self) -> None:
        with echoing() as server:
            executor = new_executor(server.url)
            executor.get("/accounts/x")
            executor.close()

            with pytest.raises(Error, match="client is closed"):
                executor.get("/accounts/x")
            assert server.connections == 1

    def test_changed_settings_of_the_session_take_effect(
        self, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # These variables override the session's own setting.
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with echoing(context=context) as server:
            executor = new_executor(server.url)
            with pytest.raises(requests.exceptions.SSLError):
                executor._send("GET", f"{server.url}/accounts/x", None, None, None)

            executor.session.verify = str(certificate)

            assert executor.get("/accounts/x") == PATH


class TestFailures:
    """Failures are exceptions of requests, which the executor retries and reports as usual."""

    def kind_of(self, executor: HttpExecutor) -> type[Exception]:
        with pytest.raises(requests.RequestException) as caught:
            executor._send("GET", f"{executor.base_url}/accounts/x", None, None, None)
        assert caught.value.__cause__ is not None
        return caught.type

    def test_a_closed_port_is_a_connection_error(self) -> None:
        executor = new_executor(f"http://127.0.0.1:{free_port()}/v1")

        assert self.kind_of(executor) is requests.ConnectionError

    @pytest.mark.parametrize("timeout", [0.05, (5, 0.05)])
    def test_a_missing_answer_is_a_read_timeout(self, timeout: float | tuple[float, float]) -> None:
        def late(path: str, headers: Any) -> tuple[dict[str, str], bytes]:
            time.sleep(1)
            return {}, b"{}"

        with echoing(late) as server:
            assert self.kind_of(new_executor(server.url, timeout=timeout)) is requests.ReadTimeout

    @pytest.mark.parametrize(
        ("headers", "content", "kind"),
        [
            ({"Content-Encoding": "gzip"}, b"not gzip", requests.exceptions.ContentDecodingError),
            ({"Content-Length": "100", "Connection": "close"}, b"{", requests.ConnectionError),
        ],
        ids=["not gzip", "half an answer"],
    )
    def test_a_broken_answer_has_the_exception_of_requests(
        self, headers: dict[str, str], content: bytes, kind: type[Exception]
    ) -> None:
        with echoing(lambda path, received: (headers, content)) as server:
            assert self.kind_of(new_executor(server.url, timeout=2)) is kind
