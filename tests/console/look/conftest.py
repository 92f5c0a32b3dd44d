"""The console in a real browser, served by this process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from console.visitor import Visitor
from support.browser import Browser, Page

#: ``see("/accounts")`` opens a page as the administrator in the browser's tab, and returns the tab.
See = Callable[[str], Page]


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextmanager
def served(wsgi: Any) -> Iterator[str]:
    """Serve a WSGI callable on loopback; the value is its origin."""
    server = make_server("127.0.0.1", 0, wsgi, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture(scope="package")
def tab(browser: Browser) -> Iterator[Page]:
    with browser.page() as page:
        yield page


@pytest.fixture
def see(admin: Visitor, tab: Page) -> Iterator[See]:
    """Opens pages in the browser with the session of ``admin``."""
    with seeing(admin, tab) as open_page:
        yield open_page


@contextmanager
def seeing(person: Visitor, tab: Page) -> Iterator[See]:
    """Open pages in a tab with the session of a person. No page may complain, or ask another host."""
    tab.start_afresh()
    with served(person.wsgi) as origin:
        for name, value in person.cookies.items():
            tab.call("Network.setCookie", name=name, value=value, url=origin, httpOnly=True, sameSite="Lax")

        def open_page(path: str) -> Page:
            tab.open(f"{origin}{path}")
            return tab

        yield open_page
        assert tab.complaints == []
        assert {url for _, url in tab.requests if not url.startswith((origin, "data:", "about:"))} == set()
        # What was typed may go.
        tab.evaluate("document.querySelectorAll('form').forEach((each) => each.remove())")
        tab.open("about:blank")
