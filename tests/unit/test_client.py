"""The configuration of a client: its service, its credentials and its collections. No request is sent."""

import gc
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

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


class Identity(NamedTuple):
    key: str | None
    is_in_memory: bool = False


class FakeService:
    """A fake of the embedded service; it answers every request with the request's credentials."""

    opened: list["FakeService"]

    def __init__(
        self,
        database: str,
        base_url: str | None = None,
        mail_from: str | None = None,
        base_url_aliases: str | None = None,
    ) -> None:
        if "broken" in database:
            raise CannotOpen("users.db is not a database")
        self.database = database
        self.base_url = base_url or "http://localhost:8080/v1"
        self.base_url_aliases = tuple((base_url_aliases or "").split(",")) if base_url_aliases else ()
        self.is_open = True
        self.mail_from = mail_from
        self.smtp_urls: list[str] = []
        self.opened.append(self)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        return [b'{"href": "%s"}' % environ["HTTP_AUTHORIZATION"].encode()]

    def has_lost_database(self) -> bool:
        return False

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
    """The embedded services that clients opened, in order."""
    FakeService.opened = []
    module = types.ModuleType("stormpath.server.app")
    module.open_service = FakeService  # type: ignore[attr-defined]
    module.CannotOpen = CannotOpen  # type: ignore[attr-defined]
    module.identity_of = Identity  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "stormpath.server.app", module)
    return FakeService.opened


class TestClientOfAService:
    def test_making_a_client_sends_no_request(self) -> None:
        with responses.RequestsMock() as service:
            Client(BASE, **KEY)

        assert len(service.calls) == 0

    def test_every_option_reaches_the_part_it_is_for(self) -> None:
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

    def test_the_default_scheme_is_sauthc1(self) -> None:
        client = Client(BASE, **KEY)

        assert isinstance(client.data_store.executor.session.auth, Sauthc1Signer)

    def test_the_default_cache_is_five_minutes_in_memory(self) -> None:
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

    def test_missing_credentials_are_a_value_error(self) -> None:
        with pytest.raises(ValueError, match="No valid authentication sources found"):
            Client(BASE)

    def test_closing_the_client_closes_the_session(self, monkeypatch: pytest.MonkeyPatch) -> None:
        closed = []
        with Client(BASE, **KEY) as client:
            monkeypatch.setattr(client.data_store.executor.session, "close", lambda: closed.append(True))

        assert closed == [True]


class TestNothingConfigured:
    @pytest.mark.parametrize("arguments", [{}, {"base_url": "https://api.stormpath.com/v1"}])
    def test_the_message_shows_both_ways_to_configure_a_client(self, arguments: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="STORMPATH_DATABASE") as caught:
            Client(**arguments)

        lines = [line.strip() for line in str(caught.value).splitlines()]
        assert 'Client(database="sqlite:///users.db")' in lines
        assert (
            'Client(base_url="https://id.example.com/v1", id="your key id", secret="your key secret")'
            in lines
        )

    def test_with_credentials_alone_the_first_request_is_an_error(self) -> None:
        client = Client(**KEY)

        with responses.RequestsMock() as service, pytest.raises(Error, match=r"sqlite:///users\.db"):
            client.data_store.get_resource("/tenants/current")

        assert len(service.calls) == 0


class TestEmbeddedClient:
    def test_it_uses_the_key_of_the_service(self, opened: list[FakeService]) -> None:
        client = Client(database=DATABASE)

        assert isinstance(client.data_store.executor, EmbeddedExecutor)
        assert (client.auth.id, client.auth.secret) == ("LOCAL", "local sEcReT")
        assert client.BASE_URL == "http://localhost:8080/v1"
        assert client.data_store.executor.get("/x")["href"].startswith("Basic ")

    def test_given_credentials_are_used(self, opened: list[FakeService]) -> None:
        assert Client(database=DATABASE, **KEY).auth.id == "ID"

    def test_credentials_of_the_environment_and_the_home_directory_are_ignored(
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

    def test_a_given_base_url_overrides_the_environments_database(
        self, opened: list[FakeService], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STORMPATH_DATABASE", DATABASE)

        client = Client(BASE, **KEY)

        assert isinstance(client.data_store.executor, HttpExecutor)
        assert opened == []

    def test_with_a_database_and_a_base_url_hrefs_begin_with_the_base_url(
        self, opened: list[FakeService]
    ) -> None:
        client = Client(base_url=BASE + "/", database=DATABASE)

        assert isinstance(client.data_store.executor, EmbeddedExecutor)
        assert client.BASE_URL == opened[0].base_url == BASE

    def test_it_caches_nothing_but_nonces(self, opened: list[FakeService]) -> None:
        caches = Client(database=DATABASE).data_store.cache_manager.caches

        assert [region for region, cache in caches.items() if isinstance(cache.store, MemoryStore)] == [
            "nonces"
        ]

    def test_it_caches_when_cache_options_are_given(self, opened: list[FakeService]) -> None:
        caches = Client(database=DATABASE, cache_options={}).data_store.cache_manager.caches

        assert isinstance(caches["accounts"].store, MemoryStore)

    def test_a_database_that_cannot_be_opened_is_an_error_in_one_line(
        self, opened: list[FakeService]
    ) -> None:
        with pytest.raises(Error) as caught:
            Client(database="sqlite:///broken.db")

        assert str(caught.value) == "users.db is not a database"

    def test_a_client_that_cannot_be_made_leaves_no_service_open(self, opened: list[FakeService]) -> None:
        with pytest.raises(TypeError) as caught:
            Client(database=DATABASE, colour="red")

        # The traceback still refers to all objects that were being made.
        assert caught.value.__traceback__ is not None
        assert [service.is_open for service in opened] == [False]


class TestEmbeddedSender:
    URL = "smtp://localhost:1025"

    def test_the_sender_uses_the_given_server_and_address(self, opened: list[FakeService]) -> None:
        with Client(database=DATABASE, smtp_url=self.URL, mail_from="Us <us@example.com>"):
            assert [(each.smtp_urls, each.mail_from) for each in opened] == [
                ([self.URL], "Us <us@example.com>")
            ]

    def test_the_environment_does_not_start_a_sender(
        self, opened: list[FakeService], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STORMPATH_SMTP_URL", self.URL)

        with Client(database=DATABASE):
            assert [each.smtp_urls for each in opened] == [[]]

    def test_an_invalid_smtp_url_leaves_no_service_open(self, opened: list[FakeService]) -> None:
        with pytest.raises(Error, match="cannot be named so"):
            Client(database=DATABASE, smtp_url="broken")

        assert [each.is_open for each in opened] == [False]

    def test_the_sender_starts_after_all_other_options_are_checked(self, opened: list[FakeService]) -> None:
        with pytest.raises(TypeError):
            Client(database=DATABASE, smtp_url=self.URL, colour="red")

        assert [each.smtp_urls for each in opened] == [[]]

    @pytest.mark.parametrize("option", [{"smtp_url": URL}, {"mail_from": "us@example.com"}])
    def test_mail_options_without_a_database_are_refused(
        self, opened: list[FakeService], monkeypatch: pytest.MonkeyPatch, option: dict[str, Any]
    ) -> None:
        monkeypatch.setenv("STORMPATH_DATABASE", DATABASE)

        with pytest.raises(ValueError, match="stormpath serve --smtp"):
            Client(BASE, **KEY, **option)

        assert opened == []


class TestClientsOfOneDatabase:
    def test_clients_share_a_service_that_the_last_one_closes(self, opened: list[FakeService]) -> None:
        first, second = Client(database=DATABASE), Client(database=DATABASE)
        (service,) = opened

        first.close()
        first.close()
        assert service.is_open
        second.close()
        assert not service.is_open

        with Client(database=DATABASE):
            assert [each.is_open for each in opened] == [False, True]

    def test_other_databases_and_base_urls_have_separate_services(self, opened: list[FakeService]) -> None:
        clients = [
            Client(database=DATABASE),
            Client(database="sqlite:///other.db"),
            Client(database=DATABASE, base_url=BASE),
        ]

        assert len(opened) == len(clients)
        clients[0].close()
        assert [service.is_open for service in opened] == [False, True, True]

    def test_a_client_that_is_garbage_collected_closes_its_service(self, opened: list[FakeService]) -> None:
        client = Client(database=DATABASE)
        (service,) = opened

        del client
        gc.collect()

        assert not service.is_open


class TestCollections:
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
    def test_a_collection_has_a_conventional_href_and_makes_no_request(self, name: str, path: str) -> None:
        with responses.RequestsMock() as service:
            client = Client(BASE, **KEY)
            collection = getattr(client, name)

            assert collection is getattr(client, name)
            assert collection.href == f"{BASE}/{path}"

        assert len(service.calls) == 0

    @pytest.mark.parametrize(("name", "path"), [("agents", "agents"), ("id_sites", "idSites")])
    def test_collections_of_the_tenant_load_it_once(self, name: str, path: str) -> None:
        tenant = {"href": f"{BASE}/tenants/t1", path: {"href": f"{BASE}/tenants/t1/{path}"}}
        with responses.RequestsMock() as service:
            service.get(f"{BASE}/tenants/current", status=302, headers={"Location": tenant["href"]})
            service.get(tenant["href"], json=tenant)
            client = Client(BASE, **KEY)

            assert getattr(client, name).href == f"{BASE}/tenants/t1/{path}"
            assert getattr(client, name) is getattr(client, name)

            assert len(service.calls) == 2

    def test_the_tenant_is_one_object_and_makes_no_request_until_it_is_read(self) -> None:
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
    def test_the_package_exports_client(self) -> None:
        assert stormpath.Client is client_module.Client
        assert "Client" in dir(stormpath)

    def test_the_package_has_its_five_version_names(self) -> None:
        assert stormpath.__version_info__ == ("3", "0", "0")
        assert stormpath.__version__ == stormpath.__short_version__ == "3.0.0"
        assert stormpath.__author__
        assert stormpath.__copyright__

    def test_an_unknown_name_is_an_attribute_error(self) -> None:
        with pytest.raises(AttributeError, match="Clint"):
            _ = stormpath.Clint

    def test_reading_the_version_does_not_import_requests(self) -> None:
        program = "import sys, stormpath; stormpath.__version__; print('requests' in sys.modules)"

        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

        assert done.stdout.strip() == "False"

    @pytest.mark.parametrize("name", ["Tenant", "AccountStoreMappingList", "GroupMembershipList"])
    def test_the_client_module_exports_older_names(self, name: str) -> None:
        assert getattr(client_module, name).__name__ == name

    def test_an_unknown_name_of_the_client_module_is_an_attribute_error(self) -> None:
        with pytest.raises(AttributeError, match="Tennant"):
            _ = client_module.Tennant
