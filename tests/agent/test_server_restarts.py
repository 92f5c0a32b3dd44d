"""A server that has forgotten what it deleted, or lost data, does not leave wrong accounts in a mirror."""

import shutil

import pytest

from stormpath.agent.changes.choose import choose
from stormpath.agent.connection import DirectorySettings, connect
from support.agent_mirror import Mirror


@pytest.fixture
def server(own_slapd):
    return own_slapd()


@pytest.fixture
def tree(server):
    tree = server.own_base()
    for each in ("ann", "bob", "carl"):
        tree.person(each)
    tree.group("staff", f"uid=ann,{tree.people}")
    return tree


def synchronize(mirror, tree):
    with connect(DirectorySettings.from_wire(tree.configuration())) as connection:
        return mirror.synchronize(choose(connection, connection.settings))


def test_a_server_that_forgot_its_deletions_tells_what_is_there(server, tree):
    mirror = Mirror()
    synchronize(mirror, tree)
    tree.delete(f"uid=bob,{tree.people}")
    tree.modify(f"uid=carl,{tree.people}", sn="Smith")

    # The log of deletions is in its memory.
    server.restart(with_data=True)
    tree.person("dora")
    outcome = synchronize(mirror, tree)

    assert mirror.usernames == {"ann", "carl", "dora"}
    assert mirror.memberships == {"staff": {"ann"}}
    assert mirror.full_runs == 1
    assert outcome.is_complete
    assert mirror.told["present"], "this was to try the way without a log"


def test_a_mirror_follows_a_server_that_was_restored_from_an_old_backup(server, tree, tmp_path):
    database = server.folder / "example"
    server.stop()
    shutil.copytree(database, tmp_path / "backup")
    server.restart(with_data=True)
    tree.person("dora")
    tree.modify(f"uid=carl,{tree.people}", sn="Smith")
    mirror = Mirror()
    synchronize(mirror, tree)
    assert mirror.usernames == {"ann", "bob", "carl", "dora"}

    server.stop()
    shutil.rmtree(database)
    shutil.copytree(tmp_path / "backup", database)
    server.restart(with_data=True)
    synchronize(mirror, tree)

    assert mirror.usernames == {"ann", "bob", "carl"}
    assert mirror.account_named("carl").surname == "Doe"
    assert mirror.full_runs == 2
