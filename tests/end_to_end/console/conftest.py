"""A served console with a mail server, a person at a browser, and the SDK that reads what the person did."""

import itertools
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from console.visitor import PASSWORD, Visitor, owner
from end_to_end.console.reader import Reader
from service.calls import Api
from service.tenant_setup import new_tenant
from stormpath import Client
from stormpath.server.app import Service, open_service
from support.browser import Browser, Page
from support.serving import serving
from support.smtp_server import Received, SmtpServer, mail_server


class Running(NamedTuple):
    """A console that is served, the same database in this process, and the mail server of both."""

    base_url: str
    service: Service
    mails: SmtpServer

    @property
    def origin(self) -> str:
        return self.base_url.removesuffix("/v1")

    def mail_to(self, address: str, subject: str = "") -> Received:
        """Wait for an e-mail to an address."""
        return self.mails_to(address, 1, subject)[0]

    def mails_to(self, address: str, count: int, subject: str = "") -> list[Received]:
        """Wait for several."""
        found: list[Received] = []
        for number in itertools.count(1):
            received = self.mails.wait_for(number)[number - 1]
            if received.recipient == address and subject in str(received.message["Subject"]):
                found.append(received)
            if len(found) == count:
                break
        return found


@pytest.fixture(scope="session")
def running(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = tmp_path_factory.mktemp("console") / "log"
    with mail_server() as mails:
        settings = {"STORMPATH_SMTP_URL": mails.url, "STORMPATH_CONSOLE_REGISTRATION": "on"}
        with (
            serving(shared_database_url, log, **settings) as base_url,
            closing(open_service(shared_database_url, base_url)) as service,
        ):
            yield Running(base_url, service, mails)


@pytest.fixture(scope="session")
def tab() -> Iterator[Page]:
    with Browser() as browser, browser.page() as page:
        yield page


@pytest.fixture
def api(running: Running) -> Api:
    """The API key of the owner of a new tenant."""
    return new_tenant(running.service)


@pytest.fixture
def client(running: Running, api: Api) -> Iterator[Client]:
    """The SDK, with that key."""
    with Client(running.base_url, id=api.key_id, secret=api.secret) as client:
        yield client


@pytest.fixture
def person(api: Api) -> Visitor:
    """The owner of the tenant, who has an address and a password of her own."""
    return owner(api, f"olga-{api.key_id.lower()}")


@pytest.fixture
def visitor(tab: Page, running: Running, tmp_path: Path) -> Iterator[Reader]:
    """A person at the browser, who is not logged in; at the end the browser has no complaint."""
    tab.start_afresh()
    tab.resize(1280, 1000)
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    context = tab.call("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    tab.call(
        "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads), browserContextId=context
    )
    found = Reader(tab, running.origin, downloads)
    yield found
    found.assert_content()


@pytest.fixture
def reader(visitor: Reader, person: Visitor) -> Reader:
    """The same, logged in to the Admin Console as the owner of the tenant."""
    visitor.login = person.login
    log_in(visitor, person.tenant, person.login)
    return visitor


def log_in(visitor: Reader, tenant: str, email: str, password: str = PASSWORD) -> None:
    visitor.open("/login")
    visitor.fill({"Tenant": tenant, "Email": email, "Password": password})
    visitor.click("Log in")
    visitor.sees("Overview")


def link_in(received: Received, origin: str) -> str:
    """Return the link of an e-mail that leads to the console."""
    found = re.search(rf"{re.escape(origin)}/\S+", received.message.get_content())
    assert found, received.message.get_content()
    return found[0].rstrip(".")
