"""Large bodies: only where they are needed, only from callers, and not more of them than memory allows."""

import io
import resource
import subprocess
import sys
import threading
from typing import Any

import pytest

from service.calls import Api, basic
from stormpath.server.app import Service, open_service
from stormpath.server.rest.bodies import parse_object
from stormpath.server.rest.body_limits import USUAL
from stormpath.server.rest.concurrency_limits import limits
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.json_text import MAX_DEPTH, MAX_VALUES
from support.served import eventually

MIB = 1024 * 1024
LARGEST = 11 * MIB


class Endless:
    """A body that goes on, and counts what was read of it."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0
        self.taken += size
        return b" " * size


def taken_of_a_body(service: Service, path: str, length: int | None, **environ: Any) -> tuple[int, int]:
    """Return the status of a POST with such a body, and how many bytes were read."""
    body = Endless()
    told: list[str] = []
    of_length = {"HTTP_TRANSFER_ENCODING": "chunked"} if length is None else {"CONTENT_LENGTH": str(length)}
    complete = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8080",
        "CONTENT_TYPE": "application/json",
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.errors": io.StringIO(),
        **of_length,
        **environ,
    }
    list(service(complete, lambda status, headers, *_: told.append(status)))
    return int(told[0].split()[0]), body.taken


#: Forms that hold credentials are read from callers only, too.
GRANTS = ("/v1/applications/x/oauth/token", "/v1/applications/x/oauth/revoke")

STRANGERS = {
    "no credentials": None,
    "an unknown key": basic("unknown", "secret")["Authorization"],
    "a malformed header": "Basic ???",
    "a signature by an unknown key": (
        "SAuthc1 sauthc1Id=unknown/20260101/n/sauthc1_request, sauthc1SignedHeaders=host, sauthc1Signature=00"
    ),
}


@pytest.mark.either_database
@pytest.mark.parametrize("credentials", STRANGERS.values(), ids=STRANGERS)
@pytest.mark.parametrize("length", [100, LARGEST, None])
def test_nothing_is_read_of_a_stranger_s_body(service: Service, credentials: str | None, length: int | None):
    given = {} if credentials is None else {"HTTP_AUTHORIZATION": credentials}

    for path in ("/v1/directories", "/v1/accounts/x/customData", "/v1/nothing", *GRANTS):
        assert taken_of_a_body(service, path, length, **given) == (401, 0)


@pytest.mark.either_database
def test_a_caller_s_body_is_read_up_to_the_limit_of_its_path(service: Service, api: Api):
    application, directory = api.application_with_directory()
    given = {"HTTP_AUTHORIZATION": basic(api.key_id, api.secret)["Authorization"]}
    small = [application["loginAttempts"], application["passwordResetTokens"], application["oAuthPolicy"]]
    small += [directory["passwordPolicy"], directory["accountCreationPolicy"]]
    large = [directory["customData"], directory["accounts"], directory["provider"], directory]

    for each in (*small, *({"href": each} for each in GRANTS)):
        path = each["href"].removeprefix(api.base_url.removesuffix("/v1"))
        assert taken_of_a_body(service, path, USUAL + 1, **given) == (413, 0)
        assert taken_of_a_body(service, path, None, **given) == (413, USUAL + 1)
    for each in large:
        path = each["href"].removeprefix(api.base_url.removesuffix("/v1"))
        assert taken_of_a_body(service, path, LARGEST + 1, **given) == (413, 0)
        assert taken_of_a_body(service, path, None, **given) == (413, LARGEST + 1)


@pytest.mark.either_database
def test_a_template_and_its_preview_may_be_large(api: Api):
    directory = api.directory()
    policy = api.get(directory["passwordPolicy"]["href"]).ok
    template = api.get(policy["resetEmailTemplates"]["href"]).items[0]
    text = "${url}" + "\u00e9" * 60_000

    assert api.post(template["href"], {"htmlBody": text, "textBody": text}).ok["htmlBody"] == text
    assert api.post(template["preview"]["href"], {"htmlBody": text}).status == 200


@pytest.mark.either_database
def test_a_body_that_ends_early_is_no_body(service: Service, api: Api):
    given = {"HTTP_AUTHORIZATION": basic(api.key_id, api.secret)["Authorization"]}
    short = {"wsgi.input": io.BytesIO(b'{"name": "Whole"}')}

    assert taken_of_a_body(service, "/v1/directories", 100, **given, **short)[0] == 408
    assert "Whole" not in {each["name"] for each in api.get("/directories").items}


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":[' + b",".join([b"[]"] * (MAX_VALUES + 1)) + b"]}",
        b'{"a":[' + b",".join([b"1.5"] * (MAX_VALUES + 1)) + b"]}",
        b"{" + b",".join(b'"%d":{}' % each for each in range(MAX_VALUES + 1)) + b"}",
    ],
)
def test_many_values_are_refused_before_they_are_made(body: bytes):
    with pytest.raises(ApiError) as refused:
        parse_object(body)

    assert refused.value.code == Code.BAD_REQUEST


def test_commas_in_texts_are_no_values():
    text = ',[{\\\\\\"' * MAX_VALUES

    assert parse_object(b'{"a": "' + text.encode() + b'"}') == {"a": ',[{\\"' * MAX_VALUES}


def test_nesting_has_a_limit():
    assert parse_object(b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}")
    for depth in (MAX_DEPTH, 100_000, 5 * MIB):
        with pytest.raises(ApiError):
            parse_object(b'{"a":' + b"[" * depth + b"]" * depth + b"}")


# Each in a process of its own: memory that a process has had, it has for ever.
WORST = """
import resource
from stormpath.server.rest.bodies import parse_object
from stormpath.server.schema.json_text import MAX_DEPTH, MAX_VALUES
from stormpath.server.schema.errors import ApiError
body = {}
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    parse_object(body)
except ApiError:
    pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) // 1024)
"""


@pytest.mark.parametrize(
    "body",
    [
        "b'{\"a\":[' + b'[],' * 3_800_000 + b'[]]}'",
        "b'{\"a\":[' + b'[],' * 249_000 + b'[]]}' + b' ' * 10_000_000",
        "b'{\"a\":' + b'[' * 11_000_000",
        "b'{' + b''.join(b'\"%d\":\"%d\",' % (each, each) for each in range(249_000)) + b'\"a\":1}'",
    ],
    ids=["too many", "as many as allowed", "too deep", "as many members as allowed"],
)
def test_the_memory_of_the_worst_body_is_bounded(body: str):
    done = subprocess.run(
        [sys.executable, "-c", WORST.format(body)], capture_output=True, text=True, check=True
    )

    # In MiB, besides the body itself.
    assert int(done.stdout) < 60


def test_as_many_large_bodies_as_allowed_are_in_memory_at_a_time():
    """In the peak, the others wait or are refused, and small requests go on."""
    service = open_service("sqlite://", limits=limits(reads=0, writes=0, bodies=0, strangers=0, large=2))
    try:
        api = Api(service, service.base_url, service.tenant_id, *service.local_api_key())
        given = {"HTTP_AUTHORIZATION": basic(api.key_id, api.secret)["Authorization"]}
        path = f"/v1/tenants/{service.tenant_id}/customData"
        at_work, may_go = threading.Semaphore(0), threading.Event()
        statuses = []

        class Slow(Endless):
            def read(self, size: int = -1) -> bytes:
                at_work.release()
                assert may_go.wait(30)
                return super().read(size)

        def send() -> None:
            statuses.append(taken_of_a_body(service, path, MIB, **given, **{"wsgi.input": Slow()})[0])

        threads = [threading.Thread(target=send) for _ in range(5)]
        for each in threads:
            each.start()
        at_work.acquire()
        at_work.acquire()
        assert not at_work.acquire(timeout=0.2)
        assert api.get("/directories").status == 200
        assert api.post("/directories", {"name": "Small"}).status == 201
        # The last of them gives up a second after it has come, however late that was.
        eventually(lambda: len(statuses) == 3)
        may_go.set()
        for each in threads:
            each.join(30)
    finally:
        service.close()

    # Blanks are an empty object.
    assert sorted(statuses) == [200, 200, 503, 503, 503]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0
