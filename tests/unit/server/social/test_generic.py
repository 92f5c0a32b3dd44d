"""Generic OAuth 2.0: ids at paths, three places for the token, codes, and names as providers give them."""

import pytest

from stormpath.server.social.profile import Credentials
from support.providers.breakages import saying, writing
from support.providers.generic import Generic
from unit.server.social.logins import by_code, by_token, log_in, refusal


def test_an_access_token_leads_to_a_profile(generic: Generic):
    generic.add()

    profile = by_token(generic)

    assert (profile.user_id, profile.email, profile.is_email_verified) == ("1001", "ada@example.com", True)
    assert (profile.username, profile.given_name, profile.surname) == ("ada", "Ada", "Lovelace")
    assert profile.user_info["preferred_username"] == "ada"
    assert generic.paths() == ["/me"]


@pytest.mark.parametrize("place", ["access_token", "oauth_token"])
def test_a_token_may_be_sent_in_a_parameter(generic: Generic, place: str):
    generic.add(token="a+b/c=&d")

    profile = by_token(
        generic,
        "a+b/c=&d",
        access_token_type=place,
        resource_endpoint=f"{generic.url}/me?fields=id,email&page=1#fragment",
    )

    assert profile.user_id == "1001"
    assert generic.sent[0].query == {"fields": "id,email", "page": "1", place: "a+b/c=&d"}
    assert "authorization" not in generic.sent[0].headers


def test_a_bearer_token_is_in_no_address(generic: Generic):
    generic.add()
    by_token(generic)

    assert generic.sent[0].query == {}


@pytest.mark.parametrize("with_redirect_uri", [True, False])
@pytest.mark.parametrize("answers_with_forms", [True, False])
def test_a_code_is_exchanged(generic: Generic, answers_with_forms: bool, with_redirect_uri: bool):
    generic.answers_with_forms = answers_with_forms
    generic.add(code="the-code-of-ada")

    profile = by_code(generic, redirect_uri="https://atlas.example/callback" if with_redirect_uri else None)

    assert (profile.user_id, profile.access_token) == ("1001", "the-token-of-ada")
    # Only Google's are kept.
    assert profile.refresh_token is None
    assert ("redirect_uri" in generic.sent[0].form) == with_redirect_uri


class TestIds:
    @pytest.mark.parametrize(
        ("path", "answer"),
        [
            ("id", {"id": "17"}),
            ("user_id", {"user_id": 17}),
            ("data.id", {"data": {"id": 17}}),
            ("items[0].user_id", {"items": [{"user_id": "17"}]}),
            ("a[1][0].b", {"a": [0, [{"b": "17"}]]}),
            ("_id", {"_id": "17"}),
        ],
    )
    def test_an_id_is_a_text_or_a_number_at_a_path(self, generic: Generic, path: str, answer: object):
        generic.add()
        generic.breaks("/me", saying(200, answer))

        assert by_token(generic, id_field=path).user_id == "17"

    def test_a_long_number_keeps_its_digits(self, generic: Generic):
        generic.add()
        generic.breaks("/me", writing(b'{"id": 123456789012345678901234567890}'))

        assert by_token(generic).user_id == "123456789012345678901234567890"

    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"id": None},
            {"id": True},
            {"id": 1.5},
            {"id": ""},
            {"id": "  "},
            {"id": ["17"]},
            {"id": {"id": "17"}},
            {"id": "x" * 256},
            {"id": "1\u0000"},
            {"id": "1\n"},
            {"id": "1\u202e"},
        ],
    )
    def test_what_is_no_id_is_refused(self, generic: Generic, answer: object):
        generic.add()
        generic.breaks("/me", saying(200, answer))

        assert "'id'" in refusal(by_token, generic)

    @pytest.mark.parametrize(
        "path", ["items[1].id", "items[99999999999999999999].id", "items.id", "data[0]", "data.id.id", "x.y"]
    )
    def test_a_path_that_leads_nowhere_is_refused(self, generic: Generic, path: str):
        generic.add()
        generic.breaks("/me", saying(200, {"items": [{"id": 1}], "data": {"id": 2}}))

        assert f"nothing at '{path}'" in refusal(by_token, generic, id_field=path)


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ({"login": "ada", "givenName": "A", "familyName": "L", "middleName": "K"}, ("ada", "A", "K", "L")),
        ({"username": "ada", "first_name": "A", "last_name": "L"}, ("ada", "A", None, "L")),
        ({"firstName": " A ", "lastName": "L", "middle_name": "K"}, (None, "A", "K", "L")),
        ({"login": 17, "given_name": "", "family_name": "x" * 256}, (None, None, None, None)),
    ],
)
def test_names_are_found_under_their_usual_names(generic: Generic, answer: dict[str, object], names: object):
    generic.add().extra.update(id="17", **answer)

    profile = by_token(generic)

    assert (profile.username, profile.given_name, profile.middle_name, profile.surname) == names


@pytest.mark.parametrize(
    ("said", "is_verified"),
    [
        ({"email_verified": True}, True),
        ({"email_verified": False}, False),
        ({}, False),
        ({"verified": True}, False),
    ],
)
def test_an_address_is_verified_only_by_the_claim_of_openid_connect(
    generic: Generic, said: dict[str, object], is_verified: bool
):
    generic.add().extra.update(id="17", email="ada@example.com", **said)

    profile = by_token(generic)

    assert (profile.email, profile.is_email_verified) == ("ada@example.com", is_verified)


@pytest.mark.parametrize("email", [None, 17, ["ada@example.com"], "", " ", "a" * 250 + "@example.com"])
def test_what_is_no_address_is_none_and_not_verified(generic: Generic, email: object):
    generic.add().extra.update(id="17", email=email, email_verified=True)

    profile = by_token(generic)

    assert (profile.email, profile.is_email_verified) == (None, False)


class TestCodes:
    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            ({}, "gave no access_token when asked for an access token for the code."),
            ({"access_token": ""}, "gave no access_token when asked for an access token for the code."),
            ({"access_token": ["t"]}, "gave something as access_token that is no token."),
            ({"access_token": "a\r\nHost: b"}, "gave something as access_token that is no token."),
            ({"access_token": "x" * 8193}, "gave something as access_token that is no token."),
            ({"access_token": "t", "refresh_token": 1}, "gave something as refresh_token that is no token."),
            ({"access_token": "t", "token_type": "mac"}, "gave a token whose token_type is not bearer."),
            ({"access_token": "t", "token_type": None}, "gave a token whose token_type is not bearer."),
            (
                {"error": "bad_verification_code", "error_description": "It is incorrect or expired."},
                "answered 200 when asked for an access token for the code: bad_verification_code: It is "
                "incorrect or expired.",
            ),
        ],
    )
    def test_an_exchange_that_gives_no_token_is_refused(self, generic: Generic, answer: object, said: str):
        generic.breaks("/token", saying(200, answer))

        assert refusal(by_code, generic) == f"amazon {said}"
        assert generic.paths() == ["/token"]

    @pytest.mark.parametrize("kind", ["bearer", "Bearer", "BEARER"])
    def test_the_type_of_a_token_has_no_letter_case(self, generic: Generic, kind: str):
        generic.add()
        generic.breaks("/token", saying(200, {"access_token": "the-token-of-ada", "token_type": kind}))

        assert by_code(generic).user_id == "1001"

    def test_an_error_in_a_form_is_read_too(self, generic: Generic):
        form = b"error=bad_verification_code&error_description=The+code+is+wrong."
        generic.breaks("/token", writing(form, "application/x-www-form-urlencoded; charset=utf-8"))

        assert refusal(by_code, generic).endswith(": bad_verification_code: The code is wrong.")

    def test_a_form_of_very_many_fields_is_refused(self, generic: Generic):
        generic.breaks("/token", writing(b"a=b&" * 1000, "application/x-www-form-urlencoded"))

        assert "no JSON" in refusal(by_code, generic)

    def test_user_info_is_no_form(self, generic: Generic):
        generic.add()
        generic.breaks("/me", writing(b"id=17", "application/x-www-form-urlencoded"))

        assert "no JSON" in refusal(by_token, generic)


@pytest.mark.parametrize("url", ["http://[bad/me", "http://[::1/me"])
def test_an_endpoint_that_is_no_url_is_named(generic: Generic, url: str):
    said = refusal(by_token, generic, resource_endpoint=url)

    assert said == "amazon cannot be asked for the user info: its endpoint is no URL."


def test_the_secret_of_a_token_is_left_alone(generic: Generic):
    generic.add()

    profile = log_in(generic, Credentials(access_token="the-token-of-ada", access_token_secret="s"))

    assert profile.access_token_secret is None
