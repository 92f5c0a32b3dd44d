"""A bar chart of a run's rows in SVG. It has its own background, for light and dark pages."""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from _measure import Row

WIDTH = 760
MARGIN = 20
# The left edge of the bars, and the maximum length of one; its value stands to the right of it.
BARS = 120
MAX_LENGTH = 540
BAR_HEIGHT = 11
GAP = 9
BACKGROUND, FOREGROUND, MUTED, GOAL = "#fbfbf9", "#22303c", "#66727c", "#c0392b"
SHADES = ("#2f6f9f", "#6aa5cc", "#b3d3e8")


def render(rows: Iterable[Row]) -> str:
    """Return the SVG of the rows that name a store: a panel per promise, a bar per row, and the goals."""
    shown = [row for row in rows if row.which]
    threads = list(dict.fromkeys(row.threads for row in shown))
    shade = dict(zip(threads, SHADES, strict=False))
    parts, y = list(_legend(shade)), 64
    for what, rows_of_panel in groupby(shown, lambda row: row.what):
        panel = list(rows_of_panel)
        parts += [_text(MARGIN, y, f"{what} ({_unit(panel[0])})", weight="bold")]
        y += 12
        scale = MAX_LENGTH / max(max(row.measured, row.goal or 0) for row in panel)
        for which, bars in groupby(panel, lambda row: row.which):
            group = list(bars)
            parts += _group(which, group, y, scale, shade)
            y += BAR_HEIGHT * len(group) + GAP
        y += 26
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}"'
    style = 'font-family="system-ui, \'Segoe UI\', Helvetica, Arial, sans-serif" font-size="12"'
    background = f'<rect width="{WIDTH}" height="{y}" rx="6" fill="{BACKGROUND}"/>'
    return "\n".join([f"{head} {style}>", background, *parts, "</svg>", ""])


def _unit(row: Row) -> str:
    return "microseconds" if row.unit == "us" else "1.0: just as long"


def _legend(shade: dict[int, str]) -> Iterator[str]:
    x = MARGIN
    for threads, fill in shade.items():
        yield f'<rect x="{x}" y="18" width="14" height="{BAR_HEIGHT}" fill="{fill}"/>'
        yield _text(x + 20, 28, f"{threads} thread{'s' if threads > 1 else ''}")
        x += 100
    yield f'<path d="M{x + 7} 15v17" stroke="{GOAL}" stroke-width="2"/>'
    yield _text(x + 20, 28, "promised at most")
    yield f'<path d="M{x + 147} 15v17" stroke="{GOAL}" stroke-width="2" stroke-dasharray="3 2"/>'
    yield _text(x + 160, 28, "aimed at")


def _group(which: str, rows: list[Row], y: int, scale: float, shade: dict[int, str]) -> Iterator[str]:
    height = BAR_HEIGHT * len(rows)
    yield _text(BARS - 10, y + height / 2 + 4, which, anchor="end")
    for number, row in enumerate(rows):
        top, length = y + BAR_HEIGHT * number, row.measured * scale
        place = f'x="{BARS}" y="{top}" width="{length:.1f}" height="{BAR_HEIGHT - 1}"'
        title = escape(f"{which}, {row.threads} threads")
        yield f'<rect {place} fill="{shade[row.threads]}"><title>{title}</title></rect>'
        figure = f"{row.measured:.1f}" if row.unit == "us" else f"{row.measured:.2f}"
        yield _text(_value_x(length, row, scale), top + 9, figure, size=10, fill=MUTED)
    if rows[0].goal is not None:
        dashes = "" if rows[0].is_promise else ' stroke-dasharray="3 2"'
        x = BARS + rows[0].goal * scale
        yield f'<path d="M{x:.1f} {y - 2}v{height + 3}" stroke="{GOAL}" stroke-width="2"{dashes}/>'


def _value_x(length: float, row: Row, scale: float) -> float:
    """Return the x of a bar's value: right of the bar, and right of the goal if that is close."""
    goal = (row.goal or 0) * scale
    return BARS + (goal if length - 4 <= goal <= length + 32 else length) + 5


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "",
    weight: str = "",
    size: int = 0,
    fill: str = FOREGROUND,
) -> str:
    given = {"text-anchor": anchor, "font-weight": weight, "font-size": size or "", "fill": fill}
    attributes = "".join(f' {name}="{value}"' for name, value in given.items() if value)
    return f'<text x="{x:g}" y="{y:g}"{attributes}>{escape(text)}</text>'
