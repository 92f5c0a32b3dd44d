"""The attributes and the message of an Error, for each kind of argument."""

import copy
import pickle
from typing import Any

import pytest

from stormpath.error import Error

BODY = {
    "status": 409,
    "code": 2001,
    "message": "That name is taken.",
    "developerMessage": "Application name 'x' is not unique in the tenant.",
    "moreInfo": "https://docs.example.com/errors/2001",
    "requestId": "9d8c",
}


def test_an_error_body_sets_every_attribute() -> None:
    error = Error(BODY, http_status=409)

    assert (error.status, error.code) == (409, 2001)
    assert error.message == error.developer_message == str(error) == BODY["developerMessage"]
    assert error.user_message == BODY["message"]
    assert error.more_info == BODY["moreInfo"]
    assert error.request_id == "9d8c"


def test_an_error_is_a_runtime_error() -> None:
    assert isinstance(Error("x"), RuntimeError)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"message": "For people", "error": "x"}, "For people"),
        ({"error": "invalid_grant", "error_description": "The grant expired."}, "The grant expired."),
        ({"error": "invalid_grant"}, "invalid_grant"),
        ({"developerMessage": "", "message": "For people"}, "For people"),
        ({"developerMessage": ["not", "text"]}, "['not', 'text']"),
        ("Plain text", "Plain text"),
        ([1, 2], "[1, 2]"),
        (0, "0"),
    ],
)
def test_the_message_is_always_a_text(given: Any, message: str) -> None:
    error = Error(given)

    assert error.message == error.developer_message == str(error) == message


@pytest.mark.parametrize("given", [None, {}, ""])
def test_without_a_text_the_message_names_the_status(given: Any) -> None:
    assert str(Error(given)) == "Unknown error"
    assert str(Error(given, http_status=502)) == "Unknown error (HTTP status 502)"


def test_an_error_of_a_token_endpoint_has_its_name() -> None:
    assert Error({"error": "invalid_grant", "code": 7100}).oauth_error == "invalid_grant"
    assert Error(BODY).oauth_error is None


def test_an_error_can_be_made_without_arguments() -> None:
    error = Error()

    assert (error.status, error.code, error.user_message, error.more_info, error.request_id) == (
        *(-1, -1),
        *(None, None, None),
    )


@pytest.mark.parametrize(
    ("status", "http_status", "expected"),
    [
        (404, 500, 404),
        ("404", 500, 404),
        (None, 500, 500),
        ("no", "500", 500),
        ("no", "no", -1),
        (None, None, -1),
    ],
)
def test_the_status_in_the_body_overrides_the_http_status(
    status: Any, http_status: Any, expected: int
) -> None:
    assert Error({"status": status}, http_status=http_status).status == expected


def test_an_error_made_from_text_has_an_empty_more_info() -> None:
    assert Error("x").more_info == ""


@pytest.mark.parametrize("remake", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301 - own bytes
def test_an_error_survives_copying_and_pickling(remake: Any) -> None:
    again = remake(Error(BODY, http_status=409))

    assert vars(again) == vars(Error(BODY, http_status=409))
    assert str(again) == BODY["developerMessage"]
