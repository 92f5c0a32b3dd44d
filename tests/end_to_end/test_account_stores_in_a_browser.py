"""The account stores of an application in a real browser: dragged, moved by keys, found while one types."""

from collections.abc import Callable, Iterator
from contextlib import closing
from time import sleep

import pytest

from stormpath import Client
from stormpath.resources.application import Application
from stormpath.server.app import open_service
from support.accounts import PASSWORD
from support.browser import Browser, Page
from support.serving import serving

#: Columns of a row: the name is what people drag it by.
NAME = "td:nth-child(4)"


@pytest.fixture(scope="module")
def served(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a served service."""
    log = tmp_path_factory.mktemp("console") / "log"
    with (
        serving(shared_database_url, log) as base_url,
        closing(open_service(shared_database_url, base_url)) as service,
    ):
        id, secret = service.local_api_key()
        with Client(base_url, id=id, secret=secret) as client:
            yield client


@pytest.fixture
def client(served: Client) -> Client:
    """A client of the service that shows the console, in place of the shared client."""
    return served


@pytest.fixture
def base_url(client: Client) -> str:
    return str(client.tenant.href.partition("/v1/")[0])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, base_url: str, client: Client, unique: Callable[[str], str]) -> Iterator[Page]:
    """A tab of an administrator who is logged in, and whose console stays empty until the end of the test."""
    name = unique("ann").replace(" ", "")
    (directory,) = client.directories.search({"name": "Stormpath Administrators"})
    person = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    account = directory.accounts.create({**person, "given_name": "Ann", "surname": "Doe"})
    with browser.page() as found:
        found.open(f"{base_url}/login?tenant={client.tenant.key}")
        found.type("#login", account.email)
        found.type("#password", PASSWORD)
        with found.navigation():
            found.click("button.primary")
        for _ in range(100):
            # The load of the form itself may be told late.
            if "/login" not in found.evaluate("location.pathname"):
                break
            sleep(0.05)
        yield found
        assert found.complaints == []
    account.delete()


@pytest.fixture
def with_stores(client: Client, app: Application, unique: Callable[[str], str]) -> Iterator[list[str]]:
    """The names of the account stores of the application, in their order."""
    made = []
    for name in "XYZ":
        directory = client.directories.create({"name": unique(name)})
        client.account_store_mappings.create({"application": app, "account_store": directory})
        made.append(directory)
    yield names(app)
    for each in made:
        each.delete()


def names(app: Application) -> list[str]:
    app.refresh()
    return [each.account_store.name for each in app.account_store_mappings]


def shown(page: Page) -> list[str]:
    """Return the names of the rows as they stand on the page."""
    found = page.evaluate(
        "[...document.querySelectorAll('[data-order] tr')].map(row => row.cells[3].textContent.trim())"
    )
    return [str(each) for each in found]


def row(number: int) -> str:
    return f"[data-order] tr:nth-child({number})"


def open_stores(page: Page, base_url: str, app: Application) -> None:
    page.resize(1280, 1000)
    page.open(f"{base_url}/applications/{app.href.rpartition('/')[2]}/accountStores")
    page.evaluate("document.querySelector('[data-order]').scrollIntoView({block: 'center'})")


def save(page: Page) -> None:
    with page.navigation():
        page.click(".buttons [value=save]")


def test_a_row_is_dragged_and_the_order_saved(
    page: Page, base_url: str, app: Application, with_stores: list[str]
):
    first, *others = with_stores
    open_stores(page, base_url, app)
    assert shown(page) == with_stores

    page.drag(f"{row(1)} {NAME}", f"{row(4)} {NAME}")
    assert shown(page) == [*others, first]
    page.drag(f"{row(3)} {NAME}", f"{row(1)} {NAME}")
    assert names(app) == with_stores
    save(page)

    wanted = [others[2], others[0], others[1], first]
    assert names(app) == wanted
    assert shown(page) == wanted


def test_a_row_is_moved_by_keys_and_the_focus_stays_on_it(
    page: Page, base_url: str, app: Application, with_stores: list[str]
):
    open_stores(page, base_url, app)
    page.evaluate(f"document.querySelector('{row(1)} [data-order-move=\"1\"]').focus()")

    for _ in range(2):
        page.press("Enter", 13)

    first, second, third, fourth = with_stores
    assert shown(page) == [second, third, first, fourth]
    assert page.evaluate("document.activeElement.closest('tr').cells[3].textContent.trim()") == first
    assert f"{first} is at place 3 now." in page.evaluate(
        "document.querySelector('[data-order-said]').textContent"
    )
    save(page)
    assert names(app) == [second, third, first, fourth]


def test_stores_are_found_while_one_types_and_what_was_ticked_stays(
    page: Page, base_url: str, client: Client, app: Application, unique: Callable[[str], str]
):
    north, south = (client.directories.create({"name": unique(name)}) for name in ("North", "South"))
    page.open(f"{base_url}/applications/{app.href.rpartition('/')[2]}/accountStores/new")

    for directory in (north, south):
        page.evaluate("document.querySelector('#picker-search').value = ''")
        page.type("#picker-search", directory.name)
        box = f"[name=pick][value='directories/{directory.href.rpartition('/')[2]}']"
        wait_for(page, f"document.querySelectorAll('#picker [name=pick]').length === 1 && !!{found(box)}")
        page.click(box)
    with page.navigation():
        page.click("[value=create]")

    assert names(app)[1:] == [north.name, south.name]
    for each in (north, south):
        each.delete()


def found(selector: str) -> str:
    return f'document.querySelector("{selector}")'


def wait_for(page: Page, condition: str) -> None:
    """Wait until a condition of the page holds, for ten seconds."""
    page.evaluate(
        "new Promise((done, fail) => { let left = 500; const look = () => "
        f"({condition}) ? done() : left-- ? setTimeout(look, 20) : fail('not in time'); look(); }})"
    )
