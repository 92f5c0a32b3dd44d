"""Changing a resource: setting attributes, the bodies sent, and the answers to them."""

from datetime import timedelta
from typing import Any

import pytest

from stormpath.error import Error
from stormpath.resources import (
    Account,
    AccountStoreMapping,
    Application,
    AutoSaveMixin,
    Group,
    GroupMembership,
    Resource,
    SaveMixin,
)
from stormpath.resources.attributes import Duration, FreeObject, Text
from stormpath.resources.links import Link
from unit.resources.exchange import Exchange, StubClient, account_json, link


@pytest.fixture
def account(client: StubClient, exchange: Exchange) -> Account:
    """A loaded account. The service answers a save with the new state."""
    state = account_json()

    def save(query: Any, data: dict[str, Any]) -> dict[str, Any]:
        state.update({key: value for key, value in data.items() if key not in ("password", "customData")})
        state["fullName"] = f"{state['givenName']} {state['surname']}"
        return state

    exchange.answers("GET", "/accounts/a1", lambda query, data: state)
    exchange.answers("POST", "/accounts/a1", save)
    account = client.accounts.get("a1")
    assert account.email
    exchange.clear()
    return account


class TestSetting:
    def test_setting_an_attribute_makes_no_request(self, client: StubClient, exchange: Exchange) -> None:
        account = client.accounts.get("a1")
        account.given_name = "Eve"

        assert account.given_name == "Eve"
        assert exchange.count == 0

    @pytest.mark.parametrize(
        "name", ["full_name", "fullName", "created_at", "href", "nickname", "sp_http_status", "groups"]
    )
    def test_setting_a_read_only_attribute_is_an_attribute_error(self, account: Account, name: str) -> None:
        with pytest.raises(AttributeError, match=rf"Account|{name}"):
            setattr(account, name, "x")

    def test_the_error_names_class_and_attribute(self, account: Account) -> None:
        with pytest.raises(AttributeError, match=r"Account\.full_name cannot be set"):
            account.full_name = "x"

    def test_a_camel_case_name_sets_the_attribute_it_is_an_alias_of(self, account: Any) -> None:
        account.middleName = "Bo"
        account["givenName"] = "Eve"

        assert (account.middle_name, account.given_name) == ("Bo", "Eve")

    def test_a_private_name_is_a_plain_attribute(self, account: Any) -> None:
        account._note = "x"

        assert account._note == "x"


class TestSave:
    def test_save_sends_only_the_changes_since_the_last_one(
        self, account: Account, exchange: Exchange
    ) -> None:
        account.given_name = "Eve"
        account.save()
        account.surname = "Bee"
        account.save()

        assert [body for _, _, _, body in exchange.requests] == [{"givenName": "Eve"}, {"surname": "Bee"}]

    def test_save_posts_even_without_changes(self, account: Account, exchange: Exchange) -> None:
        account.save()

        assert exchange.requests == [("POST", "/accounts/a1", {}, {})]

    def test_the_answer_to_a_save_is_the_new_state(self, account: Account, exchange: Exchange) -> None:
        account.given_name = "Eve"
        account.save()

        assert account.full_name == "Eve King"
        assert exchange.count == 1

    def test_a_saved_password_is_dropped(self, account: Account, exchange: Exchange) -> None:
        account.password = "secret"
        account.save()
        account.save()

        assert [body for _, _, _, body in exchange.requests] == [{"password": "secret"}, {}]
        assert not hasattr(account, "password")
        assert "secret" not in repr(vars(account))

    def test_a_refused_save_keeps_all_changes_unsaved(self, account: Account, exchange: Exchange) -> None:
        def refuse(query: Any, data: Any) -> dict[str, Any]:
            raise Error({"status": 400, "code": 2000})

        exchange.answers("POST", "/accounts/a1", refuse)
        account.given_name, account.password = "", "secret"

        for _ in range(2):
            with pytest.raises(Error):
                account.save()

        assert exchange.last[3] == {"givenName": "", "password": "secret"}

    @pytest.mark.parametrize("reply", [{}, None, "fine"])
    def test_values_missing_in_the_answer_are_those_sent(
        self, account: Account, exchange: Exchange, monkeypatch: pytest.MonkeyPatch, reply: Any
    ) -> None:
        monkeypatch.setattr(account._client.data_store, "update_resource", lambda href, data: reply)
        account.given_name = "Eve"

        account.save()

        assert account.given_name == "Eve"
        assert not account._has_changes()

    def test_saving_an_unloaded_object_does_not_fetch_it(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.answers("POST", "/groups/g1", {**link("/groups/g1"), "name": "New", "status": "ENABLED"})
        group = client.groups.get("g1")
        group.name = "New"
        group.save()

        assert group.status == "ENABLED"
        assert exchange.lines == ["POST /groups/g1"]

    def test_saving_a_new_object_is_a_value_error(self, client: StubClient) -> None:
        with pytest.raises(ValueError, match="new Group"):
            Group(client, properties={"name": "x"}).save()

    def test_none_is_sent_as_null(self, account: Account, exchange: Exchange) -> None:
        account.middle_name = None
        account.save()

        assert exchange.last[3] == {"middleName": None}


class TestEditsInPlace:
    @pytest.fixture
    def application(self, client: StubClient, exchange: Exchange) -> Application:
        state = exchange.holds("/applications/p1", name="App", authorizedCallbackUris=["a"])

        def save(query: Any, data: Any) -> Any:
            state.update(data)
            return state

        exchange.answers("POST", "/applications/p1", save)
        return client.applications.get("p1")

    def test_an_edited_list_is_sent(self, application: Application, exchange: Exchange) -> None:
        application.authorized_callback_uris.append("b")
        application.save()

        assert exchange.last[3] == {"authorizedCallbackUris": ["a", "b"]}

    def test_an_edit_after_a_save_is_sent(self, application: Application, exchange: Exchange) -> None:
        uris = application.authorized_callback_uris
        uris.append("b")
        application.save()
        application.save()
        uris.append("c")
        application.save()

        assert [body for *_, body in exchange.requests[1:]] == [
            {"authorizedCallbackUris": ["a", "b"]},
            {},
            {"authorizedCallbackUris": ["a", "b", "c"]},
        ]

    def test_reading_a_list_is_no_edit(self, application: Application, exchange: Exchange) -> None:
        assert application.authorized_callback_uris == ["a"]
        application.save()

        assert exchange.last[3] == {}

    def test_an_edit_to_a_value_that_python_compares_equal_is_sent(self, client: StubClient) -> None:
        class Switches(SaveMixin, Resource):
            flags = FreeObject(writable=True)

        switches = Switches(client, properties={"href": "x", "flags": {"a": [1]}})
        switches.flags["a"][0] = True

        assert switches._get_properties() == {"flags": {"a": [True]}}

    def test_a_refresh_drops_an_edit(self, application: Application, exchange: Exchange) -> None:
        application.authorized_callback_uris.append("b")
        application.refresh()

        assert application.authorized_callback_uris == ["a"]


class TestLinks:
    @pytest.fixture
    def mapping(self, client: StubClient, exchange: Exchange) -> AccountStoreMapping:
        exchange.answers("POST", "/accountStoreMappings/m1", link("/accountStoreMappings/m1"))
        return AccountStoreMapping(
            client, properties={**link("/accountStoreMappings/m1"), "accountStore": link("/directories/d1")}
        )

    @pytest.mark.parametrize("form", ["resource", "href", "dictionary"])
    def test_a_link_is_set_to_a_resource_an_href_or_a_dictionary(
        self, mapping: AccountStoreMapping, client: StubClient, exchange: Exchange, form: str
    ) -> None:
        group = client.groups.get("g1")
        forms: Any = {"resource": group, "href": group.href, "dictionary": {"href": group.href}}

        mapping.account_store = forms[form]

        assert isinstance(mapping.account_store, Group)
        assert mapping.account_store == group

        mapping.save()

        assert exchange.last[3] == {"accountStore": {"href": group.href}}

    def test_a_link_takes_a_resource_of_any_class(self, mapping: AccountStoreMapping, client: Any) -> None:
        mapping.account_store = client.applications.get("/directories/d2")

        assert mapping._get_properties() == {"accountStore": link("/directories/d2")}

    def test_a_dictionary_without_an_href_sets_attributes_of_the_linked_resource(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        class Provider(SaveMixin, Resource):
            client_id = Text(writable=True)

        class Source(AutoSaveMixin, Resource):
            provider: Link[Provider] = Link(Provider, writable=True, autosave=True, conventional=True)

        exchange.answers("POST", "/sources/s1", link("/sources/s1"))
        exchange.answers("POST", "/sources/s1/provider", link("/sources/s1/provider"))
        source = Source(
            client,
            properties={
                **link("/sources/s1"),
                "provider": {**link("/sources/s1/provider"), "clientId": "old"},
            },
        )

        source.provider = {"client_id": "new"}
        source.save()

        assert source.provider.client_id == "new"
        assert exchange.requests == [
            ("POST", "/sources/s1", {}, {}),
            ("POST", "/sources/s1/provider", {}, {"clientId": "new"}),
        ]

    def test_a_null_link_has_no_attributes_to_set(self, client: StubClient) -> None:
        mapping = AccountStoreMapping(client, properties={"application": None})

        with pytest.raises(AttributeError, match="null"):
            mapping.application = {"name": "x"}

    def test_a_link_cannot_be_set_to_another_type(self, mapping: AccountStoreMapping) -> None:
        with pytest.raises(TypeError):
            mapping.application = 7  # type: ignore[assignment] # that is the point

    def test_a_link_takes_a_login_result(self, client: StubClient, exchange: Exchange) -> None:
        from stormpath.resources import AuthenticationResult

        result = AuthenticationResult(client, properties={"account": link("/accounts/a1")})

        assert GroupMembership._body_from({"account": result}) == {"account": link("/accounts/a1")}
        assert exchange.count == 0


class TestUpdate:
    def test_update_sets_everything_and_saves_once(self, account: Account, exchange: Exchange) -> None:
        account.update({"given_name": "Eve", "middleName": "Bo", "custom_data": {"rank": 1}})

        assert exchange.requests == [
            ("POST", "/accounts/a1", {}, {"givenName": "Eve", "middleName": "Bo", "customData": {"rank": 1}})
        ]

    def test_update_with_a_read_only_name_saves_nothing(self, account: Account, exchange: Exchange) -> None:
        with pytest.raises(AttributeError):
            account.update({"given_name": "Eve", "full_name": "x"})

        assert exchange.count == 0


class TestDelete:
    def test_a_deleted_object_keeps_its_data(self, account: Account, exchange: Exchange) -> None:
        exchange.answers("DELETE", "/accounts/a1", {})

        account.delete()

        assert exchange.lines == ["DELETE /accounts/a1"]
        assert account.email == "a1@example.org"

    def test_deleting_a_new_object_does_nothing(self, client: StubClient, exchange: Exchange) -> None:
        Account(client, properties={}).delete()

        assert exchange.count == 0


class TestDeclarations:
    def test_an_attribute_that_would_hide_a_method_is_refused_at_once(self) -> None:
        with pytest.raises(TypeError, match=r"Shelf\.save would hide the method"):

            class Shelf(SaveMixin, Resource):
                save = Text()  # type: ignore[assignment] # that is the point

    def test_the_repr_of_a_class_attribute_names_its_type(self) -> None:
        assert repr(Account.email) == "<Text email writable>"
        assert repr(Account.full_name) == "<Text full_name>"

    def test_a_subclass_adds_an_attribute_in_one_line(self, client: StubClient) -> None:
        class Customer(Account):
            loyalty = Text(writable=True, wire="loyaltyClass")

        customer = Customer(client, properties={**link("/accounts/a1"), "loyaltyClass": "gold"})

        assert customer.loyalty == "gold"
        assert "loyalty" in Customer.writable_attrs
        assert "loyalty" not in Account.writable_attrs
        customer.loyaltyClass = "silver"  # type: ignore[attr-defined] # the wire name is an alias
        assert customer._get_properties() == {"loyaltyClass": "silver"}

    def test_durations_are_sent_in_iso_text(self, client: StubClient) -> None:
        class Policy(SaveMixin, Resource):
            ttl = Duration(writable=True)
            idle = Duration(writable=True)
            none = Duration(writable=True)

        policy = Policy(client, properties={"href": "x", "idle": "P1Y2M"})
        months = policy.idle
        policy.ttl, policy.idle, policy.none = timedelta(days=60), months, None

        assert Policy.timedelta_attrs == ("ttl", "idle", "none")
        assert policy._get_properties() == {"ttl": "P60D", "idle": "P1Y2M", "none": None}

    def test_plain_objects_are_sent_with_their_keys_in_wire_spelling(self, client: StubClient) -> None:
        class Template(SaveMixin, Resource):
            default_model = FreeObject(writable=True)

        template = Template(client, properties={"href": "x", "defaultModel": {"linkBaseUrl": "a"}})
        template.default_model["link_text"] = {"deep_key": 1}

        assert template._get_properties() == {
            "defaultModel": {"linkBaseUrl": "a", "linkText": {"deepKey": 1}}
        }
