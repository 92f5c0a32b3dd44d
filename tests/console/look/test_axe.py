"""Every page of the console can be used by everyone: axe, on wide and narrow screens, in light and dark."""

from collections.abc import Iterator
from itertools import pairwise, product

import pytest

from console.look.conftest import See
from console.look.pages import furnish, one_of_each_kind
from console.visitor import Visitor
from service.calls import Api
from support import axe
from support.browser import Page

WIDTHS = (1280, 320)
SCHEMES = ("light", "dark")
IS_DARK = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).every(each => each < 128)"
OUTSIDE = """[...document.querySelectorAll("main *")].filter((each) =>
  each.getBoundingClientRect().right > innerWidth + 1 && !each.closest(".scroll, pre, .hidden")
).map((each) => each.outerHTML.slice(0, 100))"""
LEVELS = """[...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
.filter((each) => each.checkVisibility()).map((each) => Number(each.tagName[1]))"""


@pytest.mark.sampled
def test_every_page_can_be_used_by_everyone(admin: Visitor, api: Api, see: See, sample_of, examples_of):
    paths = one_of_each_kind(admin, furnish(api))
    assert len(paths) > 40
    ways = list(product(WIDTHS, SCHEMES))
    # All pages in all ways where all is tried; else some pages, each in one way by turns.
    count = examples_of(len(ways))
    cases = [
        (path, ways[(number + turn) % len(ways)])
        for number, path in enumerate(sample_of(paths))
        for turn in range(count)
    ]
    titles: dict[str, str] = {}
    wrong = []

    for path, (width, scheme) in cases:
        page = see(path)
        page.prefer(scheme)
        page.resize(width, 800)
        found = list(problems_of(page, width, scheme))
        if titles.setdefault(page.evaluate("document.title"), path) != path:
            found.append("its title is that of another page")
        wrong += [f"{path}, {width} pixels wide, {scheme}: {each}" for each in found]

    assert not wrong, "\n".join(wrong)


def problems_of(page: Page, width: int, scheme: str) -> Iterator[str]:
    """Return what axe finds, what is outside of the screen, and headings that skip a level."""
    yield from axe.violations(page)
    if page.evaluate("document.documentElement.scrollWidth") > width:
        yield f"wider than the screen: {page.evaluate(OUTSIDE)}"
    if page.evaluate(IS_DARK) != (scheme == "dark"):
        yield "not in the scheme that is preferred"
    levels = page.evaluate(LEVELS)
    if levels.count(1) != 1 or any(after > before + 1 for before, after in pairwise(levels)):
        yield f"headings of the levels {levels}"


def test_axe_finds_what_is_wrong(see: See):
    page = see("/accounts")
    page.evaluate("document.querySelectorAll('label').forEach((each) => each.remove())")
    page.evaluate("document.querySelector('h1').className = 'status locked'")

    found = {each.partition(":")[0] for each in axe.violations(page)}

    assert "label" in found or "select-name" in found
