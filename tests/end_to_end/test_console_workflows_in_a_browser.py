"""The editor of an e-mail in a real browser: its preview, its macros, and what neither may do."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stormpath import Client
from stormpath.server.app import open_service
from support.browser import Browser, Page
from support.mail import eventually
from support.serving import serving

PASSWORD = "Changeme1!"
EMAIL = "olga@example.com"


@pytest.fixture
def trap() -> Iterator[tuple[str, list[str]]]:
    """A server that writes down what it is asked for: its address, and the paths."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, format: str, *arguments: object) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


@pytest.fixture
def editor(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, str]]:
    """The page of a verification e-mail, and its address."""
    log = tmp_path_factory.mktemp("console") / "log"
    with (
        serving(shared_database_url, log) as base_url,
        closing(open_service(shared_database_url, base_url)) as service,
        Browser() as browser,
        browser.page() as page,
    ):
        id, secret = service.local_api_key()
        with Client(base_url, id=id, secret=secret) as client:
            owner = next(
                each
                for each in client.directories.search({"name": "Stormpath Administrators"})[0].accounts
                if each.username == "administrator"
            )
            owner.email, owner.password = EMAIL, PASSWORD
            owner.save()
            directory = client.directories.create({"name": "People of a browser"})
            tenant = client.tenant.key
            path = f"/directories/{directory.href.rpartition('/')[2]}/workflows/accountCreation/verification"
            origin = base_url.removesuffix("/v1")
            page.open(f"{origin}/login?tenant={tenant}")
            page.type("#login", EMAIL)
            page.type("#password", PASSWORD)
            with page.navigation():
                page.click("form button.primary")
            page.open(f"{origin}{path}")
            yield page, path
            directory.delete()


def active(trap: str) -> str:
    """Return HTML of which each part would load, run or send something, if a preview let it."""
    return (
        f"<script>fetch('{trap}/script')</script><img src={trap}/picture onerror=\"fetch('{trap}/handler')\">"
        f"<link rel=stylesheet href={trap}/style><iframe src={trap}/frame></iframe>"
        f"<style>body {{ background: url({trap}/background) }}</style>"
        f"<meta http-equiv=refresh content='0;url={trap}/refresh'>"
        "<p>Dear ${account.givenName}: ${url}</p>"
    )


def test_macros_are_inserted_and_a_preview_of_the_draft_runs_and_loads_nothing(
    editor: tuple[Page, str], trap: tuple[str, list[str]]
):
    page, path = editor
    page.click("#field-subject")
    page.evaluate("document.querySelector('#field-subject').setSelectionRange(0, 0)")
    page.click('[data-insert="${account.givenName}"]')
    assert page.evaluate("document.querySelector('#field-subject').value").startswith("${account.givenName}")
    assert page.evaluate("document.activeElement.id") == "field-subject"

    address, asked = trap
    frame = "document.querySelector('iframe.preview').contentWindow"
    assert page.evaluate(f"{frame}.length") == 0  # The stored e-mail is plain text.
    page.evaluate("document.querySelector('#field-mimeType').value = 'text/html'")
    page.evaluate("document.querySelector('#field-htmlBody').value = ''")
    page.click("#field-htmlBody")
    page.insert(active(address))

    page.click("button[formtarget=preview]")
    # The HTML has a frame of its own in that of the preview.
    eventually(lambda: page.evaluate(f"{frame}.length") == 1)
    time.sleep(0.3)

    assert page.evaluate("document.querySelector('#field-htmlBody').value") == active(address)
    assert page.evaluate("location.pathname") == path
    assert asked == []
    assert page.complaints == []
