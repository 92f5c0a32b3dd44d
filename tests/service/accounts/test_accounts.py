"""Accounts (rest-core 5.11), their computed values (6.9) and passwords (6.10)."""

import pytest

from service.calls import Api, Json, link


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


def test_a_new_account_has_the_documented_defaults(api: Api, directory: Json):
    body = {"email": "Ada@Example.com", "password": "Changeme1!"}

    account = api.post(directory["accounts"]["href"], body).made

    below = (
        *("groups", "groupMemberships", "applications", "apiKeys", "providerData"),
        *("linkedAccounts", "accountLinks", "customData"),
    )
    documented = {
        "href": account["href"],
        "createdAt": account["createdAt"],
        "modifiedAt": account["createdAt"],
        "username": "Ada@Example.com",
        "email": "Ada@Example.com",
        "givenName": None,
        "middleName": None,
        "surname": None,
        "fullName": "",
        "status": "ENABLED",
        "emailVerificationStatus": "UNVERIFIED",
        "emailVerificationToken": None,
        "passwordModifiedAt": account["createdAt"],
        "directory": link(directory),
        "tenant": {"href": api.tenant},
    } | {each: {"href": f"{account['href']}/{each}"} for each in below}
    assert {name: account.get(name, "missing") for name in documented} == documented


def test_no_answer_holds_the_password_or_its_hash(api: Api, directory: Json):
    account = api.account(directory)

    answers = [
        api.get(account["href"]),
        api.get(account["href"], expand="directory,groups,tenant,customData"),
        api.get(directory["accounts"]["href"]),
        api.get(directory["href"], expand="accounts"),
        api.post(account["href"], {"password": "Another1one"}),
    ]

    for answer in answers:
        assert b"password_hash" not in answer.raw
        assert b'"password"' not in answer.raw
        assert b"Changeme1!" not in answer.raw
        assert b"insecure-for-tests" not in answer.raw
        assert b"Another1one" not in answer.raw


class TestNames:
    @pytest.mark.parametrize("username", [None, "absent"])
    def test_the_username_is_the_email_where_none_is_given(
        self, api: Api, directory: Json, username: str | None
    ):
        body: Json = {"email": "ada@example.com", "password": "Changeme1!", "username": username}
        if username == "absent":
            del body["username"]

        account = api.post(directory["accounts"]["href"], body).made

        assert account["username"] == "ada@example.com"
        changed = api.post(account["href"], {"email": "countess@example.com"}).ok
        assert changed["username"] == "ada@example.com"

    def test_an_empty_username_is_refused(self, api: Api, directory: Json):
        body = {"email": "ada@example.com", "password": "Changeme1!", "username": ""}

        assert api.post(directory["accounts"]["href"], body).error == (400, 2007)

    @pytest.mark.parametrize(
        ("parts", "full"),
        [
            (("Ada", "Augusta", "King"), "Ada Augusta King"),
            (("Ada", None, "King"), "Ada King"),
            (("Ada", "", "King"), "Ada King"),
            (("Ada", "  ", "King"), "Ada King"),
            ((None, None, "King"), "King"),
            ((None, None, None), ""),
        ],
    )
    def test_the_full_name_joins_the_parts_that_are_there(self, api: Api, directory: Json, parts, full: str):
        given, middle, surname = parts

        account = api.account(directory, givenName=given, middleName=middle, surname=surname)

        assert account["fullName"] == full

    def test_the_full_name_follows_every_change(self, api: Api, directory: Json):
        account = api.account(directory, givenName="Ada", surname="Byron")

        assert api.post(account["href"], {"surname": "King"}).ok["fullName"] == "Ada King"
        assert api.post(account["href"], {"givenName": None}).ok["fullName"] == "King"

    @pytest.mark.parametrize("attribute", ["email", "username"])
    def test_emails_and_usernames_are_unique_in_the_directory_in_any_case(
        self, api: Api, directory: Json, attribute: str
    ):
        api.account(directory, "ada")
        other = api.account(directory, "grace")
        taken = {"email": "ADA@example.COM"} if attribute == "email" else {"username": "ADA"}

        creation = api.post(
            directory["accounts"]["href"], {"email": "x@example.com", "password": "Changeme1!"} | taken
        )
        update = api.post(other["href"], taken)

        assert creation.error == update.error == (409, 2001)
        assert attribute in creation["message"]
        assert api.get(other["href"]).ok == other

    def test_accounts_of_other_directories_may_have_the_same_names(self, api: Api, directory: Json):
        account = api.account(directory)

        assert api.account(api.directory("Other"))["email"] == account["email"]

    def test_a_username_may_be_another_ones_email(self, api: Api, directory: Json):
        api.account(directory, "ada")

        assert api.account(directory, "grace", username="ada@example.com")["username"] == "ada@example.com"

    def test_an_account_may_change_the_case_of_its_own(self, api: Api, directory: Json):
        account = api.account(directory)

        assert api.post(account["href"], {"email": "ADA@example.com"}).ok["email"] == "ADA@example.com"


class TestPasswords:
    @pytest.mark.parametrize(
        ("password", "error"),
        [
            ("Short1", (400, 2007)),
            ("Sevench", (400, 2007)),
            ("Aa1" + "x" * 98, (400, 2008)),
            ("Aa1" + "x" * 253, (400, 2008)),
            ("changeme1!", (400, 400)),
            ("CHANGEME1", (400, 400)),
            ("Changeme!", (400, 400)),
            ("\u041f\u0430\u0440\u043e\u043b\u044c12345", (400, 400)),
            ("Chang\u0000eme1", (400, 2005)),
        ],
    )
    def test_a_weak_password_is_refused(
        self, api: Api, directory: Json, password: str, error: tuple[int, int]
    ):
        account = api.account(directory)
        body = {"email": "new@example.com", "password": password}

        for answer in (
            api.post(directory["accounts"]["href"], body),
            api.post(account["href"], {"password": password}),
        ):
            assert answer.error == error
            assert password not in answer.raw.decode()

    @pytest.mark.parametrize("password", ["Changeme1!", "Aa1" + "x" * 97, "Pass word 1 ünïcödé 🗝"])
    def test_a_password_that_meets_the_rules_is_stored_unchanged(self, api: Api, password: str):
        application, directory = api.application_with_directory()

        api.account(directory, password=password)

        assert api.log_in(application, "ada", password).status == 200
        assert api.log_in(application, "ada", password.lower() + " ").error == (400, 7100)

    def test_the_message_names_the_class_that_is_missing(self, api: Api, directory: Json):
        def message(password: str) -> str:
            body = {"email": "new@example.com", "password": password}
            return str(api.post(directory["accounts"]["href"], body)["message"])

        assert "lowercase" in message("CHANGEME1")
        assert "uppercase" in message("changeme1!")
        assert "numeric" in message("Changeme!")

    def test_a_new_password_replaces_the_old_one(self, api: Api):
        application, directory = api.application_with_directory()
        account = api.account(directory)

        changed = api.post(account["href"], {"password": "Another1one"}).ok

        assert changed["passwordModifiedAt"] > account["passwordModifiedAt"]
        assert api.log_in(application, "ada", "Changeme1!").error == (400, 7100)
        assert api.log_in(application, "ada", "Another1one").status == 200

    def test_other_changes_leave_the_time_of_the_password(self, api: Api, directory: Json):
        account = api.account(directory)

        changed = api.post(account["href"], {"givenName": "Ada"}).ok

        assert changed["passwordModifiedAt"] == account["passwordModifiedAt"]
        assert changed["modifiedAt"] > account["modifiedAt"]

    def test_a_password_cannot_be_cleared(self, api: Api, directory: Json):
        account = api.account(directory)

        for nothing in (None, "", "  "):
            assert api.post(account["href"], {"password": nothing}).error == (400, 2000)

    def test_old_passwords_that_would_be_refused_today_still_work(self, api: Api):
        application, directory = api.application_with_directory()
        account = api.account(directory)

        assert api.post(account["href"], {"givenName": "Ada"}).status == 200
        assert api.log_in(application, "ada").status == 200


class TestCreationThroughAnApplication:
    def test_an_account_is_created_in_the_default_directory(self, api: Api):
        application, directory = api.application_with_directory()

        assert api.account(application)["directory"] == link(directory)

    def test_an_account_created_through_a_default_group_becomes_a_member(self, api: Api):
        application, directory = api.application(), api.directory()
        group = api.group(directory)
        api.mapping(application, group, isDefaultAccountStore=True)

        account = api.account(application)

        assert account["directory"] == link(directory)
        assert [each["href"] for each in api.get(account["groups"]["href"]).items] == [group["href"]]

    def test_a_refused_account_leaves_nothing_behind(self, api: Api):
        application, directory = api.application(), api.directory()
        group = api.group(directory)
        api.mapping(application, group, isDefaultAccountStore=True)
        api.account(application)

        refused = api.post(
            application["accounts"]["href"], {"email": "ada@example.com", "password": "Changeme1!"}
        )

        assert refused.error == (409, 2001)
        assert api.get(group["accountMemberships"]["href"]).ok["size"] == 1

    def test_an_account_is_refused_without_a_default_store(self, api: Api):
        application = api.application()
        api.mapping(application, api.directory())

        assert api.post(application["accounts"]["href"], {}).error == (409, 5100)

    @pytest.mark.parametrize("store", ["directory", "group", "directory of the group"])
    def test_a_disabled_default_store_takes_no_account(self, api: Api, store: str):
        application, directory = api.application(), api.directory()
        group = api.group(directory)
        api.mapping(application, directory if store == "directory" else group, isDefaultAccountStore=True)

        disabled = group if store == "group" else directory
        api.post(disabled["href"], {"status": "DISABLED"})

        body = {"email": "ada@example.com", "password": "Changeme1!"}
        assert api.post(application["accounts"]["href"], body).error == (409, 5101)

    @pytest.mark.parametrize("value", ["true", "false", "False", "TRUE"])
    def test_any_spelling_of_the_workflow_switch_creates_an_enabled_account(
        self, api: Api, directory: Json, value: str
    ):
        body = {"email": "ada@example.com", "password": "Changeme1!"}

        answer = api.post(directory["accounts"]["href"], body, registrationWorkflowEnabled=value)

        assert answer.made["status"] == "ENABLED"

    def test_a_switch_that_is_neither_is_refused(self, api: Api, directory: Json):
        answer = api.post(directory["accounts"]["href"], {}, registrationWorkflowEnabled="maybe")

        assert answer.error == (400, 2103)


def test_deleting_an_account_removes_its_memberships_and_keeps_the_groups(api: Api, directory: Json):
    account, group = api.account(directory), api.group(directory)
    membership = api.membership(account, group)

    assert api.delete(account["href"]).status == 204

    assert api.get(membership["href"]).status == 404
    assert api.get(account["customData"]["href"]).status == 404
    assert api.get(group["accountMemberships"]["href"]).items == []
    assert api.account(directory)["email"] == account["email"]
