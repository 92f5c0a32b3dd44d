"""How much of the suite one run tries: the rule for ``--depth``, in one place.

``--depth usual`` (the default) tries each case of a test marked ``either_database`` on one of the two
databases, by turns: the case's name says on which, so that every run is the same and each database gets about
half. Tests below ``tests/service``, ``tests/agent``, ``tests/console``, ``tests/end_to_end`` and
``tests/flask_extension`` count as marked, but not those of ``tests/service/storage``. The mark
``both_databases`` excludes a test, a class or a module: it locks, races, counts or searches. Cases of the
Flask extension are tried embedded or served, by turns as well: it stands on the SDK, which is tried both
ways. A test marked ``sampled`` tries a part of its examples, or of what it walks along.
``--depth full`` tries all cases on both databases and all examples. ``--depth rest`` runs the cases that
``usual`` leaves out, and sampled tests in full. The cases that a run leaves out are counted as deselected.
Only ``usual`` forks the programs of tests from a process with all their imports (``programs.py``).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

from support.databases import DATABASES

T = TypeVar("T")

#: The type of the fixture ``sample_of``.
SampleOf = Callable[[Iterable[Any]], list[Any]]

#: The part of its examples that a sampled test tries, a larger part for the cases that are most worth it, and
#: how many it tries at least.
PART = 12
LARGER = 3
LEAST = 1

#: The folders whose tests count as marked ``either_database``, and one in them whose tests do not.
BY_TURNS = {
    Path(__file__).parents[1] / each
    for each in ("service", "agent", "end_to_end", "flask_extension", "console")
}
#: The folders whose cases are tried embedded or served, by turns.
ONE_WAY = {Path(__file__).parents[1] / "flask_extension"}
WAYS = ("embedded", "served")
STORAGE = Path(__file__).parents[1] / "service" / "storage"

_LEFT_OUT = "left_out"

MARKERS = (
    "either_database: the database makes no difference here: a usual run tries each case on one of them",
    "both_databases: the nearest of this mark and `either_database` counts",
    "sampled(larger): a usual run tries a part of the examples, larger with all the parameters in `larger`",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--depth",
        choices=("usual", "full", "rest"),
        default="usual",
        help="how much to try: see tests/support/depth.py",
    )


def pytest_configure(config: pytest.Config) -> None:
    for each in MARKERS:
        config.addinivalue_line("markers", each)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    depth = config.getoption("depth")
    if depth == "full":
        return
    tried_both_ways = {_case(each) for each in items if _way(each) == WAYS[0]}
    tried_both_ways &= {_case(each) for each in items if _way(each) == WAYS[1]}
    usual = [
        not (is_on_the_other_database(each) or is_the_other_way(each, tried_both_ways)) for each in items
    ]
    chosen = [
        is_usual if depth == "usual" else not is_usual or is_sampled(each)
        for each, is_usual in zip(items, usual, strict=True)
    ]
    left_out = [each for each, is_chosen in zip(items, chosen, strict=True) if not is_chosen]
    if left_out:
        items[:] = [each for each, is_chosen in zip(items, chosen, strict=True) if is_chosen]
        config.hook.pytest_deselected(items=left_out)


def is_on_the_other_database(item: pytest.Item) -> bool:
    """Tell whether a usual run tries this case on the other database only."""
    marks = (each.name for each in item.iter_markers() if each.name in ("either_database", "both_databases"))
    if next(marks, "either_database" if _is_halved(item.path) else "both_databases") == "both_databases":
        return False
    database: str | None = next((each for each in _parameters(item) if each in DATABASES), None)
    if database is None:
        return False
    return database != database_of(_case(item))


def is_the_other_way(item: pytest.Item, tried_both_ways: Collection[str]) -> bool:
    """Tell whether a usual run tries this case the other way only.

    It does not leave out a case that has one way.
    """
    if ONE_WAY.isdisjoint(item.path.parents) or item.get_closest_marker("both_databases") is not None:
        return False
    case = _case(item)
    return case in tried_both_ways and _way(item) != way_of(case)


def _way(item: pytest.Item) -> str | None:
    return next((each for each in _parameters(item) if each in WAYS), None)


def _case(item: pytest.Item) -> str:
    """Return the name of a case without its database, and without its way where that is by turns."""
    by_turns = DATABASES if ONE_WAY.isdisjoint(item.path.parents) else (*DATABASES, *WAYS)
    name = item.nodeid
    for each in by_turns:
        if each in _parameters(item):
            name = name.replace(each, "", 1)
    return name


@cache
def _is_halved(path: Path) -> bool:
    return not BY_TURNS.isdisjoint(path.parents) and STORAGE not in path.parents


def database_of(case: str) -> str:
    """Return the database on which a usual run tries a case, whose name leaves the database out."""
    return DATABASES[zlib.crc32(case.encode()) % len(DATABASES)]


def way_of(case: str) -> str:
    """Return the way in which a usual run tries a case, whose name leaves way and database out."""
    return WAYS[(zlib.crc32(case.encode()) >> 8) % len(WAYS)]


def is_sampled(item: pytest.Item) -> bool:
    """Tell whether a usual run tries a part of the test's examples."""
    return item.get_closest_marker("sampled") is not None


def _part_of(item: pytest.Item) -> int:
    marker = item.get_closest_marker("sampled")
    larger = None if marker is None else marker.kwargs.get("larger")
    return PART if larger is None or not set(larger) <= set(_parameters(item)) else LARGER


def _parameters(item: pytest.Item) -> list[str]:
    found = getattr(item, "callspec", None)
    return [] if found is None else [each for each in found.params.values() if isinstance(each, str)]


@pytest.fixture
def examples_of(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """``examples_of(100)`` is how many of a hundred examples this run tries."""
    in_part = request.config.getoption("depth") == "usual" and is_sampled(request.node)
    part = _part_of(request.node)
    return lambda number: max(LEAST, number // part) if in_part else number


@pytest.fixture
def sample_of(examples_of: Callable[[int], int]) -> Callable[[Iterable[T]], list[T]]:
    """``sample_of(paths)`` are those of a list that this run tries, from all over the list."""

    def chosen(each: Iterable[T]) -> list[T]:
        whole = list(each)
        return whole[:: max(1, len(whole) // examples_of(len(whole)))]

    return chosen


# Under xdist the processes that run tests leave cases out; the one that prints the closing line counts them.


def pytest_deselected(items: list[pytest.Item]) -> None:
    if items and (output := getattr(items[0].config, "workeroutput", None)) is not None:
        output[_LEFT_OUT] = output.get(_LEFT_OUT, 0) + len(items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    reporter = node.config.pluginmanager.get_plugin("terminalreporter")
    left_out = getattr(node, "workeroutput", {}).get(_LEFT_OUT, 0)
    # Each process leaves out the same ones.
    if reporter is not None and len(reporter.stats.get("deselected", ())) < left_out:
        reporter.stats["deselected"] = [_LeftOut()] * left_out


class _LeftOut:
    """Stands for a case in the numbers of the closing line."""
