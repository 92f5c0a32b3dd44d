"""The safety of the pages: they reveal no token, password or account, whatever is sent to them."""

import base64
import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.calls import Answer, Api
from service.page_parser import (
    FORM,
    PAGES,
    RESET,
    VERIFICATION,
    ParsedPage,
    application_with_reset_token,
    open_page,
    submit,
    submit_password,
    unverified_account,
)
from stormpath.server import app, parts
from stormpath.server.app import Service, open_service
from stormpath.server.security.passwords import HashGate, InsecureForTests
from stormpath.server.storage import engines

pytestmark = pytest.mark.either_database

HOSTILE = "\"'><script>alert(1)</script>&amp;{title}${x}"

# One tenant and one token serve all examples: none of them may spend it.
of_one_api = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(
    params=["asking", "asking twice", "done", "differing", "weak", "lost", "deleting", "json", "huge"]
)
def answer(request: pytest.FixtureRequest, api: Api) -> Answer:
    """An answer of each kind."""
    _, token = application_with_reset_token(api)
    kinds: dict[str, Callable[[], Answer]] = {
        "asking": lambda: open_page(api, VERIFICATION, unverified_account(api, application="Bridge")[1]),
        "asking twice": lambda: open_page(api, RESET, token),
        "done": lambda: submit_password(api, token, "An0ther password"),
        "differing": lambda: submit_password(api, token, "one", "another"),
        "weak": lambda: submit_password(api, token, "weak"),
        "lost": lambda: open_page(api, RESET),
        "deleting": lambda: open_page(api, RESET, token, method="DELETE"),
        "json": lambda: api.post(RESET, {"sptoken": token}),
        "huge": lambda: submit(api, RESET, sptoken=token, password="x" * 9000),
    }
    return kinds[request.param]()


class TestEveryAnswer:
    def test_every_answer_is_an_html_page(self, answer: Answer):
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        page = ParsedPage(answer)
        assert page.all("html") == [{"lang": "en"}]
        assert [len(page.all(each)) for each in ("title", "main", "h1")] == [1, 1, 1]

    def test_no_answer_is_cached_or_sends_a_referrer(self, answer: Answer):
        headers = {
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "cross-origin-opener-policy": "same-origin",
        }

        assert headers.items() <= answer.headers.items()
        assert "etag" not in answer.headers

    def test_the_content_policy_allows_the_pages_own_style_and_script_only(self, answer: Answer):
        page = ParsedPage(answer)
        directives = dict(
            each.strip().split(" ", 1) for each in answer.headers["content-security-policy"].split(";")
        )

        expected = {
            "default-src": "'none'",
            "style-src": source(page.texts["style"]),
            "form-action": "'self'",
            "frame-ancestors": "'none'",
            "base-uri": "'none'",
        }
        if "script" in page.tags:
            expected["script-src"] = source(page.texts["script"])
        assert directives == expected

    def test_no_page_loads_another_resource(self, answer: Answer):
        page = ParsedPage(answer)

        loading = {"src", "href", "style", "srcset", "data", "background"}
        assert not any(loading & set(attributes) for _, attributes in page.elements)
        assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
        assert "url(" not in page.texts["style"]
        assert "@import" not in page.texts["style"]


def source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class TestRequests:
    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
    def test_other_methods_are_refused(self, api: Api, page: str, method: str):
        answer = open_page(api, page, method=method)

        assert answer.status == 405
        assert answer.headers["allow"] == "GET, HEAD, POST"
        assert ParsedPage(answer).texts["h1"] == "That did not work"

    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize(
        "kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", "", "💥"]
    )
    def test_other_media_types_are_refused(self, api: Api, page: str, kind: str):
        headers = {"Content-Type": kind.encode().decode("latin-1")} if kind else {}

        answer = api.request("POST", page, b"sptoken=x", headers=headers, credentials={})

        assert answer.status == 415
        assert ParsedPage(answer).texts["h1"] == "That did not work"

    @pytest.mark.parametrize("page", PAGES)
    def test_long_bodies_are_refused(self, api: Api, page: str):
        answers = [submit(api, page, sptoken="x" * (size - len("sptoken="))) for size in (8192, 8193)]

        assert [each.status for each in answers] == [404, 413]

    def test_a_form_without_a_length_is_not_read(self, service: Service):
        class Endless(io.RawIOBase):
            taken = 0

            def read(self, size: int = -1) -> bytes:
                assert size >= 0
                self.taken += size
                return b"x" * size

        body, told = Endless(), []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/passwordReset",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": FORM["Content-Type"],
            "HTTP_TRANSFER_ENCODING": "chunked",
            "wsgi.url_scheme": "http",
            "wsgi.input": body,
            "wsgi.errors": io.StringIO(),
        }

        list(service(environ, lambda status, headers, *_: told.append(status)))

        assert told[0].startswith("400")
        assert body.taken == 0

    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize(
        "body", [b"sptoken=%ff", b"sptoken=\xff", b"sptoken=a&sptoken=b", b"a=1&" * 100, "sptoken=é".encode()]
    )
    def test_a_form_that_no_browser_sends_is_refused(self, api: Api, page: str, body: bytes):
        answer = api.request("POST", page, body, headers=FORM, credentials={})

        assert answer.status == 400
        assert "could not be read" in ParsedPage(answer).main

    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize(
        "query", ["sptoken=%ff", "sptoken=a&sptoken=b", "sptoken", "a=1&" * 100, "%", "é"]
    )
    def test_a_malformed_link_cannot_be_used(self, api: Api, page: str, query: str):
        assert api.request("GET", page, query=query, credentials={}).status == 404

    @given(body=st.binary(max_size=200) | st.text(alphabet="sptoken=&%+0aF;\0", max_size=60).map(str.encode))
    @of_one_api
    def test_no_body_makes_a_page_fail(self, api: Api, body: bytes):
        for page in PAGES:
            answer = api.request("POST", page, body, headers=FORM, credentials={})
            assert answer.status in (400, 404)
            assert ParsedPage(answer).texts["h1"]

    @given(token=st.text(max_size=100))
    @of_one_api
    def test_no_token_makes_a_page_fail_or_is_shown(self, api: Api, token: str):
        for page in PAGES:
            bodies = {
                open_page(api, page, token).raw,
                submit(api, page, sptoken=token).raw,
                open_page(api, page).raw,
            }
            assert len(bodies) == 1

    @given(passwords=st.lists(st.text(max_size=40), min_size=2, max_size=2, unique=True), data=st.data())
    @of_one_api
    def test_no_password_is_shown_or_changes_the_page(self, token: str, api: Api, passwords: list[str], data):
        expected = ParsedPage(submit_password(api, token, "one", "another"))

        answer = submit_password(api, token, *passwords)

        assert answer.status == 400
        assert ParsedPage(answer).elements == expected.elements
        assert ParsedPage(answer).texts == expected.texts

    @pytest.fixture
    def token(self, api: Api) -> str:
        return application_with_reset_token(api)[1]


class TestContent:
    def test_a_name_is_shown_as_text_whatever_it_contains(self, api: Api):
        place, directory = api.application_with_directory(HOSTILE)
        email = '"\'><b>&{title}"@example.com'
        api.account(directory, email=email)
        href = api.post(place["passwordResetTokens"]["href"], {"email": email}).ok["href"]

        page = ParsedPage(open_page(api, RESET, href.rpartition("/")[2]))

        assert page.main.startswith(HOSTILE)
        assert page.input(autocomplete="username")["value"] == email
        assert "b" not in page.tags
        assert page.tags.count("script") == 1

    def test_nothing_of_the_account_is_shown_before_its_address_is_confirmed(self, api: Api):
        account, token = unverified_account(api)

        answer = open_page(api, VERIFICATION, token)

        for each in (account["email"], account["username"], account["href"], "example.com", "/v1/"):
            assert each.encode() not in answer.raw


class Slow(InsecureForTests):
    """The tests' own scheme, which hashes nothing for as long as it is stopped."""

    def __init__(self) -> None:
        self.begun, self.goes_on = Event(), Event()
        self.goes_on.set()

    def hash(self, password: str) -> str:
        self.begun.set()
        assert self.goes_on.wait(30)
        return super().hash(password)


@pytest.mark.both_databases
class TestFailures:
    @pytest.fixture
    def scheme(self, monkeypatch: pytest.MonkeyPatch) -> Slow:
        scheme = Slow()
        monkeypatch.setattr(parts, "scheme_named", lambda name: scheme)
        return scheme

    @pytest.fixture
    def service(self, monkeypatch: pytest.MonkeyPatch, scheme: Slow) -> Iterator[Service]:
        """A service with one connection and room for one password."""
        monkeypatch.setattr(engines, "BUSY_TIMEOUT", 0.2)
        monkeypatch.setattr(parts, "HashGate", partial(HashGate, waiting=0))
        monkeypatch.setenv("STORMPATH_HASH_SLOTS", "1")
        service = open_service("sqlite://")
        yield service
        service.close()

    @pytest.fixture
    def api(self, service: Service) -> Api:
        return Api(service, service.base_url, service.tenant_id, *service.local_api_key())

    def test_too_many_passwords_at_once_get_a_page_with_503(self, api: Api, scheme: Slow):
        application, token = application_with_reset_token(api)
        directory = api.directory()
        scheme.goes_on.clear()
        scheme.begun.clear()

        with ThreadPoolExecutor(1) as threads:
            other = threads.submit(api.account, directory, "grace")
            assert scheme.begun.wait(30)
            refused = submit_password(api, token, "An0ther password")
            scheme.goes_on.set()

        assert other.result()
        self.assert_asked_to_come_back(refused)
        assert submit_password(api, token, "An0ther password").status == 200
        assert api.log_in(application, "ada", "An0ther password").status == 200

    def test_without_a_database_callers_get_a_page_with_503(self, service: Service, api: Api):
        _, token = unverified_account(api)

        with service.database.engine.connect():
            answers = [open_page(api, VERIFICATION, token), submit(api, VERIFICATION, sptoken=token)]

        for each in answers:
            self.assert_asked_to_come_back(each)
        assert submit(api, VERIFICATION, sptoken=token).status == 200

    def assert_asked_to_come_back(self, answer: Answer) -> None:
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "Please try again" in ParsedPage(answer).main

    def test_an_internal_error_is_a_page_without_details(
        self, api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ):
        _, token = application_with_reset_token(api)

        def fail(*_: object) -> None:
            raise RuntimeError("something internal")

        monkeypatch.setattr(app, "owner_of_token", fail)

        answers = [open_page(api, RESET, token), submit_password(api, token, "An0ther password")]

        assert [each.status for each in answers] == [500, 500]
        assert all(ParsedPage(each).texts["h1"] == "That did not work" for each in answers)
        assert not any(b"internal" in each.raw for each in answers)
        assert token not in caplog.text
        assert "An0ther password" not in caplog.text
