"""Members of groups, as a server names them, become memberships."""

from collections.abc import Callable

import pytest

from service.mirrors import Mirror, by_dn, dn_key, person, team

ADA, JOE, EVE = person("ada"), person("joe"), person("eve")


def test_members_are_named_by_dn_by_id_and_by_login_name(mirror: Mirror):
    mirror.synchronize([ADA, JOE, EVE], {"all": [ADA["dnKey"], f"id:{JOE['id']}", "uid:eve"], "none": []})

    assert mirror.members() == {"all": {"ada", "joe", "eve"}, "none": set()}


def test_one_member_by_several_names_is_one_membership(mirror: Mirror):
    mirror.synchronize([ADA], {"all": [ADA["dnKey"], f"id:{ADA['id']}", "uid:ada"]})

    assert mirror.members() == {"all": {"ada"}}


def test_members_come_and_go(mirror: Mirror):
    mirror.synchronize([ADA, JOE, EVE], {"a": by_dn(ADA, JOE), "b": by_dn(EVE)})

    mirror.synchronize([ADA, JOE, EVE], {"a": by_dn(JOE, EVE), "b": []})
    assert mirror.members() == {"a": {"joe", "eve"}, "b": set()}

    mirror.synchronize([], {"b": by_dn(ADA)}, is_complete=False)
    assert mirror.members() == {"a": {"joe", "eve"}, "b": {"ada"}}


def test_a_member_that_appears_later_is_joined_then(mirror: Mirror):
    mirror.synchronize([ADA], {"all": [*by_dn(ADA, JOE), "dn:" + "0" * 32]})
    assert mirror.members() == {"all": {"ada"}}

    mirror.synchronize([JOE], is_complete=False)

    assert mirror.members() == {"all": {"ada", "joe"}}


def test_a_renamed_member_is_followed_by_id_and_lost_by_its_old_name(mirror: Mirror):
    mirror.synchronize([ADA], {"dns": by_dn(ADA), "ids": ["id:id-ada"], "uids": ["uid:ada"]})
    moved = person("ada", dn="uid=ada,ou=elsewhere", username="countess")

    mirror.synchronize([moved], is_complete=False)
    assert mirror.members() == {"dns": set(), "ids": {"countess"}, "uids": set()}

    mirror.synchronize([], {"dns": by_dn(moved)}, is_complete=False)
    assert mirror.members()["dns"] == {"countess"}


def test_groups_in_groups_give_their_members_at_any_depth_and_circles_end(mirror: Mirror):
    top, middle, low = team("top"), team("middle"), team("low")
    groups = {
        "top": by_dn(middle, ADA),
        "middle": [f"id:{low['id']}"],
        "low": by_dn(JOE, top),
        "aside": by_dn(EVE),
    }
    mirror.synchronize([ADA, JOE, EVE], groups)
    everyone = {"ada", "joe"}
    assert mirror.members() == {"top": everyone, "middle": everyone, "low": everyone, "aside": {"eve"}}

    mirror.synchronize([], {"low": by_dn(EVE)}, is_complete=False)
    assert mirror.members() == {
        "top": {"ada", "eve"},
        "middle": {"eve"},
        "low": {"eve"},
        "aside": {"eve"},
    }

    mirror.synchronize([ADA, JOE, EVE], {"top": by_dn(middle, ADA), "aside": by_dn(EVE)})
    assert mirror.members() == {"top": {"ada"}, "aside": {"eve"}}


def test_a_renamed_group_is_followed_by_the_groups_that_contain_it(mirror: Mirror):
    inner = team("inner")
    mirror.synchronize([ADA], {"inner": by_dn(ADA), "outer": by_dn(inner)})
    assert mirror.members() == {"inner": {"ada"}, "outer": {"ada"}}

    run = mirror.begin("incremental")
    mirror.take(run, groups=[team("inner", dn="cn=elsewhere")])
    mirror.end(run, is_complete=False)

    assert mirror.members() == {"inner": {"ada"}, "outer": set()}


def test_members_of_a_group_that_could_not_be_stored_join_when_it_can(mirror: Mirror):
    mirror.synchronize([ADA], {"a": []})
    run = mirror.begin("incremental")
    members = [{"group": "gid-b", "keys": by_dn(ADA), "isFirst": True, "isLast": True}]
    mirror.take(run, groups=[team("b", name="a")], members=members)
    mirror.end(run, is_complete=False)
    assert mirror.members() == {"a": set()}

    run = mirror.begin("incremental")
    mirror.take(run, gone={"group": ["gid-a"]})
    mirror.end(run, is_complete=False)

    assert mirror.members() == {"a": {"ada"}}


@pytest.mark.sampled
def test_a_group_of_five_thousand_is_taken_in_chunks_and_shrinks_again(
    mirror: Mirror, examples_of: Callable[[int], int]
):
    most = examples_of(5000)
    people = [person(f"p{number}") for number in range(most)]
    run = mirror.begin()
    for start in range(0, most, 500):
        mirror.take(run, accounts=people[start : start + 500])
    keys, half = by_dn(*people), most // 2
    mirror.take(run, groups=[team("all")], members=[chunk(keys[:half], isFirst=True)])
    # An agent that got no answer sends the chunk again.
    mirror.take(run, members=[chunk(keys[half:], isLast=True)])
    mirror.take(run, members=[chunk(keys[half:], isLast=True)])
    mirror.end(run, seconds=0.01)
    group = mirror.groups()["all"]
    assert mirror.api.get(group["accounts"]["href"]).ok["size"] == most

    run = mirror.begin("incremental")
    mirror.take(run, members=[chunk(keys[10:-10], isFirst=True, isLast=True)])
    mirror.end(run, is_complete=False)

    assert mirror.api.get(group["accounts"]["href"]).ok["size"] == most - 20


def chunk(keys: list[str], **flags: bool):
    return {"group": "gid-all", "keys": keys, **flags}


def test_a_key_that_could_name_no_entry_is_ignored(mirror: Mirror):
    mirror.synchronize([ADA], {"all": ["uid:" + "x" * 400, dn_key("cn=outside"), *by_dn(ADA)]})

    assert mirror.members() == {"all": {"ada"}}
