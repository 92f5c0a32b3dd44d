"""A usual run and the rest of it are the whole suite; a usual run tries both databases."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from support.databases import DATABASES
from support.depth import WAYS

TESTS = Path(__file__).parents[1]
#: Cases on either database, on both, and sampled ones.
MODULES = [
    f"{TESTS}/service/custom_data/test_custom_data.py",
    f"{TESTS}/end_to_end/test_state_machine.py",
    f"{TESTS}/flask_extension/test_login.py",
    f"{TESTS}/flask_extension/test_login_list.py",
]


@pytest.fixture(scope="module")
def cases() -> dict[str, list[str]]:
    """The cases that a run collects, by its depth."""
    return {depth: collected(depth) for depth in ("usual", "rest", "full")}


def collected(depth: str) -> list[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--depth", depth, *MODULES]
    done = subprocess.run(command, cwd=TESTS.parent, capture_output=True, text=True, check=True)
    return [each for each in done.stdout.splitlines() if "::" in each]


def test_nothing_is_left_out_by_both_a_usual_run_and_the_rest(cases: dict[str, list[str]]) -> None:
    assert set(cases["usual"]) | set(cases["rest"]) == set(cases["full"])
    assert len(cases["usual"]) < len(cases["full"])


def test_the_rest_repeats_only_what_was_sampled(cases: dict[str, list[str]]) -> None:
    again = set(cases["usual"]) & set(cases["rest"])

    assert len(again) == 4
    assert all("test_state_machine.py" in each for each in again)


def test_a_usual_run_tries_each_case_once_and_each_database_often(cases: dict[str, list[str]]) -> None:
    mine = [each for each in cases["usual"] if "::TestKeys::" in each]
    by_database = Counter("sqlite" if "sqlite" in each else "postgresql" for each in mine)
    cases_without = Counter(each.replace("sqlite", "").replace("postgresql", "") for each in mine)

    assert set(cases_without.values()) == {1}
    assert len(cases_without) == sum("::TestKeys::" in each for each in cases["full"]) / 2
    assert min(by_database.values()) > len(mine) / 4


def test_a_test_that_belongs_on_both_databases_is_tried_on_both(cases: dict[str, list[str]]) -> None:
    assert sum("::TestSize::" in each for each in cases["usual"]) == sum(
        "::TestSize::" in each for each in cases["full"]
    )


def test_a_case_of_the_flask_extension_is_tried_once(cases: dict[str, list[str]]) -> None:
    usual, full = ([each for each in cases[depth] if "/test_login.py" in each] for depth in ("usual", "full"))

    assert Counter(map(plain, usual)) == dict.fromkeys(map(plain, full), 1)
    assert {way for way in WAYS for each in usual if way in each} == set(WAYS)


def test_a_case_with_one_way_is_tried_there(cases: dict[str, list[str]]) -> None:
    usual, full = (
        {plain(each) for each in cases[depth] if "_list.py" in each} for depth in ("usual", "full")
    )

    assert usual == full


def plain(case: str) -> str:
    """Return the name of a case without its database and its way."""
    for each in (*DATABASES, *WAYS):
        case = case.replace(each, "")
    return case
