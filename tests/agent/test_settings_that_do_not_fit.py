"""Settings that do not fit the server stop a run before it changes anything, with what to check."""

import pytest

from stormpath.agent.connection import DirectoryProblem, DirectorySettings
from support.slapd_server import LIMITED, SIZE_LIMIT

METACHARACTERS = ["*", "(", ")", "\\", "\0", "&", "|", "=", " ", ",", "é", ")(objectClass=*", "mail)(a=b"]
NAMES = [
    "emailRdn",
    "givenNameRdn",
    "middleNameRdn",
    "surnameRdn",
    "usernameRdn",
    "passwordRdn",
    "objectClass",
]


@pytest.fixture
def problem_of(tree, tracker_of, mirror):
    """``problem_of(**changes)`` is the problem of a run, which has told nothing."""

    def run(**changes):
        with pytest.raises(DirectoryProblem) as failure:
            mirror.synchronize(tracker_of(tree, **changes))
        assert not any(mirror.told.values()) if mirror.told else True
        return failure.value

    return run


def test_a_base_that_is_not_there(tree, problem_of):
    tree.person("ann")
    for config in ({"baseDn": "dc=nowhere,dc=test"}, {"accounts": {"dnSuffix": "ou=nowhere"}}):
        problem = problem_of(**config)
        assert problem.kind == "base_not_found"
        assert "nowhere" in str(problem)
        assert "baseDn" in str(problem)


def test_a_base_of_groups_that_is_not_there(tree, problem_of):
    tree.person("ann")

    assert problem_of(groups={"dnSuffix": "ou=nowhere"}).kind == "base_not_found"


def test_a_filter_that_matches_nothing(tree, problem_of):
    tree.person("ann")

    problem = problem_of(accounts={"objectFilter": "(employeeType=none)"})

    assert problem.kind == "nothing_matches"
    assert str(problem) == (
        f"The account filter (&(objectClass=inetOrgPerson)(employeeType=none)) matches no entry below "
        f"{tree.people}: check objectClass, objectFilter and dnSuffix."
    )


def test_a_server_that_has_become_empty_deletes_nobody(tree, tracker_of, mirror):
    tree.person("ann")
    mirror.synchronize(tracker_of(tree))
    tree.delete(f"uid=ann,{tree.people}")
    mirror.cursor = None

    with pytest.raises(DirectoryProblem):
        mirror.synchronize(tracker_of(tree))

    assert mirror.usernames == {"ann"}


@pytest.mark.parametrize("attribute", ["telephoneNumber", "noSuchAttribute"])
def test_an_email_attribute_that_no_account_has(tree, problem_of, attribute):
    tree.person("ann")

    problem = problem_of(accounts={"emailRdn": attribute})

    assert problem.kind == "attribute_missing"
    assert attribute in str(problem)
    assert "emailRdn" in str(problem)


def test_groups_may_be_none(tree, tracker_of, mirror):
    tree.person("ann")

    assert mirror.synchronize(tracker_of(tree)).is_complete


@pytest.mark.parametrize("written", ["(a=b", "a=b)", "((a=b)", "(a", "(&", "=", "(a=b)(", "(a=\\zz)"])
def test_a_filter_that_is_none(tree, problem_of, written):
    tree.person("ann")

    problem = problem_of(accounts={"objectFilter": written})

    assert problem.kind == "filter_invalid"
    assert "objectFilter" in str(problem)


@pytest.mark.parametrize(
    "written", ["employeeType=a", "(employeeType=a)", " (employeeType=a) ", "|(employeeType=a)(x=y)"]
)
def test_a_filter_may_have_outer_parentheses_or_not(tree, tracker_of, mirror, written):
    tree.person("ann", employeeType="a")
    tree.person("bob", employeeType="b")

    mirror.synchronize(tracker_of(tree, accounts={"objectFilter": written}))

    assert mirror.usernames == {"ann"}


@pytest.mark.parametrize("written", ["ou=People", "ou=People,", " OU = people ", None, ""])
def test_a_suffix_is_relative_to_the_base_or_whole(tree, tracker_of, mirror, written):
    tree.person("ann")

    mirror.synchronize(tracker_of(tree, accounts={"dnSuffix": written}))

    assert mirror.usernames == {"ann"}


def test_a_suffix_that_is_a_whole_name_is_taken_as_it_is(tree, tracker_of, mirror):
    tree.person("ann")

    mirror.synchronize(tracker_of(tree, accounts={"dnSuffix": tree.people.upper()}))

    assert mirror.usernames == {"ann"}


@pytest.mark.parametrize("character", METACHARACTERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_an_attribute_or_a_class_has_no_metacharacters(tree, name, character):
    for written in (f"mail{character}x", f"{character}mail"):
        if written.strip() == "mail":
            continue
        with pytest.raises(DirectoryProblem) as failure:
            DirectorySettings.from_wire(tree.configuration(accounts={name: written}))
        assert failure.value.kind == "filter_invalid"
        assert name in str(failure.value)


@pytest.mark.parametrize("name", ["nameRdn", "descriptionRdn", "membersRdn", "objectClass"])
def test_neither_have_those_of_groups(tree, name):
    with pytest.raises(DirectoryProblem, match=name):
        DirectorySettings.from_wire(tree.configuration(groups={name: "cn)(x=*"}))


@pytest.mark.parametrize("character", [*METACHARACTERS, "\n", '"', "+", "#", ";", "<"])
def test_metacharacters_in_names_of_the_tree_are_part_of_a_name_or_refused(
    tree, tracker_of, mirror, character
):
    import ldap.dn

    outer = tree.add(
        f"ou=x{ldap.dn.escape_dn_chars(character)}y,{tree.people}", objectClass="organizationalUnit"
    )
    tree.person("outside")
    tree.person("inside", dn=f"uid=inside,{outer}")

    mirror.synchronize(tracker_of(tree, accounts={"dnSuffix": outer}))
    assert mirror.usernames == {"inside"}

    mirror.cursor = None
    try:
        mirror.synchronize(tracker_of(tree, accounts={"dnSuffix": f"ou=x{character}y,ou=People"}))
    except DirectoryProblem as problem:
        assert problem.kind == "base_not_found"  # noqa: PT017  # Which of them are names, the server decides.
    assert mirror.usernames == {"inside"}


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "a b",
        "ldap://x",
        "x/y",
        "x:1",
        "::g",
        "x\0",
        "-x",
        "x?y",
        "%2ftmp",
        "é.example",
        "a,b",
    ],
)
def test_a_host_is_a_name_or_an_address(tree, host):
    with pytest.raises(DirectoryProblem) as failure:
        DirectorySettings.from_wire(tree.configuration(directoryHost=host))
    assert failure.value.kind == "unreachable"
    assert "directoryHost" in str(failure.value)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("ldap.example.com", "ldap.example.com:389"),
        ("10.0.0.1", "10.0.0.1:389"),
        ("::1", "[::1]:389"),
        ("[::1]", "[::1]:389"),
    ],
)
def test_hosts_and_addresses_of_both_kinds(tree, host, address):
    settings = DirectorySettings.from_wire(tree.configuration(directoryHost=host, directoryPort=389))

    assert settings.address == address


@pytest.mark.parametrize(
    "broken", [{}, {"kind": "ldap"}, {"kind": "ldap", "config": {}}, {"kind": "ldap", "config": []}]
)
def test_a_configuration_without_its_parts(broken):
    with pytest.raises(DirectoryProblem, match="without its parts"):
        DirectorySettings.from_wire(broken)


def test_a_size_limit_of_the_server_stops_a_run(slapd_server, tracker_of, mirror):
    tree = slapd_server.own_base(LIMITED)
    for number in range(SIZE_LIMIT + 1):
        tree.person(f"u{number}")

    with pytest.raises(DirectoryProblem) as failure:
        mirror.synchronize(tracker_of(tree))

    assert failure.value.kind == "size_limit"
    assert "limit for agentUserDn" in str(failure.value)
    assert mirror.cursor is None


def test_an_agent_that_may_not_read_gets_a_sentence(slapd_server, tree, problem_of):
    tree.person("ann")

    # The user that may bind, and is shown no passwords: an attribute that it cannot see is missing.
    assert problem_of(accounts={"emailRdn": "userPassword"}).kind == "attribute_missing"
