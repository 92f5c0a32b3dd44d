"""Logins with the passwords of Active Directory, and why they fail."""

import secrets

import pytest

from stormpath.agent.active_directory.binds import REASONS, present_dn, reason_of
from stormpath.agent.connection import DirectoryProblem, connect
from support.active_directory import DISABLED, Connect, Tree

PASSWORD = 'Pässw0rd, \\ "quoted" 山'


@pytest.fixture
def ann(tree: Tree) -> str:
    dn = tree.user('Ann, "A" <+>')
    tree.set_password(dn, PASSWORD)
    return dn


@pytest.fixture
def bind(tree: Tree):
    """``bind(dn, password)`` returns why a bind was refused, and ``None`` when it was accepted."""

    def tried(dn: str, password: str) -> str | None:
        with connect(tree.settings(), ca_file=tree.server.ca_file, bind=False) as connection:
            try:
                connection.bind(dn, password)
            except DirectoryProblem as problem:
                refused = problem
            else:
                return None
        assert refused.kind == "bind_refused"
        assert password not in str(refused) or not password
        return reason_of(refused.diagnostics) or "?"

    return tried


def test_the_right_password_is_accepted(ann: str, bind):
    assert bind(ann, PASSWORD) is None


@pytest.mark.parametrize("password", ["wrong", PASSWORD.casefold(), f"{PASSWORD} ", "x" * 4000])
def test_a_wrong_password_is_refused(ann: str, bind, password: str):
    assert bind(ann, password) == "the password is wrong"


def test_an_empty_password_is_refused_without_a_bind(ann: str, bind):
    assert bind(ann, "") == "?"


def test_an_account_that_is_not_there_is_refused(ann: str, bind, tree: Tree):
    assert bind(f"CN=nobody,{tree.people}", PASSWORD) == "the password is wrong"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"userAccountControl": DISABLED}, "the account is disabled"),
        ({"pwdLastSet": "0"}, "the password has to be changed first"),
        ({"accountExpires": "131000000000000000"}, "the account has expired"),
        ({"userWorkstations": "PC1"}, "the account may not log in at this computer"),
        ({"logonHours": bytes(21)}, "the account may not log in at this hour"),
    ],
    ids=["disabled", "must change", "expired", "workstation", "hours"],
)
def test_an_account_that_may_not_log_in_is_refused_with_its_reason(
    ann: str, bind, tree: Tree, changes: dict, reason: str
):
    tree.change(ann, **changes)

    assert bind(ann, PASSWORD) == reason


def test_an_account_that_is_locked_is_refused_with_its_reason(ann: str, bind, tree: Tree):
    settings = f"CN=p{secrets.token_hex(6)},CN=Password Settings Container,CN=System,{tree.server.base}"
    policy = {
        "objectClass": b"msDS-PasswordSettings",
        "msDS-PasswordSettingsPrecedence": b"1",
        "msDS-PasswordReversibleEncryptionEnabled": b"FALSE",
        "msDS-PasswordHistoryLength": b"0",
        "msDS-PasswordComplexityEnabled": b"FALSE",
        "msDS-MinimumPasswordLength": b"0",
        "msDS-MinimumPasswordAge": b"0",
        "msDS-MaximumPasswordAge": b"-9223372036854775808",
        "msDS-LockoutThreshold": b"1",
        "msDS-LockoutObservationWindow": b"-18000000000",
        "msDS-LockoutDuration": b"-18000000000",
        "msDS-PSOAppliesTo": ann.encode(),
    }
    tree.raw.add_s(settings, [(name, [value]) for name, value in policy.items()])

    bind(ann, "wrong")

    assert bind(ann, PASSWORD) == "the account is locked"


def test_a_reason_is_read_of_nothing_but_what_the_server_says_about_it():
    said = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {}, v1db1"

    assert {reason_of(said.format(each)) for each in REASONS} == set(REASONS.values())
    assert reason_of(said.format("52E")) == "the password is wrong"
    assert reason_of(said.format("999")) is None
    assert reason_of("") is None


class TestThePresentName:
    def test_follows_an_entry_that_was_renamed_and_moved(self, tree: Tree, connected: Connect, ann: str):
        entry = tree.id(ann)
        moved = tree.move(tree.rename(ann, "Ann, née"), tree.elsewhere)

        assert present_dn(connected(tree.settings()), entry) == moved

    def test_is_none_of_an_entry_that_is_not_there(self, tree: Tree, connected: Connect, ann: str):
        entry = tree.id(ann)
        tree.delete(ann)

        assert present_dn(connected(tree.settings()), entry) is None

    @pytest.mark.parametrize(
        "entry", ["", "x", "3f0b6b4e>;<GUID=", "*", "3F0B6B4E-5A55-4BB1-9D8F-3A3B6F0F8F00"]
    )
    def test_is_asked_for_nothing_but_ids(self, tree: Tree, connected: Connect, entry: str):
        assert present_dn(connected(tree.settings()), entry) is None
