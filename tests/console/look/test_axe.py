"""Every page of the console can be used by everyone: axe, on wide and narrow screens, in light and dark."""

from collections.abc import Iterator
from itertools import pairwise, product

import pytest

from console.look.conftest import See, seeing
from console.look.pages import furnish, one_of_each_kind
from console.visitor import Visitor, owner
from service.tenant_setup import new_tenant
from stormpath.server.app import Service
from support import axe
from support.browser import Page

WIDTHS = (1280, 320)
SCHEMES = ("light", "dark")
WAYS = list(product(WIDTHS, SCHEMES))
IS_DARK = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).every(each => each < 128)"
OUTSIDE = """[...document.querySelectorAll("main *")].filter((each) =>
  each.getBoundingClientRect().right > innerWidth + 1 &&
  !each.closest(".scroll:not(:has(.cards)), pre, .hidden")
).map((each) => each.outerHTML.slice(0, 100))"""
LEVELS = """[...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
.filter((each) => each.checkVisibility()).map((each) => Number(each.tagName[1]))"""


@pytest.fixture(scope="module")
def walk(sqlite_service: Service) -> tuple[Visitor, list[str]]:
    """An administrator, and the path of one page of each kind."""
    api = new_tenant(sqlite_service)
    admin = owner(api)
    admin.log_in()
    paths = one_of_each_kind(admin, furnish(api))
    assert len(paths) > 100
    return admin, paths


@pytest.mark.sampled
@pytest.mark.parametrize("way", range(len(WAYS)), ids=lambda way: "{}-{}".format(*WAYS[way]))
def test_every_page_can_be_used_by_everyone(walk, tab: Page, way: int, sample_of, examples_of):
    admin, paths = walk
    width, scheme = WAYS[way]
    # All pages in all ways where all is tried; else some pages, each in one way by turns.
    is_all = examples_of(len(WAYS)) == len(WAYS)
    cases = paths if is_all else sample_of(paths[way :: len(WAYS)])
    titles: dict[str, str] = {}
    wrong = []

    with seeing(admin, tab) as see:
        for path in cases:
            page = see(path)
            page.prefer(scheme)
            page.resize(width, 800)
            found = list(problems_of(page, width, scheme))
            if titles.setdefault(page.evaluate("document.title"), path) != path:
                found.append("its title is that of another page")
            wrong += [f"{path}: {each}" for each in found]

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
