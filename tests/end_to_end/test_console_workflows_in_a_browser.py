"""The editor of an e-mail in a real browser: its preview, its macros, and what neither may do."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Json
from stormpath import Client
from stormpath.server.app import open_service
from support.browser import Browser, Page
from support.serving import serving

PASSWORD = "Changeme1!"
EMAIL = "olga@example.com"

#: Each of these would load, run or send something, if a preview let it.
ACTIVE = (
    "<script>fetch('/ran-a-script')</script><img src=/loaded-a-picture onerror=\"fetch('/ran-a-handler')\">"
    "<link rel=stylesheet href=/loaded-a-style><iframe src=/loaded-a-frame></iframe>"
    "<style>body { background: url(/loaded-a-background); color: rgb(1, 2, 3) }</style>"
    "<form action=/sent-a-form><button autofocus>Go</button></form><p>Dear ${account.givenName}: ${url}</p>"
)


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
            print("AFTER", page.text, page.evaluate("location.href"))
            page.open(f"{origin}{path}")
            yield page, path
            directory.delete()


def frames(tree: Json) -> list[str]:
    return [tree["frame"]["url"], *(url for each in tree.get("childFrames", ()) for url in frames(each))]


def test_a_preview_shows_a_draft_beside_its_editor_and_runs_and_loads_nothing(editor: tuple[Page, str]):
    page, path = editor
    page.evaluate("document.querySelector('#field-mimeType').value = 'text/html'")
    page.evaluate("document.querySelector('#field-htmlBody').value = ''")
    page.click("#field-htmlBody")
    page.insert(ACTIVE)

    with page.navigation("Page.frameStoppedLoading"):
        page.click("button[formtarget=preview]")

    assert page.evaluate("document.querySelector('#field-htmlBody').value") == ACTIVE
    assert page.evaluate("location.pathname") == path
    asked = [url for _, url in page.requests]
    assert any(url.endswith(f"{path}/preview") for url in asked)
    assert not [url for url in asked if any(each in url for each in ("ran-a", "loaded-a", "sent-a"))]


def test_a_macro_is_inserted_where_the_cursor_is(editor: tuple[Page, str]):
    page, _ = editor
    page.click("#field-subject")
    page.evaluate("document.querySelector('#field-subject').setSelectionRange(0, 0)")

    page.click('[data-insert="${account.givenName}"]')

    assert page.evaluate("document.querySelector('#field-subject').value").startswith("${account.givenName}")
    assert page.evaluate("document.activeElement.id") == "field-subject"
