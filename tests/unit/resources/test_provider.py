"""Providers: the sources of a directory's accounts, and how they are saved with the directory."""

from typing import Any

import pytest

from stormpath.error import Error
from stormpath.resources import (
    Account,
    Agent,
    AgentConfig,
    Application,
    Directory,
    Provider,
    ProviderData,
    Resource,
)
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, link

HOME = "/directories/d1/provider"


def provider_json(provider_id: str = "google", **attributes: Any) -> dict[str, Any]:
    return {**link(HOME), "providerId": provider_id, "providerType": provider_id, **attributes}


@pytest.fixture
def directory(client: StubClient, exchange: Exchange) -> Directory:
    state = {**link("/directories/d1"), "name": "Crew", "provider": link(HOME)}
    exchange.answers("GET", "/directories/d1", state)
    exchange.answers("POST", "/directories/d1", state)
    exchange.answers("GET", HOME, provider_json(clientId="id", clientSecret="s3cret", scope=["email"]))
    exchange.answers("POST", HOME, lambda query, data: provider_json(**{"clientId": "id", **data}))
    return client.directories.get("d1")


class TestSavingADirectory:
    def test_saving_is_one_request_when_the_provider_was_not_used(
        self, directory: Directory, exchange: Exchange
    ) -> None:
        directory.save()

        assert exchange.lines == ["POST /directories/d1"]
        assert exchange.last[3] == {}

    def test_saving_is_one_request_when_the_provider_was_only_read(
        self, directory: Directory, exchange: Exchange
    ) -> None:
        assert directory.provider.scope == ["email"]
        exchange.clear()
        directory.save()

        assert exchange.lines == ["POST /directories/d1"]

    def test_a_changed_provider_is_saved_too(self, directory: Directory, exchange: Exchange) -> None:
        directory.provider.client_id = "new"
        directory.provider.scope = ["email", "profile"]
        directory.save()

        assert exchange.lines == ["POST /directories/d1", f"POST {HOME}"]
        assert exchange.last[3] == {"clientId": "new", "scope": ["email", "profile"]}

    @pytest.mark.parametrize("is_loaded", [True, False])
    def test_a_provider_changed_by_a_dictionary_is_saved_too(
        self, directory: Directory, exchange: Exchange, is_loaded: bool
    ) -> None:
        if is_loaded:
            assert directory.provider.client_id == "id"
        exchange.clear()
        directory.provider = {"client_id": "new"}
        directory.save()

        assert directory.provider.client_id == "new"
        assert exchange.lines == ["POST /directories/d1", f"POST {HOME}"]
        assert exchange.last[3] == {"clientId": "new"}

    def test_another_resource_set_as_provider_is_not_saved(
        self, directory: Directory, client: StubClient, exchange: Exchange
    ) -> None:
        directory.provider = Resource(client, href=f"{BASE}/directories/d2/provider")  # type: ignore[assignment] # any resource is taken
        directory.save()

        assert exchange.lines == ["POST /directories/d1"]

    def test_a_list_of_the_provider_edited_in_place_is_saved(
        self, directory: Directory, exchange: Exchange
    ) -> None:
        directory.provider.scope.append("profile")
        directory.save()

        assert exchange.last[3] == {"scope": ["email", "profile"]}


class TestProvider:
    def test_a_provider_is_reached_without_loading_its_directory(
        self, directory: Directory, exchange: Exchange
    ) -> None:
        assert directory.provider.provider_id == Provider.GOOGLE
        assert exchange.lines == [f"GET {HOME}"]

    @pytest.mark.parametrize("is_loaded", [True, False])
    def test_the_provider_stormpath_is_not_saved(
        self, directory: Directory, exchange: Exchange, is_loaded: bool
    ) -> None:
        exchange.answers("GET", HOME, provider_json(Provider.STORMPATH))
        if is_loaded:
            assert directory.provider.provider_id == "stormpath"
        directory.provider.save()

        assert exchange.lines == [f"GET {HOME}"]

    def test_the_client_secret_is_not_printed(self, directory: Directory) -> None:
        provider = directory.provider

        assert provider.client_secret == "s3cret"
        assert "s3cret" not in provider.to_json() + repr(provider) + str(provider.items())

    def test_a_provider_is_saved_even_without_changes(self, directory: Directory, exchange: Exchange) -> None:
        directory.provider.save()

        assert exchange.lines == [f"GET {HOME}", f"POST {HOME}"]

    def test_a_provider_has_user_info_mapping_rules(self, client: StubClient) -> None:
        rules = link("/userInfoMappingRules/r1")
        provider = Provider(client, properties=provider_json(userInfoMappingRules=rules))

        assert provider.user_info_mapping_rules.href == rules["href"]


class TestCreatingADirectory:
    @pytest.mark.parametrize(
        ("provider", "sent"),
        [
            (
                {
                    "provider_id": "google",
                    "client_id": "i",
                    "client_secret": "s",
                    "redirect_uri": "https://x",
                },
                {"providerId": "google", "clientId": "i", "clientSecret": "s", "redirectUri": "https://x"},
            ),
            (
                {
                    "provider_id": "amazon",
                    "client_id": "i",
                    "client_secret": "s",
                    "scope": ["profile"],
                    "authorization_endpoint": "https://a",
                    "token_endpoint": "https://t",
                    "resource_endpoint": "https://r",
                    "id_field": "user_id",
                    "access_token_type": "bearer",
                },
                {
                    "providerId": "amazon",
                    "clientId": "i",
                    "clientSecret": "s",
                    "scope": ["profile"],
                    "authorizationEndpoint": "https://a",
                    "tokenEndpoint": "https://t",
                    "resourceEndpoint": "https://r",
                    "idField": "user_id",
                    "accessTokenType": "bearer",
                },
            ),
            (
                {
                    "provider_id": "saml",
                    "sso_login_url": "https://i",
                    "sso_logout_url": "https://o",
                    "encoded_x509_signing_cert": "PEM",
                    "request_signature_algorithm": Provider.SIGNING_ALGORITHM_RSA_SHA_256,
                },
                {
                    "providerId": "saml",
                    "ssoLoginUrl": "https://i",
                    "ssoLogoutUrl": "https://o",
                    "encodedX509SigningCert": "PEM",
                    "requestSignatureAlgorithm": "RSA-SHA256",
                },
            ),
            (
                {"provider_id": "ldap", "agent": {"config": {"ssl_required": True, "agent_user_dn": "x"}}},
                {"providerId": "ldap", "agent": {"config": {"sslRequired": True, "agentUserDn": "x"}}},
            ),
        ],
        ids=["google", "generic", "saml", "ldap"],
    )
    def test_a_directory_is_created_with_its_provider(
        self, client: StubClient, exchange: Exchange, provider: Any, sent: Any
    ) -> None:
        exchange.answers("POST", "/directories", {**link("/directories/d1"), "provider": link(HOME)})
        created = client.directories.create({"name": "Crew", "provider": provider})

        assert exchange.last[3] == {"name": "Crew", "provider": sent}
        assert created.provider.href == BASE + HOME
        assert exchange.count == 1


CONFIG = {
    "directoryHost": "ldap.local",
    "directoryPort": 636,
    "sslRequired": True,
    "agentUserDn": "cn=admin",
    "baseDn": "dc=example",
    "pollInterval": 60,
    "accountConfig": {"objectClass": "person", "emailRdn": "mail"},
    "groupConfig": {"objectClass": "group", "nameRdn": "cn"},
}


class TestAgent:
    @pytest.fixture
    def agent(self, client: StubClient, exchange: Exchange) -> Agent:
        state = {**link("/agents/g1"), "id": "g1", "status": "OFFLINE", "config": CONFIG}
        exchange.answers("GET", "/agents/g1", state)

        def save(query: Any, data: Any) -> Any:
            config = {
                key: value for key, value in data.get("config", {}).items() if key != "agentUserDnPassword"
            }
            return {**state, "config": {**CONFIG, **config}}

        exchange.answers("POST", "/agents/g1", save)
        return Agent(client, href=f"{BASE}/agents/g1")

    def test_an_agent_is_read_by_nested_attributes(self, agent: Agent, exchange: Exchange) -> None:
        assert type(agent.config) is AgentConfig
        assert agent.config.directory_port == agent.config["directory_port"] == 636
        assert agent.config.account_config.email_rdn == "mail"
        assert agent.config.group_config.name_rdn == "cn"
        assert (agent.id, agent.status) == ("g1", "OFFLINE")
        assert exchange.count == 1

    def test_nested_attributes_of_an_agent_can_be_changed(self, agent: Agent, exchange: Exchange) -> None:
        agent.config.account_config.email_rdn = "email"
        agent.save()

        assert exchange.last[3]["config"]["accountConfig"] == {"objectClass": "person", "emailRdn": "email"}
        assert agent.config.account_config.email_rdn == "email"

    def test_an_agent_can_be_changed_by_dictionaries(self, agent: Agent, exchange: Exchange) -> None:
        agent.config = {"poll_interval": 5, "group_config": {"name_rdn": "ou"}}
        agent.save()

        sent = exchange.last[3]["config"]
        assert (sent["pollInterval"], sent["groupConfig"]["nameRdn"]) == (5, "ou")
        assert sent["directoryHost"] == "ldap.local"

    def test_the_password_is_sent_once_and_dropped(self, agent: Agent, exchange: Exchange) -> None:
        config = agent.config
        config.agent_user_dn_password = "s3cret"
        agent.save()
        assert exchange.last[3]["config"]["agentUserDnPassword"] == "s3cret"

        agent.save()

        assert exchange.last[3] == {}
        assert "s3cret" not in str(vars(agent)) + str(vars(config)) + agent.to_json()

    def test_a_nested_object_stays_the_same_object_after_a_save(
        self, agent: Agent, exchange: Exchange
    ) -> None:
        config = agent.config
        config.poll_interval = 5
        agent.save()
        config.poll_interval = 6
        agent.save()

        assert exchange.last[3]["config"]["pollInterval"] == 6
        assert agent.config is config

    def test_an_empty_answer_confirms_the_values_sent(self, agent: Agent, exchange: Exchange) -> None:
        assert agent.config
        exchange.answers("POST", "/agents/g1", {})
        agent.config.poll_interval = 5
        agent.config.agent_user_dn_password = "s3cret"
        agent.save()
        assert agent.config.poll_interval == 5

        agent.save()

        assert exchange.last[3] == {}
        assert "s3cret" not in str(vars(agent)) + str(vars(agent.config))

    def test_the_agent_program_can_be_downloaded(self, agent: Agent, exchange: Exchange) -> None:
        exchange.answers("GET", "/agents/g1/download", {"content": b"PK", "filename": "agent.zip"})

        assert agent.download.content == b"PK"
        assert agent.download.filename == "agent.zip"
        assert exchange.lines == ["GET /agents/g1/download"]

    def test_an_agent_cannot_be_created_by_itself(self, client: StubClient, exchange: Exchange) -> None:
        agents = link("/tenants/t1/agents")
        exchange.answers("GET", "/tenants/current", {**link("/tenants/t1"), "agents": agents})

        with pytest.raises(ValueError, match="created with its directory"):
            client.tenant.agents.create({"config": {}})
        assert client.tenant.agents.get("g1").href == f"{BASE}/agents/g1"


class TestLoggingInThroughAProvider:
    @pytest.fixture
    def application(self, client: StubClient) -> Application:
        return client.applications.get("p1")

    def test_a_provider_login_is_one_request(self, application: Application, exchange: Exchange) -> None:
        exchange.answers("POST", "/applications/p1/accounts", account_json())
        account = application.get_provider_account(
            Provider.TWITTER, access_token="t", access_token_secret="s", nonsense="x"
        )

        assert isinstance(account, Account)
        assert account.is_new_account
        assert exchange.lines == ["POST /applications/p1/accounts"]
        assert exchange.last[3] == {
            "providerData": {"providerId": "twitter", "accessToken": "t", "accessTokenSecret": "s"}
        }

    def test_all_credentials_of_a_provider_are_sent(
        self, application: Application, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.answers("POST", "/applications/p1/accounts", account_json())
        application.get_provider_account(
            "google", code="c", redirect_uri="https://x", account_store=client.directories.get("d1")
        )

        assert exchange.last[3]["providerData"] == {
            "providerId": "google",
            "code": "c",
            "redirectUri": "https://x",
            "accountStore": {"href": f"{BASE}/directories/d1"},
        }

    def test_a_provider_login_is_a_create_with_provider_data(
        self, application: Application, exchange: Exchange
    ) -> None:
        exchange.answers("POST", "/applications/p1/accounts", account_json())
        application.accounts.create({"provider_data": {"provider_id": "github", "access_token": "t"}})

        assert exchange.last[3] == {"providerData": {"providerId": "github", "accessToken": "t"}}

    def test_a_refused_provider_login_is_an_error(self, application: Application) -> None:
        with pytest.raises(Error):
            application.get_provider_account("google", code="c")

    def test_the_provider_data_holds_the_profile(self, client: StubClient, exchange: Exchange) -> None:
        exchange.holds(
            "/accounts/a1/providerData",
            providerId="google",
            accessToken="t0ken",
            refreshToken=None,
            userInfo={"firstName": "Ada"},
            nameId="x",
        )
        data: Any = client.accounts.get("a1").provider_data

        assert type(data) is ProviderData
        assert (data.access_token, data.refresh_token) == ("t0ken", None)
        assert data.user_info == {"firstName": "Ada"}
        assert data.name_id == "x"
        assert "t0ken" not in data.to_json()
        assert exchange.count == 1
