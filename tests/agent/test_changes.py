"""What changes on a server comes to the mirror, by LDAP Sync and by timestamps alike."""

import ldap
import pytest

from support.agent_mirror import Killed, Mirror

FILTER = {"objectFilter": "(!(employeeType=left))"}


@pytest.fixture
def populated(either_tree):
    """Ann, Bob and Carl; staff has Ann and Bob."""
    for each in ("ann", "bob", "carl"):
        either_tree.person(each)
    either_tree.group("staff", *(f"uid={each},{either_tree.people}" for each in ("ann", "bob")))
    return either_tree


@pytest.fixture
def tracker(populated, tracker_of):
    return tracker_of(populated, accounts=FILTER)


@pytest.fixture
def synchronized(tracker, mirror):
    mirror.synchronize(tracker)
    return mirror


def test_a_full_run_tells_everything_and_is_complete(tracker, mirror):
    outcome = mirror.synchronize(tracker)

    assert outcome.is_complete
    assert mirror.usernames == {"ann", "bob", "carl"}
    assert mirror.memberships == {"staff": {"ann", "bob"}}
    assert outcome.report["accounts"] == 3
    assert outcome.report["groups"] == 1


def test_a_run_without_changes_deletes_nothing(synchronized, tracker):
    outcome = synchronized.synchronize(tracker)

    assert not outcome.is_complete
    assert not synchronized.told["gone"]
    assert synchronized.usernames == {"ann", "bob", "carl"}
    assert synchronized.full_runs == 1


def test_ldap_sync_tells_nothing_where_nothing_has_changed(slapd_server, tracker_of, mirror):
    tree = slapd_server.own_base()
    tree.person("ann")
    tracker = tracker_of(tree)
    mirror.synchronize(tracker)

    outcome = mirror.synchronize(tracker)

    assert outcome.report["tracker"] == "syncrepl"
    assert not any(mirror.told.values())


def test_new_and_changed_entries_come(synchronized, populated, tracker):
    dora = populated.person("dora")
    populated.modify(f"uid=ann,{populated.people}", sn="Smith", mail="smith@example.test")
    populated.modify(f"cn=staff,{populated.groups}", member=[dora], description="All of us")
    populated.group("new", dora)

    synchronized.synchronize(tracker)

    assert synchronized.usernames == {"ann", "bob", "carl", "dora"}
    ann = synchronized.account_named("ann")
    assert (ann.surname, ann.email) == ("Smith", "smith@example.test")
    assert synchronized.memberships == {"staff": {"dora"}, "new": {"dora"}}
    assert {each.description for each in synchronized.groups.values()} == {"All of us", None}
    assert synchronized.full_runs == 1


def test_a_changed_group_is_told_with_all_its_members(synchronized, populated, tracker):
    carl = f"uid=carl,{populated.people}".encode()
    populated.admin.modify_s(f"cn=staff,{populated.groups}", [(ldap.MOD_ADD, "member", [carl])])

    synchronized.synchronize(tracker)

    assert synchronized.memberships == {"staff": {"ann", "bob", "carl"}}


def test_deleted_entries_go(synchronized, populated, tracker):
    populated.delete(f"uid=bob,{populated.people}")
    populated.delete(f"cn=staff,{populated.groups}")

    synchronized.synchronize(tracker)

    assert synchronized.usernames == {"ann", "carl"}
    assert synchronized.groups == {}
    assert synchronized.full_runs == 1


def test_an_entry_that_stops_matching_the_filter_goes_and_comes_back(synchronized, populated, tracker):
    populated.modify(f"uid=bob,{populated.people}", employeeType="left")
    synchronized.synchronize(tracker)
    assert synchronized.usernames == {"ann", "carl"}

    populated.modify(f"uid=bob,{populated.people}", employeeType=None)
    synchronized.synchronize(tracker)

    assert synchronized.usernames == {"ann", "bob", "carl"}
    assert synchronized.memberships == {"staff": {"ann", "bob"}}


def test_a_renamed_entry_keeps_its_id_and_has_another_key(synchronized, populated, tracker):
    before = synchronized.account_named("ann")

    populated.rename(f"uid=ann,{populated.people}", "uid=anna")
    synchronized.synchronize(tracker)

    after = synchronized.account_named("anna")
    assert after.id == before.id
    assert after.dn_key != before.dn_key
    assert synchronized.usernames == {"anna", "bob", "carl"}


def test_an_entry_moved_within_the_base_stays_and_one_moved_out_goes(synchronized, populated, tracker):
    inner = populated.add(f"ou=inner,{populated.people}", objectClass="organizationalUnit")
    synchronized.synchronize(tracker)

    populated.rename(f"uid=ann,{populated.people}", "uid=ann", inner)
    populated.rename(f"uid=bob,{populated.people}", "uid=bob", populated.base)
    synchronized.synchronize(tracker)

    assert synchronized.usernames == {"ann", "carl"}
    assert inner in synchronized.account_named("ann").dn


def test_an_entry_moved_into_the_base_comes(synchronized, populated, tracker):
    outside = populated.person("eve", dn=f"uid=eve,{populated.base}")
    synchronized.synchronize(tracker)
    assert "eve" not in synchronized.usernames

    populated.rename(outside, "uid=eve", populated.people)
    synchronized.synchronize(tracker)

    assert "eve" in synchronized.usernames


def test_a_renamed_container_changes_the_names_of_all_that_it_contains(synchronized, populated, tracker):
    inner = populated.add(f"ou=inner,{populated.people}", objectClass="organizationalUnit")
    populated.person("fred", dn=f"uid=fred,{inner}")
    synchronized.synchronize(tracker)
    before = synchronized.full_runs

    populated.rename(inner, "ou=outer")
    synchronized.synchronize(tracker)

    assert synchronized.account_named("fred").dn.startswith("uid=fred,ou=outer,")
    assert synchronized.full_runs == before + 1


def test_what_a_container_takes_out_of_the_base_or_into_it_goes_or_comes(synchronized, populated, tracker):
    inside = populated.add(f"ou=inside,{populated.people}", objectClass="organizationalUnit")
    populated.person("fred", dn=f"uid=fred,{inside}")
    outside = populated.add(f"ou=outside,{populated.base}", objectClass="organizationalUnit")
    populated.person("gina", dn=f"uid=gina,{outside}")
    synchronized.synchronize(tracker)

    populated.rename(inside, "ou=inside", populated.base)
    populated.rename(outside, "ou=outside", populated.people)
    synchronized.synchronize(tracker)

    assert synchronized.usernames == {"ann", "bob", "carl", "gina"}


def test_a_run_that_was_killed_is_made_good_by_the_next_one(synchronized, populated, tracker):
    populated.person("dora")
    populated.delete(f"uid=bob,{populated.people}")
    populated.modify(f"cn=staff,{populated.groups}", description="changed")

    killed = 0
    for calls in range(3):
        with pytest.raises(Killed):
            synchronized.synchronize(tracker, killed_after=calls)
        killed += 1
    synchronized.synchronize(tracker)

    assert killed == 3
    assert synchronized.usernames == {"ann", "carl", "dora"}
    assert {each.description for each in synchronized.groups.values()} == {"changed"}


def test_a_killed_full_run_is_begun_again(tracker, mirror):
    with pytest.raises(Killed):
        mirror.synchronize(tracker, killed_after=2)
    assert mirror.cursor is None

    mirror.synchronize(tracker)

    assert mirror.usernames == {"ann", "bob", "carl"}


def test_groups_that_are_members_and_members_outside_the_base_are_keys_as_others_are(
    populated, tracker, mirror
):
    outside = populated.person("eve", dn=f"uid=eve,{populated.base}")
    staff = f"cn=staff,{populated.groups}"
    populated.group("all", staff, outside, f"uid=nowhere,{populated.people}", f"uid=carl,{populated.people}")

    mirror.synchronize(tracker)

    assert mirror.memberships["all"] == {"staff", "carl"}
    assert len(next(keys for keys in mirror.keys.values() if len(keys) == 4)) == 4


def test_a_cursor_of_another_tracker_leads_to_a_full_run(synchronized, tracker):
    synchronized.cursor = {"tracker": "usn", "highest": 17}

    synchronized.synchronize(tracker)

    assert synchronized.full_runs == 2


@pytest.mark.parametrize(
    "cursor",
    [
        {},
        {"tracker": "syncrepl"},
        {"tracker": "syncrepl", "cookies": {"account": None, "group": 3}},
        {"tracker": "timestamps", "account": {"ids": "x"}, "group": None},
        {"tracker": "timestamps", "containers": [], "account": {"ids": 1, "since": []}, "group": {"ids": 2}},
    ],
)
def test_a_cursor_that_cannot_be_read_leads_to_a_full_run(synchronized, tracker, cursor):
    synchronized.cursor = cursor

    synchronized.synchronize(tracker)

    assert synchronized.full_runs == 2
    assert synchronized.usernames == {"ann", "bob", "carl"}


def test_each_database_has_the_tracker_that_it_can_have(slapd_server, tracker_of):
    for suffix, name in (("dc=example,dc=test", "syncrepl"), ("dc=plain,dc=test", "timestamps")):
        tree = slapd_server.own_base(suffix)
        tree.person("ann")

        outcome = Mirror().synchronize(tracker_of(tree))

        assert outcome.report["tracker"] == name
