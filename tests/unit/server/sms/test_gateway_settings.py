"""The settings of a gateway: the address, the login and the body of what is posted."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from stormpath.server.domain.outbound import FetchError, HttpAnswer
from stormpath.server.jobs.delivery_errors import DeliveryError, in_base64
from stormpath.server.sms.gateway import HttpEndpoint, HttpGateway, without_quotes
from stormpath.server.sms.message import Sms
from stormpath.server.sms.templates import FORM, JSON, BodyTemplate

TWILIO = "To=${to}&From=${from}&Body=${text}"
URL = "https://AC1:tok%40en@api.example.com/2010-04-01/Accounts/AC1/Messages.json"
SMS = Sms("+14155552671", "Your code is 481516")


def endpoint(
    url: str = URL, header: str | None = None, body: str = TWILIO, sender: str = "+1500"
) -> HttpEndpoint:
    return HttpEndpoint.parse(url, header, body, sender)


def filled(template: str, **values: str) -> bytes:
    given = {"to": "+1415", "text": "Code 1", "from": "+1500", **values}
    return BodyTemplate.parse(template, has_sender=True).filled(given)


def test_a_form_escapes_its_values():
    assert filled(TWILIO, text="A&B=c +1 ü") == b"To=%2B1415&From=%2B1500&Body=A%26B%3Dc+%2B1+%C3%BC"


def test_a_plus_in_the_template_of_a_form_is_a_plus():
    assert filled("To=${to}&From=+1500&Body=${text}&Tag=a%20b") == (
        b"To=%2B1415&From=%2B1500&Body=Code+1&Tag=a+b"
    )


def test_json_takes_values_anywhere_in_its_texts_and_keeps_the_rest():
    template = '{"to": ["tel:${to}"], "message": {"text": "${text}!", "n": 3, "none": null}, "flash": false}'

    assert json.loads(filled(template, text='"}\n{')) == {
        "to": ["tel:+1415"],
        "message": {"text": '"}\n{!', "n": 3, "none": None},
        "flash": False,
    }


@pytest.mark.parametrize("template", [TWILIO, '{"To": "${to}", "From": "${from}", "Body": "${text}"}'])
@pytest.mark.parametrize(
    "text",
    ["&To=%2B1900", '", "To": "+1900', "${to}", "a=b&c", "\\", "\x00\r\n\r\nX: y", "\U0001f600", "${x}"],
)
def test_a_text_stays_in_its_field(template: str, text: str):
    body = filled(template, text=text)

    fields = json.loads(body) if template[0] == "{" else parse_qsl(body.decode(), keep_blank_values=True)
    assert dict(fields) == {"To": "+1415", "From": "+1500", "Body": text}
    assert len(fields) == 3


def test_the_content_type_follows_from_the_template():
    assert endpoint().headers["Content-Type"] == FORM == "application/x-www-form-urlencoded"
    body = ' {"to": "${to}", "text": "${text}"} '
    assert endpoint(body=body).headers["Content-Type"] == JSON == "application/json"


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("To=${to}", "${text}"),
        ("Body=${text}", "${to}"),
        ("To=${to}&Body=${text}&Pin=${pin}", "${pin}"),
        ("${to}&${text}", "form"),
        ("", "form"),
        ('{"to": ${to}, "text": ${text}}', "JSON"),
        ('{"to": "${to}", "text": "${text}"', "JSON"),
        ("{" * 100_000, "JSON"),
        ('{"${to}": "${text}"}', "${to}"),
    ],
)
def test_a_body_that_cannot_be_used_is_refused(template: str, what: str):
    with pytest.raises(ValueError, match="STORMPATH_SMS_BODY") as refused:
        endpoint(body=template)

    assert what in str(refused.value)


def test_a_body_with_a_sender_needs_one():
    with pytest.raises(ValueError, match="STORMPATH_SMS_FROM"):
        endpoint(sender="")
    assert endpoint(sender="", body="To=${to}&MessagingServiceSid=MG1&Body=${text}").sender == ""


def test_user_and_password_are_sent_as_basic_and_stay_out_of_the_address():
    found = endpoint()

    assert found.url == "https://api.example.com/2010-04-01/Accounts/AC1/Messages.json"
    assert found.headers["Authorization"] == f"Basic {in_base64('AC1:tok@en')}"


def test_one_more_header_may_hold_a_key():
    found = endpoint("https://sms.example.com/send?v=1", "X-Key:  a b")

    assert (found.url, found.headers["X-Key"]) == ("https://sms.example.com/send?v=1", "a b")


@pytest.mark.parametrize(
    "url",
    [
        "sms.example.com",
        "ftp://sms.example.com",
        "https://",
        "https://sms.example.com:0/",
        "https://sms.example.com:hunter2/",
        "https://hunter2@sms.example.com/",
        "https://:hunter2@sms.example.com/",
        "https://user:hunter2@sms.example.com/#x",
        "https://user:hunter2@sms.example.com/a b",
        "https://user:hunter2@sms.example.com/\u00fc",
        "https://[hunter2/",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str):
    with pytest.raises(ValueError, match="STORMPATH_SMS_URL") as refused:
        endpoint(url)

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "header",
    [
        "hunter2",
        "X-Key: ",
        "A: hunter2\r\nB: c",
        "A b: hunter2",
        "A: h\u00fcnter2",
        "Host: hunter2",
        ": hunter2",
    ],
)
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(header: str):
    with pytest.raises(ValueError, match="STORMPATH_SMS_HEADER") as refused:
        endpoint("https://sms.example.com", header)

    assert "hunter2" not in str(refused.value)


def test_two_logins_are_refused():
    with pytest.raises(ValueError, match="leave one out"):
        endpoint(header="Authorization: Bearer hunter2")


def test_no_secret_is_in_a_representation():
    found = endpoint(f"{URL}?key=hunter3", header="X-Key: hunter2")

    shown = repr(found) + repr(HttpGateway(found, lambda *_, **__: HttpAnswer(200, {}, b"")))
    assert "https://api.example.com/2010-04-01/Accounts/AC1/Messages.json" in shown
    assert "hunter3" not in shown
    assert "tok" not in shown
    assert in_base64("AC1:tok@en") not in shown
    assert "hunter2" not in shown
    assert "481516" not in repr(SMS)


@pytest.mark.parametrize(
    "said",
    [
        "21610: Your code is 481516",
        "481516",
        "Your%20code%20is%20481516",
        "48-15-16, 481 516",
        '{"body": "Your code is 481516"}',
        "x481516y",
    ],
)
def test_a_code_that_an_answer_quotes_is_masked(said: str):
    shown = without_quotes(said, SMS)

    assert "***" in shown
    assert "4815" not in shown.replace("-", "").replace(" ", "")


def test_words_that_are_not_of_the_message_are_shown():
    said = "400 code 21211: The 'To' number +14155552671 is not valid."

    assert without_quotes(said, SMS) == said


@pytest.mark.parametrize(
    "text", ["tok@en is wrong", f"Basic {in_base64('AC1:tok@en')}", "X-Key was hunter2", "key hunter3"]
)
def test_a_secret_that_an_answer_repeats_is_masked(text: str):
    answer = HttpAnswer(401, {}, text.encode())
    found = endpoint(f"{URL}?key=hunter3", header="X-Key: hunter2")

    with pytest.raises(DeliveryError) as failed:
        HttpGateway(found, lambda *_, **__: answer).send(SMS)

    assert "***" in failed.value.text
    for secret in ("tok@en", in_base64("AC1:tok@en"), "hunter2", "hunter3"):
        assert secret not in failed.value.text


def fails(status: int) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        HttpGateway(endpoint(), lambda *_, **__: HttpAnswer(status, {}, b"<html>no</html>")).send(SMS)
    return failed.value


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_answer_means_that_the_message_was_taken(status: int):
    HttpGateway(endpoint(), lambda *_, **__: HttpAnswer(status, {}, b"<html>")).send(SMS)


@pytest.mark.parametrize("status", [400, 404, 422])
def test_an_answer_about_the_message_is_final(status: int):
    error = fails(status)

    assert (error.is_final, error.is_servers) == (True, False)
    assert error.text == f"{status} <html>no</html>"


@pytest.mark.parametrize(
    "status", [100, 301, 302, 307, 401, 402, 403, 405, 408, 425, 429, 500, 502, 503, 504, 599]
)
def test_any_other_answer_is_a_failure_of_the_gateway(status: int):
    error = fails(status)

    assert (error.is_final, error.is_servers) == (False, True)


def test_where_there_is_no_answer_the_gateway_has_failed():
    def fetch(*_: object, **__: object) -> HttpAnswer:
        raise FetchError("no end after 10 seconds")

    with pytest.raises(DeliveryError) as failed:
        HttpGateway(endpoint(), fetch).send(SMS)

    assert (failed.value.text, failed.value.is_servers) == ("no end after 10 seconds", True)
