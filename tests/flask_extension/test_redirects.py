"""Where ``next`` may lead: to this site alone."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.provisional import urls

from flask_stormpath.web.redirects import LONGEST, is_safe

HOST = "shop.example.com"

SAFE = [
    "/",
    "/secret",
    "/secret?a=1&b=/x//y#part",
    "/a//b",
    "/http://evil.example",
    "/%2F%2Fevil.example",
    "/grüße/ein haus",
    f"http://{HOST}/secret",
    f"https://{HOST}/secret",
    f"HTTPS://{HOST.upper()}/secret",
    f"http://{HOST}",
]
UNSAFE = [
    None,
    "",
    "secret",
    "?next=/x",
    "#x",
    " /secret",
    "\t/secret",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/a\\b",
    "/\t/evil.example",
    "/\n/evil.example",
    "/secret\r\nSet-Cookie: a=b",
    "/\x00",
    "/\x7f",
    "/\u200b/evil.example",
    "/\u2028x",
    "/\ud800",
    "http://evil.example",
    f"http://{HOST}.evil.example/",
    f"http://{HOST}@evil.example/",
    f"http://user@{HOST}/",
    f"http://user:password@{HOST}/",
    f"http://evil.example#{HOST}",
    f"http://{HOST}:81/",
    f"http:///{HOST}",
    f"http:{HOST}",
    f"//{HOST}/secret",
    f"ftp://{HOST}/",
    f"javascript://{HOST}/%0aalert(1)",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://[::1",
    "/" + "a" * LONGEST,
]

APP = Flask("redirects")


def judged(target) -> bool:
    with APP.test_request_context("/login", base_url=f"http://{HOST}"):
        return is_safe(target)


@pytest.mark.parametrize("target", SAFE)
def test_a_place_on_this_site(target):
    assert judged(target)


@pytest.mark.parametrize("target", UNSAFE)
def test_any_other_place(target):
    assert not judged(target)


def test_a_port_belongs_to_the_host():
    with APP.test_request_context("/login", base_url="http://localhost:5000"):
        assert is_safe("http://localhost:5000/secret")
        assert not is_safe("http://localhost/secret")
        assert not is_safe("http://localhost:5001/secret")


@given(urls())
def test_no_url_of_another_host_is_safe(url: str):
    assert not judged(url)


@given(st.text(alphabet="/\\@:.#?%\t\n\r evil", max_size=12))
def test_what_is_safe_begins_with_one_slash(text: str):
    if judged(text):
        assert text.startswith("/")
        assert text[1:2] not in ("/", "\\")
        assert text.isprintable()
