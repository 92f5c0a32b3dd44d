"""Encryption of secrets at rest."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.domain.storage import CannotOpen
from stormpath.server.security.encryption import SecretBox, key_from_file, key_from_text

KEY, OTHER = bytes(32), bytes(range(32))


@given(st.text(), st.text())
def test_a_sealed_secret_can_be_opened(secret: str, belongs_to: str):
    box = SecretBox(KEY)

    assert box.open(box.seal(secret, belongs_to), belongs_to) == secret


def test_a_digest_depends_on_key_data_and_purpose():
    digest = SecretBox(KEY).digest(b"data", "purpose")

    assert SecretBox(KEY).digest(b"data", "purpose") == digest
    others = {
        SecretBox(OTHER).digest(b"data", "purpose"),
        SecretBox(KEY).digest(b"Data", "purpose"),
        SecretBox(KEY).digest(b"data", "other purpose"),
    }
    assert len(others | {digest}) == 4


def test_the_same_secret_is_sealed_differently_each_time():
    box = SecretBox(KEY)

    assert box.seal("secret", "a") != box.seal("secret", "a")
    assert b"secret" not in box.seal("secret", "a")


def test_a_secret_cannot_be_opened_with_another_key_or_for_another_owner():
    sealed = SecretBox(KEY).seal("secret", "a")

    for box, owner in ((SecretBox(OTHER), "a"), (SecretBox(KEY), "b")):
        with pytest.raises(ValueError, match="another key"):
            box.open(sealed, owner)


def test_an_altered_ciphertext_cannot_be_opened():
    box = SecretBox(KEY)
    sealed = bytearray(box.seal("secret", "a"))
    sealed[-1] ^= 1

    with pytest.raises(ValueError, match="another key"):
        box.open(bytes(sealed), "a")


def test_fingerprints_of_keys_differ_and_do_not_show_the_keys():
    assert SecretBox(KEY).fingerprint == SecretBox(KEY).fingerprint != SecretBox(OTHER).fingerprint
    assert base64.b64encode(OTHER).decode() not in repr(SecretBox(OTHER))


def test_each_purpose_has_a_signing_key_of_its_own():
    box = SecretBox(KEY)

    assert box.key_for("a") == SecretBox(KEY).key_for("a")
    assert len({box.key_for("a"), box.key_for("b"), SecretBox(OTHER).key_for("a"), KEY}) == 4
    assert len(box.key_for("a")) == 32


@pytest.mark.parametrize("text", ["", "x", "AAAA", base64.b64encode(bytes(31)).decode(), "!" * 44])
def test_a_key_is_32_bytes_in_base64(text: str):
    assert key_from_text(f" {base64.b64encode(OTHER).decode()}\n", "HERE") == OTHER
    with pytest.raises(CannotOpen, match="HERE must hold 32 bytes"):
        key_from_text(text, "HERE")


class TestKeyFile:
    def test_it_is_written_once_readable_by_its_owner_alone(self, tmp_path: Path):
        path = tmp_path / "deep" / "secret.key"

        key = key_from_file(path, create=True)

        assert key_from_file(path, create=True) == key_from_file(path, create=False) == key
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [each.name for each in path.parent.iterdir()] == ["secret.key"]

    def test_many_at_once_get_one_key(self, tmp_path: Path):
        with ThreadPoolExecutor(8) as threads:
            keys = set(threads.map(lambda _: key_from_file(tmp_path / "key", create=True), range(8)))

        assert len(keys) == 1

    def test_a_missing_one_is_not_created_for_an_existing_database(self, tmp_path: Path):
        with pytest.raises(CannotOpen, match="is missing"):
            key_from_file(tmp_path / "key", create=False)

        assert list(tmp_path.iterdir()) == []

    def test_a_folder_in_its_place_is_an_error(self, tmp_path: Path):
        with pytest.raises(CannotOpen, match="cannot be read"):
            key_from_file(tmp_path, create=True)

    def test_a_folder_that_cannot_be_created_is_an_error(self, tmp_path: Path):
        (tmp_path / "file").write_text("x")

        with pytest.raises(CannotOpen):
            key_from_file(tmp_path / "file" / "key", create=True)


@pytest.mark.parametrize("around", ["{}", "{}\r\n", "\ufeff{}\n"])
def test_a_key_file_may_have_a_byte_order_mark_and_any_line_end(tmp_path: Path, around: str):
    path = tmp_path / "secret.key"
    path.write_text(around.format(base64.b64encode(OTHER).decode()), encoding="utf-8", newline="")

    assert key_from_file(path, create=False) == OTHER


@pytest.mark.parametrize("content", [OTHER, bytes(range(100, 256)), "ä".encode() * 22])
def test_a_key_file_that_is_no_base64_is_refused_by_name(tmp_path: Path, content: bytes):
    path = tmp_path / "secret.key"
    path.write_bytes(content)

    with pytest.raises(CannotOpen, match=str(path)):
        key_from_file(path, create=False)
