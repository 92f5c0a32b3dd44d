"""Mail servers as URLs name them, and the encryption that each URL asks for."""

import pytest

from stormpath.server.mail.mail_server import NEVER, OFFERED, REQUIRED, MailServer

PASSWORD = "qua:x/q@#uux"
ENCODED = "qua%3Ax%2Fq%40%23uux"


def test_a_url_names_host_port_user_and_password():
    smtp = MailServer.parse(f"smtp://post%40example.com:{ENCODED}@mail.example.com:2525")

    assert (smtp.host, smtp.port) == ("mail.example.com", 2525)
    assert (smtp.user, smtp.password) == ("post@example.com", PASSWORD)


@pytest.mark.parametrize(
    ("url", "port", "is_encrypted"), [("smtp://mail", 587, False), ("smtps://mail/", 465, True)]
)
def test_the_scheme_decides_the_port_and_whether_everything_is_encrypted(url, port, is_encrypted):
    smtp = MailServer.parse(url)

    assert (smtp.port, smtp.is_encrypted) == (port, is_encrypted)


def test_an_ipv6_address_is_written_in_brackets():
    smtp = MailServer.parse("smtp://[::1]:25")

    assert (smtp.host, smtp.port, str(smtp)) == ("::1", 25, "smtp://[::1]:25")


@pytest.mark.parametrize(
    ("url", "starttls"),
    [
        ("smtp://mail", OFFERED),
        ("smtp://mail?starttls=required", REQUIRED),
        ("smtp://mail?starttls=never", NEVER),
        ("smtp://user:secret@mail", REQUIRED),
        ("smtp://user:secret@mail?starttls=offered", REQUIRED),
        ("smtp://user:secret@mail?starttls=never", NEVER),
    ],
)
def test_a_password_is_sent_encrypted_unless_the_url_says_never(url, starttls):
    assert MailServer.parse(url).starttls == starttls


def test_certificates_and_timeout_are_read_from_parameters():
    smtp = MailServer.parse("smtps://mail?ca=/etc/own%20ca.pem&timeout=2.5")

    assert (smtp.ca, smtp.timeout) == ("/etc/own ca.pem", 2.5)
    assert (MailServer.parse("smtp://mail").ca, MailServer.parse("smtp://mail").timeout) == (None, 30.0)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.com",
        "http://mail",
        "smtp://",
        "smtp://:25",
        f"smtp://user:{PASSWORD}@mail",
        f"smtp://user:{ENCODED}@mail:port",
        f"smtp://user:{ENCODED}@mail:99999",
        f"smtp://user:{ENCODED}@[::1",
        f"smtp://user:{ENCODED}@mail/path",
        f"smtp://user:{ENCODED}@mail#there",
        f"smtp://:{ENCODED}@mail",
        "smtp://user@mail",
        f"smtp://user:{ENCODED}%0A@mail",
        f"smtp://user:{ENCODED}%C3%A9@mail",
        f"smtp://user:{ENCODED}@mail?starttls=maybe",
        f"smtps://user:{ENCODED}@mail?starttls=never",
        f"smtp://user:{ENCODED}@mail?tls=yes",
        f"smtp://user:{ENCODED}@mail?ca=",
        "smtp://mail?timeout=0",
        "smtp://mail?timeout=-1",
        "smtp://mail?timeout=nan",
        "smtp://mail?timeout=soon",
        "smtp://mail?timeout=601",
    ],
)
def test_a_bad_url_is_refused_in_one_line_without_its_password(url):
    with pytest.raises(ValueError, match="SMTP URL") as refused:
        MailServer.parse(url)

    said = str(refused.value)
    assert "\n" not in said
    assert not any(piece in said for piece in ("qua", "uux", "x/q", "x%2Fq"))
    assert refused.value.__cause__ is None


def test_the_repr_of_a_mail_server_does_not_show_its_password():
    smtp = MailServer.parse(f"smtp://user:{ENCODED}@mail")

    assert PASSWORD not in f"{smtp!r} {smtp}"
