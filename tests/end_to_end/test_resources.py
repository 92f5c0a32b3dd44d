"""Creating, changing and deleting resources through the SDK."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from stormpath.resources.group import Group
from support.accounts import PASSWORD

NewAccount = Callable[..., Account]
Unique = Callable[[str], str]


class TestApplication:
    def test_changes_of_an_application_are_saved(self, client: Client, app: Application) -> None:
        app.status = "DISABLED"
        app.description = "closed"
        app.authorized_callback_uris = ["https://example.com/back"]

        app.save()

        fresh = client.applications.get(app.href)
        fresh.refresh()
        assert (fresh.status, fresh.description) == ("DISABLED", "closed")
        assert fresh.authorized_callback_uris == ["https://example.com/back"]
        assert fresh.is_disabled()

    def test_a_deleted_application_is_gone_and_its_directory_stays(
        self, client: Client, app: Application, directory: Directory
    ) -> None:
        app.delete()

        with pytest.raises(Error) as caught:
            client.applications.get(app.href).refresh()
        assert caught.value.status == 404
        directory.refresh()

    def test_the_built_in_application_cannot_be_deleted(self, client: Client) -> None:
        (built_in,) = client.applications.search({"name": "Stormpath"})

        with pytest.raises(Error) as caught:
            built_in.delete()

        assert (caught.value.status, caught.value.code) == (403, 403)

    def test_a_taken_name_is_refused(self, client: Client, app: Application) -> None:
        with pytest.raises(Error) as caught:
            client.applications.create({"name": app.name.upper()})

        assert (caught.value.status, caught.value.code) == (409, 2001)
        assert "name" in str(caught.value.user_message)
        assert caught.value.more_info.endswith("#error-2001")

    def test_a_taken_directory_name_creates_nothing(
        self, client: Client, directory: Directory, unique: Unique
    ) -> None:
        name = unique("Half")

        with pytest.raises(Error) as caught:
            client.applications.create({"name": name}, create_directory=directory.name)

        assert (caught.value.status, caught.value.code) == (409, 5010)
        assert list(client.applications.search({"name": name})) == []


class TestAccount:
    def test_computed_values_are_returned_with_a_new_account(self, new_account: NewAccount) -> None:
        account = new_account("chewie", given_name="Chew", middle_name="B", surname="Acca")

        assert account.full_name == "Chew B Acca"
        assert account.status == "ENABLED"
        assert datetime.now(UTC) - account.created_at < timedelta(minutes=5)
        assert account.password_modified_at is not None

    def test_save_sends_only_what_was_set(self, client: Client, new_account: NewAccount) -> None:
        account = new_account("rey")
        other = client.accounts.get(account.href)
        assert other.surname == "Solo"
        account.surname = "Skywalker"
        account.save()

        other.given_name = "Rae"
        other.save()

        fresh = client.accounts.get(account.href)
        fresh.refresh()
        assert fresh.full_name == "Rae Skywalker"
        assert other.full_name == "Rae Skywalker"

    def test_a_new_password_replaces_the_old(self, app: Application, new_account: NewAccount) -> None:
        account = new_account("finn")
        account.password = "Different2?"
        account.save()

        assert app.authenticate_account("finn", "Different2?").account == account
        with pytest.raises(Error) as caught:
            app.authenticate_account("finn", PASSWORD)
        assert caught.value.code == 7100

    @pytest.mark.parametrize("password", ["short1A", "nouppercase1", "NOLOWERCASE1", "NoDigitsHere"])
    def test_a_weak_password_is_refused(self, directory: Directory, password: str) -> None:
        with pytest.raises(Error) as caught:
            directory.accounts.create({"email": "weak@example.com", "password": password})

        assert caught.value.status == 400
        assert password not in str(caught.value)
        assert len(directory.accounts) == 0

    def test_create_account_is_the_same_as_accounts_create(
        self, app: Application, directory: Directory
    ) -> None:
        one = directory.create_account({"email": "one@example.com", "password": PASSWORD}, False)
        two = app.create_account({"email": "two@example.com", "password": PASSWORD})

        assert {each.email for each in directory.accounts} == {"one@example.com", "two@example.com"}
        assert one.is_new_account
        assert two.directory == directory

    def test_a_deleted_account_cannot_log_in(self, app: Application, new_account: NewAccount) -> None:
        new_account("poe").delete()

        with pytest.raises(Error) as caught:
            app.authenticate_account("poe", PASSWORD)

        assert caught.value.code == 7104

    def test_an_account_is_deleted_once_more_also_by_another_client(
        self, client: Client, app: Application, new_account: NewAccount
    ) -> None:
        account = new_account("poe")
        same = client.accounts.get(account.href)
        assert same.username == "poe"

        for each in (account, account, same):
            each.delete()

        with pytest.raises(Error) as caught:
            client.accounts.get(account.href).refresh()
        assert caught.value.status == 404
        assert account not in app.accounts

    def test_a_missing_account_is_an_error_on_reading(self, client: Client) -> None:
        missing = client.accounts.get(f"{client.BASE_URL}/accounts/0000000000000000000000")

        with pytest.raises(Error) as caught:
            _ = missing.username

        assert (caught.value.status, caught.value.code) == (404, 404)


class TestGroup:
    @pytest.fixture
    def group(self, directory: Directory) -> Group:
        return directory.groups.create({"name": "Crew", "description": "All aboard"})

    def test_membership_works_from_both_ends(self, group: Group, new_account: NewAccount) -> None:
        han, greedo = new_account("han"), new_account("greedo")

        group.add_account(han)
        greedo.add_group("Crew")

        assert han.has_group("Crew")
        assert group.has_accounts([han, "greedo@example.com"])
        assert {each.account.href for each in group.account_memberships} == {han.href, greedo.href}

    def test_removing_a_member_leaves_account_and_group(self, group: Group, new_account: NewAccount) -> None:
        account = new_account("boba")
        group.add_account(account)

        account.remove_group(group)

        assert not group.has_account(account)
        with pytest.raises(Error):
            account.remove_group(group)

    def test_a_deleted_membership_is_found_by_its_group(self, group: Group, new_account: NewAccount) -> None:
        account = new_account("jango")
        account.add_group(group)

        for membership in account.group_memberships:
            if group.href in membership.group.href:
                membership.delete()

        assert list(account.groups) == []

    def test_an_account_joins_a_group_once(self, group: Group, new_account: NewAccount) -> None:
        account = new_account("dengar")
        account.add_group(group)

        with pytest.raises(Error) as caught:
            account.add_group(group)

        assert (caught.value.status, caught.value.code) == (409, 409)

    def test_an_application_makes_groups_in_its_default_store(
        self, app: Application, directory: Directory
    ) -> None:
        made = app.groups.create({"name": "Pilots"})

        assert made.directory == directory
        assert made in app.groups


class TestAccountStoreMapping:
    def test_a_store_is_mapped_in_the_documented_way(
        self, client: Client, app: Application, unique: Unique
    ) -> None:
        directory = client.directories.create({"name": unique("Second")})

        mapping = app.account_store_mappings.create(
            {
                "application": app,
                "account_store": directory,
                "list_index": 0,
                "is_default_account_store": False,
                "is_default_group_store": True,
            }
        )

        assert mapping.account_store == directory
        app.refresh()
        assert app.default_group_store_mapping == mapping
        assert next(iter(app.account_store_mappings)).account_store.href == directory.href

    def test_a_mapping_is_changed_and_deleted(self, client: Client, app: Application, unique: Unique) -> None:
        directory = client.directories.create({"name": unique("Third")})
        mapping = client.account_store_mappings.create({"application": app, "account_store": directory})
        assert mapping.list_index == 1

        mapping.is_default_account_store = True
        mapping.list_index = 0
        mapping.save()

        app.refresh()
        assert app.default_account_store_mapping == mapping
        mapping.delete()
        app.refresh()
        assert app.default_account_store_mapping is None
        assert [each.list_index for each in app.account_store_mappings] == [0]

    def test_any_resource_with_the_href_of_a_store_can_be_mapped(
        self, client: Client, app: Application, unique: Unique
    ) -> None:
        directory_href = client.directories.create({"name": unique("Fourth")}).href

        mapping = app.account_store_mappings.create(
            {"application": app, "account_store": client.applications.get(directory_href)}
        )

        assert isinstance(mapping.account_store, Directory)
        assert mapping.account_store.href == directory_href

    def test_members_of_a_mapped_group_log_in(
        self, client: Client, directory: Directory, new_account: NewAccount, unique: Unique
    ) -> None:
        group = directory.groups.create({"name": "Members"})
        inside, outside = new_account("inside"), new_account("outside")
        group.add_account(inside)
        club = client.applications.create({"name": unique("Club")})
        club.account_store_mappings.create({"application": club, "account_store": group})

        assert club.authenticate_account("inside", PASSWORD).account == inside
        with pytest.raises(Error) as caught:
            club.authenticate_account("outside", PASSWORD)
        assert caught.value.code == 7104
        assert [each.href for each in club.accounts] == [inside.href]
        assert club.has_account(inside)
        assert not club.has_account(outside)


class TestCustomData:
    def test_custom_data_are_created_changed_and_deleted_by_key(
        self, client: Client, new_account: NewAccount
    ) -> None:
        account = new_account("padme", custom_data={"rank": "queen", "worlds": ["Naboo"], "age": 14})

        account.custom_data["rank"] = "senator"
        del account.custom_data["age"]
        account.save()

        fresh = client.accounts.get(account.href).custom_data
        fresh.refresh()
        assert (fresh["rank"], fresh["worlds"], "age" in fresh) == ("senator", ["Naboo"], False)

    def test_two_writers_of_different_keys_both_keep_theirs(
        self, client: Client, new_account: NewAccount
    ) -> None:
        account = new_account("sabe", custom_data={"a": 1})
        other = client.accounts.get(account.href)

        account.custom_data["b"] = 2
        other.custom_data["c"] = 3
        account.save()
        other.save()

        fresh = client.accounts.get(account.href).custom_data
        fresh.refresh()
        assert (fresh["a"], fresh["b"], fresh["c"]) == (1, 2, 3)

    def test_nested_values_keep_their_keys_and_types(self, app: Application, client: Client) -> None:
        value = {"camelCase": [1, 2.5, None, True, {"snake_case": "ü"}], "": {}}

        app.custom_data["nested"] = value
        app.custom_data.save()

        fresh = client.applications.get(app.href).custom_data
        fresh.refresh()
        assert fresh["nested"] == value

    def test_a_reserved_key_is_refused_by_the_service_too(self, client: Client, app: Application) -> None:
        with pytest.raises(Error) as caught:
            client.data_store.update_resource(f"{app.href}/customData", {"createdAt": 1})

        assert caught.value.code == 3003


class TestLogin:
    def test_an_unknown_login_and_a_wrong_password_read_alike(
        self, app: Application, new_account: NewAccount
    ) -> None:
        new_account("jyn")

        with pytest.raises(Error) as wrong:
            app.authenticate_account("jyn", "Wrong1234")
        with pytest.raises(Error) as unknown:
            app.authenticate_account("nobody", "Wrong1234")

        assert (wrong.value.status, wrong.value.code) == (400, 7100)
        assert (unknown.value.status, unknown.value.code) == (400, 7104)
        assert wrong.value.user_message == unknown.value.user_message

    def test_the_account_can_be_expanded(
        self, client: Client, app: Application, new_account: NewAccount
    ) -> None:
        from stormpath.resources import Expansion

        new_account("cassian")

        result = app.authenticate_account("cassian", PASSWORD, expand=Expansion("account"))

        assert result.account.username == "cassian"

    def test_a_login_can_be_limited_to_a_store(
        self, client: Client, app: Application, directory: Directory, new_account: NewAccount, unique: Unique
    ) -> None:
        new_account("bodhi")
        elsewhere = client.directories.create({"name": unique("Elsewhere")})

        assert app.authenticate_account("bodhi", PASSWORD, account_store=directory).username == "bodhi"
        with pytest.raises(Error) as caught:
            app.authenticate_account("bodhi", PASSWORD, account_store=elsewhere)
        assert caught.value.code == 5114

    def test_a_disabled_account_is_reported_with_the_right_password_only(
        self, app: Application, new_account: NewAccount
    ) -> None:
        account = new_account("krennic", status="DISABLED")

        with pytest.raises(Error) as caught:
            app.authenticate_account("krennic", PASSWORD)

        assert caught.value.code == 7101
        assert account.is_disabled()
