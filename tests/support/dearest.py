"""A table of the tests that took the longest, before pytest's closing line (``--dearest 20``)."""

from __future__ import annotations

from collections import Counter

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--dearest", type=int, default=0, metavar="N", help="list the N tests that took the longest"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    number = config.getoption("dearest")
    if not number:
        return
    # With its fixtures: what a test costs is all that would be saved without it.
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for each in reports:
            if isinstance(each, pytest.TestReport):
                seconds[each.nodeid] += each.duration  # type: ignore[assignment]  # counts may be fractions
    if not seconds:
        return
    terminalreporter.section(f"the {number} dearest of {len(seconds)} tests, with their fixtures")
    for name, each in seconds.most_common(number):
        terminalreporter.write_line(f"{each:8.2f} s  {name}")
    terminalreporter.write_line(f"{seconds.total():8.0f} s  in all of them")
