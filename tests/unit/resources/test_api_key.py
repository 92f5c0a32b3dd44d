"""API keys: look-ups with unchecked input, and access to their secret."""

from typing import Any

import pytest

from stormpath.error import Error
from stormpath.resources import ApiKey, Application
from unit.resources.exchange import BASE, Exchange, StubClient, link

KEY_ID = "7OGTUJK22PYZLVQRK0JXJ4SQJ"


def key_json(key_id: str = KEY_ID, secret: str = "s3cret", **attributes: Any) -> dict[str, Any]:
    home = f"/apiKeys/{key_id}"
    return {
        **link(home),
        "id": key_id,
        "secret": secret,
        "status": "ENABLED",
        "name": None,
        "account": link("/accounts/a1"),
        **attributes,
    }


@pytest.fixture
def application(client: StubClient, exchange: Exchange) -> Application:
    exchange.lists("/applications/p1/apiKeys", [key_json()])
    exchange.answers("GET", f"/apiKeys/{KEY_ID}", key_json())
    return client.applications.get("p1")


class TestLookingUpAKey:
    @pytest.mark.parametrize("secret", [(), ("s3cret",)])
    def test_a_key_is_looked_up_in_its_list_with_one_request(
        self, application: Application, exchange: Exchange, secret: tuple[str, ...]
    ) -> None:
        key = application.api_keys.get_key(KEY_ID, *secret)

        assert isinstance(key, ApiKey)
        assert key.account.href == f"{BASE}/accounts/a1"
        assert key.is_enabled()
        assert exchange.lines == ["GET /applications/p1/apiKeys"]
        assert exchange.last[2]["id"] == KEY_ID

    @pytest.mark.parametrize("secret", ["other", "", "S3cret", "s3cret ", "schlüssel"])
    def test_another_secret_gives_false(self, application: Application, secret: str) -> None:
        assert application.api_keys.get_key(KEY_ID, secret) is False

    @pytest.mark.parametrize("secret", ["", "None", "null", "s3cret"])
    def test_a_key_whose_secret_the_client_may_not_see_matches_no_secret(
        self, client: StubClient, exchange: Exchange, secret: str
    ) -> None:
        exchange.lists("/applications/p1/apiKeys", [key_json() | {"secret": None}])

        assert client.applications.get("p1").api_keys.get_key(KEY_ID, secret) is False

    @pytest.mark.parametrize("key_id", ["", "UNKNOWN", KEY_ID.lower()])
    def test_an_unknown_id_gives_false(self, application: Application, key_id: str) -> None:
        assert application.api_keys.get_key(key_id) is False

    @pytest.mark.parametrize(
        "made_up", ["*", "7OG*", "[,]", "..", "a b", "ü", "\ud800", "A" * 100_000, None, 5, b"7OG", [KEY_ID]]
    )
    def test_what_is_no_id_gives_false_without_a_request(
        self, application: Application, exchange: Exchange, made_up: Any
    ) -> None:
        assert application.api_keys.get_key(made_up) is False
        assert application.api_keys.get_key(made_up, "s3cret") is False
        assert exchange.count == 0

    @pytest.mark.parametrize("secret", ["\ud800", "s3cret\ud800", "ü" * 100_000, b"s3cret", 5])
    def test_what_is_no_secret_gives_false(self, application: Application, secret: Any) -> None:
        assert application.api_keys.get_key(KEY_ID, secret) is False

    def test_a_refused_id_gives_false(self, application: Application, exchange: Exchange) -> None:
        def refuse(query: Any, data: Any) -> Any:
            raise Error({"status": 400, "code": 2103})

        exchange.answers("GET", "/applications/p1/apiKeys", refuse)

        assert application.api_keys.get_key("ID", "x") is False

    def test_a_failure_of_the_service_is_an_error(self, application: Application, exchange: Exchange) -> None:
        def fail(query: Any, data: Any) -> Any:
            raise Error({"status": 503, "code": 503})

        exchange.answers("GET", "/applications/p1/apiKeys", fail)

        with pytest.raises(Error):
            application.api_keys.get_key(KEY_ID)

    def test_the_keys_of_an_account_can_be_looked_up(self, client: StubClient, exchange: Exchange) -> None:
        exchange.lists("/accounts/a1/apiKeys", [key_json("OTHER"), key_json()])
        keys = client.accounts.get("a1").api_keys

        assert keys.get_key(KEY_ID, "s3cret")
        assert exchange.count == 1

    def test_a_look_up_at_client_level_is_refused(self, client: StubClient, exchange: Exchange) -> None:
        with pytest.raises(ValueError, match="api_keys of an account"):
            client.api_keys.get_key(KEY_ID)

        assert exchange.count == 0


def test_whether_a_list_has_a_key_is_searched_by_its_id(
    application: Application, client: StubClient, exchange: Exchange
) -> None:
    assert client.api_keys.get(KEY_ID) in application.api_keys
    assert ApiKey(client, properties=key_json()) in application.api_keys
    assert client.api_keys.get("OTHER") not in application.api_keys
    assert [query["id"] for _, _, query, _ in exchange.requests] == [KEY_ID, KEY_ID, "OTHER"]


class TestSecret:
    def test_a_new_key_has_its_secret_without_a_request(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("POST", "/accounts/a1/apiKeys", key_json())
        key = client.accounts.get("a1").api_keys.create()

        assert (key.id, key.secret) == (KEY_ID, "s3cret")
        assert exchange.lines == ["POST /accounts/a1/apiKeys"]
        assert exchange.last[3] == {}

    def test_the_secret_is_fetched_when_the_rest_came_from_the_cache(
        self, application: Application, client: StubClient, exchange: Exchange
    ) -> None:
        assert client.api_keys.get(KEY_ID).status == "ENABLED"
        exchange.clear()
        key = client.api_keys.get(KEY_ID)

        assert key.status == "ENABLED"
        assert exchange.count == 0
        assert key.secret == key["secret"] == "s3cret"
        assert exchange.count == 1

    def test_the_secret_of_an_unloaded_key_is_one_request(
        self, application: Application, client: StubClient, exchange: Exchange
    ) -> None:
        assert client.api_keys.get(KEY_ID).secret == "s3cret"
        assert exchange.count == 1

    def test_the_secret_is_not_shown(self, client: StubClient) -> None:
        key = ApiKey(client, properties=key_json())

        assert "s3cret" not in key.to_json() + repr(key) + str(key.items())
        assert "secret" not in list(key)

    def test_a_secret_that_the_service_omits_is_an_attribute_error(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.holds("/apiKeys/K", id="K")

        with pytest.raises(AttributeError, match="secret"):
            _ = client.api_keys.get("K").secret

    def test_the_secret_cannot_be_set(self, client: StubClient) -> None:
        with pytest.raises(AttributeError, match=r"ApiKey\.secret"):
            client.api_keys.get(KEY_ID).secret = "mine"


def test_the_name_and_status_of_a_key_are_saved_in_one_request(
    client: StubClient, exchange: Exchange
) -> None:
    exchange.answers("POST", f"/apiKeys/{KEY_ID}", key_json(status="DISABLED", name="ci"))
    key = client.api_keys.get(KEY_ID)
    key.status = "DISABLED"
    key.name = "ci"
    key.save()

    assert exchange.last[3] == {"status": "DISABLED", "name": "ci"}
    assert key.is_disabled()
    assert exchange.count == 1


def test_keys_cannot_be_listed_at_client_level(client: StubClient, exchange: Exchange) -> None:
    for read in (list, len, bool, lambda keys: keys[0], lambda keys: list(keys.search({"id": "x"}))):
        with pytest.raises(ValueError, match="/apiKeys cannot be listed"):
            read(client.api_keys)

    assert exchange.count == 0
