"""Charts of daily numbers, drawn by the server: bars in an SVG, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from stormpath.server.domain.security_events import DailyCount

#: Units of the drawing: the width of a day with the gap behind it, and the height of the highest bar.
STEP: Final = 10
GAP: Final = 2
HEIGHT: Final = 60

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Bar(NamedTuple):
    """The number of one day, and its place in the drawing."""

    date: str
    number: int
    x: int
    y: int
    height: int


class Chart(NamedTuple):
    """The numbers of some days. ``highest`` is the largest of them, ``total`` their sum."""

    kind: str
    label: str
    bars: tuple[Bar, ...]
    total: int
    highest: int

    @property
    def width(self) -> int:
        """The width of the drawing."""
        return len(self.bars) * STEP

    @property
    def bar_width(self) -> int:
        """The width of a bar."""
        return STEP - GAP

    @property
    def height(self) -> int:
        """The height of the drawing."""
        return HEIGHT


def charts(
    labels: Mapping[str, str], counts: Iterable[DailyCount], first_day: int, last_day: int
) -> list[Chart]:
    """Return a chart for each kind in ``labels``, of the days (since 1970) from the first to the last."""
    found: dict[str, dict[int, int]] = {each: {} for each in labels}
    for count in counts:
        if count.kind in found:
            found[count.kind][count.day] = count.number
    return [_chart(kind, labels[kind], numbers, first_day, last_day) for kind, numbers in found.items()]


def date_of(day: int) -> str:
    """Return a day as people write it in tables: ``2026-11-29``."""
    return f"{_EPOCH + timedelta(days=day):%Y-%m-%d}"


def _chart(kind: str, label: str, numbers: Mapping[int, int], first_day: int, last_day: int) -> Chart:
    highest = max(numbers.values(), default=0)
    bars = []
    for position, day in enumerate(range(first_day, last_day + 1)):
        number = numbers.get(day, 0)
        # One is seen, however high the others are.
        height = max(1, round(number * HEIGHT / highest)) if number else 0
        bars.append(Bar(date_of(day), number, position * STEP, HEIGHT - height, height))
    return Chart(kind, label, tuple(bars), sum(each.number for each in bars), highest)
