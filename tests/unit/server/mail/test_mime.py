"""E-mails as they go over the wire: no value in them adds, changes or breaks another."""

import email
from contextlib import suppress
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.mail import macros, mime
from stormpath.server.mail.email import Email
from stormpath.server.schema.addresses import BadAddress, parts

CREATED = 1_700_000_000_123
NASTY = [
    *("\r", "\n", "\r\n", "\r\n\r\n", "\0", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\ud800"),
    *("\r\nBcc: evil@example.com\r\n", "\nTo: evil@example.com", "=?utf-8?q?=0D=0ABcc:_x@y.z?=", "=?", "?="),
    *(",", ";", ":", "<", ">", '"', "\\", "(", ")", "@", "[", "]", " ", "  ", "\t", ".", "=", "&", "'"),
    *(
        "<evil@example.com>",
        ", evil@example.com",
        "é",
        "😀",
        "Ж" * 40,
        "x" * 90,
        "x " * 60,
        "\nFrom x",
        "\n.",
    ),
]
HEADERS = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted"]

texts = st.one_of(st.text(), st.lists(st.sampled_from([*NASTY, "a", "b c"])).map("".join))
local_parts = st.one_of(
    st.text(min_size=1), st.lists(st.sampled_from([*NASTY, "a", "bc"]), min_size=1).map("".join)
)
addresses = st.builds(
    "{}@{}".format,
    local_parts,
    st.sampled_from(["example.com", "münchen.example", "localhost", "[192.0.2.1]"]),
)


def is_address(text: str) -> bool:
    try:
        parts(text)
    except BadAddress:
        return False
    return True


mailboxes = addresses.filter(is_address)


def an_email(**values: Any) -> Email:
    common = {"from_name": "Atlas", "from_address": "atlas@example.com", "to": "ada@example.org"}
    return Email(**{**common, "subject": "Hello", "text": "Hi\n", **values})


def sent(message: EmailMessage) -> EmailMessage:
    """Return the message as a reader of its bytes parses it."""
    parsed = email.message_from_string(message.as_bytes().decode(), policy=SMTPUTF8)
    assert isinstance(parsed, EmailMessage)
    return parsed


def built(**values: Any) -> EmailMessage:
    return sent(mime.build(an_email(**values), "5TzWq0", CREATED))


def raw_headers(message: EmailMessage) -> dict[str, str]:
    """Return the header lines, each unfolded, as they are in the bytes."""
    head = message.as_bytes().decode().partition("\r\n\r\n")[0]
    lines = head.replace("\r\n ", " ").split("\r\n")
    return {name: value for name, _, value in (line.partition(": ") for line in lines)}


def words(text: str) -> str:
    return str(make_header(decode_header(text)))


def read(part: Any) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


def lines(text: str) -> str:
    """Return a body as every reader has it: only its line ends may differ."""
    text = macros.writable(text).replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


class TestMessage:
    def test_the_headers_are_those_of_an_email_that_a_program_sends(self):
        message = built(reply_to="help@example.com")

        assert message.items() == [
            ("From", "Atlas <atlas@example.com>"),
            ("To", "ada@example.org"),
            ("Reply-To", "help@example.com"),
            ("Subject", "Hello"),
            ("Date", "Tue, 14 Nov 2023 22:13:20 +0000"),
            ("Message-ID", "<5TzWq0@example.com>"),
            ("Auto-Submitted", "auto-generated"),
            ("Content-Type", 'text/plain; charset="utf-8"'),
            ("Content-Transfer-Encoding", "7bit"),
            ("MIME-Version", "1.0"),
        ]

    def test_without_a_reply_address_there_is_no_reply_to_header(self):
        assert "Reply-To" not in built()

    @pytest.mark.parametrize(
        ("bodies", "kinds"),
        [
            ({"text": "T\n"}, {"text/plain": "T\n"}),
            ({"text": None, "html": "<p>H</p>\n"}, {"text/html": "<p>H</p>\n"}),
            ({"text": "T\n", "html": "<p>H</p>\n"}, {"text/plain": "T\n", "text/html": "<p>H</p>\n"}),
        ],
    )
    def test_each_body_is_a_part_of_its_media_type(self, bodies: dict[str, str], kinds: dict[str, str]):
        parts = [each for each in built(**bodies).walk() if not each.is_multipart()]

        assert {each.get_content_type(): read(each) for each in parts} == kinds

    def test_html_is_the_last_of_two_bodies(self):
        message = built(html="<p>Hi</p>")

        assert message.get_content_type() == "multipart/alternative"
        assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]

    def test_a_message_consists_of_short_lines_of_ascii(self):
        message = mime.build(
            an_email(
                from_name="Zoë " * 60,
                subject="ñ" * 900,
                text="é" * 5000 + "\n" + "x" * 5000,
                html="<p>" + "x " * 5000,
            ),
            "5TzWq0",
            CREATED,
        )

        written = message.as_bytes()

        assert written.isascii()
        assert not message.policy.utf8
        assert max(map(len, written.split(b"\r\n"))) <= 78

    def test_every_line_of_a_message_ends_with_crlf(self):
        written = mime.build(an_email(text="a\nb\r\nc\rd", html="<p>\n\r</p>"), "5TzWq0", CREATED).as_bytes()

        assert written.count(b"\n") == written.count(b"\r") == written.count(b"\r\n")


class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "written"),
        [
            ("ada@example.com", "ada@example.com"),
            ("a.b+c'd@example.com", "a.b+c'd@example.com"),
            ("administrator@localhost", "administrator@localhost"),
            ("a,b@example.com", '"a,b"@example.com'),
            ("a>b@example.com", '"a>b"@example.com'),
            ("a..b@example.com", '"a..b"@example.com'),
            (".a@example.com", '".a"@example.com'),
            ('a"b\\c@example.com', '"a\\"b\\\\c"@example.com'),
            ('"a,b"@example.com', '"a,b"@example.com'),
            ('"@example.com', '"\\""@example.com'),
            ("a@b@example.com", '"a@b"@example.com'),
            ("ada@münchen.example", "ada@xn--mnchen-3ya.example"),
            ("ada@straße.example", "ada@xn--strae-oqa.example"),
            ("ada@[192.0.2.1]", "ada@[192.0.2.1]"),
            ("ada@my_host.example.com", "ada@my_host.example.com"),
            ("zoë@example.com", "zoë@example.com"),
        ],
    )
    def test_addresses_are_quoted_only_where_they_must_be(self, address: str, written: str):
        assert mime.envelope(an_email(to=address)) == ("atlas@example.com", written)
        assert mime.envelope(an_email(from_address=address)) == (written, "ada@example.org")
        assert raw_headers(mime.build(an_email(to=address), "5TzWq0", CREATED))["To"] == f"<{written}>"

    @pytest.mark.parametrize(
        "address",
        [
            *("", "ada", "@example.com", "ada@", "ada@.com", "ada@example..com", "ada@example.com."),
            *(
                "a b@example.com",
                "a\r\n@example.com",
                "a\0@example.com",
                "a\x7f@example.com",
                "a\u2028b@c.de",
            ),
            *(
                "ada@exa mple.com",
                "ada@-example.com",
                "ada@exam,ple.com",
                "ada@example.com>",
                "ada@😀.example",
            ),
            *(
                "ada@" + "a" * 64 + ".com",
                "ada@" + "a." * 130 + "com",
                "ada@" + "é." * 130 + "com",
                "a\ud800@b.c",
            ),
        ],
    )
    @pytest.mark.parametrize("where", ["to", "from_address", "reply_to"])
    def test_addresses_that_cannot_receive_mail_are_refused(self, where: str, address: str):
        if (where, address) == ("reply_to", ""):
            return

        with pytest.raises(BadAddress) as caught:
            mime.build(an_email(**{where: address}), "5TzWq0", CREATED)

        assert len(str(caught.value).splitlines()) == 1

    def test_addresses_beyond_ascii_need_a_server_with_smtputf8(self):
        message = mime.build(an_email(to="zoë@example.com"), "5TzWq0", CREATED)

        assert message.policy.utf8
        assert sent(message)["To"].addresses[0].username == "zoë"

    @given(mailboxes)
    def test_any_address_is_exactly_one_recipient(self, address: str):
        recipient = mime.envelope(an_email(to=address))[1]
        message = built(to=address, reply_to=address)

        if not recipient.endswith("]"):
            # Some versions of Python read no address literals here.
            assert parseaddr(recipient) == ("", recipient)
        for name in ("To", "Reply-To"):
            (found,) = message[name].addresses
            assert found.addr_spec.rpartition("@")[2] == recipient.rpartition("@")[2]
            assert message[name].groups[0].display_name is None
            assert not message[name].defects or not recipient.isascii()


class TestMailboxes:
    @pytest.mark.parametrize(
        ("address", "mailbox"),
        [
            ("Joe@EXAMPLE.com", "joe@example.com"),
            (r'"j\o\e"@example.com', "joe@example.com"),
            (r'"a\"b"@example.com', 'a"b@example.com'),
            ("joe+x@example.com", "joe+x@example.com"),
            ("joe@BÜCHER.example", "joe@xn--bcher-kva.example"),
            ("joe@exam\u00adple.\uff43om", "joe@example.com"),
            ("Joe@example.com.", "joe@example.com."),
            ("JOE", "joe"),
        ],
    )
    def test_all_spellings_of_an_address_are_one_mailbox(self, address: str, mailbox: str):
        assert mime.mailbox(address) == mailbox

    @given(addresses)
    def test_the_spelling_in_the_envelope_is_the_same_mailbox(self, address: str):
        with suppress(BadAddress):
            assert mime.mailbox(mime.envelope(an_email(to=address))[1]) == mime.mailbox(address)


class TestNothingBreaksAMessage:
    @given(texts, texts, mailboxes)
    def test_no_value_adds_or_changes_a_header(self, name: str, subject: str, address: str):
        message = built(from_name=name, subject=subject, to=address)
        raw = raw_headers(message)

        assert list(message) == [*(each for each in HEADERS if each != "Reply-To"), *list(message)[6:]]
        assert set(message) - set(HEADERS) == {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
        assert message["Subject"] == words(raw["Subject"]) == macros.one_line(subject)
        assert words(raw["From"]) == words(raw["From"]).strip()
        (sender,) = message["From"].addresses
        assert sender.addr_spec == "atlas@example.com"
        assert len(message["To"].addresses) == 1

    @given(texts)
    def test_names_are_read_as_they_were_written(self, name: str):
        message = built(from_name=name)
        (sender,) = message["From"].addresses
        phrase = raw_headers(message)["From"].rpartition("<")[0].rstrip(" ")

        # The parser of Python 3.11 leaves the spaces in that fold a name of several encoded words.
        assert "".join(sender.display_name.split()) == "".join(macros.one_line(name).split())
        if phrase.startswith("=?"):
            assert words(phrase) == macros.one_line(name)

    @given(texts, texts)
    def test_two_bodies_are_read_as_they_were_written(self, text: str, page: str):
        message = built(text=text, html=page)
        text_part, html_part = message.iter_parts()

        assert read(text_part) == lines(text)
        assert read(html_part) == lines(page)

    @given(texts)
    def test_a_single_body_is_read_as_it_was_written(self, text: str):
        assert read(built(text=text)) == lines(text)

    @given(texts)
    def test_lines_are_never_too_long_for_a_server(self, text: str):
        message = mime.build(an_email(from_name=text, subject=text, text=text, html=text), "5TzWq0", CREATED)

        assert max(map(len, message.as_bytes().split(b"\r\n"))) <= 998


class TestSender:
    @pytest.mark.parametrize(
        ("text", "sender"),
        [
            ("no-reply@example.com", ("", "no-reply@example.com")),
            (" Atlas <no-reply@example.com> ", ("Atlas", "no-reply@example.com")),
            ("<no-reply@example.com>", ("", "no-reply@example.com")),
            ('"Atlas, \\"Inc.\\"" <no-reply@example.com>', ('Atlas, "Inc."', "no-reply@example.com")),
            ("Atlas, Inc. <no-reply@example.com>", ("Atlas, Inc.", "no-reply@example.com")),
            ("Zoë <zoe@münchen.example>", ("Zoë", "zoe@münchen.example")),
        ],
    )
    def test_a_sender_is_an_address_with_or_without_a_name(self, text: str, sender: tuple[str, str]):
        assert mime.parse_sender(text) == sender

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Atlas",
            "Atlas <>",
            "Atlas <a>",
            "Atlas a@b.c",
            "A <a@b.c> B",
            "A <a@b.c>, B <b@b.c>",
            "A\nB <a@b.c>",
        ],
    )
    def test_a_text_that_is_no_sender_is_refused(self, text: str):
        with pytest.raises(BadAddress):
            mime.parse_sender(text)
