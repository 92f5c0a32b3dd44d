"""Secrets encrypted in an answer: the known answers of rest-auth 4.2."""

import base64

import pytest

from stormpath.server.security import transport

PASSWORD = "l8Fq3Zl+W4s1nq/9QkUzW0aV5bR7cY2dT6eH8gJ0kEX"
PLAIN = "pT7xQ2mW9vL4kZ1rN6cB8yH3sD5fG0jA"
SALT = bytes(range(16))
VECTOR = bytes(range(16, 32))

ANSWERS = {
    128: (
        "2f585ff884ab0f4344531c7cdf535d1b",
        "EBESExQVFhcYGRobHB0eH+f7KeH79X8Ivge6ATMEyFbOVOUAZkmhTIRv+ezMV+dRU6vJDSVWo35bKezChTHNnA==",
    ),
    192: (
        "2f585ff884ab0f4344531c7cdf535d1ba5cbfd3ccf49bd29",
        "EBESExQVFhcYGRobHB0eH24w51tFKtD9EqwaPrbEuF+f4IFhQSPgQP3ooykLR82wwJ0DX6TiacJNX1NT2Ev/VQ==",
    ),
    256: (
        "2f585ff884ab0f4344531c7cdf535d1ba5cbfd3ccf49bd29745e0d36267176d5",
        "EBESExQVFhcYGRobHB0eHzULwhv5O+34EDOlmRUioad6KKmnJCDlrpDThNdKFYJ6uZU1zI8cXdZOG5F64LFQDg==",
    ),
}


@pytest.mark.parametrize("bits", sorted(ANSWERS))
def test_the_ciphertext_is_the_known_answer(bits: int):
    key = transport.derive_key(PASSWORD, SALT, bits=bits, iterations=1024)

    assert (key.hex(), transport.encrypt(key, PLAIN, VECTOR)) == ANSWERS[bits]


def test_each_ciphertext_has_an_initialization_vector_of_its_own():
    key = transport.derive_key(PASSWORD, SALT, bits=128, iterations=1)

    assert transport.encrypt(key, PLAIN) != transport.encrypt(key, PLAIN)


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(bytes([251, 255, 190] * 5 + [1])).decode(),
        base64.urlsafe_b64encode(bytes([251, 255, 190] * 5 + [1])).decode(),
        base64.urlsafe_b64encode(bytes([251, 255, 190] * 5 + [1])).decode().rstrip("="),
        base64.b64encode(bytes([251, 255, 190] * 5 + [1])).decode().replace("+", " "),
    ],
)
def test_a_salt_is_read_in_either_alphabet_padded_or_not(text: str):
    assert transport.decode_salt(text) == bytes([251, 255, 190] * 5 + [1])


@pytest.mark.parametrize("text", ["", "=", "a", "a*b=", "größe"])
def test_any_other_text_is_no_salt(text: str):
    with pytest.raises(ValueError, match=r"base64|empty|string argument"):
        transport.decode_salt(text)
