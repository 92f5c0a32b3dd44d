"""What the pages do with scripts: search as a person types, bulk actions that go on by themselves."""

import time
from collections.abc import Callable

import pytest

from console.look.conftest import See, browser, see, tab
from console.visitor import Visitor
from service.calls import Api, path_of
from stormpath.server.console.declared import bulk
from support.browser import Page

__all__ = ["browser", "see", "tab"]


def until(is_true: Callable[[], bool]) -> None:
    """Wait until something is true on the page."""
    deadline = time.monotonic() + 10
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_visible(page: Page, selector: str) -> bool:
    return bool(page.evaluate(f"document.querySelector('{selector}')?.checkVisibility() ?? false"))


def test_what_is_found_is_walked_with_the_arrow_keys_and_opened_with_enter(
    admin: Visitor, api: Api, see: See
):
    directory = api.directory("Rebel Base")
    api.group(directory, "Rebel Pilots")
    page = see("/")

    page.type("#search-all", "rebel")
    until(lambda: is_visible(page, '#search-found [role="option"]'))
    assert page.evaluate("document.activeElement.id") == "search-all"
    assert page.evaluate("document.querySelector('#search-all').getAttribute('aria-expanded')") == "true"
    for _ in range(2):
        page.press("ArrowDown", 40)
    marked = page.evaluate("document.querySelector('#search-found [aria-selected=true]').innerText")
    assert marked.startswith("Rebel Base")
    page.press("Escape", 27)
    assert not is_visible(page, "#search-found")
    page.press("ArrowDown", 40)
    page.press("ArrowDown", 40)
    with page.navigation():
        page.press("Enter", 13)

    assert page.evaluate("location.pathname") == path_of(directory)
    assert page.complaints == []


def test_a_bulk_action_goes_on_by_itself(admin: Visitor, api: Api, see: See, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bulk, "STEP", 1)
    directory = api.directory("People")
    for number in range(4):
        api.group(directory, f"Group {number}")
    page = see(f"{path_of(directory)}/groups")

    page.click("[data-tick-all]")
    page.evaluate("document.querySelector('#bulk-action').value = 'DISABLED'")
    with page.navigation():
        page.click("#bulk button")
    with page.navigation():
        page.click("main form button.danger")
    until(lambda: "4 of 4 are done." in page.text)

    assert {each["status"] for each in api.every(directory["groups"]["href"])} == {"DISABLED"}
    assert "Undo" in page.text
    assert page.complaints == []
