"""How a client finds its service and its credentials. Nothing here is sent anywhere."""

import gc
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import responses
from requests.auth import HTTPBasicAuth

import stormpath
import stormpath.client as client_module
from stormpath import Client
from stormpath.auth import Sauthc1Signer
from stormpath.cache.memory_store import MemoryStore
from stormpath.embedded import EmbeddedExecutor
from stormpath.error import Error
from stormpath.http import HttpExecutor

BASE = "https://id.example.com/v1"
KEY: dict[str, Any] = {"id": "ID", "secret": "sEcReT"}
DATABASE = "sqlite:///users.db"


class CannotOpen(RuntimeError):
    pass


class FakeService:
    """Stands in for the embedded service: opens nothing, and answers every request with who asked."""

    opened: list["FakeService"]

    def __init__(self, database: str, base_url: str | None = None, mail_from: str | None = None) -> None:
        if "broken" in database:
            raise CannotOpen("users.db is not a database")
        self.database = database
        self.base_url = base_url or "http://localhost:8080/v1"
        self.is_open = True
        self.mail_from = mail_from
        self.smtp_urls: list[str] = []
        self.opened.append(self)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        return [b'{"href": "%s"}' % environ["HTTP_AUTHORIZATION"].encode()]

    def local_api_key(self) -> tuple[str, str]:
        return "LOCAL", "local sEcReT"

    def start_sender(self, smtp_url: str) -> None:
        if "broken" in smtp_url:
            raise CannotOpen("the mail server cannot be named so")
        self.smtp_urls.append(smtp_url)

    def close(self) -> None:
        self.is_open = False


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[FakeService]:
    """Every embedded service that a client opened, in order."""
    FakeService.opened = []
    module = types.ModuleType("stormpath.server.app")
    module.open_service = FakeService  # type: ignore[attr-defined]
    module.CannotOpen = CannotOpen  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "stormpath.server.app", module)
    return FakeService.opened


class TestAServedClient:
    def test_making_one_sends_nothing(self) -> None:
        with responses.RequestsMock() as service:
            Client(BASE, **KEY)

        assert len(service.calls) == 0

    def test_it_is_wired_as_documented(self) -> None:
        def strategy(retries: int) -> float:
            return 1.0

        client = Client(
            BASE + "/",
            cache_options={"ttl": 5},
            proxies={"http": "http://proxy"},
            user_agent="App/1",
            backoff_strategy=strategy,
            scheme="basic",
            **KEY,
        )

        executor = client.data_store.executor
        assert isinstance(executor, HttpExecutor)
        assert client.BASE_URL == executor.base_url == BASE
        assert Client.BASE_URL == "https://api.stormpath.com/v1"
        assert (client.auth.id, client.auth.secret) == ("ID", "sEcReT")
        assert isinstance(executor.session.auth, HTTPBasicAuth)
        assert executor.session.proxies == {"http": "http://proxy"}
        assert executor.USER_AGENT.startswith("App/1 stormpath-sdk-python/")
        assert executor.get_delay is strategy
        assert client.data_store.cache_manager.caches["accounts"].ttl == 5

    def test_it_signs_with_sauthc1_unless_told_otherwise(self) -> None:
        client = Client(BASE, **KEY)

        assert isinstance(client.data_store.executor.session.auth, Sauthc1Signer)

    def test_it_caches_in_memory_for_five_minutes(self) -> None:
        cache = Client(BASE, **KEY).data_store.cache_manager.caches["accounts"]

        assert isinstance(cache.store, MemoryStore)
        assert (cache.ttl, cache.tti) == (300, 300)

    def test_the_environment_may_name_the_base_url(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STORMPATH_CLIENT_BASEURL", BASE)

        assert Client(**KEY).BASE_URL == BASE
        assert Client("https://other.example.com/v1", **KEY).BASE_URL == "https://other.example.com/v1"

    def test_an_unknown_scheme_is_refused(self) -> None:
        with pytest.raises(ValueError, match="kerberos"):
            Client(BASE, scheme="kerberos", **KEY)

    def test_an_unknown_keyword_is_refused(self) -> None:
        with pytest.raises(TypeError):
            Client(BASE, colour="red", **KEY)

    def test_without_credentials_it_says_so(self) -> None:
        with pytest.raises(ValueError, match="No valid authentication sources found"):
            Client(BASE)

    def test_closing_it_closes_the_session(self, monkeypatch: pytest.MonkeyPatch) -> None:
        closed = []
        with Client(BASE, **KEY) as client:
            monkeypatch.setattr(client.data_store.executor.session, "close", lambda: closed.append(True))

        assert closed == [True]


class TestNothingConfigured:
    @pytest.mark.parametrize("arguments", [{}, {"base_url": "https://api.stormpath.com/v1"}])
    def test_the_message_shows_both_ways_to_start(self, arguments: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="STORMPATH_DATABASE") as caught:
            Client(**arguments)

        lines = [line.strip() for line in str(caught.value).splitlines()]
        assert 'Client(database="sqlite:///users.db")' in lines
        assert (
            'Client(base_url="https://id.example.com/v1", id="your key id", secret="your key secret")'
            in lines
        )

    def test_with_credentials_alone_the_first_request_says_so(self) -> None:
        client = Client(**KEY)

        with responses.RequestsMock() as service, pytest.raises(Error, match=r"sqlite:///users\.db"):
            client.data_store.get_resource("/tenants/current")

        assert len(service.calls) == 0


class TestAnEmbeddedClient:
    def test_it_uses_the_key_of_the_service(self, opened: list[FakeService]) -> None:
        client = Client(database=DATABASE)

        assert isinstance(client.data_store.executor, EmbeddedExecutor)
        assert (client.auth.id, client.auth.secret) == ("LOCAL", "local sEcReT")
        assert client.BASE_URL == "http://localhost:8080/v1"
        assert client.data_store.executor.get("/x")["href"].startswith("Basic ")

    def test_credentials_that_are_given_are_used(self, opened: list[FakeService]) -> None:
        assert Client(database=DATABASE, **KEY).auth.id == "ID"

    def test_credentials_that_lie_about_are_not(
        self, opened: list[FakeService], own_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STORMPATH_API_KEY_ID", "OLD")
        monkeypatch.setenv("STORMPATH_API_KEY_SECRET", "old")
        home = own_home / ".stormpath"
        home.mkdir()
        (home / "apiKey.properties").write_text("apiKey.id = OLDER\napiKey.secret = older\n")

        assert Client(database=DATABASE).auth.id == "LOCAL"

    def test_the_environment_may_name_the_database(
        self, opened: list[FakeService], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STORMPATH_DATABASE", DATABASE)

        client = Client()

        assert [service.database for service in opened] == [DATABASE]
        client.close()

    def test_a_base_url_that_is_given_goes_before_the_environments_database(
        self, opened: list[FakeService], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STORMPATH_DATABASE", DATABASE)

        client = Client(BASE, **KEY)

        assert isinstance(client.data_store.executor, HttpExecutor)
        assert opened == []

    def test_with_both_given_hrefs_begin_with_the_base_url(self, opened: list[FakeService]) -> None:
        client = Client(base_url=BASE + "/", database=DATABASE)

        assert isinstance(client.data_store.executor, EmbeddedExecutor)
        assert client.BASE_URL == opened[0].base_url == BASE

    def test_it_caches_nothing_but_nonces(self, opened: list[FakeService]) -> None:
        caches = Client(database=DATABASE).data_store.cache_manager.caches

        assert [region for region, cache in caches.items() if isinstance(cache.store, MemoryStore)] == [
            "nonces"
        ]

    def test_it_caches_when_it_is_told_how(self, opened: list[FakeService]) -> None:
        caches = Client(database=DATABASE, cache_options={}).data_store.cache_manager.caches

        assert isinstance(caches["accounts"].store, MemoryStore)

    def test_a_database_that_cannot_be_opened_is_an_error_in_one_line(
        self, opened: list[FakeService]
    ) -> None:
        with pytest.raises(Error) as caught:
            Client(database="sqlite:///broken.db")

        assert str(caught.value) == "users.db is not a database"

    def test_a_client_that_cannot_be_made_keeps_nothing_open(self, opened: list[FakeService]) -> None:
        with pytest.raises(TypeError) as caught:
            Client(database=DATABASE, colour="red")

        # Its traceback still holds on to everything that was being made.
        assert caught.value.__traceback__ is not None
        assert [service.is_open for service in opened] == [False]


class TestAnEmbeddedClientThatSends:
    URL = "smtp://localhost:1025"

    def test_sends_through_the_server_it_is_given(self, opened: list[FakeService]) -> None:
        with Client(database=DATABASE, smtp_url=self.URL, mail_from="Us <us@example.com>"):
            assert [(each.smtp_urls, each.mail_from) for each in opened] == [
                ([self.URL], "Us <us@example.com>")
            ]

    def test_is_not_made_by_the_environment(
        self, opened: list[FakeService], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STORMPATH_SMTP_URL", self.URL)

        with Client(database=DATABASE):
            assert [each.smtp_urls for each in opened] == [[]]

    def test_keeps_nothing_open_when_it_cannot(self, opened: list[FakeService]) -> None:
        with pytest.raises(Error, match="cannot be named so"):
            Client(database=DATABASE, smtp_url="broken")

        assert [each.is_open for each in opened] == [False]

    def test_begins_only_when_all_else_is_right(self, opened: list[FakeService]) -> None:
        with pytest.raises(TypeError):
            Client(database=DATABASE, smtp_url=self.URL, colour="red")

        assert [each.smtp_urls for each in opened] == [[]]

    @pytest.mark.parametrize("option", [{"smtp_url": URL}, {"mail_from": "us@example.com"}])
    def test_is_refused_without_a_database(
        self, opened: list[FakeService], monkeypatch: pytest.MonkeyPatch, option: dict[str, Any]
    ) -> None:
        monkeypatch.setenv("STORMPATH_DATABASE", DATABASE)

        with pytest.raises(ValueError, match="stormpath serve --smtp"):
            Client(BASE, **KEY, **option)

        assert opened == []


class TestClientsOfOneDatabase:
    def test_they_share_a_service_that_the_last_one_closes(self, opened: list[FakeService]) -> None:
        first, second = Client(database=DATABASE), Client(database=DATABASE)
        (service,) = opened

        first.close()
        first.close()
        assert service.is_open
        second.close()
        assert not service.is_open

        with Client(database=DATABASE):
            assert [each.is_open for each in opened] == [False, True]

    def test_other_databases_and_base_urls_have_their_own(self, opened: list[FakeService]) -> None:
        clients = [
            Client(database=DATABASE),
            Client(database="sqlite:///other.db"),
            Client(database=DATABASE, base_url=BASE),
        ]

        assert len(opened) == len(clients)
        clients[0].close()
        assert [service.is_open for service in opened] == [False, True, True]

    def test_one_that_was_dropped_without_closing_does_not_keep_it_open(
        self, opened: list[FakeService]
    ) -> None:
        client = Client(database=DATABASE)
        (service,) = opened

        del client
        gc.collect()

        assert not service.is_open


class TestItsCollections:
    NAMES = (
        ("accounts", "accounts"),
        ("account", "accounts"),
        ("applications", "applications"),
        ("directories", "directories"),
        ("groups", "groups"),
        ("group_memberships", "groupMemberships"),
        ("account_store_mappings", "accountStoreMappings"),
        ("organizations", "organizations"),
        ("organization_account_store_mappings", "organizationAccountStoreMappings"),
        ("api_keys", "apiKeys"),
        ("account_links", "accountLinks"),
    )

    @pytest.mark.parametrize(("name", "path"), NAMES)
    def test_each_is_one_list_at_a_conventional_address(self, name: str, path: str) -> None:
        with responses.RequestsMock() as service:
            client = Client(BASE, **KEY)
            collection = getattr(client, name)

            assert collection is getattr(client, name)
            assert collection.href == f"{BASE}/{path}"

        assert len(service.calls) == 0

    @pytest.mark.parametrize(("name", "path"), [("agents", "agents"), ("id_sites", "idSites")])
    def test_those_that_lie_under_the_tenant_load_it_once(self, name: str, path: str) -> None:
        tenant = {"href": f"{BASE}/tenants/t1", path: {"href": f"{BASE}/tenants/t1/{path}"}}
        with responses.RequestsMock() as service:
            service.get(f"{BASE}/tenants/current", status=302, headers={"Location": tenant["href"]})
            service.get(tenant["href"], json=tenant)
            client = Client(BASE, **KEY)

            assert getattr(client, name).href == f"{BASE}/tenants/t1/{path}"
            assert getattr(client, name) is getattr(client, name)

            assert len(service.calls) == 2

    def test_the_tenant_is_kept_and_costs_nothing_until_it_is_read(self) -> None:
        with responses.RequestsMock() as service:
            client = Client(BASE, **KEY)

            assert client.tenant is client.tenant

        assert len(service.calls) == 0


def test_no_repr_shows_a_secret(opened: list[FakeService]) -> None:
    served = Client("https://joe:pw@id.example.com/v1", **KEY)
    embedded = Client(database=DATABASE)

    for client in (served, embedded):
        assert client.auth.secret not in repr(client)
        assert "pw" not in repr(client)
        assert client.auth.secret not in repr(client.data_store.executor)


class TestThePackage:
    def test_client_is_one_of_its_names(self) -> None:
        assert stormpath.Client is client_module.Client
        assert "Client" in dir(stormpath)

    def test_its_version_has_the_five_known_names(self) -> None:
        assert stormpath.__version_info__ == ("3", "0", "0")
        assert stormpath.__version__ == stormpath.__short_version__ == "3.0.0"
        assert stormpath.__author__
        assert stormpath.__copyright__

    def test_an_unknown_name_is_an_attribute_error(self) -> None:
        with pytest.raises(AttributeError, match="Clint"):
            _ = stormpath.Clint

    def test_reading_the_version_loads_nothing(self) -> None:
        program = "import sys, stormpath; stormpath.__version__; print('requests' in sys.modules)"

        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

        assert done.stdout.strip() == "False"

    @pytest.mark.parametrize("name", ["Tenant", "AccountStoreMappingList", "GroupMembershipList"])
    def test_the_client_module_still_offers(self, name: str) -> None:
        assert getattr(client_module, name).__name__ == name

    def test_the_client_module_offers_no_more(self) -> None:
        with pytest.raises(AttributeError, match="Tennant"):
            _ = client_module.Tennant
