"""Timestamps are the server's: wrong clocks hide no change."""

from datetime import UTC, datetime

import ldap
import pytest
from ldap.controls.simple import RelaxRulesControl

from stormpath.agent.changes.timestamps import TimestampTracker
from support.slapd_server import PLAIN


@pytest.fixture
def tree(slapd_server):
    tree = slapd_server.own_base(PLAIN)
    for each in ("ann", "bob"):
        tree.person(each)
    return tree


def stamp(tree, dn, timestamp):
    """Let an entry have been changed at another time than it was."""
    change = [(ldap.MOD_REPLACE, "modifyTimestamp", None if timestamp is None else timestamp.encode())]
    tree.admin.modify_ext_s(dn, change, serverctrls=[RelaxRulesControl()])


def test_a_change_in_the_future_does_not_hide_the_changes_until_then(tree, tracker_of, mirror):
    # The server's clock was wrong for a while.
    stamp(tree, f"uid=bob,{tree.people}", "20991231235959Z")
    mirror.synchronize(tracker_of(tree))

    tree.modify(f"uid=ann,{tree.people}", sn="Smith")
    mirror.synchronize(tracker_of(tree))

    assert mirror.account_named("ann").surname == "Smith"
    assert mirror.full_runs == 1


@pytest.mark.parametrize("year", [1999, 2101])
def test_the_agents_own_clock_may_be_wrong(tree, connected, mirror, year):
    connection = connected(tree)
    tracker = TimestampTracker(connection, connection.settings, now=lambda: datetime(year, 6, 1, tzinfo=UTC))
    mirror.synchronize(tracker)

    tree.modify(f"uid=ann,{tree.people}", sn="Smith")
    tree.person("carl")
    tree.delete(f"uid=bob,{tree.people}")
    mirror.synchronize(tracker)

    assert mirror.account_named("ann").surname == "Smith"
    assert mirror.usernames == {"ann", "carl"}
    assert mirror.full_runs == 1


def test_a_change_within_the_same_second_as_the_last_one_seen_comes(tree, tracker_of, mirror):
    stamp(tree, f"uid=bob,{tree.people}", "20260101000000Z")
    stamp(tree, f"uid=ann,{tree.people}", "20260101000000Z")
    mirror.synchronize(tracker_of(tree))

    tree.modify(f"uid=ann,{tree.people}", sn="Smith")
    stamp(tree, f"uid=ann,{tree.people}", "20260101000000Z")
    mirror.synchronize(tracker_of(tree))

    assert mirror.account_named("ann").surname == "Smith"


def test_what_was_long_unchanged_is_not_told_again(tree, tracker_of, mirror):
    stamp(tree, f"uid=bob,{tree.people}", "20200101000000Z")
    mirror.synchronize(tracker_of(tree))

    mirror.synchronize(tracker_of(tree))

    assert mirror.told["account"] == [mirror.account_named("ann").id]


@pytest.mark.parametrize("since", [None, "", "yesterday", "20269999999999Z", "20260101000000Z)(uid=*", 17])
def test_a_time_that_cannot_be_read_lets_everything_be_told(tree, tracker_of, mirror, since):
    mirror.synchronize(tracker_of(tree))
    mirror.cursor["account"]["since"] = since

    mirror.synchronize(tracker_of(tree))

    assert len(mirror.told["account"]) == 2
    assert mirror.full_runs == 1


def test_what_was_imported_at_one_time_is_not_told_in_each_run_for_ever(tree, connected, mirror):
    minutes = iter(range(60))
    connection = connected(tree)
    tracker = TimestampTracker(
        connection, connection.settings, now=lambda: datetime(2101, 6, 1, 12, next(minutes), 1, tzinfo=UTC)
    )
    told = []
    for _ in range(4):
        mirror.synchronize(tracker)
        told.append(len(mirror.told["account"]))
    # The third run began more than a minute after the first one has seen that time.
    assert told == [2, 2, 2, 0]

    stamp(tree, f"uid=ann,{tree.people}", "20990101000000Z")
    mirror.synchronize(tracker)

    assert mirror.told["account"] == [mirror.account_named("ann").id]
    assert mirror.full_runs == 1
