"""Logging in with a name and a password (rest-auth 2)."""

import base64

import pytest

from service.calls import Api, Json, basic, id_of, link
from service.tenant_setup import new_api_key
from stormpath.server.app import Service

MESSAGE = "Invalid username or password."


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.fixture
def resources(api: Api) -> Json:
    application, directory = api.application_with_directory()
    return {"application": application, "directory": directory, "account": api.account(directory)}


class TestSuccess:
    def test_the_answer_links_to_the_account(self, api: Api, resources: Json):
        answer = api.log_in(resources["application"], "ada")

        assert answer.ok == {"account": link(resources["account"])}
        assert answer.headers["location"] == resources["account"]["href"]

    @pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.com", "Ada@EXAMPLE.com"])
    def test_the_login_is_username_or_email_in_any_letter_case(self, api: Api, resources: Json, login: str):
        assert api.log_in(resources["application"], login).status == 200

    def test_names_beyond_ascii_are_compared_without_case(self, api: Api, resources: Json):
        api.account(resources["directory"], "x", username="Straße Ä")

        assert api.log_in(resources["application"], "STRASSE a\u0308").status == 200

    def test_a_password_may_hold_colons(self, api: Api, resources: Json):
        api.account(resources["directory"], "grace", password="Pass:word:1")

        assert api.log_in(resources["application"], "grace", "Pass:word:1").status == 200

    def test_the_base64_padding_may_be_missing(self, api: Api, resources: Json):
        value = encoded("ada:Changeme1!").rstrip("=")
        assert len(value) % 4

        body = {"type": "BASIC", "value": value}
        assert api.post(resources["application"]["loginAttempts"]["href"], body).status == 200

    def test_an_email_wins_over_another_ones_username(self, api: Api, resources: Json):
        api.account(resources["directory"], "grace", username="ada@example.com", password="Other1one")

        assert api.log_in(resources["application"], "ada@example.com", "Changeme1!").status == 200
        assert api.log_in(resources["application"], "ada@example.com", "Other1one").error == (400, 7100)

    def test_nothing_is_remembered_of_a_login_but_its_success(self, api: Api, resources: Json):
        api.log_in(resources["application"], "ada", "wrong")
        api.log_in(resources["application"], "ada")

        assert api.get(resources["account"]["href"]).ok == resources["account"]


class TestBody:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, 2000),
            ({"value": "YTpi"}, 2000),
            ({"type": None, "value": "YTpi"}, 2000),
            ({"type": "basic"}, 2000),
            ({"type": "basic", "value": ""}, 2000),
            ({"type": "basic", "value": "  "}, 2000),
            ({"type": "digest", "value": "YTpi"}, 2003),
            ({"type": 1, "value": "YTpi"}, 2004),
            ({"type": "basic", "value": 7}, 2004),
            ({"type": "basic", "value": "no Base64!"}, 2006),
            ({"type": "basic", "value": "YTpi\n"}, 2006),
            ({"type": "basic", "value": "ünïcode"}, 2006),
            ({"type": "basic", "value": encoded("nocolon")}, 2006),
            ({"type": "basic", "value": encoded(b"\xff\xfe:x")}, 2006),
            ({"type": "basic", "value": encoded("a\u0000b:x")}, 2006),
            ({"type": "basic", "value": encoded("a:" + "x" * 9000)}, 2008),
            ({"type": "basic", "value": "YTpi", "bogus": 1}, 2015),
            ({"type": "basic", "value": "YTpi", "accountStore": "x"}, 2004),
            ({"type": "basic", "value": "YTpi", "accountStore": {"href": "/v1/directories/unknown"}}, 2016),
            ({"type": "basic", "value": "YTpi", "accountStore": {"href": "x"}}, 2016),
        ],
    )
    def test_a_malformed_attempt_is_refused(self, api: Api, resources: Json, body: Json, code: int):
        assert api.post(resources["application"]["loginAttempts"]["href"], body).error == (400, code)

    def test_an_account_store_is_a_directory_or_a_group(self, api: Api, resources: Json):
        refused = api.log_in(resources["application"], "ada", store=resources["application"])

        assert refused.error == (400, 2014)

    def test_a_null_account_store_is_as_good_as_none(self, api: Api, resources: Json):
        body = {"type": "basic", "value": encoded("ada:Changeme1!"), "accountStore": None}

        assert api.post(resources["application"]["loginAttempts"]["href"], body).status == 200

    def test_only_its_links_can_be_expanded(self, api: Api, resources: Json):
        href = resources["application"]["loginAttempts"]["href"]

        assert api.post(href, {}, expand="application").error == (400, 2107)


class TestRefusals:
    @pytest.mark.parametrize("login", ["nobody", "", "ad", "ada@example", "*", "%", "a" * 2000])
    def test_an_unknown_login_is_refused_with_the_message_of_a_wrong_password(
        self, api: Api, resources: Json, login: str
    ):
        refused = api.log_in(resources["application"], login)

        assert refused.error == (400, 7104)
        assert refused["message"] == MESSAGE

    @pytest.mark.parametrize("password", ["wrong", "", "changeme1!", "Changeme1! ", "*"])
    def test_a_wrong_password_is_refused_with_the_message_of_an_unknown_login(
        self, api: Api, resources: Json, password: str
    ):
        refused = api.log_in(resources["application"], "ada", password)

        assert refused.error == (400, 7100)
        assert refused["message"] == MESSAGE

    @pytest.mark.parametrize(("status", "code"), [("DISABLED", 7101), ("LOCKED", 7101), ("UNVERIFIED", 7102)])
    def test_the_state_of_an_account_is_shown_with_the_right_password_only(
        self, api: Api, resources: Json, status: str, code: int
    ):
        api.post(resources["account"]["href"], {"status": status})

        refused = api.log_in(resources["application"], "ada")
        assert refused.error == (400, code)
        assert refused["message"] == MESSAGE
        assert status in refused["developerMessage"]
        assert api.log_in(resources["application"], "ada", "wrong").error == (400, 7100)

    def test_a_disabled_directory_is_reported_with_the_right_password_only(self, api: Api, resources: Json):
        api.post(resources["directory"]["href"], {"status": "DISABLED"})

        assert api.log_in(resources["application"], "ada").error == (400, 7106)
        assert api.log_in(resources["application"], "ada", "wrong").error == (400, 7100)
        assert api.log_in(resources["application"], "nobody").error == (400, 7104)

    def test_a_disabled_group_refuses_logins_through_its_own_mapping_only(self, api: Api, resources: Json):
        application, group = api.application("Other"), api.group(resources["directory"])
        api.membership(resources["account"], group)
        api.mapping(application, group)
        api.post(group["href"], {"status": "DISABLED"})

        assert api.log_in(application, "ada").error == (400, 7105)
        assert api.log_in(application, "ada", "wrong").error == (400, 7100)
        # Only its own mapping is affected: its members log in through the directory.
        assert api.log_in(resources["application"], "ada").status == 200

    def test_a_disabled_directory_is_reported_before_group_and_account(self, api: Api, resources: Json):
        application, group = api.application("Other"), api.group(resources["directory"], status="DISABLED")
        api.membership(resources["account"], group)
        api.mapping(application, group)
        api.post(resources["account"]["href"], {"status": "DISABLED"})

        assert api.log_in(application, "ada").error == (400, 7105)
        api.post(resources["directory"]["href"], {"status": "DISABLED"})
        assert api.log_in(application, "ada").error == (400, 7106)
        api.post(resources["directory"]["href"], {"status": "ENABLED"})
        api.post(group["href"], {"status": "ENABLED"})
        assert api.log_in(application, "ada").error == (400, 7101)

    def test_a_disabled_application_refuses_every_login(self, api: Api, resources: Json):
        api.post(resources["application"]["href"], {"status": "DISABLED"})

        for login in ("ada", "nobody"):
            assert api.log_in(resources["application"], login).error == (400, 5115)

    def test_an_application_without_stores_refuses_every_login(self, api: Api):
        assert api.log_in(api.application(), "ada").error == (400, 5105)

    def test_the_owner_a_tenant_starts_with_has_no_password(self, api: Api):
        (application,) = api.get("/applications", name="Stormpath").items

        for password in ("", "x", "None", "Changeme1!"):
            assert api.log_in(application, "administrator", password).error == (400, 7100)

    def test_no_refusal_repeats_what_was_sent(self, api: Api, resources: Json):
        for answer in (
            api.log_in(resources["application"], "ada", "hunter2"),
            api.log_in(resources["application"], "hunter2", "x"),
        ):
            assert b"hunter2" not in answer.raw


class TestStores:
    """The stores that are searched, and their order (rest-auth 2.3)."""

    @pytest.fixture
    def two(self, api: Api) -> Json:
        """An application with two directories that know the same login, each with its own password."""
        application = api.application()
        first, second = api.directory("First"), api.directory("Second")
        mappings = [api.mapping(application, each) for each in (first, second)]
        api.account(first, password="Changeme1!")
        api.account(second, password="Changeme2")
        return {"application": application, "first": first, "second": second, "mappings": mappings}

    def test_the_first_store_that_knows_the_login_decides(self, api: Api, two: Json):
        assert api.log_in(two["application"], "ada", "Changeme1!").status == 200
        assert api.log_in(two["application"], "ada", "Changeme2").error == (400, 7100)

    def test_stores_are_searched_in_the_order_of_the_list_index(self, api: Api, two: Json):
        api.post(two["mappings"][1]["href"], {"listIndex": 0})

        assert api.log_in(two["application"], "ada", "Changeme2").status == 200
        assert api.log_in(two["application"], "ada", "Changeme1!").error == (400, 7100)

    def test_a_disabled_store_still_decides(self, api: Api, two: Json):
        api.post(two["first"]["href"], {"status": "DISABLED"})

        assert api.log_in(two["application"], "ada", "Changeme1!").error == (400, 7106)
        assert api.log_in(two["application"], "ada", "Changeme2").error == (400, 7100)

    def test_a_store_that_does_not_know_the_login_is_passed_over(self, api: Api, two: Json):
        api.account(two["second"], "grace")

        assert api.log_in(two["application"], "grace").status == 200

    def test_a_given_store_is_searched_alone(self, api: Api, two: Json):
        assert api.log_in(two["application"], "ada", "Changeme2", two["second"]).status == 200
        assert api.log_in(two["application"], "ada", "Changeme1!", two["second"]).error == (400, 7100)
        api.account(two["first"], "grace")
        assert api.log_in(two["application"], "grace", store=two["second"]).error == (400, 7104)

    def test_a_store_that_is_not_mapped_is_refused(self, api: Api, two: Json):
        other = api.directory("Other")
        api.account(other)

        assert api.log_in(two["application"], "ada", store=other).error == (400, 5114)
        assert api.log_in(two["application"], "ada", store=api.group(other)).error == (400, 5114)

    def test_any_group_of_a_mapped_directory_may_be_given(self, api: Api, two: Json):
        group = api.group(two["second"])
        (account,) = api.get(two["second"]["accounts"]["href"]).items

        assert api.log_in(two["application"], "ada", "Changeme2", group).error == (400, 7104)
        api.membership(account, group)
        assert api.log_in(two["application"], "ada", "Changeme2", group).ok["account"] == link(account)

    def test_a_mapped_group_accepts_its_members_only(self, api: Api):
        application, directory = api.application(), api.directory()
        group = api.group(directory)
        api.mapping(application, group)
        member = api.account(directory, "member")
        api.account(directory, "outsider")
        api.membership(member, group)

        assert api.log_in(application, "member").status == 200
        assert api.log_in(application, "outsider").error == (400, 7104)
        assert api.log_in(application, "member", store=group).status == 200
        assert api.log_in(application, "member", store=directory).error == (400, 5114)

    def test_the_first_of_a_group_and_its_directory_decides(self, api: Api):
        application, directory = api.application(), api.directory()
        group = api.group(directory, status="DISABLED")
        api.membership(api.account(directory), group)
        to_directory, to_group = api.mapping(application, directory), api.mapping(application, group)

        assert api.log_in(application, "ada").status == 200
        api.post(to_group["href"], {"listIndex": 0})
        assert api.log_in(application, "ada").error == (400, 7105)
        api.delete(to_group["href"])
        assert api.log_in(application, "ada").status == 200
        api.delete(to_directory["href"])
        assert api.log_in(application, "ada").error == (400, 5105)


def test_a_key_of_an_ordinary_account_does_not_log_in_to_the_api(service: Service, api: Api, resources: Json):
    key = new_api_key(service, api.tenant_id, id_of(resources["account"]))

    assert api.request("GET", "/applications", credentials=basic(key.id, key.secret)).error == (401, 401)
    assert api.request("GET", "/applications", credentials=basic("ada", "Changeme1!")).error == (401, 401)
