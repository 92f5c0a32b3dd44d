"""Other ways through the console: by the keyboard alone, without JavaScript, and away for half an hour."""

import time

from console.visitor import Visitor
from end_to_end.console.conftest import Running, log_in
from end_to_end.console.reader import Reader
from stormpath import Client
from stormpath.resources.application import Application
from support.accounts import PASSWORD

MINUTE = 60_000


def names(app: Application) -> list[str]:
    app.refresh()
    return [each.account_store.name for each in app.account_store_mappings]


def test_the_keyboard_alone_is_enough(visitor: Reader, person: Visitor, client: Client):
    page = visitor.page
    visitor.open("/login")
    for label, text in (("Tenant", person.tenant), ("Email", person.login), ("Password", person.password)):
        visitor.tab_to(label)
        page.insert(text)
    visitor.enter()
    visitor.sees("Overview")

    visitor.tab_to("Applications")
    visitor.enter()
    visitor.tab_to("Create Application")
    visitor.enter()
    visitor.tab_to("Name")
    page.insert("Lounge")
    visitor.enter()
    (lounge,) = client.applications.search({"name": "Lounge"})
    north = client.directories.create({"name": "North"})
    client.account_store_mappings.create({"application": lounge, "account_store": north})
    assert names(lounge) == ["Lounge Directory", "North"]

    visitor.tab_to("Account Stores (Login Sources)")
    visitor.enter()
    visitor.tab_to("Move Lounge Directory down")
    page.press("Enter", 13)
    visitor.wait_for("document.querySelector('[data-order] tr').innerText.includes('North')")
    assert visitor.focus == "Move Lounge Directory down"
    visitor.tab_to("Save Priorities")
    visitor.enter()

    assert names(lounge) == ["North", "Lounge Directory"]


def test_the_focus_stays_in_the_search_box_while_one_types(reader: Reader, client: Client):
    for name in ("North", "South", "West"):
        client.directories.create({"name": name})
    page = reader.page
    reader.click("Directories")
    reader.sees("West")

    for so_far, left in (("o", "North"), ("out", "South")):
        page.evaluate("document.querySelector('#list-search').focus()")
        page.keys(so_far[-2:] if so_far == "out" else so_far)
        reader.wait_for("!document.querySelector('#list').innerText.includes('West')")
        reader.wait_for(f"document.querySelector('#list').innerText.includes('{left}')")
        assert page.evaluate("document.activeElement.id") == "list-search"
    reader.wait_for("!document.querySelector('#list').innerText.includes('North')")
    assert page.evaluate("document.activeElement.value") == "out"
    assert page.evaluate("document.activeElement.selectionStart") == 3

    # The box over everything: its findings are walked by the arrow keys.
    page.evaluate("document.querySelector('#search-all').focus()")
    page.keys("West")
    reader.wait_for("document.querySelectorAll('#search-found [role=option]').length > 0")
    page.press("ArrowDown", 40)
    assert page.evaluate("document.activeElement.id") == "search-all"
    reader.enter()
    (west,) = client.directories.search({"name": "West"})
    assert reader.value_of("REST URL") == west.href


def test_before_a_session_ends_it_warns_and_is_extended(reader: Reader, running: Running, client: Client):
    stored = running.service.console.sessions.stored
    (own,) = client.accounts.search({"email": f"{reader.login}"})
    (session,) = stored.of_account(own.href.rpartition("/")[2], 0)
    assert not reader.page.evaluate("document.querySelector('#session-warning').checkVisibility()")

    # The person was away for 29 minutes, and comes back to the tab.
    stored.touch(session.id, int(time.time() * 1000) - 29 * MINUTE)
    reader.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    reader.sees("You are logged out in two minutes")
    reader.press("Stay logged in")
    reader.wait_for("!document.querySelector('#session-warning').checkVisibility()")

    (extended,) = stored.of_account(session.account_id, 0)
    assert time.time() * 1000 - extended.used_at < MINUTE
    # And this time for longer.
    stored.touch(session.id, int(time.time() * 1000) - 31 * MINUTE)
    reader.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    reader.sees("You are logged out. What is typed here can still be copied.")
    reader.click("Log in", within=("#session-warning", ""))
    reader.sees("Tenant")


def test_the_main_path_needs_no_javascript(visitor: Reader, person: Visitor, client: Client):
    visitor.page.call("Emulation.setScriptExecutionDisabled", value=True)
    log_in(visitor, person.tenant, person.login)
    visitor.click("Directories", "Create Directory", "Cloud")
    visitor.fill({"Name": "Crew"})
    visitor.click("Create")
    visitor.click("Applications", "Create Application")
    visitor.fill({"Name": "Lounge"})
    visitor.click("Create")
    visitor.part("Login Sources")
    visitor.click("Add Login Source")
    visitor.fill({"Part of the name or the description": "Crew"})
    visitor.click("Search", within=("fieldset", "Part of the name"))
    visitor.tick_row("Crew")
    visitor.click("Add Login Source")
    visitor.click("↓", within=("tr", "Lounge Directory"))
    visitor.sees("This order is not saved yet.")
    visitor.choose("New Account Location", "Crew")
    visitor.click("Save")

    (lounge,) = client.applications.search({"name": "Lounge"})
    assert names(lounge) == ["Crew", "Lounge Directory"]
    joe = {"given_name": "Joe", "surname": "Doe", "email": "joe@example.com", "password": PASSWORD}
    assert lounge.accounts.create(joe).directory.name == "Crew"
    visitor.click("Accounts")
    visitor.click("Delete", within=("tr", "joe@example.com"))
    visitor.tick("I Understand")
    visitor.click("Delete", within=("section", "I Understand"))
    assert list(client.accounts.search({"email": "joe@example.com"})) == []
