"""The endpoints of tokens: methods, forms, headers (rest-auth 3.1)."""

from urllib.parse import urlencode

import pytest

from service.calls import Answer, Api, Json, id_of, path_of
from service.token_calls import (
    ADA,
    FORM,
    check_not_cached,
    grant,
    log_in,
    oauth_error,
    post_form,
    refresh,
    revoke,
    token_path,
    validate,
)

PASSWORD = {"grant_type": "password", **ADA}


def post_raw(api: Api, application: Json, raw: bytes, content_type: str = FORM) -> Answer:
    return api.request("POST", token_path(application), raw, headers={"Content-Type": content_type})


class TestMethods:
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
    @pytest.mark.parametrize("below", ["oauth/token", "oauth/revoke"])
    def test_grants_and_revocations_are_posted(self, api: Api, application: Json, below: str, method: str):
        answer = api.request(method, f"{application['href']}/{below}")

        assert oauth_error(answer) == (405, "invalid_request", 1100)
        assert "POST" in answer.headers["allow"]

    @pytest.mark.parametrize("below", ["oauth/token", "oauth/revoke"])
    def test_an_unknown_application_has_no_endpoints(self, api: Api, stranger: Api, below: str):
        for other in (f"{api.base_url}/applications/0351A00000000000000000", stranger.application()["href"]):
            answer = post_form(api, f"{other}/{below}", {**PASSWORD, "token": "a.b.c"})
            assert oauth_error(answer) == (404, "invalid_request", 404)

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_tokens_that_an_application_validates_are_no_list(
        self, api: Api, application: Json, method: str
    ):
        answer = api.request(method, application["authTokens"]["href"])

        assert answer.error == (405, 1100)

    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    @pytest.mark.usefixtures("ada")
    def test_a_validation_is_a_get(self, api: Api, application: Json, method: str):
        token = log_in(api, application)["access_token"]

        assert api.request(method, f"{application['authTokens']['href']}/{token}").error == (405, 1100)

    def test_tokens_are_not_created_or_changed_by_hand(self, api: Api, application: Json, ada: Json):
        made = log_in(api, application)["stormpath_access_token_href"]

        for kind in ("accessTokens", "refreshTokens"):
            assert api.post(f"/{kind}", {}).status == 405
            assert api.post(ada[kind]["href"], {"jwt": "x"}).error == (405, 1100)
        assert api.post(made, {"jwt": "x"}).error == (405, 1100)


class TestForms:
    @pytest.mark.usefixtures("ada")
    def test_fields_may_be_in_the_query(self, api: Api, application: Json):
        in_query = post_form(api, token_path(application), query=urlencode(PASSWORD))
        without_type = post_form(
            api, token_path(application), query=urlencode(PASSWORD), content_type=None
        )
        in_both = post_form(api, token_path(application), ADA, query="grant_type=password")

        assert in_query.ok["access_token"]
        assert without_type.ok["access_token"]
        assert in_both.ok["access_token"]

    @pytest.mark.usefixtures("ada")
    def test_the_body_wins_over_the_query(self, api: Api, application: Json):
        right, wrong = urlencode(PASSWORD), urlencode(PASSWORD | {"password": "Wrong1234!"})

        assert post_raw_with(api, application, right, wrong).status == 200
        assert oauth_error(post_raw_with(api, application, wrong, right)) == (400, "invalid_grant", 7100)

    @pytest.mark.usefixtures("ada")
    def test_an_empty_field_in_the_body_leaves_that_of_the_query(self, api: Api, application: Json):
        query = urlencode(PASSWORD)

        assert post_raw_with(api, application, "password=&grant_type=", query).status == 200

    @pytest.mark.parametrize("kind", ["", "; charset=utf-8", ";charset=UTF-8", " ;x=y"])
    @pytest.mark.usefixtures("ada")
    def test_a_form_may_have_parameters_of_its_type(self, api: Api, application: Json, kind: str):
        assert post_form(api, token_path(application), PASSWORD, content_type=FORM + kind).status == 200

    @pytest.mark.parametrize(
        "kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", "nonsense"]
    )
    @pytest.mark.parametrize("below", ["token", "revoke"])
    def test_a_body_of_another_type_is_refused(self, api: Api, application: Json, kind: str, below: str):
        path = f"{application['href']}/oauth/{below}"

        assert oauth_error(post_form(api, path, PASSWORD, content_type=kind)) == (415, "invalid_request", 1101)

    def test_a_body_without_a_type_is_refused(self, api: Api, application: Json):
        answer = post_form(api, token_path(application), PASSWORD, content_type=None)

        assert oauth_error(answer) == (415, "invalid_request", 1101)

    @pytest.mark.parametrize("raw", [b"", b"&", b"&&=&", b"grant_type="])
    def test_an_empty_form_lacks_its_grant_type(self, api: Api, application: Json, raw: bytes):
        assert oauth_error(post_raw(api, application, raw)) == (400, "invalid_request", 2000)

    @pytest.mark.usefixtures("ada")
    def test_fields_of_no_meaning_are_ignored(self, api: Api, application: Json):
        answer = grant(api, application, "password", **ADA, scope="admin", nonsense="x", refresh_token="y")

        assert set(answer.ok) == TOKENS

    @pytest.mark.parametrize("name", ["grant_type", "username", "scope"])
    def test_a_field_that_is_there_twice_is_refused(self, api: Api, application: Json, name: str):
        value = PASSWORD.get(name, "x")
        doubled = [*PASSWORD.items(), ("scope", "x"), (name, value)]

        in_body = post_form(api, token_path(application), doubled)
        in_query = post_form(api, token_path(application), query=urlencode(doubled))

        assert oauth_error(in_body) == oauth_error(in_query) == (400, "invalid_request", 2002)

    @pytest.mark.usefixtures("ada")
    def test_a_form_has_a_hundred_fields_at_most(self, api: Api, application: Json):
        def with_fields(number: int) -> Answer:
            others = {f"x{each}": "1" for each in range(number - len(PASSWORD))}
            return post_form(api, token_path(application), PASSWORD | others)

        assert with_fields(100).status == 200
        assert oauth_error(with_fields(101))[:2] == (400, "invalid_request")
        assert oauth_error(post_raw(api, application, b"&" * 200))[:2] == (400, "invalid_request")

    @pytest.mark.parametrize("raw", [b"grant_type=\xff", b"grant_type=%ff", b"grant_type=%ed%a0%80"])
    def test_a_form_is_in_utf8(self, api: Api, application: Json, raw: bytes):
        assert oauth_error(post_raw(api, application, raw))[:2] == (400, "invalid_request")

    @pytest.mark.parametrize("name", ["username", "password", "grant_type", "accountStore"])
    def test_a_null_character_is_refused(self, api: Api, application: Json, name: str):
        answer = post_form(api, token_path(application), PASSWORD | {name: "a\0b"})

        assert answer.status == 400
        assert oauth_error(answer)[1] in ("invalid_request", "invalid_grant")

    def test_a_form_has_a_limited_size(self, api: Api, application: Json):
        answer = post_form(api, token_path(application), PASSWORD | {"scope": "x" * 2_000_000})

        assert oauth_error(answer) == (413, "invalid_request", 413)


TOKENS = {"access_token", "refresh_token", "token_type", "expires_in", "stormpath_access_token_href"}


def post_raw_with(api: Api, application: Json, body: str, query: str) -> Answer:
    return api.request(
        "POST", token_path(application), body.encode(), query=query, headers={"Content-Type": FORM}
    )


class TestHeaders:
    @pytest.mark.usefixtures("ada")
    def test_no_cache_keeps_an_answer(self, api: Api, application: Json):
        granted = grant(api, application, "password", **ADA)
        refreshed = refresh(api, application, granted["refresh_token"])
        revoked = revoke(api, application, granted["refresh_token"])

        for each in (granted, refreshed, revoked):
            assert each.status == 200
            check_not_cached(each)
            assert "etag" not in each.headers
        assert granted.headers["content-type"] == "application/json;charset=UTF-8"

    @pytest.mark.parametrize("credentials", [{}, {"Authorization": "Basic eDp5"}])
    @pytest.mark.parametrize("below", ["token", "revoke"])
    def test_a_caller_without_an_api_key_gets_the_usual_error(
        self, api: Api, application: Json, below: str, credentials: dict[str, str]
    ):
        path = f"{application['href']}/oauth/{below}"
        answer = post_form(api, path, PASSWORD | {"token": "x"}, credentials=credentials)

        assert answer.error == (401, 401)
        assert answer.headers["www-authenticate"]
        check_not_cached(answer)


class TestRevocations:
    @pytest.mark.parametrize("fields", [{}, {"token": ""}, {"token_type_hint": "access_token"}])
    def test_a_revocation_needs_a_token(self, api: Api, application: Json, fields: Json):
        answer = post_form(api, f"{application['href']}/oauth/revoke", fields)

        assert oauth_error(answer) == (400, "invalid_request", 2000)

    @pytest.mark.parametrize("token", ["x", "a.b.c", "..", "é", "x" * 20_000, "a.b.c.d.e"])
    def test_what_is_no_token_is_revoked_without_an_error(self, api: Api, application: Json, token: str):
        answer = revoke(api, application, token)

        assert (answer.status, answer.raw) == (200, b"")

    @pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", ""])
    @pytest.mark.usefixtures("ada")
    def test_a_wrong_hint_makes_no_difference(self, api: Api, application: Json, hint: str):
        tokens = log_in(api, application)

        assert revoke(api, application, tokens["access_token"], token_type_hint=hint).status == 200
        assert validate(api, application, tokens["access_token"]).error == (404, 10013)
        assert revoke(api, application, tokens["refresh_token"], token_type_hint=hint).status == 200
        assert oauth_error(refresh(api, application, tokens["refresh_token"]))[2] == 10013


def test_an_application_leads_to_its_endpoints(api: Api, application: Json):
    policy = api.get(application["oAuthPolicy"]["href"]).ok

    assert policy["tokenEndpoint"] == {"href": token_path(application)}
    assert application["authTokens"] == {"href": f"{application['href']}/authTokens"}
    assert path_of(application, "oauth", "token") == f"/applications/{id_of(application)}/oauth/token"
