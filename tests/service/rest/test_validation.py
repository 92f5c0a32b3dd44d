"""The validation of bodies: each validation code that applies (rest-core 1.7, 1.9, 1.11)."""

import pytest

from service.calls import Api, Json, link

DIRECTORY = "/directories"


class TestRequired:
    @pytest.mark.parametrize("body", [{}, {"name": None}, {"name": ""}, {"name": "  \t\n"}])
    def test_a_required_attribute_is_there_and_not_blank(self, api: Api, body: Json):
        assert api.post(DIRECTORY, body).error == (400, 2000)
        assert api.post("/applications", body).error == (400, 2000)
        assert api.post(api.directory()["groups"]["href"], body).error == (400, 2000)

    @pytest.mark.parametrize("value", [None, "", " "])
    def test_an_update_cannot_clear_a_required_attribute(self, api: Api, value: str | None):
        directory = api.directory()

        assert api.post(directory["href"], {"name": value}).error == (400, 2000)
        assert api.get(directory["href"]).ok == directory

    @pytest.mark.parametrize("missing", ["email", "password"])
    @pytest.mark.parametrize("value", ["absent", None, "", "   "])
    def test_an_account_has_an_email_and_a_password(self, api: Api, missing: str, value: str | None):
        body: Json = {"email": "ada@example.com", "password": "Changeme1!", missing: value}
        if value == "absent":
            del body[missing]

        assert api.post(api.directory()["accounts"]["href"], body).error == (400, 2000)

    @pytest.mark.parametrize("value", ["absent", None, {}, {"href": None}])
    @pytest.mark.parametrize("missing", ["application", "accountStore"])
    def test_a_required_link_is_present_and_has_an_href(self, api: Api, missing: str, value: object):
        body: Json = {
            "application": link(api.application()),
            "accountStore": link(api.directory()),
            missing: value,
        }
        if value == "absent":
            del body[missing]

        assert api.post("/accountStoreMappings", body).error == (400, 2000)


class TestTypes:
    @pytest.mark.parametrize("value", [1, 1.5, True, [], {}, ["x"], {"href": "x"}])
    @pytest.mark.parametrize("attribute", ["name", "description", "status"])
    def test_a_text_is_a_string(self, api: Api, attribute: str, value: object):
        body = {"name": "People", attribute: value}

        assert api.post(DIRECTORY, body).error == (400, 2004)
        assert api.post(api.directory()["href"], {attribute: value}).error == (400, 2004)

    @pytest.mark.parametrize("value", ["https://a.example", {}, [1], [None], [["x"]], 7])
    def test_a_list_holds_strings(self, api: Api, value: object):
        body = {"name": "Atlas", "authorizedCallbackUris": value}

        assert api.post("/applications", body).error == (400, 2004)

    @pytest.mark.parametrize("value", ["x", 1, [], True, {"href": 1}, {"href": {}}])
    def test_a_link_is_an_object_with_an_href(self, api: Api, value: object):
        body = {"application": link(api.application()), "accountStore": value}

        assert api.post("/accountStoreMappings", body).error == (400, 2004)

    def test_other_members_of_a_link_are_ignored(self, api: Api):
        application, directory = api.application(), api.directory()

        assert api.mapping(application | {"name": 7}, directory)["application"] == link(application)

    @pytest.mark.parametrize("value", ["x", 1, [], True])
    def test_custom_data_is_an_object(self, api: Api, value: object):
        assert api.post(DIRECTORY, {"name": "People", "customData": value}).error == (400, 2004)

    @pytest.mark.parametrize("value", ["one", "1.0", "", 1.5, [], {}, True])
    def test_a_number_is_whole(self, api: Api, value: object):
        mapping = api.mapping(api.application(), api.directory())

        assert api.post(mapping["href"], {"listIndex": value}).error == (400, 2004)

    @pytest.mark.parametrize("value", ["yes", "1", "", 0, 1, [], {}])
    def test_a_flag_is_true_or_false(self, api: Api, value: object):
        mapping = api.mapping(api.application(), api.directory())

        assert api.post(mapping["href"], {"isDefaultAccountStore": value}).error == (400, 2004)

    @pytest.mark.parametrize(
        ("value", "read"), [("true", True), ("TRUE", True), ("False", False), (True, True)]
    )
    def test_a_flag_may_be_written_as_text(self, api: Api, value: object, read: bool):
        mapping = api.mapping(api.application(), api.directory(), isDefaultAccountStore=value)

        assert mapping["isDefaultAccountStore"] is read

    def test_a_number_may_be_written_as_text(self, api: Api):
        assert api.mapping(api.application(), api.directory(), listIndex="0")["listIndex"] == 0

    @pytest.mark.parametrize("secret", [["Secret-1"], {"a": "Secret-1"}])
    def test_a_value_that_may_be_secret_is_not_repeated(self, api: Api, secret: object):
        application, directory = api.application_with_directory()
        creation = {"email": "a@example.com", "password": secret}

        answers = [
            api.post(directory["accounts"]["href"], creation),
            api.post(application["loginAttempts"]["href"], {"type": "basic", "value": secret}),
        ]

        for answer in answers:
            assert answer.error == (400, 2004)
            assert "Secret-1" not in answer.raw.decode()


class TestChoices:
    @pytest.mark.parametrize("value", ["GONE", "", "ENABLE", "ENABLED ", "UNVERIFIED"])
    def test_a_status_is_one_of_its_words(self, api: Api, value: str):
        assert api.post(DIRECTORY, {"name": "People", "status": value}).error == (400, 2003)

    @pytest.mark.parametrize("value", ["disabled", "Disabled", "DISABLED"])
    def test_a_status_is_taken_in_any_letter_case(self, api: Api, value: str):
        assert api.directory(status=value)["status"] == "DISABLED"

    def test_a_status_cannot_be_cleared(self, api: Api):
        assert api.post(api.directory()["href"], {"status": None}).error == (400, 2000)

    def test_an_account_has_one_status_more(self, api: Api):
        account = api.account(api.directory(), status="unverified")

        assert account["status"] == "UNVERIFIED"
        assert api.post(account["href"], {"emailVerificationStatus": "UNKNOWN"}).error == (400, 2003)
        assert (
            api.post(account["href"], {"emailVerificationStatus": "verified"}).ok["emailVerificationStatus"]
            == "VERIFIED"
        )


class TestTexts:
    @pytest.mark.parametrize(
        ("attribute", "limit"),
        [("username", 255), ("email", 255), ("givenName", 255), ("middleName", 255), ("surname", 255)],
    )
    def test_texts_of_an_account_are_limited_to_255_characters(self, api: Api, attribute: str, limit: int):
        suffix = "@example.com" if attribute == "email" else ""
        longest = "é" * (limit - len(suffix)) + suffix
        directory = api.directory()

        assert api.account(directory, **{attribute: longest})[attribute] == longest
        body = {"email": "b@example.com", "password": "Changeme1!", attribute: "é" + longest}
        assert api.post(directory["accounts"]["href"], body).error == (400, 2008)

    def test_lists_are_limited_by_their_total_length(self, api: Api):
        assert api.application(authorizedCallbackUris=["x" * 2000] * 2)["status"] == "ENABLED"
        body = {"name": "B", "authorizedOriginUris": ["x" * 2000, "x" * 2001]}
        assert api.post("/applications", body).error == (400, 2008)

    @pytest.mark.parametrize("description", ["", "  ", "a\nb"])
    def test_a_description_is_stored_as_given(self, api: Api, description: str):
        assert api.directory(description=description)["description"] == description

    @pytest.mark.both_databases
    @pytest.mark.parametrize("text", ["a\u0000b", "\u0000"])
    @pytest.mark.parametrize("attribute", ["name", "description"])
    def test_a_character_that_cannot_be_stored_is_refused(self, api: Api, attribute: str, text: str):
        assert api.post(DIRECTORY, {"name": "People", attribute: text}).error == (400, 2005)

    def test_a_character_that_cannot_be_stored_is_refused_in_a_list_too(self, api: Api):
        body = {"name": "Atlas", "authorizedCallbackUris": ["a\u0000b"]}

        assert api.post("/applications", body).error == (400, 2005)

    @pytest.mark.parametrize(
        "email", ["nobody", "@example.com", "ada@", "a da@example.com", "ada@exam\nple.com"]
    )
    def test_an_email_has_a_name_and_a_host(self, api: Api, email: str):
        body = {"email": email, "password": "Changeme1!"}

        assert api.post(api.directory()["accounts"]["href"], body).error == (400, 2006)

    @pytest.mark.parametrize(
        "text", ["Robert'); DROP TABLE accounts;--", "%_*?", "\\", "\u202eabc", "😀" * 60, "null"]
    )
    def test_any_other_text_is_stored_as_given(self, api: Api, text: str):
        directory = api.directory(text)

        assert api.get(directory["href"]).ok["name"] == text
        assert [each["name"] for each in api.get(DIRECTORY, name=text.replace("*", "%2A")).items] in (
            [text],
            [],
        )
