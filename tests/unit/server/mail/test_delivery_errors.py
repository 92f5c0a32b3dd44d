"""Errors of deliveries, as operators read them."""

from stormpath.server.jobs.delivery_errors import one_line
from stormpath.server.mail.delivery_errors import spellings, without_quotes
from stormpath.server.mail.email import Email


def test_the_words_of_a_server_become_one_short_line():
    assert one_line("450 4.2.0 \x1b[31mtry\r\n  later\x00\u2028") == "450 4.2.0 [31mtry later"
    assert len(one_line("x" * 5000)) == 300


def test_tokens_are_removed_from_what_a_server_quotes():
    token = "0351NbO89RWKFR3SXXBGM3"
    email = Email("A", "a@example.com", "b@example.com", "Hi", text=f"https://x.org/?sptoken={token}&a=b")

    said = without_quotes(f"550 spam: https://x.org/?sptoken={token} (see 0351NbO89RWKFR3SXXBGM4)", email)

    assert said == "550 spam: https://x.org/?sptoken=*** (see 0351NbO89RWKFR3SXXBGM4)"


def test_the_spellings_of_a_password_are_those_in_which_it_is_sent():
    assert spellings("user", "secret") == ["AHVzZXIAc2VjcmV0", "c2VjcmV0", "secret"]
