"""What the script of the pages does, in a real browser."""

import pytest

from console.look.conftest import See
from console.visitor import Visitor
from service.calls import Api, path_of
from support.browser import Page

pytestmark = pytest.mark.either_database


def wait_for(page: Page, expression: str) -> None:
    """Wait until an expression of JavaScript is true."""
    page.evaluate(f"""new Promise((done, fail) => {{
      const end = Date.now() + 20000;
      const look = () => {{
        if ({expression}) done();
        else if (Date.now() > end) fail(`never true: {expression}`);
        else setTimeout(look, 20);
      }};
      look();
    }})""")


def test_a_list_is_searched_while_one_types_and_the_focus_stays(see: See, api: Api):
    for name in ("Rebels", "Empire"):
        api.directory(name)
    page = see("/directories")

    page.type("#list-search", "mpir")
    wait_for(page, "document.querySelectorAll('#list tbody tr').length === 1")

    assert page.evaluate("document.activeElement.id") == "list-search"
    assert page.evaluate("document.querySelector('#list tbody a').textContent") == "Empire"
    assert "q=mpir" in page.evaluate("location.search")
    # Screen readers hear how many there are.
    wait_for(page, "document.querySelector('#announcer').textContent.startsWith('1/')")


def test_ticks_open_the_bulk_actions_and_are_counted(see: See, api: Api):
    for name in ("Acme", "Bolt"):
        api.organization(name)
    page = see("/organizations")
    before = page.evaluate("document.querySelector('#bulk button').disabled")

    page.click("#tick-all")

    assert before is True
    assert page.evaluate("document.querySelector('#bulk button').disabled") is False
    assert page.evaluate("document.querySelector('[data-ticked]').textContent").startswith("2")
    page.click('td.tick input[name="id"]')
    assert page.evaluate("document.querySelector('#tick-all').indeterminate") is True


def test_the_focus_stays_on_the_title_of_a_column_that_was_clicked(see: See, api: Api):
    api.organization("Acme")
    page = see("/organizations")

    page.evaluate("document.querySelector('#sort-name').focus()")
    page.press("Enter", 13)
    wait_for(page, "document.querySelector('th[aria-sort=ascending]') !== null")
    wait_for(page, "document.activeElement.id === 'sort-name'")


def test_a_menu_closes_by_escape_and_gives_the_focus_back(see: See):
    page = see("/")
    page.click("details.menu > summary")
    assert page.evaluate("document.querySelector('details.menu').open") is True

    page.press("Escape", 27)

    assert page.evaluate("document.querySelector('details.menu').open") is False
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_leaving_a_form_asks_where_something_was_typed(see: See, api: Api):
    organization = api.organization("Acme")
    page = see(path_of(organization))
    ask = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))"

    untouched = page.evaluate(ask)
    page.type("#field-description", "Rockets")
    typed = page.evaluate(ask)

    assert (untouched, typed) == (False, True)
    with page.navigation():
        page.click("form.details .primary")
    assert page.evaluate(ask) is False
    assert api.get(organization["href"]).ok["description"] == "Rockets"


def test_a_refused_form_has_the_focus_on_what_is_wrong(see: See):
    page = see("/organizations/new")
    page.type("#field-name", "Acme")
    page.type("#field-nameKey", "Not valid!")
    with page.navigation():
        page.click("form.details .primary")

    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.click('a[href="#field-nameKey"]')
    assert page.evaluate("document.activeElement.id") == "field-nameKey"


def test_a_macro_goes_where_one_types(see: See, api: Api):
    directory = api.directory("People")
    page = see(f"{path_of(directory)}/workflows/accountCreation/welcome")
    page.evaluate("document.querySelector('#field-subject').value = 'Hello !'")
    page.evaluate("document.querySelector('#field-subject').focus()")
    page.evaluate("document.querySelector('#field-subject').setSelectionRange(6, 6)")

    page.click('[data-insert="${account.givenName}"]')

    assert page.evaluate("document.querySelector('#field-subject').value") == "Hello ${account.givenName}!"


def test_the_status_of_a_row_is_changed_by_choosing(see: See, api: Api, admin: Visitor):
    organization = api.organization("Acme", status="DISABLED")
    page = see("/organizations")

    with page.navigation():
        page.click("h1")
        page.evaluate("document.querySelector('select.status').focus()")
        page.keys("E")

    assert "Acme is enabled now." in page.text
    assert api.get(organization["href"]).ok["status"] == "ENABLED"
