"""Password hashes of LDAP servers, compared with what slappasswd and OpenSSL make."""

import base64
import hashlib
import subprocess
import time

import argon2
import pytest

from stormpath.server.domain.hash_kinds import bind_kind, directory_of_bind, kind_of
from stormpath.server.security import crypt_hashes, imported_hashes, ldap_hashes
from stormpath.server.security.passwords import HashGate, InsecureForTests
from stormpath.server.security.stand_ins import like

PASSWORDS = ["Tr0ub4dor", "x", "gr\u00fcn \u2713", "p" * 15, "p" * 16, "p" * 33, "\u00fc" * 64, "a b$c{d}e"]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def ab64(data: bytes) -> str:
    """Return Base64 as OpenLDAP's pw-pbkdf2 writes it."""
    return b64(data).replace("+", ".").rstrip("=")


def openssl(password: str, *options: str) -> str:
    command = ["openssl", "passwd", *options, "-stdin"]
    return subprocess.run(command, input=password, capture_output=True, text=True, check=True).stdout.strip()


def slappasswd(password: str, scheme: str) -> str:
    command = ["/usr/sbin/slappasswd", "-h", scheme, "-n", "-s", password]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def accepts(password: str, hashed: str) -> bool:
    """Tell whether a hash is understood as one of that password, and of no other."""
    assert imported_hashes.is_within(hashed, max_bcrypt_cost=5), hashed
    assert not imported_hashes.verify(password + "x", hashed)
    assert not imported_hashes.verify("", hashed)
    return imported_hashes.verify(password, hashed)


@pytest.mark.parametrize("scheme", ["{SSHA}", "{SHA}", "{SMD5}", "{MD5}"])
def test_what_slappasswd_makes(scheme: str):
    for each in PASSWORDS:
        assert accepts(each, slappasswd(each, scheme))


@pytest.mark.parametrize("options", [("-1",), ("-apr1",), ("-5",), ("-6",)], ids=lambda each: each[0])
def test_what_openssl_makes(options: tuple[str, ...]):
    for number, each in enumerate(PASSWORDS):
        assert accepts(each, "{CRYPT}" + openssl(each, *options, "-salt", "./aZ09xy"[: number + 1]))


@pytest.mark.parametrize(("kind", "rounds"), [("-5", 1000), ("-6", 1234), ("-6", 41 * 43)])
def test_rounds_that_the_hash_names(kind: str, rounds: int):
    assert accepts(
        "Tr0ub4dor", "{crypt}" + openssl("Tr0ub4dor", kind, "-salt", f"rounds={rounds}$longsaltlongsalt")
    )


@pytest.mark.parametrize(
    ("scheme", "algorithm"),
    [
        ("SSHA256", "sha256"),
        ("SSHA384", "sha384"),
        ("SSHA512", "sha512"),
        ("SHA256", "sha256"),
        ("ssha", "sha1"),
    ],
)
def test_digests_with_and_without_salt(scheme: str, algorithm: str):
    salt = b"salt of any length" if scheme.lower().startswith("ss") else b""
    for each in PASSWORDS:
        digest = hashlib.new(algorithm, each.encode() + salt).digest()
        assert accepts(each, f"{{{scheme}}}{b64(digest + salt)}")


@pytest.mark.parametrize(
    ("scheme", "algorithm"),
    [("PBKDF2", "sha1"), ("PBKDF2-SHA1", "sha1"), ("PBKDF2-SHA256", "sha256"), ("PBKDF2-SHA512", "sha512")],
)
def test_pbkdf2_as_openldap_writes_it(scheme: str, algorithm: str):
    salt = b"\xfb\xff16 bytes of it"
    for each in PASSWORDS[:3]:
        digest = hashlib.pbkdf2_hmac(algorithm, each.encode(), salt, 1000)
        assert accepts(each, f"{{{scheme}}}1000${ab64(salt)}${ab64(digest)}")


@pytest.mark.parametrize("kind", list(argon2.Type))
def test_argon2_as_openldap_writes_it(kind: argon2.Type):
    hasher = argon2.PasswordHasher(time_cost=3, memory_cost=4096, parallelism=1, type=kind)

    assert accepts("gr\u00fcn", "{ARGON2}" + hasher.hash("gr\u00fcn"))


def test_bcrypt_within_crypt():
    hashed = "{CRYPT}$2b$04$abcdefghijklmnopqrstuuKC4nwQ/40pdVH.z4/reSqlzV4ZGMBQG"

    assert accepts("Tr0ub4dor", hashed)
    assert not imported_hashes.is_within(hashed.replace("$04$", "$12$"), max_bcrypt_cost=5)
    assert not imported_hashes.reads_all_of("p" * 72, hashed)


@pytest.mark.parametrize(
    "hashed",
    [
        "",
        "{",
        "{}",
        "{SSHA}",
        "{SSHA}not Base64",
        "{SSHA}" + b64(b"short"),
        "{SSHA}" + b64(bytes(20)),
        "{SSHA}" + b64(bytes(20 + 65)),
        "{SHA}" + b64(bytes(21)),
        "{SSHA}" + "A" * 2000,
        "{UNKNOWN}" + b64(bytes(28)),
        "{CLEARTEXT}secret",
        "{CRYPT}ab1cd2ef3gh4i",
        "{CRYPT}$1$salt$short",
        "{CRYPT}$1$ninechars$" + "a" * 22,
        "{CRYPT}$1$rounds=5000$salt$" + "a" * 22,
        "{CRYPT}$5$salt$" + "a" * 86,
        "{CRYPT}$6$rounds=200001$salt$" + "a" * 86,
        "{CRYPT}$6$rounds=999999999999$salt$" + "a" * 86,
        "{CRYPT}$y$j9T$salt$" + "a" * 43,
        "{PBKDF2-SHA256}0$c2FsdA$" + ab64(bytes(32)),
        "{PBKDF2-SHA256}1000001$c2FsdA$" + ab64(bytes(32)),
        "{PBKDF2-SHA256}1000$c2FsdA$" + ab64(bytes(20)),
        "{ARGON2}$argon2id$v=19$m=1048576,t=1,p=1$" + "A" * 22 + "$" + "A" * 43,
        "{ARGON2}$argon2id$v=19$m=65536,t=5,p=1$" + "A" * 22 + "$" + "A" * 43,
        "{ARGON2}$argon2id$v=19$m=4096,t=3,p=64$" + "A" * 22 + "$" + "A" * 43,
        "{SSHA}" + b64(bytes(28)) + "\n",
    ],
)
def test_what_is_of_no_use_or_too_expensive_is_known_as_such(hashed: str):
    assert not imported_hashes.is_within(hashed, max_bcrypt_cost=5)
    begun = time.process_time()
    HashGate(InsecureForTests(), slots=1).verify("secret", hashed)
    assert time.process_time() - begun < 1


def test_an_empty_password_is_none_whatever_its_hash():
    assert not ldap_hashes.verify("", "{SHA}" + b64(hashlib.sha1(b"", usedforsecurity=False).digest()))


def test_the_most_expensive_hashes_take_less_than_a_few_seconds():
    for each in (
        f"{{CRYPT}}$6$rounds={crypt_hashes.MAX_ROUNDS}$",
        "{ARGON2}$argon2id$v=19$m=65536,t=4,p=1$",
    ):
        hashed = like(each)
        assert imported_hashes.is_within(hashed, max_bcrypt_cost=5)
        begun = time.process_time()
        assert not imported_hashes.verify("Tr0ub4dor", hashed)
        assert time.process_time() - begun < 4, each


@pytest.mark.parametrize(
    "kind",
    [
        *(
            each
            for each in ldap_hashes.SCHEMES
            if "PBKDF2" not in each and each not in ("{CRYPT}", "{ARGON2}")
        ),
        "{ssha}",
        "{CRYPT}$1$",
        "{CRYPT}$apr1$",
        "{CRYPT}$5$",
        "{crypt}$6$rounds=7000$",
        "{CRYPT}$2b$04$",
        "{PBKDF2}1000$",
        "{PBKDF2-SHA512}1000$",
        "{ARGON2}$argon2id$v=19$m=4096,t=3,p=1$",
    ],
)
def test_a_stand_in_is_of_the_same_kind_and_is_verified_at_the_same_cost(kind: str):
    hashed = like(kind)

    assert kind_of(hashed) == kind
    assert imported_hashes.is_within(hashed, max_bcrypt_cost=5)
    assert not imported_hashes.verify("Tr0ub4dor", hashed)
    assert like(kind) != hashed


def test_a_bind_stands_in_for_itself():
    assert like(bind_kind("3aBcD")) == bind_kind("3aBcD")
    assert directory_of_bind(bind_kind("3aBcD")) == "3aBcD"
    assert directory_of_bind("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA") is None


def test_the_schemes_that_agents_are_told_are_those_that_are_known():
    digests = "{SSHA} {SHA} {SMD5} {MD5} {SSHA256} {SHA256} {SSHA384} {SHA384} {SSHA512} {SHA512}"
    others = "{CRYPT} {PBKDF2} {PBKDF2-SHA1} {PBKDF2-SHA256} {PBKDF2-SHA512} {ARGON2}"

    assert set(ldap_hashes.SCHEMES) == {*digests.split(), *others.split()}
