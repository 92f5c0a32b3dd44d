"""Addresses that an account may have, and those that no mail can reach (RFC 5321, 6531)."""

import unicodedata

import pytest

from stormpath.server.mail import mime
from stormpath.server.mail.email import Email
from stormpath.server.schema.addresses import BadAddress, EmailAddress, is_possible
from stormpath.server.schema.errors import ApiError, Code

GOOD = [
    "joe@example.com",
    "administrator@localhost",
    "joe+tag@example.com",
    "+@example.com",
    "o'hara_{x}!#$%&*-/?=^`|~@example.com",
    "a.b.c@example.com",
    '"joe doe"@example.com',
    '"joe..doe"@example.com',
    '"a,b>c\\"d"@example.com',
    "a:b@example.com",
    "jörg@bücher.example",
    "jörg@xn--bcher-kva.example",
    unicodedata.normalize("NFD", "jörg@bücher.example"),
    "用户@例子.广告",
    "उदाहरण@example.com",
    "joe@[192.0.2.1]",
    "joe@my_host.example.com",
    "joe@123.example",
    "x" * 64 + "@example.com",
    "x" * 100 + "@example.com",
    "joe@" + "x" * 63 + ".example",
    "joe@" + "x." * 120 + "example",
]
BAD = [
    "",
    "joe",
    "@example.com",
    "joe@",
    "joe@example..com",
    "joe@example.com.",
    "joe@.example.com",
    "joe..x@example.com",
    ".joe@example.com",
    "joe.@example.com",
    "joe@-",
    "joe@-example.com",
    "joe@example-.com",
    "joe@" + "x" * 64 + ".example",
    "joe@" + "x." * 124 + "example",
    "joe@" + "é." * 124 + "example",
    "joe\x01@example.com",
    "joe\x7f@example.com",
    '"joe\x01"@example.com',
    "joe\n@example.com",
    "jo\u200be@example.com",
    '"jo\u200be"@example.com',
    "joe@exam\u200bple.com",
    "joe@exam\u00adple.com",
    "\ufeffjoe@example.com",
    "jo\u202ee@example.com",
    "joe@example.com\u200e",
    "jo\u2066e@example.com",
    "jo\u034fe@example.com",
    "jo\ufe0fe@example.com",
    "jo\u3164e@example.com",
    "joe doe@example.com",
    "joe\u00a0doe@example.com",
    '"joe\u00a0doe"@example.com',
    "joe@exam ple.com",
    "<joe@example.com>",
    "joe<x@example.com",
    "Joe <joe@example.com>",
    '"joe@example.com',
    'jo"e@example.com',
    "jo\\e@example.com",
    "joe@doe@example.com",
    '"joe@doe"@example.com',
    "joe@example.com,jack@example.com",
    "joe@example.com>",
    "joe@exam_ple!.com",
    "joe@\u2764.example",
]


@pytest.mark.parametrize("address", GOOD)
def test_good_addresses_stay_good(address: str):
    assert EmailAddress("email").check(address) == address
    assert mime.checked(address) == address


@pytest.mark.parametrize("address", BAD)
def test_impossible_addresses_are_refused(address: str):
    with pytest.raises(ApiError) as caught:
        EmailAddress("email").check(address)

    assert caught.value.code in (Code.BAD_FORMAT, Code.TOO_SHORT, Code.TOO_LONG)
    assert address in "joe@example.com" or address not in caught.value.message
    assert not is_possible(address)
    with pytest.raises(BadAddress):
        mime.checked(address)


@pytest.mark.parametrize("address", GOOD)
def test_mail_can_be_sent_to_every_good_address(address: str):
    email = Email("Atlas", "atlas@example.com", address, "Subject", text="Text")

    message = mime.smtp_message(email, "5TzWq0", 0)

    assert message.recipient.rpartition("@")[2].isascii()
    assert f"To: <{message.recipient}>\r\n".encode() in message.data


@pytest.mark.parametrize(
    "address", [" joe@example.com ", "\tjoe@example.com\n", "\u3000joe@example.com\u00a0"]
)
def test_blanks_around_an_address_are_left_out(address: str):
    assert EmailAddress("email").check(address) == "joe@example.com"
