"""The members of groups in Active Directory, of which the server returns a part at a time."""

import ldap
import pytest
from ldap.controls.libldap import SimplePagedResultsControl

from stormpath.agent.active_directory import members
from stormpath.agent.active_directory.accounts import ActiveDirectoryMapper
from stormpath.agent.active_directory.usn import UsnTracker
from stormpath.agent.problems import Problems
from support.active_directory import Connect, Tree
from support.agent_mirror import Mirror


@pytest.fixture(scope="module")
def configuration(samba_server) -> list[bytes]:
    """The DNs of the entries of the domain's configuration: more than a server returns of one attribute."""
    raw = ldap.initialize(f"ldaps://127.0.0.1:{samba_server.tls_port}")
    raw.set_option(ldap.OPT_X_TLS_CACERTFILE, str(samba_server.ca_file))
    raw.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    raw.simple_bind_s(samba_server.user, samba_server.password)
    found: list[bytes] = []
    cookie = b""
    while cookie or not found:
        pages = SimplePagedResultsControl(True, 500, cookie)
        base = f"CN=Configuration,{samba_server.base}"
        _, part, _, controls = raw.result3(
            raw.search_ext(base, ldap.SCOPE_SUBTREE, "(objectClass=*)", ["1.1"], serverctrls=[pages])
        )
        found += [dn.encode() for dn, _ in part if dn]
        cookie = controls[0].cookie
    raw.unbind_s()
    assert len(found) > members.STEP
    return found


def keys(tree: Tree, connection, group_id: str, step: int) -> list[str]:
    settings = tree.settings()
    mapper = ActiveDirectoryMapper(settings, Problems())
    found = members.parts(connection, group_id, "Member", step)
    return [key for part in found for key in mapper.member_keys(part)]


def test_all_are_read_of_a_group_with_more_than_the_server_returns(
    tree: Tree, tracker: UsnTracker, mirror: Mirror, configuration: list[bytes]
):
    tree.user("somebody")
    group = tree.id(tree.group("large", member=configuration))

    mirror.synchronize(tracker)

    assert len(mirror.keys[group]) == len(configuration)
    assert {each[:3] for each in mirror.keys[group]} == {"id:"}


@pytest.mark.parametrize("step", [1, 2, 3, 4, 1000])
def test_each_is_read_once_whatever_is_returned_at_a_time(tree: Tree, connected: Connect, step: int):
    people = [tree.user(f"u{each}") for each in range(4)]
    connection = connected(tree.settings())
    four, none = tree.id(tree.group("four", people)), tree.id(tree.group("none"))

    assert sorted(keys(tree, connection, four, step)) == sorted(f"id:{tree.id(each)}" for each in people)
    assert keys(tree, connection, none, step) == []


@pytest.mark.sampled
def test_thousands_of_members(tree: Tree, connected: Connect, examples_of):
    number = examples_of(5000)
    people = [f"CN=c{each},{tree.people}" for each in range(number)]
    # All are asked for before the first answer is read.
    asked = [tree.raw.add(each, [("objectClass", [b"contact"])]) for each in people]
    for each in asked:
        tree.raw.result(each)
    group = tree.id(tree.group("large", people))

    found = keys(tree, connected(tree.settings()), group, step=number // 4)

    assert len(found) == len(set(found)) == number


def test_members_that_are_no_accounts_of_the_mirror_are_keys_all_the_same(
    tree: Tree, tracker: UsnTracker, mirror: Mirror
):
    tree.user("somebody")
    stranger = tree.user("stranger", within=tree.elsewhere)
    group = tree.id(tree.group("staff", [stranger, tree.groups]))

    mirror.synchronize(tracker)

    assert set(mirror.keys[group]) == {f"id:{tree.id(each)}" for each in (stranger, tree.groups)}


def test_a_group_that_loses_members_while_they_are_read_is_read_to_its_end(tree: Tree, connected: Connect):
    people = [tree.user(f"u{each}") for each in range(4)]
    group = tree.group("staff", people)
    found = members.parts(connected(tree.settings()), tree.id(group), "member", 2)
    next(found)
    tree.leave(group, *people[1:])

    assert sum(len(each.values("member")) for each in found) == 0


def test_a_group_that_is_deleted_before_its_members_are_read_has_none(tree: Tree, connected: Connect):
    group = tree.group("staff", [tree.user("ann")])
    group_id = tree.id(group)
    tree.delete(group)

    assert keys(tree, connected(tree.settings()), group_id, 10) == []


def test_another_attribute_may_hold_the_members(tree: Tree, connected: Connect, mirror: Mirror):
    ann = tree.user("ann")
    group = tree.id(tree.group("staff", [tree.user("ben")], managedBy=ann))
    settings = tree.settings(groups={"membersRdn": "managedBy"})

    mirror.synchronize(UsnTracker(connected(settings), settings))

    assert set(mirror.keys[group]) == {f"id:{tree.id(ann)}"}


def test_the_primary_group_of_an_account_is_not_mirrored(tree: Tree, tracker: UsnTracker, mirror: Mirror):
    group = tree.group("staff")
    ann = tree.user("ann")
    tree.join(group, ann)
    token = tree.raw.search_s(group, ldap.SCOPE_BASE, "(objectClass=*)", ["primaryGroupToken"])
    tree.change(ann, primaryGroupID=token[0][1]["primaryGroupToken"][0])

    mirror.synchronize(tracker)

    assert mirror.keys[tree.id(group)] == []
