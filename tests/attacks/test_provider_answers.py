"""Answers of providers that are hostile, or were broken into: they steal, show and slow down nothing."""

import logging
from urllib.parse import quote, quote_plus

import pytest

from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.social.profile import Credentials
from support.processor_time import within
from support.providers.breakages import saying, writing
from support.providers.fixtures import facebook, generic, github, google, linkedin, twitter
from support.providers.stand_in import Answer, StandIn
from unit.server.social.logins import by_code, by_token, log_in, refusal

__all__ = ["facebook", "generic", "github", "google", "linkedin", "twitter"]

TOKEN, SECRET, CODE = "ya29.hunter2+/hunter2==", "1a2b/hunter2-of-the-token", "4/0hunter2-of-the-code"
CLIENT_SECRET = "the client's secret"

#: In every form in which it could be recognized.
SENT = {
    each
    for plain in (TOKEN, SECRET, CODE, CLIENT_SECRET)
    for each in (plain, quote(plain, safe=""), quote_plus(plain), plain[:12])
}


def echo(stand_in: StandIn) -> Answer:
    """Answer with all that was sent, in the places of error messages."""
    sent = stand_in.sent[-1]
    said = (" ".join(sent.query.values()), sent.headers.get("authorization", ""), sent.body.decode())
    names = ("error", "error_description", "message")
    return Answer(400, {**dict(zip(names, said, strict=True)), "errors": [{"message": str(sent)}]})


@pytest.mark.parametrize("kind", ["google", "facebook", "github", "linkedin", "twitter", "generic"])
def test_a_provider_that_quotes_what_it_got_makes_no_error_show_it(
    kind: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
):
    stand_in: StandIn = request.getfixturevalue(kind)
    stand_in.add(token=TOKEN)
    credentials = Credentials(access_token=TOKEN, access_token_secret=SECRET)
    caplog.set_level(logging.INFO)
    log_in(stand_in, Credentials(access_token=TOKEN, access_token_secret="the-secret-of-adas-token"))

    for path in stand_in.paths():
        stand_in.breaks(path, echo)
        said = refusal(log_in, stand_in, credentials)
        stand_in.mends(path)

        assert "***" in said
        assert not any(each in said for each in SENT), said
        assert not any(each in caplog.text for each in SENT)


@pytest.mark.parametrize("kind", ["google", "linkedin", "generic"])
def test_a_token_endpoint_that_quotes_what_it_got_makes_no_error_show_it(
    kind: str, request: pytest.FixtureRequest
):
    stand_in: StandIn = request.getfixturevalue(kind)
    stand_in.add(code=CODE, token=TOKEN)
    by_code(stand_in, CODE)

    for path in stand_in.paths():
        stand_in.breaks(path, echo)
        said = refusal(by_code, stand_in, CODE)
        stand_in.mends(path)

        assert "***" in said
        assert not any(each in said for each in SENT), said


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "17", "numbers": [' + b"1e308," * 10_000 + b"1]}",
        b'{"id": "17", "error": "' + b"word-of-the-provider " * 3000 + b'"}',
        b'{"id": "17", "error": "' + b"a" * 65_000 + b'"}',
        b'{"id": ' + b"9" * 399 + b', "a": [' + b"[" * 60_000,
    ],
)
def test_no_answer_takes_long_to_read(generic: StandIn, body: bytes):
    generic.breaks("/me", lambda stand_in: Answer(400, body=body))
    token = "word-of-the-provide" * 400

    def refused() -> ApiError:
        with pytest.raises(ApiError) as caught:
            by_token(generic, token)
        return caught.value

    error = within(0.25, refused)

    assert error.code == Code.PROVIDER_FAILED
    assert len(error.developer_message) < 1000


def test_a_token_from_a_hostile_provider_is_no_header_of_its_own(generic: StandIn):
    generic.breaks("/token", saying(200, {"access_token": "t\r\nX-Admin: 1"}))

    refusal(by_code, generic)

    assert generic.paths() == ["/token"]


def test_a_person_without_an_id_is_not_the_same_as_another_without_one(generic: StandIn):
    for body in (b"{}", b'{"id": null}', b'{"id": ""}', b'{"id": "None"}'):
        generic.breaks("/me", writing(body))
        if b"None" in body:
            assert by_token(generic).user_id == "None"
        else:
            assert "gave no id" in refusal(by_token, generic)
