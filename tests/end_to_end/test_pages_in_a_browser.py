"""The service's own pages, opened from a link of an e-mail in a real browser."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urljoin

import pytest
import sqlalchemy as sa

from stormpath import Client
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from stormpath.server.app import Service, open_service
from stormpath.server.mail.email import opened
from stormpath.server.security.encryption import SecretBox, key_from_text
from support import environment
from support.accounts import PASSWORD
from support.browser import Browser, Page
from support.serving import serving

VERIFICATION = "/emailVerificationTokens"
RESET = "/passwordReset"
NEW_PASSWORD = "An0ther <password> & more"

Register = Callable[[], Account]


@dataclass
class Served:
    """A client of a served service, and the same service in this process: its outbox has no API."""

    client: Client
    service: Service

    def link_to(self, address: str, path: str) -> str:
        """Return the link in the latest e-mail to an address."""
        outbox = self.service.database.tables.outbox
        statement = sa.select(outbox.c.id, outbox.c.content).where(outbox.c.address == address)
        with self.service.database.engine.connect() as connection:
            id, sealed = connection.execute(statement.order_by(outbox.c.id.desc()).limit(1)).one()
        secret = environment.SETTINGS["STORMPATH_SECRET_KEY"]
        text = opened(SecretBox(key_from_text(secret, "STORMPATH_SECRET_KEY")), sealed, id).text or ""
        found = re.search(rf"\S*{path}\?sptoken=\S+", text)
        assert found, text
        return urljoin(self.service.base_url, found[0])


@pytest.fixture(scope="module")
def served(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    log = tmp_path_factory.mktemp("pages") / "log"
    with (
        serving(shared_database_url, log) as base_url,
        closing(open_service(shared_database_url, base_url)) as service,
    ):
        id, secret = service.local_api_key()
        with Client(base_url, id=id, secret=secret) as client:
            yield Served(client, service)


@pytest.fixture
def client(served: Served) -> Client:
    """A client of the served service that shows the pages, in place of the shared client."""
    return served.client


@pytest.fixture
def account(app: Application, unique: Callable[[str], str]) -> Account:
    """An account that has just registered and has to verify its address."""
    policy = app.default_account_store_mapping.account_store.account_creation_policy
    policy.verification_email_status = "ENABLED"
    policy.save()
    name = unique("ada").replace(" ", "")
    person = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    return app.accounts.create({**person, "given_name": "Ada", "surname": "Lovelace"})


@pytest.fixture
def verification_link(served: Served, account: Account) -> str:
    return served.link_to(account.email, VERIFICATION)


@pytest.fixture
def reset_link(served: Served, app: Application, account: Account) -> str:
    """The reset link in the e-mail to a verified account."""
    account.status = "ENABLED"
    account.save()
    app.send_password_reset_email(account.email)
    return served.link_to(account.email, RESET)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    with browser.page() as page:
        yield page


@pytest.fixture
def page(tab: Page) -> Iterator[Page]:
    """A tab whose console must stay empty until the end of the test."""
    yield tab
    assert tab.complaints == []


def status_of(account: Account) -> str:
    account.refresh()
    return str(account.status)


class TestVerification:
    def test_opening_the_link_and_pressing_the_button_verifies(
        self, page: Page, verification_link, account, app
    ):
        page.open(verification_link)
        before = status_of(account)
        with page.navigation():
            page.click("button")

        assert before == "UNVERIFIED"
        assert "Your e-mail address is confirmed." in page.text
        assert app.name in page.text
        assert status_of(account) == "ENABLED"
        assert app.authenticate_account(account.username, PASSWORD).account.href == account.href

    def test_an_address_can_be_verified_with_the_keyboard_alone(self, page: Page, verification_link, account):
        page.open(verification_link)
        page.press("Tab", 9)
        with page.navigation():
            page.press("Enter", 13)

        assert status_of(account) == "ENABLED"

    def test_a_link_that_was_used_leads_to_a_page_that_says_so(self, page: Page, verification_link):
        page.open(verification_link)
        with page.navigation():
            page.click("button")

        page.open(verification_link)

        assert page.status == 404
        assert "This link cannot be used" in page.text
        assert page.evaluate("document.querySelector('form')") is None


class TestPasswordReset:
    def test_a_new_password_is_typed_twice_and_can_be_used(self, page: Page, reset_link, account, app):
        page.open(reset_link)
        page.type("#password", NEW_PASSWORD)
        page.type("#confirmation", NEW_PASSWORD)
        with page.navigation():
            page.click("button")

        assert page.status == 200
        assert "Your password has been changed." in page.text
        assert app.authenticate_account(account.username, NEW_PASSWORD).account.href == account.href

    def test_a_weak_password_is_refused_beside_its_field_which_has_the_focus(
        self, page: Page, reset_link, account, app
    ):
        page.open(reset_link)
        page.type("#password", "weak")
        page.type("#confirmation", "weak")
        with page.navigation():
            page.click("button")

        assert page.status == 400
        assert "Password must be at least 8 characters long." in page.text
        assert page.evaluate("document.activeElement.id") == "password"
        page.keys(NEW_PASSWORD)
        page.press("Tab", 9)
        page.keys(NEW_PASSWORD)
        with page.navigation():
            page.press("Enter", 13)
        assert page.status == 200
        assert app.authenticate_account(account.username, NEW_PASSWORD).account.href == account.href

    def test_screen_readers_get_the_names_of_fields_and_errors(self, page: Page, reset_link):
        page.open(reset_link)
        page.type("#password", "one")
        page.type("#confirmation", "another")
        with page.navigation():
            page.click("button")

        fields = [each for each in accessible(page) if each["role"] == "textbox"]
        assert [each["name"] for each in fields] == [
            "E-mail address",
            "New password",
            "New password once more",
        ]
        message = "The two passwords differ. Please type them again."
        assert [each["description"] for each in fields] == ["", "", message]
        assert "alert" in [each["role"] for each in accessible(page)]
        assert page.evaluate("document.title") == "Error: Choose a new password"

    def test_the_password_is_shown_on_request(self, page: Page, reset_link):
        page.open(reset_link)
        page.type("#password", NEW_PASSWORD)
        kinds = [kinds_of_fields(page)]
        for _ in range(2):
            page.click("#show")
            kinds.append(kinds_of_fields(page))

        assert kinds == [["password"] * 2, ["text"] * 2, ["password"] * 2]
        assert page.evaluate("document.querySelector('#password').value") == NEW_PASSWORD

    def test_a_password_can_be_reset_without_scripts(self, page: Page, reset_link, account, app):
        page.call("Emulation.setScriptExecutionDisabled", value=True)

        page.open(reset_link)
        reads = page.text
        page.type("#password", NEW_PASSWORD)
        page.type("#confirmation", NEW_PASSWORD)
        with page.navigation():
            page.click("button")

        assert "Show the password" not in reads
        assert app.authenticate_account(account.username, NEW_PASSWORD).account.href == account.href

    def test_tokens_and_passwords_stay_out_of_addresses(self, page: Page, reset_link):
        page.open(reset_link)
        page.type("#password", NEW_PASSWORD)
        page.type("#confirmation", NEW_PASSWORD)
        with page.navigation():
            page.click("button")

        # No style, picture or script is requested.
        assert page.requests == [("GET", reset_link), ("POST", reset_link.partition("?")[0])]
        assert page.evaluate("document.referrer") == ""


class TestLayout:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_everything_fits_a_small_phone_and_can_be_read(self, page: Page, reset_link, scheme):
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        page.resize(320, 480)

        page.open(reset_link)
        page.type("#password", "weak")
        page.type("#confirmation", "weak")
        with page.navigation():
            page.click("button")

        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        is_dark = page.evaluate(f"({LIGHTNESS})(getComputedStyle(document.body).backgroundColor)") < 0.5
        assert is_dark == (scheme == "dark")
        # WCAG 2, 1.4.3.
        assert {name: ratio for name, ratio in page.evaluate(CONTRASTS) if ratio < 4.5} == {}

    def test_the_style_is_applied_under_the_content_policy(self, page: Page, verification_link):
        page.resize(1200, 800)

        page.open(verification_link)

        # A card in the middle, not a page of plain text.
        left, width = page.evaluate(
            "(r => [r.left, r.width])(document.querySelector('main').getBoundingClientRect())"
        )
        assert width < 500
        assert left == pytest.approx((1200 - width) / 2, abs=10)


def test_an_injected_script_does_not_run_and_is_reported(tab: Page, reset_link):
    tab.open(reset_link)

    tab.evaluate("""
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken'";
        document.body.append(script);
        const picture = document.createElement("img");
        picture.src = "/somewhere.png";
        document.body.append(picture);
        new Promise(done => picture.onerror = () => done());
    """)

    assert tab.evaluate("document.title") == "Choose a new password"
    assert tab.requests == [("GET", reset_link)]
    assert any("Content Security Policy" in each for each in tab.complaints)


def accessible(page: Page) -> list[dict[str, str]]:
    """Return what a screen reader finds: role, name and description of each element."""
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    return [
        {part: str(each.get(part, {}).get("value", "")) for part in ("role", "name", "description")}
        for each in nodes
        if not each["ignored"]
    ]


def kinds_of_fields(page: Page) -> list[str]:
    return [page.evaluate(f"document.querySelector('#{each}').type") for each in ("password", "confirmation")]


# The relative luminance of a colour, and the contrast of each element's text to what is behind it (WCAG 2).
LIGHTNESS = r"""
(colour) => {
  const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map(Number)
    .map((each) => each / 255)
    .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
"""
CONTRASTS = f"""
(() => {{
  const lightness = {LIGHTNESS};
  const behind = (element) => {{
    const colour = getComputedStyle(element).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" ? behind(element.parentElement) : colour;
  }};
  return [...document.querySelectorAll("h1, p, label, input, button")].map((element) => {{
    const pair = [getComputedStyle(element).color, behind(element)].map(lightness);
    return [element.outerHTML.slice(0, 60), (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)];
  }});
}})()
"""
