"""The HTTP executor without sockets: its use of the session, retries and timeouts."""

import platform
from collections.abc import Iterator
from typing import Any, ClassVar
from unittest import mock

import pytest
import requests
import responses

import stormpath
from stormpath.auth import Auth
from stormpath.error import Error
from stormpath.http import HttpExecutor

BASE = "https://id.example.com/v1"
AUTH = Auth(id="ID", secret="sEcReT")
ACCOUNT = {"href": f"{BASE}/accounts/x", "email": "joe@example.com"}


class Clock:
    """Records the sleeps without waiting."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def executor(clock: Clock) -> HttpExecutor:
    return HttpExecutor(BASE, AUTH.scheme, sleep=clock.sleep)


@pytest.fixture
def service() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as service:
        yield service


class StubSession:
    """A replacement of the session, as applications write it: one method."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def request(self, *args: Any, **kwargs: Any) -> Any:
        self.calls.append((args, kwargs))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def answer(status: int = 200, json: Any = None, text: str | None = None) -> Any:
    parts = {"status_code": status, "headers": {}, "text": "{}" if text is None else text}
    return mock.Mock(
        **parts, json=mock.Mock(return_value=json), spec=["status_code", "headers", "text", "json", "content"]
    )


class TestTheSession:
    def test_the_session_has_the_default_headers(self, executor: HttpExecutor) -> None:
        assert isinstance(executor.session, requests.Session)
        assert executor.session.headers["Accept"] == "application/json"
        assert executor.session.headers["Content-Type"] == "application/json"
        assert executor.session.headers["User-Agent"] == executor.USER_AGENT

    def test_a_trailing_slash_of_the_base_url_is_dropped(self) -> None:
        assert HttpExecutor(BASE + "/", AUTH.scheme).base_url == BASE

    @pytest.mark.parametrize("base_url", ["", "id.example.com/v1", "ftp://id.example.com/v1"])
    def test_a_base_url_that_is_not_http_is_refused(self, base_url: str) -> None:
        with pytest.raises(ValueError, match="http://"):
            HttpExecutor(base_url, AUTH.scheme)

    def test_proxies_are_set_on_the_session(self) -> None:
        proxies = {"https": "http://proxy:3128"}

        assert HttpExecutor(BASE, AUTH.scheme, proxies=proxies).session.proxies == proxies
        assert HttpExecutor(BASE, AUTH.scheme).session.proxies == {}

    def test_the_user_agent_names_sdk_python_and_system(self) -> None:
        made = HttpExecutor(BASE, AUTH.scheme)
        own = made.USER_AGENT

        assert own.startswith(
            f"stormpath-sdk-python/{stormpath.__version__} python/{platform.python_version()} "
        )
        assert own.endswith(f" {platform.system()}/{next(iter(made.os_versions.values()))} ({made.os_info})")
        assert (made.os_info, list(made.os_versions)) == (platform.platform(), [platform.system()])
        assert f"App/1 {own}" == HttpExecutor(BASE, AUTH.scheme, user_agent="App/1").USER_AGENT

    def test_a_replaced_session_gets_the_documented_call(self, executor: HttpExecutor) -> None:
        session = executor.session = StubSession(answer(json=dict(ACCOUNT)))  # type: ignore[assignment]

        result = executor.get("/accounts/x", params={"limit": 5, "expand": "groups", "flag": True})

        assert result == {**ACCOUNT, "sp_http_status": 200}
        assert session.calls == [
            (
                ("GET", f"{BASE}/accounts/x"),
                {
                    "data": None,
                    "params": {"expand": "groups", "flag": "true", "limit": 5},
                    "headers": None,
                    "allow_redirects": False,
                },
            )
        ]

    def test_a_replaced_session_gets_the_body_as_text(self, executor: HttpExecutor) -> None:
        session = executor.session = StubSession(answer(201, {}))  # type: ignore[assignment]

        executor.post("/accounts", {"given_name": "Zoë"})

        assert session.calls[0][1]["data"] == '{"given_name": "Zo\\u00eb"}'

    def test_a_replaced_method_gets_the_documented_call(self, executor: HttpExecutor) -> None:
        stub = StubSession(answer(json={}))

        with mock.patch.object(executor.session, "request", stub.request):
            executor.delete("/accounts/x")

        assert stub.calls == [
            (
                ("DELETE", f"{BASE}/accounts/x"),
                {"data": None, "params": None, "headers": None, "allow_redirects": False},
            )
        ]

    def test_a_method_patched_for_all_sessions_is_called(self, executor: HttpExecutor) -> None:
        with mock.patch("requests.Session.request", return_value=answer(json={"patched": True})) as request:
            assert executor.get("/accounts/x")["patched"]

        assert request.call_args.kwargs["timeout"] == (10, 60)

    def test_hooks_of_the_session_are_called(
        self, executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        service.get(f"{BASE}/accounts/x", json=ACCOUNT)
        seen = []
        executor.session.hooks["response"].append(lambda response, **_: seen.append(response.status_code))

        executor.get("/accounts/x")

        assert seen == [200]

    def test_parameters_cookies_and_credentials_of_the_session_are_sent(
        self, executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        service.get(f"{BASE}/accounts/x", json=ACCOUNT)
        changes = [
            lambda session: session.params.update(team="a"),
            lambda session: session.cookies.set("node", "7"),
            lambda session: setattr(session, "auth", ("other", "key")),
        ]
        for change in changes:
            executor.session = HttpExecutor(BASE, AUTH.scheme).session
            change(executor.session)
            executor.get("/accounts/x")

        with_params, with_cookie, with_auth = (call.request for call in service.calls)
        assert str(with_params.url).endswith("?team=a")
        assert with_cookie.headers["Cookie"] == "node=7"
        assert with_auth.headers["Authorization"] == "Basic b3RoZXI6a2V5"

    def test_a_mounted_adapter_gets_the_request_that_requests_prepares(
        self, executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        class Own(requests.adapters.HTTPAdapter):
            kinds: ClassVar[list[object]] = []

            def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
                # Session.request gives every request a cookie jar; the shorter way does not.
                self.kinds.append(type(request._cookies))  # type: ignore[attr-defined]
                return super().send(request, *args, **kwargs)

        service.get(f"{BASE}/accounts/x", json=ACCOUNT)
        executor.session.mount("https://", Own())

        executor.get("/accounts/x")

        assert Own.kinds == [requests.cookies.RequestsCookieJar]


class TestRequests:
    def test_a_request_is_signed(self, executor: HttpExecutor, service: responses.RequestsMock) -> None:
        service.get(f"{BASE}/accounts/x", json=ACCOUNT)

        executor.get("/accounts/x")

        sent = service.calls[0].request.headers
        assert sent["Authorization"].startswith("SAuthc1 sauthc1Id=ID/")
        assert "sEcReT" not in str(sent)

    def test_headers_of_the_session_and_of_the_call_are_sent(
        self, executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        service.post(f"{BASE}/accounts", json=ACCOUNT, status=201)
        executor.session.headers["X-Team"] = "a"

        executor.post("/accounts", {}, headers={"Idempotency-Key": "1", "accept": "text/plain"})

        sent = service.calls[0].request.headers
        assert (sent["X-Team"], sent["Idempotency-Key"], sent["Accept"]) == ("a", "1", "text/plain")
        assert sent["Content-Length"] == "2"

    def test_environment_settings_are_read_once(
        self, executor: HttpExecutor, service: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        service.get(f"{BASE}/accounts/x", json=ACCOUNT)
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/some/bundle.pem")
        executor.get("/accounts/x")
        monkeypatch.delenv("HTTPS_PROXY")

        executor.get("/accounts/x")

        for call in service.calls:
            assert call.request.req_kwargs["proxies"]["https"] == "http://proxy:3128"
            assert call.request.req_kwargs["verify"] == "/some/bundle.pem"

    def test_the_second_request_does_not_read_the_environment(
        self, executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        class Counted(dict[str, str]):
            looks = 0

            def __getitem__(self, name: str) -> str:
                type(self).looks += 1
                return super().__getitem__(name)

            def get(self, name: str, default: Any = None) -> Any:
                type(self).looks += 1
                return super().get(name, default)

            def items(self) -> Any:
                type(self).looks += 1
                return super().items()

            def __iter__(self) -> Iterator[str]:
                type(self).looks += 1
                return super().__iter__()

            def __contains__(self, name: object) -> bool:
                type(self).looks += 1
                return super().__contains__(name)

        service.get(f"{BASE}/accounts/x", json=ACCOUNT)
        environ = Counted(HTTPS_PROXY="http://proxy:3128", NO_PROXY="id.example.com", HOME="/nowhere")

        with mock.patch("os.environ", environ):
            executor.get("/accounts/x")
            first = Counted.looks
            executor.get("/accounts/x")

        assert first > 0
        assert Counted.looks == first
        assert not service.calls[1].request.req_kwargs["proxies"]

    def test_later_changes_of_the_session_take_effect(
        self, executor: HttpExecutor, service: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # In requests, these variables override the session's own setting.
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
        service.get(f"{BASE}/accounts/x", json=ACCOUNT)
        executor.get("/accounts/x")
        executor.session.proxies["https"] = "http://proxy:3128"
        executor.session.verify = "/own.pem"
        executor.timeout = 5

        executor.get("/accounts/x")

        settings = service.calls[1].request.req_kwargs
        assert settings["proxies"]["https"] == "http://proxy:3128"
        assert (settings["verify"], settings["timeout"]) == ("/own.pem", 5)

    def test_every_request_has_a_timeout(
        self, executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        service.get(f"{BASE}/accounts/x", json=ACCOUNT)

        executor.get("/accounts/x")

        assert service.calls[0].request.req_kwargs["timeout"] == (10, 60)

    @pytest.mark.parametrize(
        "address", ["https://api.stormpath.com/v1", "https://enterprise.stormpath.io/v1"]
    )
    def test_no_request_is_sent_to_the_closed_service(
        self, address: str, service: responses.RequestsMock
    ) -> None:
        with pytest.raises(Error, match=r"sqlite:///users\.db"):
            HttpExecutor(address, AUTH.scheme).get("/tenants/current")

        assert len(service.calls) == 0


class TestRetries:
    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_request_is_retried_four_times_and_then_raises_the_last_answer(
        self, method: str, status: int, executor: HttpExecutor, service: responses.RequestsMock, clock: Clock
    ) -> None:
        service.add(method, f"{BASE}/accounts/x", status=status, json={"status": status, "code": status})

        with pytest.raises(Error) as caught:
            executor.request(method, "/accounts/x")

        assert caught.value.status == status
        assert len(service.calls) == 5
        assert [round(seconds) for seconds in clock.slept] in ([1, 1, 2, 4], [1, 1, 2, 5])

    def test_a_broken_connection_is_retried(
        self, executor: HttpExecutor, service: responses.RequestsMock, clock: Clock
    ) -> None:
        service.get(f"{BASE}/accounts/x", body=requests.ConnectionError("reset"))
        service.get(f"{BASE}/accounts/x", json=ACCOUNT)

        assert executor.get("/accounts/x")["email"] == "joe@example.com"
        assert len(clock.slept) == 1

    def test_every_try_has_a_new_signature(
        self, executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        service.get(f"{BASE}/accounts/x", status=503)
        service.get(f"{BASE}/accounts/x", json=ACCOUNT)

        executor.get("/accounts/x")

        first, second = (call.request.headers["Authorization"] for call in service.calls)
        assert first != second

    @pytest.mark.parametrize("failure", [{"status": 503}, {"body": requests.ConnectionError("reset")}])
    def test_a_post_is_retried_with_the_same_idempotency_key(
        self, failure: dict[str, Any], executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        service.post(f"{BASE}/accounts", **failure)
        service.post(f"{BASE}/accounts", status=201, json=ACCOUNT)

        executor.post("/accounts", {})

        first, second = (call.request.headers["Idempotency-Key"] for call in service.calls)
        assert len(first) >= 32
        assert first == second

    def test_every_post_has_its_own_idempotency_key(
        self, executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        service.post(f"{BASE}/accounts", status=201, json=ACCOUNT)

        executor.post("/accounts", {})
        executor.post("/accounts", {})

        assert len({call.request.headers["Idempotency-Key"] for call in service.calls}) == 2

    def test_other_methods_have_no_idempotency_key(
        self, executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        service.get(f"{BASE}/accounts/x", json=ACCOUNT)
        service.delete(f"{BASE}/accounts/x", status=204)

        executor.get("/accounts/x")
        executor.delete("/accounts/x")

        assert all("Idempotency-Key" not in call.request.headers for call in service.calls)

    def test_a_throttled_post_is_retried(
        self, executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        service.post(f"{BASE}/accounts", status=429)
        service.post(f"{BASE}/accounts", status=201, json=ACCOUNT)

        assert executor.post("/accounts", {})["sp_http_status"] == 201

    def test_a_post_keeps_the_idempotency_key_of_its_caller(
        self, executor: HttpExecutor, service: responses.RequestsMock
    ) -> None:
        service.post(f"{BASE}/accounts", body=requests.ConnectionError("reset"))
        service.post(f"{BASE}/accounts", status=503)
        service.post(f"{BASE}/accounts", status=201, json=ACCOUNT)

        assert executor.post("/accounts", {}, headers={"idempotency-key": "1"})["sp_http_status"] == 201
        assert [call.request.headers["Idempotency-Key"] for call in service.calls] == ["1", "1", "1"]

    @pytest.mark.parametrize("status", [400, 401, 404, 409])
    def test_a_client_error_is_not_retried(
        self, status: int, executor: HttpExecutor, service: responses.RequestsMock, clock: Clock
    ) -> None:
        service.get(f"{BASE}/accounts/x", status=status)

        with pytest.raises(Error):
            executor.get("/accounts/x")

        assert (len(service.calls), clock.slept) == (1, [])

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(("asked", "slept"), [("3", 3), (" 7 ", 7), ("1.5", 1.5), ("20", 20)])
    def test_a_retry_after_in_seconds_is_waited_for(
        self,
        asked: str,
        slept: float,
        status: int,
        executor: HttpExecutor,
        service: responses.RequestsMock,
        clock: Clock,
    ) -> None:
        service.get(f"{BASE}/accounts/x", status=status, headers={"Retry-After": asked})
        service.get(f"{BASE}/accounts/x", json=ACCOUNT)

        executor.get("/accounts/x")

        assert clock.slept == [slept]

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(
        ("date", "slept"),
        [
            ("Wed, 21 Oct 2026 07:28:09 GMT", 9),
            ("Wed, 21 Oct 2026 07:28:20 GMT", 20),
            ("Wed, 21 Oct 2026 07:27:00 GMT", 0.25),
            ("soon", 0.25),
        ],
    )
    def test_a_retry_after_date_is_waited_for(
        self,
        date: str,
        slept: float,
        status: int,
        service: responses.RequestsMock,
        clock: Clock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("stormpath.executor.time.time", lambda: 1792567680.0)
        service.get(f"{BASE}/x/y", status=status, headers={"Retry-After": date})
        service.get(f"{BASE}/x/y", json={})
        executor = HttpExecutor(BASE, AUTH.basic, get_delay=lambda retries: 250, sleep=clock.sleep)

        executor.get("/x/y")

        assert clock.slept == [slept]

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("asked", ["21", "3600", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
    def test_a_retry_after_beyond_twenty_seconds_is_not_waited_for(
        self,
        asked: str,
        status: int,
        executor: HttpExecutor,
        service: responses.RequestsMock,
        clock: Clock,
    ) -> None:
        service.get(f"{BASE}/accounts/x", status=status, headers={"Retry-After": asked})

        with pytest.raises(Error) as refused:
            executor.get("/accounts/x")

        assert refused.value.status == status
        assert (len(service.calls), clock.slept) == (1, [])

    def test_the_callers_backoff_strategy_replaces_the_delay(
        self, service: responses.RequestsMock, clock: Clock
    ) -> None:
        service.get(f"{BASE}/x/y", status=503)
        executor = HttpExecutor(BASE, AUTH.scheme, get_delay=lambda n: 10 ** (n + 2), sleep=clock.sleep)

        with pytest.raises(Error):
            executor.get("/x/y")

        assert clock.slept == [0.1, 1, 10, 20]

    def test_the_older_public_methods_work(self, executor: HttpExecutor, clock: Clock) -> None:
        assert executor.is_throttling_or_unexpected_error(requests.ConnectionError())
        assert executor.is_throttling_or_unexpected_error(429)
        assert not executor.is_throttling_or_unexpected_error(404)
        assert executor.should_retry(3, 503)
        assert not executor.should_retry(4, 503)
        executor.pause_exponentially(10)
        assert clock.slept == [20]

    def test_a_failure_that_is_not_the_networks_is_not_retried(
        self, executor: HttpExecutor, clock: Clock
    ) -> None:
        executor.session = StubSession(KeyError("bug"))  # type: ignore[assignment]

        with pytest.raises(Error, match="bug"):
            executor.get("/accounts/x")

        assert clock.slept == []


class TestAnUnreachableService:
    def test_the_error_names_the_service_in_one_line(self, clock: Clock) -> None:
        cause = OSError(111, "Connection refused")
        failure = requests.ConnectionError("HTTPConnectionPool(...) with url: /v1/tokens/SeCrEt")
        failure.__cause__ = cause
        executor = HttpExecutor("http://joe:pw@localhost:1/v1", AUTH.scheme, sleep=clock.sleep)
        executor.session = StubSession(*[failure] * 5)  # type: ignore[assignment]

        with pytest.raises(Error) as caught:
            executor.get("/tokens/SeCrEt?key=1")

        assert str(caught.value) == "http://localhost:1/v1 cannot be reached: Connection refused"
        assert caught.value.status == -1
        assert caught.value.__cause__ is failure

    def test_the_repr_shows_the_base_url_without_credentials(self) -> None:
        assert repr(HttpExecutor("http://joe:pw@localhost:1/v1", AUTH.scheme)) == (
            "HttpExecutor('http://localhost:1/v1')"
        )


class TestStubResponses:
    def test_a_body_that_is_not_json_is_a_file(self, executor: HttpExecutor) -> None:
        reply = answer(text="<xml/>")
        reply.json.side_effect = ValueError
        reply.content = b"<xml/>"
        reply.headers = {"Content-Disposition": 'attachment; filename="metadata.xml"'}

        assert executor.return_response(reply) == {"content": b"<xml/>", "filename": "metadata.xml"}

    def test_an_empty_text_is_an_empty_dictionary(self, executor: HttpExecutor) -> None:
        assert executor.return_response(answer(text="")) == {}

    def test_raise_error_reads_the_error_body(self, executor: HttpExecutor) -> None:
        with pytest.raises(Error) as caught:
            executor.raise_error(answer(409, {"developerMessage": "taken", "code": 2001}))

        assert (caught.value.status, caught.value.code, caught.value.message) == (409, 2001, "taken")
