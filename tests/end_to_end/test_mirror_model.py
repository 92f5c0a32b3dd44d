"""Any changes of an LDAP server, kills and restarts end with a directory that equals the server."""

import random

import pytest

from end_to_end.mirror_world import Changes, Killed, Place, assert_equal
from stormpath.server.agents import deletions
from support.slapd_server import PLAIN, SYNCED

SEQUENCES = 12
STEPS = 24


@pytest.fixture
def without_guard(monkeypatch):
    """Let a run delete any number of accounts: there are few of them."""
    monkeypatch.setattr(deletions, "SHRINK_LEAST", 1000)


@pytest.mark.sampled
@pytest.mark.parametrize("suffix", [SYNCED, PLAIN])
@pytest.mark.usefixtures("without_guard")
def test_any_changes_and_kills_end_with_a_directory_that_equals_its_server(
    initialized_database_url, slapd_server, suffix, examples_of
):
    place = None
    for seed in range(examples_of(SEQUENCES)):
        chance = random.Random(seed)  # noqa: S311  # Changes, not secrets.
        tree = slapd_server.own_base(suffix)
        changes = Changes(tree, chance)
        config = tree.configuration(accounts={"objectFilter": "!(employeeType=left)"})["config"]
        place = Place(initialized_database_url, config)
        for number in range(STEPS):
            for _ in range(chance.randrange(4)):
                changes.step()
            synchronize(place, chance)
            if chance.random() < 0.3:
                place.synchronize()
                assert_equal(place, tree, f"seed {seed}, step {number}")
        place.synchronize()
        assert_equal(place, tree, f"seed {seed}, at the end")
        place.close()


def synchronize(place, chance):
    """Make a run that is perhaps not finished."""
    way = chance.choice(["lost_request", "lost_answer", "last_statement", "last_statement", "whole", "none"])
    if way == "none":
        return
    try:
        place.synchronize(
            **({} if way == "whole" else {way: chance.randrange(60 if way == "last_statement" else 5)})
        )
    except Killed:
        if way == "last_statement":
            place.restart()
