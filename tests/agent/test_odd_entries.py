"""What real servers hold: escaped names, several values, binary and other alphabets, very large groups."""

import pytest

from stormpath.agent.names import key_of

MEMBERS = 5000


@pytest.fixture
def synchronized(tree, tracker_of, mirror):
    """``synchronized(**changes)`` is the mirror of the test's tree."""

    def run(**changes):
        mirror.synchronize(tracker_of(tree, **changes))
        return mirror

    return run


@pytest.mark.parametrize(
    "dn",
    [
        r"cn=Doe\, Joe+uid=x",
        r"uid=x+cn=Doe\, Joe",
        "uid=\\ x\\ ",
        r"uid=a\+b\=c\<d\>e\;f\"g\\h",
        r"uid=\#x",
        "uid=x*()&|!",
        "uid=Jürgen",
        "uid=пользователь",
        "uid=用户",
        "uid=x/../y%2e",
    ],
)
def test_an_entry_with_any_name_is_a_member_of_its_group(tree, synchronized, dn):
    whole = f"{dn},{tree.people}"
    tree.person("y", dn=whole, cn="Doe, Joe")
    tree.group("staff", whole)

    mirror = synchronized()

    (account,) = mirror.accounts.values()
    assert account.dn_key == key_of(whole)
    assert mirror.memberships == {"staff": {account.username}}


def test_a_member_is_found_by_any_spelling_of_its_name(tree, synchronized):
    whole = tree.person("x", dn=f"cn=Doe\\, Joe+uid=x,{tree.people}", cn="Doe, Joe")
    for number, each in enumerate(
        [
            whole.upper(),
            whole.replace("cn=Doe\\, Joe+uid=x", "uid=x+cn=doe\\2c  joe"),
            whole.replace(",ou=", " , OU = "),
            whole.replace("uid=x", "userid=x"),
            whole.replace("cn=Doe\\, Joe", 'commonName="Doe, Joe"'),
        ]
    ):
        tree.group(f"g{number}", each)

    mirror = synchronized()

    assert list(mirror.memberships.values()) == [{"x"}] * 5


def test_of_several_values_the_one_in_the_name_counts_and_else_one_of_them(tree, synchronized):
    tree.person("joe", uid=["zoe", "joe"], mail=["a@example.test", "b@example.test"], sn=["B", "A"])
    tree.add(f"cn=named,{tree.groups}", objectClass="groupOfNames", cn=["other", "named"], member="")

    mirror = synchronized()

    account = mirror.account_named("joe")
    assert account.email in ("a@example.test", "b@example.test")
    assert account.surname in ("A", "B")
    assert mirror.memberships == {"named": set()}


def test_binary_and_blank_values_are_missing_and_an_option_is_of_no_account(tree, synchronized):
    tree.person("joe", cn=["joe"], **{"sn;lang-de": "Müller"}, description=" ", employeeNumber="17")
    tree.modify(f"uid=joe,{tree.people}", userPKCS12=b"\x00\xff\x00", jpegPhoto=b"\xff\xd8\xff", title="a\tb")

    mirror = synchronized(
        accounts={"givenNameRdn": "jpegPhoto", "middleNameRdn": "title", "surnameRdn": "sn"},
    )

    account = mirror.account_named("joe")
    assert account.given_name is None
    assert account.middle_name is None
    assert account.surname == "Doe"


def test_a_very_long_value_is_cut(tree, synchronized):
    tree.person("joe", title="ü" * 10_000)

    account = synchronized(accounts={"middleNameRdn": "title"}).account_named("joe")

    assert account.middle_name == "ü" * 4000


def test_accounts_without_an_email_are_told_and_reported(tree, tracker_of, mirror):
    tree.person("ann")
    for each in ("bob", "carl", "dora", "ewe"):
        tree.person(each, mail=None)

    outcome = mirror.synchronize(tracker_of(tree))

    assert mirror.account_named("bob").email is None
    (problem,) = outcome.report["problems"]
    assert (problem["problem"], problem["attribute"]) == ("attribute_missing", "mail")
    assert (problem["entries"], problem["of"], len(problem["examples"])) == (4, 5, 3)
    assert outcome.report["notes"] == [
        f"Attribute mail is missing on 4 of 5 accounts, such as uid=bob,{tree.people}."
    ]


def test_a_group_may_have_5000_members(tree, synchronized, mirror):
    tree.person("ann")
    names = [f"uid=u{number},{tree.people}" for number in range(MEMBERS)]
    tree.group("large", *names, f"uid=ann,{tree.people}")

    synchronized()

    (keys,) = mirror.keys.values()
    assert len(set(keys)) == MEMBERS + 1
    assert mirror.memberships == {"large": {"ann"}}


def test_unique_members_may_have_bits_and_posix_groups_have_login_names(tree, synchronized, mirror):
    tree.person("Ann")
    ann = f"uid=Ann,{tree.people}"
    tree.add(f"cn=unique,{tree.groups}", objectClass="groupOfUniqueNames", uniqueMember=f"{ann}#'0101'B")
    tree.add(f"cn=posix,{tree.groups}", objectClass="posixGroup", gidNumber="1", memberUid=["ANN", "joe"])

    assert synchronized(groups={"objectClass": "groupOfUniqueNames"}).memberships == {"unique": {"Ann"}}
    mirror.cursor = None
    assert synchronized(groups={"objectClass": "posixGroup"}).memberships["posix"] == {"Ann"}


def test_more_entries_than_a_page_has_come_in_pages(slapd_server, tracker_of, mirror):
    tree = slapd_server.own_base("dc=plain,dc=test")
    for number in range(1203):
        tree.person(f"u{number}")

    mirror.synchronize(tracker_of(tree))

    assert mirror.usernames == {f"u{number}" for number in range(1203)}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["{SSHA}c2FsdGVk"], "{SSHA}c2FsdGVk"),
        (["{ssha}c2FsdGVk"], "{SSHA}c2FsdGVk"),
        (["plain text", "{UNKNOWN}xyz", "{crypt}$6$salt$hash"], "{CRYPT}$6$salt$hash"),
        (["plain text"], None),
        (["{UNKNOWN}xyz"], None),
        (["{SSHA}"], None),
        (["{SSHA}with blank"], None),
        ([b"{SSHA}\xff\x00"], None),
        ([" {SSHA}c2FsdGVk"], None),
        ([f"{{SSHA}}{'x' * 2000}"], None),
    ],
)
def test_a_hash_of_a_known_scheme_alone_is_told(tree, synchronized, values, told):
    tree.person("joe", userPassword=values)

    account = synchronized(agentUserDn=f"cn=root,{tree.suffix}").account_named("joe")

    assert account.password_hash == told
    assert "SSHA" not in repr(account)


def test_passwords_are_not_asked_for_where_no_scheme_is_known(tree, connected):
    from stormpath.agent.connection import DirectorySettings
    from stormpath.agent.mapping import Mapper
    from stormpath.agent.problems import Problems

    configuration = {**tree.configuration(), "hashSchemes": []}

    mapper = Mapper(DirectorySettings.from_wire(configuration), Problems())

    assert "userPassword" not in mapper.account_attributes
