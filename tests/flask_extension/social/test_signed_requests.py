"""What is accepted of Facebook's cookie: what Facebook has signed for this app, lately."""

import base64
import hmac
import time

import pytest

from flask_extension.signed_requests import signed
from flask_stormpath.social import facebook_cookie
from support.providers.stand_in import CLIENT_SECRET


def test_what_facebook_has_signed_is_accepted():
    now = int(time.time())

    for issued in (now - 590, now, now + 290):
        assert facebook_cookie.read(signed(code="c", issued_at=issued), CLIENT_SECRET, now) == ("c", "")
    assert facebook_cookie.read(signed(oauth_token="t"), CLIENT_SECRET) == ("", "t")


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        ".",
        "a",
        "a.b",
        "é.ü",
        signed("another secret", code="c"),
        signed(code="c", algorithm="HMAC-SHA1"),
        signed(code="c", algorithm="none"),
        signed(code="c", algorithm=None),
        signed(code="c", issued_at=int(time.time()) - 601),
        signed(code="c", issued_at=int(time.time()) + 3_600),
        signed(code="c", issued_at="now"),
        signed(code="c", issued_at=None),
        signed(code=None),
        signed(code=["c"]),
        signed(code="c")[:-2],
        "." + signed(code="c").partition(".")[2],
        signed(code="c" * 5_000),
    ],
)
def test_another_cookie_is_not_accepted(cookie: str):
    assert facebook_cookie.read(cookie, CLIENT_SECRET) is None


def test_a_signed_text_that_is_no_object_is_not_accepted():
    for told in (b"[]", b"7", b"{", b"\xff"):
        payload = base64.urlsafe_b64encode(told).decode()
        signature = base64.urlsafe_b64encode(hmac.digest(b"s", payload.encode(), "sha256")).decode()
        assert facebook_cookie.read(f"{signature}.{payload}", "s") is None
