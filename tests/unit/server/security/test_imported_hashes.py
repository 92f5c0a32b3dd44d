"""Imported password hashes (rest-core 6.11)."""

import base64
import hashlib

import bcrypt
import pytest

from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security import imported_hashes
from stormpath.server.security.passwords import HashGate, InsecureForTests

PASSWORD = "Tr0ub4dor"

#: From the specification.
SAMPLES = [
    "$stormpath2$SHA-256$1$c2FsdHNhbHQ=$2AjJTckZnUR2ykrfxlhJ9b/i+s5aNnVsLQMFmO2/rVw=",
    "$stormpath2$SHA-256$3$c2FsdHNhbHQ=$aEY8AJhFaDR1Bpi2ri59aFmU+ul6Qyc/oP+6pCtGmxA=",
    "$stormpath2$MD5$1$$2TobIzbEdvrF0owCO2Nw2g==",
]

CHARACTERS = "./Aa0" * 10 + "zZ9"


def check(hashed: str) -> None:
    imported_hashes.check(hashed, max_bcrypt_cost=14)


def stormpath2(algorithm: str, rounds: int, salt: bytes, password: str) -> str:
    """Return a hash made step by step as the specification describes."""
    digest = hashlib.new(imported_hashes.DIGESTS[algorithm], salt + password.encode()).digest()
    for _ in range(rounds - 1):
        digest = hashlib.new(imported_hashes.DIGESTS[algorithm], digest).digest()
    encoded = [base64.b64encode(each).decode() for each in (salt, digest)]
    return "$".join(["", "stormpath2", algorithm, str(rounds), *encoded])


class TestStormpath2:
    @pytest.mark.parametrize("hashed", SAMPLES)
    def test_the_published_samples_verify(self, hashed: str):
        check(hashed)

        assert imported_hashes.verify(PASSWORD, hashed)
        assert not imported_hashes.verify("tr0ub4dor", hashed)

    @pytest.mark.parametrize("algorithm", ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"])
    @pytest.mark.parametrize("rounds", [1, 2, 1000])
    @pytest.mark.parametrize("salt", [b"", b"\x00\xff salt"])
    def test_every_algorithm_verifies(self, algorithm: str, rounds: int, salt: bytes):
        hashed = stormpath2(algorithm, rounds, salt, "Pässword")
        check(hashed)

        assert imported_hashes.verify("Pässword", hashed)
        assert not imported_hashes.verify("Passwörd", hashed)

    @pytest.mark.parametrize(
        "hashed",
        [
            "$stormpath2$SHA-224$1$$2TobIzbEdvrF0owCO2Nw2g==",
            "$stormpath2$md5$1$$2TobIzbEdvrF0owCO2Nw2g==",
            "$stormpath2$MD5$0$$2TobIzbEdvrF0owCO2Nw2g==",
            "$stormpath2$MD5$-1$$2TobIzbEdvrF0owCO2Nw2g==",
            "$stormpath2$MD5$$$2TobIzbEdvrF0owCO2Nw2g==",
            "$stormpath2$MD5$1000001$$2TobIzbEdvrF0owCO2Nw2g==",
            "$stormpath2$MD5$99999999999999999999$$2TobIzbEdvrF0owCO2Nw2g==",
            "$stormpath2$MD5$1$2TobIzbEdvrF0owCO2Nw2g==",
            "$stormpath2$MD5$1$not base64$2TobIzbEdvrF0owCO2Nw2g==",
            "$stormpath2$MD5$1$$2TobIzbEdvrF0owCO2Nw2g",
            "$stormpath2$MD5$1$$2TobIzbEdvrF0owCO2Nw2g==$",
            "$stormpath2$MD5$1$$",
            "$stormpath2$SHA-512$1$$2TobIzbEdvrF0owCO2Nw2g==",
            "$stormpath1$MD5$1$$2TobIzbEdvrF0owCO2Nw2g==",
        ],
    )
    def test_a_hash_of_any_other_form_cannot_be_imported(self, hashed: str):
        with pytest.raises(ApiError) as caught:
            check(hashed)

        assert caught.value.code == Code.BAD_FORMAT
        assert hashed not in caught.value.developer_message


class TestBcrypt:
    @pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2x$", "$2y$"])
    def test_a_hash_of_plain_letters_verifies_under_every_prefix(self, prefix: str):
        hashed = prefix + bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()[4:]
        check(hashed)

        assert imported_hashes.verify(PASSWORD, hashed)
        assert not imported_hashes.verify("Tr0ub4dor ", hashed)

    @pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
    def test_letters_beyond_ascii_are_hashed_as_utf_8(self, prefix: str):
        hashed = prefix + bcrypt.hashpw("Pässwörd".encode(), bcrypt.gensalt(4)).decode()[4:]

        assert imported_hashes.verify("Pässwörd", hashed)

    def test_2x_is_the_sign_extension_of_the_old_crypt_blowfish(self):
        # A known answer of crypt_blowfish's own test of its bug: the bytes d1 91, which are this letter.
        hashed = "$2x$05$6bNw2HLQYeqHYyBfLMsv/OiwqTymGIGzFsA4hOTWebfehXHNprcAS"

        assert imported_hashes.verify("ё", hashed)
        assert not imported_hashes.verify("ё", hashed.replace("$2x$", "$2b$"))

    @pytest.mark.parametrize(
        ("password", "hashed"),
        [
            ("Zoë ÿ naïve", "$2x$04$abcdefghijklmnopqrstuu5eqs/mgXmz67tzhAx2Ndxa76Vwv1qHC"),
            ("пароль漢字", "$2x$04$abcdefghijklmnopqrstuu9XmIiXRl7mzxkj1knDjQimpnThMXawS"),
        ],
    )
    def test_2x_hashes_of_libxcrypt_verify(self, password: str, hashed: str):
        assert imported_hashes.verify(password, hashed)
        assert not imported_hashes.verify(f"{password}x", hashed)

    def test_only_the_first_72_bytes_count_as_they_did_when_it_was_made(self):
        for prefix in ("$2b$", "$2x$"):
            hashed = prefix + bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()[4:]

            assert imported_hashes.verify("x" * 72, hashed)
            assert imported_hashes.verify("x" * 90, hashed)
            assert not imported_hashes.verify("x" * 71, hashed)

    def test_the_unused_bits_of_a_salt_are_ignored_as_bcrypt_ignores_them(self):
        hashed = bcrypt.hashpw(PASSWORD.encode(), b"$2b$04$" + b"." * 22).decode()

        assert imported_hashes.verify(PASSWORD, f"{hashed[:28]}D{hashed[29:]}")
        assert not imported_hashes.verify(PASSWORD, f"{hashed[:28]}O{hashed[29:]}")

    @pytest.mark.parametrize("cost", ["04", "10", "14"])
    def test_costs_up_to_the_setting_are_accepted(self, cost: str):
        check(f"$2a${cost}${CHARACTERS}")

    @pytest.mark.parametrize("cost", ["15", "31"])
    def test_the_error_for_a_higher_cost_names_the_setting(self, cost: str):
        with pytest.raises(ApiError) as caught:
            check(f"$2a${cost}${CHARACTERS}")

        assert caught.value.code == Code.BAD_FORMAT
        assert "STORMPATH_MAX_BCRYPT_COST" in caught.value.developer_message

    @pytest.mark.parametrize(
        "hashed",
        [
            f"$2$10${CHARACTERS}",
            f"$2c$10${CHARACTERS}",
            f"$2A$10${CHARACTERS}",
            f"$2a$03${CHARACTERS}",
            f"$2a$32${CHARACTERS}",
            f"$2a$5${CHARACTERS}",
            f"$2a$10${CHARACTERS[:-1]}",
            f"$2a$10${CHARACTERS}.",
            f"$2a$10${CHARACTERS[:-1]}+",
            f"$2a$10${CHARACTERS}\n",
            f"2a$10${CHARACTERS}",
            "Changeme1",
            "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b6dWRWJTmaaJObG",
        ],
    )
    def test_a_hash_of_any_other_form_cannot_be_imported(self, hashed: str):
        with pytest.raises(ApiError) as caught:
            check(hashed)

        assert caught.value.code == Code.BAD_FORMAT


class TestWhatAHashReads:
    @pytest.mark.parametrize("password", ["x" * 71, "é" * 35, PASSWORD])
    def test_bcrypt_reads_a_password_of_less_than_72_bytes(self, password: str):
        assert imported_hashes.reads_all_of(password, f"$2b$10${CHARACTERS}")

    @pytest.mark.parametrize("password", ["x" * 72, "x" * 100, "é" * 36, "NUL\0"])
    def test_a_password_of_72_bytes_may_be_a_part_of_the_right_one(self, password: str):
        assert not imported_hashes.reads_all_of(password, f"$2b$10${CHARACTERS}")

    def test_2x_loses_letters_before_one_beyond_ascii(self):
        hashed = "$2x$05$6bNw2HLQYeqHYyBfLMsv/OiwqTymGIGzFsA4hOTWebfehXHNprcAS"

        assert not imported_hashes.reads_all_of("ё", hashed)
        assert imported_hashes.reads_all_of(PASSWORD, hashed)

    def test_stormpath2_reads_all(self):
        assert imported_hashes.reads_all_of("x" * 200, SAMPLES[0])


class TestGate:
    @pytest.mark.parametrize(
        "hashed", [f"$2a$31${CHARACTERS}", "$stormpath2$MD5$9999999999$$2TobIzbEdvrF0owCO2Nw2g=="]
    )
    def test_a_stored_hash_above_the_highest_cost_is_not_computed(
        self, hashed: str, caplog: pytest.LogCaptureFixture
    ):
        """However it came into the database: a cost of 31 would take a core for a day."""

        class Matching(InsecureForTests):
            verified = 0

            def verify(self, password: str, stored: str) -> bool:
                self.verified += 1
                return True

        scheme = Matching()
        gate = HashGate(scheme, slots=1)

        assert gate.verify(PASSWORD, hashed) is False

        # It costs what a login costs, and the operator learns why it was refused.
        assert scheme.verified == 1
        assert "STORMPATH_MAX_BCRYPT_COST" in caplog.text
        assert hashed not in caplog.text
        gate.close()

    def test_it_verifies_imported_hashes_and_calls_them_outdated(self):
        gate = HashGate(InsecureForTests(), slots=1)

        for hashed in SAMPLES:
            assert gate.verify(PASSWORD, hashed)
            assert not gate.verify("x", hashed)
            assert gate.is_outdated(hashed, PASSWORD)
        long = "$2b$" + bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()[4:]
        assert gate.verify("x" * 80, long)
        assert not gate.is_outdated(long, "x" * 80)
        assert not gate.is_outdated(gate.hash(PASSWORD), PASSWORD)

    def test_it_imports_no_hash_above_its_highest_cost(self):
        gate = HashGate(InsecureForTests(), slots=1, max_bcrypt_cost=5)
        gate.check_imported(f"$2a$05${CHARACTERS}")

        with pytest.raises(ApiError):
            gate.check_imported(f"$2a$06${CHARACTERS}")
