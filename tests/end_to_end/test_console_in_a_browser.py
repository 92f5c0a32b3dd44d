"""What the console's pages about access do with a script: a link that sends itself, and the warning."""

import time
from collections.abc import Iterator

import pytest

from end_to_end.test_console_command import shown
from support.browser import SECONDS, Browser, Page


@pytest.fixture
def page() -> Iterator[Page]:
    with Browser() as browser, browser.page() as found:
        yield found
        assert found.complaints == []


#: Answers the script's requests for the time that is left, without waiting for half an hour.
TIME_LEFT = """
window.left = 60; window.sent = [];
const real = window.fetch;
window.fetch = (url, options) => {
  if (options && options.method === "POST") {
    window.left = 1800;
    window.sent.push(url);
    return real(url, options);
  }
  return Promise.resolve(new Response(JSON.stringify({idle: window.left, absolute: 40000})));
};
"""


def until(page: Page, condition: str) -> None:
    """Wait until an expression is true on the page, which may be replaced by another meanwhile."""
    deadline = time.monotonic() + SECONDS
    while page.evaluate(f"Boolean(document.body && ({condition}))") is not True:
        assert time.monotonic() < deadline, condition
        time.sleep(0.02)


def test_the_link_sends_itself_and_the_warning_offers_to_stay(initialized_sqlite_url: str, page: Page):
    with shown(initialized_sqlite_url, "--no-browser") as console:
        page.open(console.link)
        until(page, "document.title.startsWith('Home')")
        warning = "document.getElementById('session-warning')"
        assert page.evaluate(f"{warning}.hidden") is True

        page.evaluate(TIME_LEFT)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        until(page, f"!{warning}.hidden")
        assert "two minutes" in page.evaluate(f"{warning}.innerText")
        page.click("#session-warning button")
        until(page, f"{warning}.hidden")
        assert page.evaluate("window.sent.length") == 1

        page.evaluate("window.left = 0; document.dispatchEvent(new Event('visibilitychange'))")
        until(page, f"!{warning}.hidden")
        assert page.evaluate(f"{warning}.innerText").startswith("You are logged out.")
