"""Names of entries are compared as servers compare them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap.dn import escape_dn_chars

from stormpath.agent import names

#: Spellings of one name.
SPELLINGS = [
    r"cn=Doe\, Joe+uid=x,ou=People,dc=example,dc=test",
    r"uid=x+cn=Doe\, Joe,ou=People,dc=example,dc=test",
    r"CN=doe\2C joe+UID=X,OU=people,DC=Example,DC=Test",
    r'cn="Doe, Joe"+uid=x,ou=People,dc=example,dc=test',
    r"cn = Doe\,  Joe + uid = x , ou=People; dc=example, dc=test",
    r"commonName=Doe\, Joe+userid=x,organizationalUnitName=People,domainComponent=example,dc=test",
    r"2.5.4.3=Doe\, Joe+0.9.2342.19200300.100.1.1=x,2.5.4.11=People,dc=example,dc=test",
]


def test_all_spellings_of_a_name_have_one_key():
    assert len({names.key_of(each) for each in SPELLINGS}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cn=a,dc=x", "cn=b,dc=x"),
        ("cn=a,dc=x", "uid=a,dc=x"),
        ("cn=a,dc=x", "cn=a"),
        (r"cn=a\,dc\=x", "cn=a,dc=x"),
        (r"cn=a\+uid\=b", "cn=a+uid=b"),
        ("cn=a+uid=b", "cn=b+uid=a"),
        (r"cn=('a'\, 'b')", "cn=a+cn=b"),
        (r"cn=\#41", "cn=A"),
    ],
)
def test_other_names_have_other_keys(one, other):
    assert names.key_of(one) != names.key_of(other)


def test_a_key_is_a_digest_of_32_digits():
    prefix, _, digest = names.key_of("cn=a,dc=x").partition(":")

    assert prefix == "dn"
    assert len(digest) == 32
    assert set(digest) <= set(string.hexdigits.lower())


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20))
def test_an_escaped_value_is_its_own_name(value):
    dn = f"cn={escape_dn_chars(value)},dc=x"
    hexadecimal = "".join(f"\\{byte:02x}" for byte in value.encode())

    assert names.is_below(dn, "dc=x")
    assert names.key_of(dn) == names.key_of(f"CN={hexadecimal},DC=X")


@pytest.mark.parametrize("text", ["cn", "cn=a,", ",dc=x", "=a", "cn=a,,dc=x", "cn=a\\", "a" * 4001, "cn=a\0"])
def test_what_is_no_name_is_refused(text):
    with pytest.raises(names.NameInvalid):
        names.key_of(text)


@pytest.mark.parametrize("dn", [r"cn=\ff\fe,dc=x", "1.2.3=#0403ff0000,dc=x"])
def test_a_name_with_binary_in_it_has_a_key_too(dn):
    assert names.key_of(dn) == names.key_of(dn)
    assert names.key_of(dn) != names.key_of("cn=a,dc=x")


@pytest.mark.parametrize(
    ("suffix", "base", "joined"),
    [
        ("ou=People", "dc=x", "ou=People,dc=x"),
        (" ou=People, ", "dc=x", "ou=People,dc=x"),
        ("ou=a,ou=b", "dc=x", "ou=a,ou=b,dc=x"),
        ("ou=People,dc=x", "dc=x", "ou=People,dc=x"),
        ("ou=People,DC=X", "dc=x", "ou=People,DC=X"),
        ("dc=x", "dc=x", "dc=x"),
        ("ou=People", "", "ou=People"),
        ("", "dc=x", "dc=x"),
        (None, "dc=x", "dc=x"),
    ],
)
def test_a_suffix_is_joined_with_the_base_unless_it_ends_with_it(suffix, base, joined):
    assert names.below(suffix, base) == joined


def test_a_name_is_below_itself_and_all_above_it_and_no_other():
    assert names.is_below("cn=a,ou=b,dc=x", "dc=x")
    assert names.is_below("cn=a,ou=b,dc=x", "OU = B, DC=x")
    assert names.is_below("dc=x", "dc=x")
    assert names.is_below("dc=x", "")
    assert not names.is_below("cn=a,dc=xx", "dc=x")
    assert not names.is_below(r"cn=a\,dc\=x", "dc=x")
    assert not names.is_below("dc=x", "cn=a,dc=x")


@pytest.mark.parametrize("name", ["mail", "x-own-1", "2.5.4.3", "userPassword"])
def test_attributes_have_names_or_numbers(name):
    assert names.is_descriptor(name)


@pytest.mark.parametrize(
    "name", ["", "1mail", "ma il", "mail;binary", "mail)", "2.5.", "é", "mail\n", "a" * 256, "a_b"]
)
def test_nothing_else_is_the_name_of_an_attribute(name):
    assert not names.is_descriptor(name)
