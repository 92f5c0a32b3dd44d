"""The editor of custom data in a real browser: a row saves itself when it changes, and is reverted."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from console.visitor import PASSWORD, owner
from service.calls import Api, path_of
from service.tenant_setup import new_tenant
from stormpath.server.app import open_service
from support.browser import Browser, Page
from support.serving import serving

BEFORE = {"rank": "Captain", "ships": ["Falcon"]}


@pytest.fixture(scope="module")
def api(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A caller with a tenant of a service that is served, too."""
    log = tmp_path_factory.mktemp("console") / "log"
    with (
        serving(shared_database_url, log) as base_url,
        closing(open_service(shared_database_url, base_url)) as service,
    ):
        yield new_tenant(service)


@pytest.fixture
def page(api: Api) -> Iterator[Page]:
    """A tab in which the tenant's owner is logged in; its console must stay empty until the end."""
    person = owner(api)
    with Browser() as browser, browser.page() as tab:
        tab.open(f"{origin_of(api)}/login")
        for field, text in (("tenant", person.tenant), ("login", person.login), ("password", PASSWORD)):
            tab.click(f"#{field}")
            tab.insert(text)
        with tab.navigation():
            tab.press("Enter", 13)
        assert "Logout" in tab.evaluate("document.body.textContent"), tab.text
        yield tab
        assert tab.complaints == []


def origin_of(api: Api) -> str:
    return api.base_url.removesuffix("/v1")


def wait_for(page: Page, text: str) -> None:
    waiting = f"""new Promise((done, fail) => {{
        const until = Date.now() + 10000;
        (function look() {{
            if (document.querySelector("main").innerText.includes({text!r})) done(true);
            else if (Date.now() > until) fail(document.querySelector("main").innerText);
            else setTimeout(look, 20);
        }})();
    }})"""
    assert page.evaluate(waiting)


def test_a_row_saves_itself_and_is_reverted(api: Api, page: Page):
    account = api.account(api.directory(), customData=BEFORE)
    page.open(f"{origin_of(api)}{path_of(account, 'customData')}")
    path = page.evaluate("location.href")

    page.click("#value-1")
    page.press("End", 35)
    page.keys(" <b>!")
    page.press("Tab", 9)
    wait_for(page, "Saved")
    saved = api.get(f"{account['href']}/customData")["rank"]
    page.evaluate("document.querySelector('.saved span').remove()")
    page.click("button[type=reset]")
    wait_for(page, "Saved")

    assert saved == "Captain <b>!"
    assert api.get(f"{account['href']}/customData")["rank"] == "Captain"
    assert page.evaluate("document.querySelector('#value-1').value") == "Captain"
    assert page.evaluate("location.href") == path
    assert page.evaluate("document.querySelectorAll('b').length") == 0
    assert (
        page.evaluate("getComputedStyle(document.querySelector('[data-without-script]')).display") == "none"
    )


def test_what_another_person_changed_is_told_in_the_row(api: Api, page: Page):
    account = api.account(api.directory("Others"), "ben", customData=BEFORE)
    page.open(f"{origin_of(api)}{path_of(account, 'customData')}")
    api.post(f"{account['href']}/customData", {"rank": "General"}).ok  # Fails unless granted.

    page.click("#value-1")
    page.keys("x")
    page.press("Tab", 9)
    wait_for(page, "Another person has changed this meanwhile")

    assert api.get(f"{account['href']}/customData")["rank"] == "General"
