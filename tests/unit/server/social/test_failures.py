"""Failures that are the same at all providers: no answer, or one of no use (rest-auth 5.2, code 7200)."""

import json
import time
from itertools import product

import pytest

from stormpath.server.domain.outbound import HttpAnswer
from stormpath.server.logs import security
from stormpath.server.logs.flood import FloodGuard
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.social.conversation import MOST_BYTES, Conversation
from stormpath.server.social.profile import Credentials
from support.providers import breakages
from support.providers.facebook import Facebook
from support.providers.generic import Generic
from support.providers.github import GitHub
from support.providers.google import Google
from support.providers.linkedin import LinkedIn
from support.providers.plain_fetch import PlainFetch
from support.providers.stand_in import StandIn
from support.providers.twitter import Twitter
from unit.server.social.logins import by_token, context_of, log_in, refusal, row_of

#: The requests with which each provider is asked for a profile.
STEPS = {
    Google: ["/tokeninfo", "/v1/userinfo"],
    Facebook: ["/v24.0/debug_token", "/v24.0/me"],
    GitHub: ["/applications/client/token", "/user", "/user/emails"],
    LinkedIn: ["/oauth/v2/introspectToken", "/v2/userinfo"],
    Twitter: ["/1.1/account/verify_credentials.json"],
    Generic: ["/me"],
}

UNREACHABLE = "or may not be reached from here: the service's log has the reason."

BROKEN = {
    "down": (breakages.down, UNREACHABLE),
    "elsewhere": (breakages.elsewhere, "302"),
    "html": (breakages.html, "answered with something that is no JSON"),
    "error page": (breakages.error_page, "answered 503 when asked for "),
    "huge": (breakages.huge, "answered with more than 64 KiB"),
    "list": (breakages.saying(200, ["id"]), "answered with JSON that is no"),
    "text": (breakages.saying(200, "id"), "answered with JSON that is no"),
    "nothing": (breakages.writing(b""), "answered with something that is no JSON"),
    "cut": (breakages.writing(b'{"id": "1'), "answered with something that is no JSON"),
    "not UTF-8": (breakages.writing(b'{"id": "\xff"}'), "answered with something that is no JSON"),
    "surrogate": (breakages.writing(b'{"id": "\\ud800"}'), "answered with something that is no JSON"),
    "deep": (breakages.writing(b"[" * 30_000 + b"]" * 30_000), "answered with something that is no JSON"),
    "digits": (breakages.writing(b"1" * 60_000), "answered with something that is no JSON"),
}


@pytest.fixture(params=STEPS, ids=lambda each: each.kind)
def stand_in(request: pytest.FixtureRequest) -> StandIn:
    found: StandIn = request.getfixturevalue(request.param.__name__.lower())
    found.add()
    return found


def test_each_step_that_goes_wrong_fails_the_login(stand_in: StandIn):
    for name, path in product(BROKEN, STEPS[type(stand_in)]):
        if (name, path) == ("list", "/user/emails"):
            continue  # That one is a list.
        breakage, expected = BROKEN[name]
        stand_in.breaks(path, breakage)
        said = refusal(by_token, stand_in)
        stand_in.mends(path)

        if name == "elsewhere":
            # A POST is not led on, so its answer is a redirect.
            expected = UNREACHABLE if stand_in.sent[-1].method == "GET" else "answered 302 when asked for "
        assert said.startswith(f"{stand_in.kind} ")
        assert expected in said, (name, path)
        assert "hunter2" not in said
        assert "<" not in said
        assert stand_in.sent[-1].path == path, "nothing is asked after a failure"
    assert by_token(stand_in).user_id == "1001"


def test_the_message_for_people_names_nothing(google: Google):
    with pytest.raises(ApiError) as caught:
        by_token(google)

    assert caught.value.message == (
        "Sorry, the login did not work. Please contact support and tell them what you were doing."
    )


def test_a_slow_provider_is_given_up(stand_in: StandIn):
    stand_in.breaks(STEPS[type(stand_in)][0], breakages.slow)
    began = time.monotonic()

    said = refusal(by_token, stand_in, fetch=PlainFetch(0.05))

    assert UNREACHABLE in said
    assert time.monotonic() - began < 5


def test_a_provider_that_is_not_there_is_named(generic: Generic):
    said = refusal(by_token, generic, resource_endpoint="http://127.0.0.1:1/me")

    assert said == f"amazon did not answer when asked for the user info, {UNREACHABLE}"


def test_the_log_has_the_reason_without_what_was_sent(
    generic: Generic, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(security, "_guard", FloodGuard(security._tell))
    generic.add()
    generic.breaks("/me", breakages.elsewhere)

    refusal(by_token, generic, access_token_type="access_token")

    (line,) = [each.getMessage() for each in caplog.records if each.name.startswith("stormpath")]
    assert line == (
        'event=provider_unreachable provider=amazon asked_for="the user info" '
        'cause="a redirect to an address that is not allowed"'
    )


def test_a_login_that_takes_too_long_asks_nothing_more(google: Google):
    google.add()
    talk = Conversation(context_of(PlainFetch(), google.provider_urls), row_of("google"), seconds=-1)

    said = refusal(talk.ask, "the user info", f"{google.url}/v1/userinfo")

    assert said == "google took too long: there was no time left to ask for the user info."
    assert google.sent == []


class TestUserInfo:
    def test_as_much_is_kept_as_may_be_received(self, generic: Generic):
        answer = {"id": "17", "filling": "x" * (MOST_BYTES - 40)}
        generic.breaks("/me", breakages.writing(json.dumps(answer).encode()))

        assert by_token(generic).user_info == answer

    def test_what_becomes_longer_when_it_is_kept_is_refused(self, generic: Generic):
        numbers = b"1e15," * 10_000 + b"1"
        generic.breaks("/me", breakages.writing(b'{"id": "17", "numbers": [' + numbers + b"]}"))

        assert refusal(by_token, generic) == "amazon sent user info of more than 64 KiB."

    @pytest.mark.parametrize("body", [rb'{"id":"17","a":"\u0000"}', rb'{"id":"17","\\\u0000":1}'])
    def test_what_cannot_be_stored_is_refused(self, generic: Generic, body: bytes):
        generic.breaks("/me", breakages.writing(body))

        assert "NUL" in refusal(by_token, generic)

    def test_the_escape_of_nul_as_text_is_kept(self, generic: Generic):
        generic.breaks("/me", breakages.writing(rb'{"id":"17","a":"\\u0000"}'))

        assert by_token(generic).user_info["a"] == "\\u0000"


class TestProvidersWords:
    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            ({"error": "e", "error_description": "Because."}, ": e: Because."),
            ({"error": {"message": "m", "code": 1}}, ": m."),
            ({"message": "m"}, ": m."),
            ({"errors": [{"message": "m"}, {"message": "n"}]}, ": m."),
            ({"message": "one\nline\x1b[31m \u202e"}, ": one\\nline\\x1b[31m \\u202e."),
            ({"message": "x" * 1000}, f": {'x' * 197}..."),
            ({"message": "<html><body>hunter2</body></html>"}, "."),
            ({"message": "5 < 6"}, ": 5 < 6."),
            ({"message": 17, "error": ["e"], "errors": "m"}, "."),
            ({"detail": "hunter2"}, "."),
            (["hunter2"], "."),
            ("hunter2", "."),
        ],
    )
    def test_they_are_short_and_on_one_line(self, generic: Generic, answer: object, said: str):
        generic.breaks("/me", breakages.saying(400, answer))

        assert refusal(by_token, generic) == f"amazon answered 400 when asked for the user info{said}"

    def test_a_provider_is_named_by_a_short_text_on_one_line(self, generic: Generic):
        name = "x" * 30 + "\n\u202e" + "y" * 300

        said = refusal(by_token, generic, provider_id=name, provider_type="oauth2")

        assert said.startswith("x" * 30 + "\\n\\u202e" + "y" * 25 + "... answered 401")


def test_an_error_has_no_cause_that_could_be_logged_with_secrets(generic: Generic):
    with pytest.raises(ApiError) as caught:
        by_token(generic, resource_endpoint="http://127.0.0.1:1/me")

    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


@pytest.mark.parametrize("status", [201, 204, 301, 400, 401, 429, 500])
def test_another_status_than_200_is_a_failure(status: int):
    def fetch(*arguments: object, **named: object) -> HttpAnswer:
        return HttpAnswer(status, {}, b'{"id": "17"}')

    with pytest.raises(ApiError) as caught:
        Conversation(context_of(fetch), row_of("amazon")).ask_for_object("the user info", "http://x/me")

    assert caught.value.code == Code.PROVIDER_FAILED
    assert str(status) in caught.value.developer_message


def test_credentials_are_not_printed(google: Google):
    talk = Conversation(context_of(PlainFetch()), row_of("google"))
    talk.mask.hide("hunter2")
    credentials = Credentials(code="hunter2", access_token="hunter2", access_token_secret="hunter2")
    google.add(token="hunter2")

    for each in (talk, talk.mask, credentials, log_in(google, Credentials(access_token="hunter2"))):
        assert "hunter2" not in repr(each)
        assert "the client's secret" not in repr(each)
